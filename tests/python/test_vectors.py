"""The vectors of `proto/`, as far as this implementation reads those formats."""

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

import make_envelope
import rfc6962
import seal_ofd
import strict_cbor
from formats import Bundle, open_keystore, open_share, open_wrap, read_cbor
from rfc6962 import Refused

VECTORS = Path(__file__).resolve().parents[2] / "proto" / "vectors"


def load(name):
    return json.loads((VECTORS / name).read_text())


def named(cases):
    assert cases
    return [pytest.param(case, id=case["name"]) for case in cases]


TREE = load("log/tree.json")


def test_the_roots_of_growing_trees():
    leaves = [rfc6962.leaf_hash(bytes.fromhex(entry)) for entry in TREE["entries"]]
    assert len(TREE["roots"]) > 8
    for size, root in enumerate(TREE["roots"]):
        assert rfc6962.root(leaves[:size]).hex() == root, size


def verdict(check):
    try:
        check()
    except Refused:
        return False
    return True


@pytest.mark.parametrize("case", named(TREE["inclusion"]))
def test_inclusion(case):
    path = [bytes.fromhex(digest) for digest in case["path"]]
    leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
    index, size = int(case["index"]), int(case["size"])
    assert verdict(
        lambda: rfc6962.verify_inclusion(index, size, leaf, path, root)
    ) == case["valid"]


@pytest.mark.parametrize("case", named(TREE["consistency"]))
def test_consistency(case):
    path = [bytes.fromhex(digest) for digest in case["path"]]
    old_root, new_root = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
    old, new = int(case["old_size"]), int(case["new_size"])
    assert verdict(
        lambda: rfc6962.verify_consistency(old, new, old_root, new_root, path)
    ) == case["valid"]


@pytest.mark.parametrize("case", named(load("document/cbor.json")["form"]))
def test_the_form_of_cbor(case):
    try:
        strict_cbor.read(bytes.fromhex(case["bytes"]))
        result = "ok"
    except Refused as refused:
        result = str(refused)
    assert result == case["result"]


@pytest.mark.parametrize("case", named(load("document/signature.json")["signature"]))
def test_signatures_that_stand(case):
    """OpenSSL accepts more than our rule (proto/cbor.md); what our rule accepts, it accepts."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["key"]))
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    try:
        key.verify(signature, message)
        stands = True
    except InvalidSignature:
        stands = False
    if case["result"] == "ok":
        assert stands


def test_bundles_end_in_their_digest():
    cases = load("bundle/bundles.json")["cases"]
    whole = [base64.b64decode(case["bundle"]) for case in cases if "bundle" in case]
    assert whole
    for data in whole:
        assert Bundle(data).roster


ENVELOPE = load("envelope/envelope.json")


@pytest.mark.parametrize("case", named(ENVELOPE["bodies"]))
def test_bodies_are_made_the_same_each_time(case):
    assert make_envelope.body(case["name"], case["sizes"]) == case


@pytest.mark.parametrize("case", named(ENVELOPE["wraps"]))
def test_wraps(case):
    wrap = strict_cbor.read(bytes.fromhex(case["wrap"]))
    seed, genesis, manifest = (
        bytes.fromhex(case[name]) for name in ("seed", "genesis", "manifest")
    )
    opened = []
    stands = verdict(lambda: opened.append(open_wrap(seed, wrap, genesis, manifest)))
    assert stands == case["valid"]
    assert not stands or opened[0].hex() == ENVELOPE["content_key"]


@pytest.mark.parametrize("case", named(ENVELOPE["shares"]))
def test_shares(case):
    share = strict_cbor.read(bytes.fromhex(case["share"]))
    seed, genesis = bytes.fromhex(case["seed"]), bytes.fromhex(ENVELOPE["genesis"])
    assert verdict(
        lambda: open_share(seed, share, genesis, case["unit"], case["account"])
    ) == case["valid"]


@pytest.mark.parametrize("case", named(load("keystore/keystores.json")["keystores"]))
def test_keystores(case):
    data = bytes.fromhex(case["file"])
    secrets = open_keystore(data, case["password"])
    assert secrets[2].hex() == case["content"]
    if case["tokens"]:
        assert 0 not in secrets
        public = secrets[5][3][1]
        tokens = read_cbor(data)[7]
        assert [on[0][0] for on in tokens] == case["tokens"]
        assert secrets[5][1] == tokens[0][0]
    else:
        public = Ed25519PrivateKey.from_private_bytes(secrets[0]).public_key()
        public = public.public_bytes_raw()
        assert 7 not in read_cbor(data)
    assert public.hex() == case["signing"]
    with pytest.raises(Refused):
        open_keystore(data, "Vector-2-pass")


SEALED = load("seal/ofd.json")


@pytest.mark.parametrize("case", named(SEALED["applied"] + SEALED["refused"]))
def test_a_seal_in_an_ofd(case):
    before, record = base64.b64decode(case["before"]), bytes.fromhex(case["record"])
    try:
        sealed = seal_ofd.apply(before, record)
    except seal_ofd.NotSealed as why:
        assert str(why) == case["refused"]
    else:
        assert (len(sealed), sha256(sealed).hexdigest()) == (case["bytes"], case["sealed"])
