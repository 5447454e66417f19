"""What a verifier needs of proto/: strict CBOR, statements, checkpoints, bodies, wraps, bundles.

Written from the pages in proto/ and the standards that they name; nothing of it was taken from
the Rust.
"""

import base64
import hmac
from hashlib import sha256, shake_256

import cbor2
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import rfc6962
from rfc6962 import Refused
from strict_cbor import read as read_cbor

SEGMENT = 1 << 20


def write_cbor(value):
    return cbor2.dumps(value, canonical=True)


def hkdf(key, salt, info, length=32):
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)


# --- statements (proto/statement.md)


def public_key_id(key):
    """SHA-256 over {0: 1, 1: key}: for an Ed25519 key and an encryption key alike."""
    return sha256(write_cbor({0: 1, 1: key})).digest()


class Statement:
    """A signed statement, not yet verified."""

    def __init__(self, data):
        signed = read_cbor(data)
        if set(signed) != {0, 1} or len(data) > 15_360:
            raise Refused("no statement")
        self.bytes, self.slots = signed[0], signed[1]
        self.payload = read_cbor(self.bytes)
        self.purpose = self.payload[0]
        self.digest = sha256(self.bytes).digest()
        self.body = read_cbor(self.payload[10])

    def verify(self, signers):
        """`signers`: for each slot its role and the keys that must have signed, in order."""
        if len(self.slots) != len(signers):
            raise Refused("signers")
        for slot, (role, keys) in zip(self.slots, signers):
            if slot[0] != role:
                raise Refused("missing")
            if len(slot[1]) != len(keys) or not keys:
                raise Refused("stripped")
            for signature, key in zip(slot[1], keys):
                verify_cose(signature, key, self.bytes)


def verify_cose(signature, key, payload):
    """COSE_Sign1 (RFC 9052) of exactly one form, detached, with Ed25519 (RFC 8032)."""
    protected = b"\xa2\x01\x27\x04\x58\x20" + public_key_id(key)
    front = b"\x84\x58\x26" + protected + b"\xa0\xf6\x58\x40"
    if signature[:-64] != front:
        raise Refused("form or key")
    structure = write_cbor(["Signature1", protected, b"", payload])
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature[-64:], structure)
    except InvalidSignature as error:
        raise Refused("signature") from error


# --- checkpoints (proto/log.md, C2SP signed-note and tlog-checkpoint)


def verify_checkpoint(note, key, origin):
    """The size and root of a note whose only signature is by `key`."""
    text, line = note.rsplit("\n\n", 1)
    text += "\n"
    if not line.endswith("\n") or line.count("\n") != 1:
        raise Refused("not one signature line")
    name = origin.encode()
    key_id = sha256(name + b"\n\x01" + key).digest()[:4]
    front = f"\u2014 {origin} "
    if not line.startswith(front):
        raise Refused("another name")
    decoded = base64.b64decode(line[len(front):].strip(), validate=True)
    if decoded[:4] != key_id:
        raise Refused("another key")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(decoded[4:], text.encode())
    except InvalidSignature as error:
        raise Refused("signature") from error
    said_origin, size, root = text.splitlines()
    if said_origin != origin or size != str(int(size)):
        raise Refused("another origin, or no size")
    return int(size), base64.b64decode(root, validate=True)


# --- bodies (proto/body.md)


class Body:
    """The keys of a body, from its content key."""

    def __init__(self, content_key, genesis, document):
        self.content_key = content_key
        self.salt = genesis + document
        self.cipher = AESGCM(self.derive(b"yichuan/body/key/1"))
        self.prefix = self.derive(b"yichuan/body/nonce/1")[:7]
        self.commitment = self.derive(b"yichuan/body/commitment/1")

    def derive(self, info):
        return hkdf(self.content_key, self.salt, info)

    def nonce(self, index, count):
        return self.prefix + index.to_bytes(4, "big") + bytes([index + 1 == count])

    def seal(self, plain_segments):
        count = len(plain_segments)
        return [
            self.cipher.encrypt(self.nonce(index, count), plain, None)
            for index, plain in enumerate(plain_segments)
        ]

    def open(self, segments, manifest):
        """The plain segments; every one is verified against the manifest before."""
        if not hmac.compare_digest(self.commitment, manifest[16]):
            raise Refused("commitment")
        if len(segments) != manifest[13]:
            raise Refused("another number of segments")
        if rfc6962.root([rfc6962.leaf_hash(part) for part in segments]) != manifest[15]:
            raise Refused("another root")
        try:
            return [
                self.cipher.decrypt(self.nonce(index, len(segments)), part, None)
                for index, part in enumerate(segments)
            ]
        except InvalidTag as error:
            raise Refused("undecryptable") from error

    def opening(self, manifest_digest, unit, account, header):
        message = write_cbor([manifest_digest, unit, account, sha256(header).digest()])
        return hmac.digest(self.derive(b"opened"), message, "sha256")


