"""`apply/1` of an OFD, written from proto/seal.md alone: what a package becomes with a seal's record.

It answers with the sealed package, or with why there is none. What the reader of a package refuses
before that (damage, bombs, names that lead out) is not looked into here.
"""

import base64
import hashlib
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from datetime import datetime, timezone

from strict_cbor import read as read_cbor

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
PARTS = ("signatures.xml", "signature.xml", "signedvalue.dat")


class NotSealed(Exception):
    """Why there is no sealed package: the word of the vectors."""


def sm3(data):
    return hashlib.new("sm3", data).digest()


# --- DER, as far as SES needs it


def fields(data):
    """The values of a run: tag, content, whole."""
    found, at = [], 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[start:start + count], "big")
            start += count
        found.append((tag, data[start:start + length], data[at:start + length]))
        at = start + length
    return found


class Ses:
    """A signature of the fourth generation: seal, time, digest, range."""

    def __init__(self, value):
        signed = fields(fields(fields(value)[0][1])[0][1])
        self.value, self.seal = value, signed[1][2]
        self.time = signed[2][1].decode("ascii")
        self.digest, self.range = signed[3][1][1:], signed[4][1].decode("ascii")


# --- packages


class Entry:
    def __init__(self, name, listed, flags, method, checksum, size, stored):
        self.name, self.listed, self.flags, self.method = name, listed, flags, method
        self.checksum, self.size, self.stored = checksum, size, stored

    def content(self):
        return zlib.decompress(self.stored, -15) if self.method == 8 else self.stored


def plain(name, content):
    return Entry(name, name.encode("ascii"), 0, 0, zlib.crc32(content), len(content), content)


def unpack(package):
    if not package.startswith(b"PK\3\4"):
        raise NotSealed("kind")
    end = package.rindex(b"PK\5\6")
    count, _, at = struct.unpack("<HII", package[end + 10:end + 20])
    entries = []
    for _ in range(count):
        flags, method = struct.unpack("<HH", package[at + 8:at + 12])
        checksum, packed, size = struct.unpack("<III", package[at + 16:at + 28])
        lengths = struct.unpack("<HHH", package[at + 28:at + 34])
        (start,) = struct.unpack("<I", package[at + 42:at + 46])
        listed = package[at + 46:at + 46 + lengths[0]]
        at += 46 + sum(lengths)
        local = struct.unpack("<HH", package[start + 26:start + 30])
        start += 30 + sum(local)
        try:
            name = listed.decode("utf-8")
        except UnicodeDecodeError:
            name = listed.decode("gb18030")
        if not name.endswith("/"):
            stored = package[start:start + packed]
            entries.append(Entry(name, listed, flags & 1 << 11, method, checksum, size, stored))
    return entries


def pack(entries):
    out, directory = b"", b""
    for entry in entries:
        common = struct.pack(
            "<HHHHHIIIHH", 20, entry.flags, entry.method, 0, 0x21, entry.checksum,
            len(entry.stored), entry.size, len(entry.listed), 0,
        )
        directory += b"PK\1\2" + struct.pack("<H", 20) + common + bytes(10)
        directory += struct.pack("<I", len(out)) + entry.listed
        out += b"PK\3\4" + common + entry.listed + entry.stored
    count = len(entries)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + b"PK\5\6" + end


# --- the parts


def local(element):
    return element.tag.rpartition("}")[2]


def child(element, name):
    return next((inner for inner in element if local(inner) == name), None)


def text(element):
    return (element.text or "").strip() if element is not None else ""


class Package:
    def __init__(self, package):
        self.entries = unpack(package)
        self.by_name = {entry.name: entry for entry in self.entries}
        self.folded = {name.lower(): name for name in self.by_name}

    def find(self, base, path):
        """The name of the entry that a path leads to when it stands in the file `base`."""
        for folder in (base.rpartition("/")[0], ""):
            parts = [] if path.startswith("/") else [part for part in folder.split("/") if part]
            for part in path.split("/"):
                if part == "..":
                    parts = parts[:-1]
                elif part not in ("", "."):
                    parts.append(part)
            name = "/".join(parts)
            if name in self.by_name or name.lower() in self.folded:
                return name if name in self.by_name else self.folded[name.lower()]
        return None

    def tree(self, name):
        return ElementTree.fromstring(self.by_name[name].content())


