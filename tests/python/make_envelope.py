"""Makes proto/vectors/envelope/envelope.json: python tests/python/make_envelope.py > that file.

Bodies are the same each time. Wraps are not, since HPKE draws chance for each: a file that is made
anew has other wraps, and they open as well.
"""

import json
from hashlib import sha256

import rfc6962
from formats import (
    SEGMENT,
    SUITE,
    Body,
    plain_segments,
    public_key_id,
    write_cbor,
    xwing,
    xwing_parts,
)

GENESIS = sha256(b"genesis").digest()
MANIFEST = sha256(b"manifest").digest()
DOCUMENT = bytes.fromhex("019a000000007000800000000000000a")
CONTENT_KEY = sha256(b"content key").digest()
UNIT, OTHER = "513201-zf@yichuan.example", "513202-zf@yichuan.example"
ACCOUNT = "513201-zf-js01"
SIZES = {
    "one byte": [1],
    "two short parts": [5_000, 33],
    "one byte less than a segment": [SEGMENT - 1],
    "a whole segment": [SEGMENT],
    "one byte more than a segment": [SEGMENT + 1],
    "two segments and a part behind them": [2 * SEGMENT, 7],
}


def part(place, size):
    """Byte i of part p is (31 i + p) mod 256."""
    one = bytes((31 * i + place) % 256 for i in range(256))
    return (one * (size // 256 + 1))[:size]


def header(parts):
    listed = [
        {0: f"part{place}.pdf", 1: "application/pdf", 2: len(data), 3: sha256(data).digest()}
        for place, data in enumerate(parts)
    ]
    return write_cbor({
        0: 1, 1: "yichuan.example", 2: DOCUMENT, 3: ["513200-zfb@yichuan.example"], 4: 1,
        5: "关于做好汛期值班工作的通知", 6: {2: "云政办发〔2026〕8号"}, 7: {0: "张三"}, 8: listed,
    })


def body(name, sizes):
    parts = [part(place, size) for place, size in enumerate(sizes)]
    head, keys = header(parts), Body(CONTENT_KEY, GENESIS, DOCUMENT)
    segments = keys.seal(plain_segments(head, parts))
    return {
        "name": name,
        "sizes": sizes,
        "header": head.hex(),
        "segments": len(segments),
        "body_bytes": sum(len(segment) for segment in segments),
        "body_sha256": sha256(b"".join(segments)).hexdigest(),
        "root": rfc6962.root([rfc6962.leaf_hash(segment) for segment in segments]).hex(),
        "commitment": keys.commitment.hex(),
        "opening": keys.opening(MANIFEST, UNIT, ACCOUNT, head).hex(),
    }


def public_bytes(seed):
    """The public key: that of ML-KEM-768, then that of X25519."""
    return b"".join(key.public_key().public_bytes_raw() for key in xwing_parts(seed))


SEED = sha256(b"unit seed").digest()


def wrap():
    key_id = public_key_id(public_bytes(SEED))
    info = ["yichuan/wrap/1", GENESIS, MANIFEST, UNIT, 3, key_id]
    closed = SUITE.encrypt(CONTENT_KEY, xwing(SEED).public_key(), write_cbor(info))
    return {0: UNIT, 1: 3, 2: key_id, 3: 1, 4: closed[:1120], 5: closed[1120:]}


def wraps():
    good = wrap()

    def flipped(field, at):
        data = bytearray(good[field])
        data[at] ^= 1
        return {**good, field: bytes(data)}

    cases = [
        ("a wrap", good, GENESIS, MANIFEST, SEED),
        ("another document's", good, GENESIS, sha256(b"another").digest(), SEED),
        ("another installation's", good, sha256(b"another").digest(), MANIFEST, SEED),
        ("another unit's", {**good, 0: OTHER}, GENESIS, MANIFEST, SEED),
        ("another epoch's", {**good, 1: 4}, GENESIS, MANIFEST, SEED),
        ("another key's name", flipped(2, 0), GENESIS, MANIFEST, SEED),
        ("an unknown suite", {**good, 3: 2}, GENESIS, MANIFEST, SEED),
        ("one bit of the ML-KEM part", flipped(4, 0), GENESIS, MANIFEST, SEED),
        ("one bit of the X25519 part", flipped(4, 1119), GENESIS, MANIFEST, SEED),
        ("one bit of the ciphertext", flipped(5, 0), GENESIS, MANIFEST, SEED),
        ("one bit of the tag", flipped(5, 47), GENESIS, MANIFEST, SEED),
        ("a shorter encapsulation", {**good, 4: good[4][:-1]}, GENESIS, MANIFEST, SEED),
        ("no ciphertext", {**good, 5: b""}, GENESIS, MANIFEST, SEED),
        ("another seed", good, GENESIS, MANIFEST, sha256(b"another").digest()),
    ]
    return [
        {
            "name": name,
            "wrap": write_cbor(value).hex(),
            "genesis": genesis.hex(),
            "manifest": manifest.hex(),
            "seed": seed.hex(),
            "valid": place == 0,
        }
        for place, (name, value, genesis, manifest, seed) in enumerate(cases)
    ]


def shares():
    key_id = public_key_id(public_bytes(SEED))
    info = ["yichuan/key-share/1", GENESIS, UNIT, 3, ACCOUNT, key_id]
    closed = SUITE.encrypt(CONTENT_KEY, xwing(SEED).public_key(), write_cbor(info))
    share = write_cbor({0: 3, 1: key_id, 2: closed[:1120], 3: closed[1120:]}).hex()
    cases = [("a share", UNIT, ACCOUNT), ("another unit's", OTHER, ACCOUNT),
             ("another account's", UNIT, "513201-zf-js02")]
    return [
        {"name": name, "share": share, "unit": unit, "account": account,
         "seed": SEED.hex(), "valid": place == 0}
        for place, (name, unit, account) in enumerate(cases)
    ]


def main():
    print(json.dumps({
        "content_key": CONTENT_KEY.hex(),
        "genesis": GENESIS.hex(),
        "document": DOCUMENT.hex(),
        "manifest": MANIFEST.hex(),
        "unit": UNIT,
        "account": ACCOUNT,
        "bodies": [body(name, sizes) for name, sizes in SIZES.items()],
        "wraps": wraps(),
        "shares": shares(),
    }, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