def header_of(plain_segments):
    """The encoded inner header and how many segments hold it."""
    first = plain_segments[0]
    length = int.from_bytes(first[:4], "big")
    padded = -(-(4 + length) // 4096) * 4096
    count = -(-padded // SEGMENT)
    plain = b"".join(plain_segments[:count])
    if len(plain) != padded or plain[4 + length:].strip(b"\0"):
        raise Refused("layout")
    return plain[4:4 + length], count


def parts_of(header, plain_segments):
    """The parts' bytes, each beginning on a segment and compared with its digest."""
    parts, at = [], 0
    for part in header[8]:
        count = -(-part[2] // SEGMENT)
        data = b"".join(plain_segments[at:at + count])
        at += count
        if len(data) != part[2] or sha256(data).digest() != part[3]:
            raise Refused("a part differs")
        parts.append((part[0], data))
    if at != len(plain_segments):
        raise Refused("too many segments")
    return parts


def plain_segments(header, parts):
    """What is encrypted: header and parts, cut as proto/body.md says."""
    plain = len(header).to_bytes(4, "big") + header
    plain += bytes(-len(plain) % 4096)
    pieces = [plain, *parts]
    return [
        piece[at:at + SEGMENT] for piece in pieces for at in range(0, len(piece), SEGMENT)
    ]


# --- wraps (proto/wrap.md)

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def xwing_parts(seed):
    """ML-KEM-768 and X25519 keys from a 32-byte seed (draft-connolly-cfrg-xwing-kem)."""
    expanded = shake_256(seed).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def xwing(seed):
    return hpke.MLKEM768X25519PrivateKey(*xwing_parts(seed))


def unwrap(seed, enc, ciphertext, info):
    try:
        return SUITE.decrypt(enc + ciphertext, xwing(seed), write_cbor(info))
    except Exception as error:
        raise Refused("the wrap does not open") from error


def open_share(seed, share, genesis, unit, account):
    """The unit's seed, from the share that an account has."""
    info = ["yichuan/key-share/1", genesis, unit, share[0], account, share[1]]
    return unwrap(seed, share[2], share[3], info)


def open_wrap(seed, wrap, genesis, manifest_digest):
    """A document's content key, from the wrap for a unit."""
    if wrap[3] != 1:
        raise Refused("an unknown suite")
    info = ["yichuan/wrap/1", genesis, manifest_digest, wrap[0], wrap[1], wrap[2]]
    return unwrap(seed, wrap[4], wrap[5], info)


def wraps_digest(wraps):
    return rfc6962.root([rfc6962.leaf_hash(write_cbor(wrap)) for wrap in wraps])


# --- keystores (proto/keystore.md)


def open_keystore(data, password):
    """The secrets of an account: {0: signing seed, 1: encryption seed, 2: …, 3: seals}."""
    file = read_cbor(data)
    key = hash_secret_raw(
        password.encode(), file[3], file[2], file[1], 1, 32, Type.ID, version=19
    )
    if hkdf(key, file[3], b"yichuan/keystore/check", 16) != file[4]:
        raise Refused("another password")
    front = write_cbor({**file, 6: b""})
    cipher = AESGCM(hkdf(key, file[3], b"yichuan/keystore/unlock"))
    return read_cbor(cipher.decrypt(file[5], file[6], front))


# --- bundles (proto/bundle.md)


class Bundle:
    """An evidence bundle: read, its end compared, nothing verified yet."""

    MAGIC = b"yichuan-evidence/1\n"

    def __init__(self, data):
        if not data.startswith(self.MAGIC):
            raise Refused("no bundle")
        if sha256(data[:-32]).digest() != data[-32:]:
            raise Refused("file digest")
        at = len(self.MAGIC)
        length = int.from_bytes(data[at:at + 4], "big")
        head = read_cbor(data[at + 4:at + 4 + length])
        self.body = data[at + 4 + length:-32]
        self.roster, self.entries = head[0], head[1]
        self.attachments = {sha256(bytes_).digest(): bytes_ for bytes_ in head[2]}
        self.checkpoint, self.extract = head[3], head[4]
        self.leaves, self.wrap_proofs, self.opening = head[5], head[6], head.get(7)


class Entry:
    """An entry with its index and inclusion path."""

    def __init__(self, proven):
        self.index, self.bytes = proven[0], proven[1]
        self.path = rfc6962.path_of(proven[2])
        entry = read_cbor(self.bytes)
        self.time, self.kind, self.head = entry[1], entry[3], entry[4]
        self.statement = Statement(entry[5])

    def verify_inclusion(self, size, root):
        leaf = rfc6962.leaf_hash(self.bytes)
        rfc6962.verify_inclusion(self.index, size, leaf, self.path, root)


class Roster:
    """Records by kind and id: the fold of the roster's statements (proto/roster.md).

    It verifies every signature and every head; it does not judge who may change what, which is
    the task of a whole verifier.
    """

    OFFICER, EXCHANGE, TICKET, SEAL, ACCOUNT, DEVICE, UNIT_KEY, SHARES = 1, 2, 6, 7, 8, 9, 10, 11

    def __init__(self, genesis_entry, pinned):
        genesis = genesis_entry.statement
        if genesis.digest != pinned:
            raise Refused("another root")
        self.genesis = genesis.digest
        self.roots = [key[1] for key in genesis.body[0]]
        genesis.verify([(3, self.roots)])
        self.records = {}
        self.check_head(genesis_entry)

    def check_head(self, entry):
        leaves = [
            rfc6962.leaf_hash(write_cbor([kind, name, sha256(record).digest()]))
            for (kind, name), record in sorted(
                self.records.items(), key=lambda item: (item[0][0], item[0][1].encode())
            )
        ]
        if entry.head != {0: len(leaves), 1: rfc6962.root(leaves)}:
            raise Refused("another roster head")

    def get(self, kind, name):
        record = self.records.get((kind, name))
        if record is None:
            raise Refused("not in the roster")
        return read_cbor(record)

    def put(self, kind, name, record):
        self.records[kind, name] = write_cbor(record)

    def signing_keys(self, account):
        return [key[1] for key in self.get(self.ACCOUNT, account)[0]]

    def device_keys(self, device):
        return [key[1] for key in self.get(self.DEVICE, device)[1]]

    def unit_signers(self, payload):
        """Account and computer, as the payload names them."""
        return [(0, self.signing_keys(payload[8])), (1, self.device_keys(payload[9]))]

    def take(self, entry):
        statement, body = entry.statement, entry.statement.body
        if statement.purpose == "yichuan/roster/1":
            if statement.slots[0][0] == 3:
                statement.verify([(3, self.roots)])
            else:
                statement.verify([(4, self.signing_officer(statement))])
            for kind, name, record in (
                (change[0], change[1], change[2]) for change in body[3]
            ):
                read_cbor(record)
                self.records[kind, name] = record
        elif statement.purpose == "yichuan/enrolment/1":
            self.enrol(statement, body)
        elif statement.purpose == "yichuan/unit-key/1":
            statement.verify(self.unit_signers(statement.payload))
            self.put(self.UNIT_KEY, body[0], body[1])
            self.share(statement.payload[8], body[2])
        elif statement.purpose == "yichuan/key-share/1":
            statement.verify(self.unit_signers(statement.payload))
            self.share(body[0], body[1])
        else:
            raise Refused("an unknown roster statement")
        self.check_head(entry)

    def signing_officer(self, statement):
        key_id = statement.slots[0][1][0][9:41]
        for (kind, _), record in self.records.items():
            keys = [key[1] for key in read_cbor(record)[0]] if kind == self.OFFICER else []
            if keys and public_key_id(keys[0]) == key_id:
                return keys
        raise Refused("no such officer")

    def enrol(self, statement, body):
        ticket = self.get(self.TICKET, body[0])
        account_keys = [key[1] for key in body[1][0]]
        device_keys = [key[1] for key in body[2][1]]
        signers = [(6, [ticket[0][1]]), (7, account_keys), (8, device_keys)]
        statement.verify(signers)
        self.put(self.ACCOUNT, ticket[1], body[1])
        self.put(self.DEVICE, ticket[2], body[2])
        if (self.SHARES, ticket[1]) in self.records:
            # What was closed for the old key opens no more.
            self.put(self.SHARES, ticket[1], {0: []})
        self.put(self.TICKET, body[0], {**ticket, 4: statement.digest})

    def share(self, account, share):
        known = self.records.get((self.SHARES, account))
        shares = read_cbor(known)[0] if known else []
        others = [one for one in shares if one[0] != share[0]]
        self.put(self.SHARES, account, {0: sorted([*others, share], key=lambda one: one[0])})