def number(text):
    match = re.search(r"[0-9].*$", text.strip())
    digits = match.group() if match else ""
    return int(digits) if re.fullmatch(r"[0-9]{1,8}", digits) else 0


def insert(part, names, value, replaced=None):
    """Puts `value` before the end tag of the element that the names lead to; `value` is a function
    of its prefix. With `replaced`, a name and a text, also between the tags of that element in it."""
    name = names[-1].encode()
    ends = list(re.finditer(rb"</((?:[\w.-]+:)?)" + name + rb"\s*>", part))
    if not ends:
        raise NotSealed("form")
    end = ends[-1]
    prefix = end.group(1).decode()
    head, tail = part[:end.start()], part[end.start():]
    if replaced:
        inner = rb"(<(?:[\w.-]+:)?" + replaced[0].encode() + rb"[^>]*>)[^<]*"
        head = re.sub(inner, lambda found: found.group(1) + replaced[1].encode(), head, count=1)
    return head + value(prefix).encode() + tail


def box(numbers):
    return " ".join(f"{number // 100}.{number % 100:02}" for number in numbers)


def folder(name):
    folder = name.rpartition("/")[0]
    return folder + "/" if re.fullmatch(r"[A-Za-z0-9_./-]{1,200}", folder) else None


def apply(before, record):
    record = read_cbor(record)
    if 6 not in record:
        raise NotSealed("no_value")
    ses, places = Ses(record[6]), record[5]
    if len({place[0] for place in places}) > 1:
        raise NotSealed("parts")
    package = Package(before)
    entry = package.find("", "OFD.xml")
    if entry is None:
        raise NotSealed("kind")
    bodies = [body for body in package.tree(entry) if local(body) == "DocBody"]
    if len(bodies) != 1:
        raise NotSealed("documents")
    root = package.find(entry, text(child(bodies[0], "DocRoot")))
    listed = child(bodies[0], "Signatures")
    the_list = package.find(entry, text(listed)) if listed is not None else None
    ids, own = signatures(package, the_list)
    lost = [
        name for name in package.by_name
        if "/" in name and name.rpartition("/")[2].lower() in PARTS and name not in own
    ]
    if lost:
        raise NotSealed("remains")
    pages = on_pages(package, root, places)
    if the_list is not None:
        below = folder(the_list) or "Signs/"
    else:
        below = (folder(root) or "") + "Signs/"
    taken = record[2]
    while any(name.startswith(f"{below}Sign_{taken}/".lower()) for name in package.folded):
        taken += 1
    mine = f"{below}Sign_{taken}/"
    first = max(ids, default=0) + 1
    last = first + len(places)
    return write(package, entry, the_list, (below, mine), (first, last), ses, record, pages)


def signatures(package, the_list):
    """The numbers of ids, and what signatures consist of. Refuses where one locks the package."""
    if "OFDEntries.xml" in package.by_name:
        raise NotSealed("locked")
    if the_list is None:
        return [], set()
    ids, own = [], {the_list}
    for element in package.tree(the_list):
        if local(element) == "MaxSignId":
            ids.append(number(element.text or ""))
        if local(element) != "Signature":
            continue
        ids.append(number(element.get("ID", "")))
        name = package.find(the_list, element.get("BaseLoc"))
        own.add(name)
        for inner in package.tree(name).iter():
            if local(inner) == "StampAnnot":
                ids.append(number(inner.get("ID", "")))
            elif local(inner) == "Reference":
                if package.find(name, inner.get("FileRef", "")) == the_list:
                    raise NotSealed("locked")
            elif local(inner) in ("SignedValue", "BaseLoc"):
                own.add(package.find(name, text(inner)))
    return ids, own


