"""The one CBOR encoding of proto/cbor.md (RFC 8949, section 4.2.1, narrowed): read and written."""

import unicodedata

from rfc6962 import Refused

DEPTH_MAX = 8


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Refused("truncated")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        first = self.take(1)[0]
        major, short = first >> 5, first & 31
        if short == 31:
            raise Refused("indefinite")
        if short >= 28:
            raise Refused("forbidden")
        if short < 24 or major == 7:
            return major, short
        argument = int.from_bytes(self.take(1 << (short - 24)), "big")
        if argument < (24, 1 << 8, 1 << 16, 1 << 32)[short - 24]:
            raise Refused("not-shortest")
        return major, argument

    def value(self, depth=0):
        major, argument = self.head()
        if major == 0:
            return argument
        if major == 1:
            return -1 - argument
        if major == 2:
            return self.take(argument)
        if major == 3:
            return self.text(argument)
        if major in (4, 5):
            if depth == DEPTH_MAX:
                raise Refused("too-deep")
            if argument > len(self.data) - self.at:
                raise Refused("truncated")
            return (self.array, self.map)[major - 4](argument, depth + 1)
        if major == 7 and argument in (20, 21):
            return argument == 21
        raise Refused("forbidden")

    def text(self, length):
        try:
            text = self.take(length).decode()
        except UnicodeDecodeError as error:
            raise Refused("text") from error
        if not unicodedata.is_normalized("NFC", text):
            raise Refused("text")
        return text

    def array(self, count, depth):
        return [self.value(depth) for _ in range(count)]

    def map(self, count, depth):
        found, last = {}, -1
        for _ in range(count):
            major, key = self.head()
            if major != 0:
                raise Refused("key-not-integer")
            if key <= last:
                raise Refused("keys-not-rising")
            last = key
            found[key] = self.value(depth)
        return found


def read(data):
    reader = Reader(bytes(data))
    value = reader.value()
    if reader.at != len(reader.data):
        raise Refused("trailing")
    return value