def on_pages(package, root, places):
    """The ids of the pages of the places, something of each of which must be seen."""
    document = package.tree(root)
    area = child(child(document, "CommonData"), "PageArea")
    pages = [page for page in child(document, "Pages") if local(page) == "Page"]
    found = []
    for place in places:
        if not 1 <= place[1] <= len(pages):
            raise NotSealed("no_page")
        page = pages[place[1] - 1]
        content = package.tree(package.find(root, page.get("BaseLoc")))
        own = child(content, "Area")
        size = text(child(own if own is not None else area, "PhysicalBox")).split()
        clip = place.get(6, {0: 0, 1: 0})
        left, top = (place[2] + clip[0]) / 100, (place[3] + clip[1]) / 100
        if left >= float(size[2]) or top >= float(size[3]):
            raise NotSealed("off_page")
        found.append(page.get("ID").strip())
    return found


def write(package, entry, the_list, names, ids, ses, record, pages):
    (below, mine), (first, last) = names, ids
    new_list = the_list if the_list is not None else f"{below}Signatures.xml"
    line = f'Signature ID="s{first:03}" Type="Seal" BaseLoc="/{mine}Signature.xml"/>'
    entries = []
    for old in package.entries:
        content = None
        if the_list is None and old.name == entry:
            way = f"Signatures>/{new_list}</"
            content = insert(
                old.content(), ["OFD", "DocBody"], lambda p: f"<{p}{way}{p}Signatures>"
            )
        elif the_list is not None and old.name == the_list:
            told = ("MaxSignId", f"s{last:03}")
            content = insert(old.content(), ["Signatures"], lambda p: f"<{p}{line}", told)
        if content is not None:
            new = plain("x", content)
            new.name, new.listed = old.name, old.listed
            old = new
        entries.append(old)
    references = [(old.name, old.content()) for old in entries if old.name != new_list]
    references.append((f"{mine}Seal.esl", ses.seal))
    if the_list is None:
        listed = f"{HEAD}<ofd:Signatures {SPACE}><ofd:MaxSignId>s{last:03}</ofd:MaxSignId>"
        entries.append(plain(new_list, f"{listed}<ofd:{line}</ofd:Signatures>".encode()))
    xml = signature(mine, references, ids, record, pages).encode()
    entries.append(plain(f"{mine}Signature.xml", xml))
    entries.append(plain(f"{mine}Seal.esl", ses.seal))
    entries.append(plain(f"{mine}SignedValue.dat", ses.value))
    if ses.digest != sm3(xml):
        raise NotSealed("another_file")
    if ses.range != f"/{mine}Signature.xml":
        raise NotSealed("another_range")
    if ses.time != told_time(record[8]):
        raise NotSealed("another_time")
    return pack(entries)


def told_time(milliseconds):
    at = datetime.fromtimestamp(milliseconds // 1_000, timezone.utc)
    return at.strftime("%Y%m%d%H%M%SZ")


def signature(mine, references, ids, record, pages):
    xml = (
        f"{HEAD}<ofd:Signature {SPACE}><ofd:SignedInfo>"
        '<ofd:Provider ProviderName="Yichuan" Version="1" Company="Yichuan"/>'
        "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{told_time(record[8])}</ofd:SignatureDateTime>"
        '<ofd:References CheckMethod="1.2.156.10197.1.401">'
    )
    for name, content in references:
        name = name.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        value = base64.b64encode(sm3(content)).decode()
        xml += f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{value}</ofd:CheckValue>'
        xml += "</ofd:Reference>"
    xml += "</ofd:References>"
    for at, (place, page) in enumerate(zip(record[5], pages), ids[0] + 1):
        boundary = box([place[key] for key in (2, 3, 4, 5)])
        xml += f'<ofd:StampAnnot ID="s{at:03}" PageRef="{page}" Boundary="{boundary}"'
        if 6 in place:
            xml += f' Clip="{box([place[6][key] for key in (0, 1, 2, 3)])}"'
        xml += "/>"
    return (
        f"{xml}<ofd:Seal><ofd:BaseLoc>/{mine}Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>"
        f"<ofd:SignedValue>/{mine}SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    )
