"""The demo's evidence and its recipients' copies, read by nothing but Python and `proto/`."""

from hashlib import sha256
from pathlib import Path

import pytest

import rfc6962
from formats import (
    SEGMENT,
    Body,
    Bundle,
    Entry,
    Roster,
    header_of,
    open_keystore,
    open_share,
    open_wrap,
    parts_of,
    plain_segments,
    read_cbor,
    verify_checkpoint,
    verify_cose,
    wraps_digest,
)
from rfc6962 import Refused

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Show-case-1"
SENDER, RECIPIENT = "513200-zfb", "513201-zf"


@pytest.fixture(scope="session")
def pinned(demo):
    magic, version, origin, genesis = (demo / "root.pub").read_text().split()
    assert (magic, version) == ("yichuan-root", "v1")
    return origin, bytes.fromhex(genesis)


class Story:
    """A bundle, verified as far as signatures, order and proofs go."""

    def __init__(self, data, pinned):
        origin, genesis = pinned
        self.bundle = Bundle(data)
        roster_entries = [Entry(proven) for proven in self.bundle.roster]
        self.entries = [Entry(proven) for proven in self.bundle.entries]
        self.roster = Roster(roster_entries[0], genesis)
        later = sorted(roster_entries[1:] + self.entries, key=lambda entry: entry.index)
        self.verified = 1
        for entry in later:
            statement = entry.statement
            if statement.payload[2] != origin or statement.payload[3] != genesis:
                raise Refused("another installation")
            if entry.kind < 16:
                self.roster.take(entry)
            else:
                statement.verify(self.signers(statement))
                self.roster.check_head(entry)
            self.verified += 1
        checkpoint_key = self.roster.get(Roster.EXCHANGE, origin)[0][1]
        size, root = verify_checkpoint(self.bundle.checkpoint, checkpoint_key, origin)
        for entry in [*roster_entries, *self.entries]:
            entry.verify_inclusion(size, root)
        self.genesis = genesis

    def signers(self, statement):
        if statement.purpose == "yichuan/dispatch/1":
            origin = statement.payload[2]
            return [(5, [self.roster.get(Roster.EXCHANGE, origin)[1][1]])]
        signers = self.roster.unit_signers(statement.payload)
        if statement.purpose == "yichuan/seal/1":
            seal = self.roster.get(Roster.SEAL, statement.body[1])
            signers.append((2, [key[1] for key in seal[7]]))
        return signers

    def of(self, purpose):
        found = [entry for entry in self.entries if entry.statement.purpose == purpose]
        assert found, purpose
        return found

    def attachment(self, digest):
        return self.bundle.attachments[digest]

    @property
    def submission(self):
        return self.of("yichuan/submission/1")[0].statement.body

    @property
    def manifest_digest(self):
        return self.submission[0][1]

    @property
    def manifest(self):
        return read_cbor(self.attachment(self.manifest_digest))

    @property
    def wraps(self):
        entry = read_cbor(self.of("yichuan/submission/1")[0].bytes)
        return read_cbor(self.attachment(entry[6][1][0]))

    def unit_seed(self, home, account):
        """The unit's secret, by an account's keystore and its share in the roster."""
        keystore = (home / "accounts" / f"{account}.key").read_bytes()
        seed = open_keystore(keystore, PASSWORD)[1]
        share = self.roster.get(Roster.SHARES, account)[0][-1]
        origin = self.manifest[2][0][0].split("@")[1]
        unit = f"{account.rsplit('-', 1)[0]}@{origin}"
        return unit, open_share(seed, share, self.genesis, unit, account)


@pytest.fixture(scope="session")
def evidence(demo):
    [path] = sorted((demo / "evidence").iterdir())
    return path.read_bytes()


@pytest.fixture(scope="session")
def story(evidence, pinned):
    return Story(evidence, pinned)


@pytest.fixture(scope="session")
def content_key(demo, story):
    """What the recipient's clerk unwraps, with nothing but the home of that office."""
    home = demo / "offices" / RECIPIENT
    unit, seed = story.unit_seed(home, f"{RECIPIENT}-js01")
    [wrap] = [wrap for wrap in story.wraps if wrap[0] == unit]
    return open_wrap(seed, wrap, story.genesis, story.manifest_digest)


@pytest.fixture(scope="session")
def segments(demo, story):
    """The encrypted body as that office downloaded it, cut by the leaf list."""
    folder = demo / "offices" / RECIPIENT / "incoming" / story.manifest_digest.hex()
    body, leaves, segments = (folder / "body").read_bytes(), story.bundle.leaves, []
    for at in range(0, len(leaves), 36):
        length = int.from_bytes(leaves[at + 32:at + 36], "big")
        segments.append(body[:length])
        body = body[length:]
    assert not body
    return segments


def test_every_signature_proof_and_head_of_the_evidence_stands(story):
    assert story.verified > 25
    purposes = {entry.statement.purpose for entry in story.entries}
    expected = "submission approval seal dispatch fetch receipt return".split()
    assert {f"yichuan/{name}/1" for name in expected} <= purposes


def test_the_wraps_are_those_that_clerk_and_approver_signed(story):
    signed = {entry.statement.body[1] for entry in story.of("yichuan/approval/1")}
    assert signed == {story.submission[1]} == {wraps_digest(story.wraps)}


def test_the_recipient_opens_what_the_sender_closed(story, content_key, segments):
    body = Body(content_key, story.genesis, story.manifest[1])
    plain = body.open(segments, story.manifest)
    header, count = header_of(plain)
    parts = parts_of(read_cbor(header), plain[count:])
    expected = (ROOT / "tests/fixtures/notice.ofd").read_bytes()
    assert dict(parts)["notice.ofd"] == expected
    assert body.seal(plain_segments(header, [data for _, data in parts])) == segments


def test_the_key_in_the_bundle_is_the_one_that_was_wrapped(story, content_key):
    assert story.bundle.opening[0] == content_key


def test_receipts_show_that_the_document_was_opened(story, content_key, segments):
    body = Body(content_key, story.genesis, story.manifest[1])
    header, _ = header_of(body.open(segments, story.manifest))
    for entry in story.of("yichuan/receipt/1"):
        account = entry.statement.payload[8]
        [unit] = [wrap[0] for wrap in story.wraps
                  if wrap[0].startswith(account.rsplit("-", 1)[0] + "@")]
        opening = body.opening(story.manifest_digest, unit, account, header)
        assert opening in entry.statement.body.values()


def test_another_unit_cannot_unwrap_it(demo, story):
    unit, seed = story.unit_seed(demo / "offices" / RECIPIENT, f"{RECIPIENT}-js01")
    for wrap in story.wraps:
        if wrap[0] != unit:
            with pytest.raises(Refused):
                open_wrap(seed, wrap, story.genesis, story.manifest_digest)


@pytest.mark.parametrize("field", [0, 1, 2, 4, 5])
def test_a_changed_wrap_does_not_open(demo, story, field):
    unit, seed = story.unit_seed(demo / "offices" / RECIPIENT, f"{RECIPIENT}-js01")
    [wrap] = [dict(wrap) for wrap in story.wraps if wrap[0] == unit]
    value = wrap[field]
    if isinstance(value, bytes):
        wrap[field] = bytes([value[0] ^ 1]) + value[1:]
    else:
        wrap[field] = value + (1 if isinstance(value, int) else "x")
    with pytest.raises(Refused):
        open_wrap(seed, wrap, story.genesis, story.manifest_digest)


def flipped(segments):
    first = segments[0]
    return [bytes([first[0] ^ 1]) + first[1:], *segments[1:]]


@pytest.mark.parametrize("spoil", [
    flipped,
    lambda segments: segments[::-1],
    lambda segments: segments[:-1],
    lambda segments: [*segments, segments[-1]],
    lambda segments: [*segments[:-1], segments[-1][:-1]],
], ids=["flipped", "swapped", "truncated", "lengthened", "shortened"])
def test_a_changed_body_stays_closed(story, content_key, segments, spoil):
    assert len(segments) > 1 and all(len(part) <= SEGMENT + 16 for part in segments)
    body = Body(content_key, story.genesis, story.manifest[1])
    with pytest.raises(Refused):
        body.open(spoil(segments), story.manifest)


def test_another_key_is_not_the_committed_one(story, content_key, segments):
    other = bytes([content_key[0] ^ 1]) + content_key[1:]
    with pytest.raises(Refused, match="commitment"):
        Body(other, story.genesis, story.manifest[1]).open(segments, story.manifest)


def test_every_changed_byte_of_a_signature_is_noticed(story):
    statement = story.of("yichuan/approval/1")[0].statement
    key = story.roster.signing_keys(statement.payload[8])[0]
    good = statement.slots[0][1][0]
    verify_cose(good, key, statement.bytes)
    for at in range(len(good)):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
        with pytest.raises(Refused):
            verify_cose(bad, key, statement.bytes)
    with pytest.raises(Refused):
        verify_cose(good, key, statement.bytes[:-1])


def test_a_changed_proof_leads_elsewhere(story, pinned):
    key = story.roster.get(Roster.EXCHANGE, pinned[0])[0][1]
    size, root = verify_checkpoint(story.bundle.checkpoint, key, pinned[0])
    entry = story.entries[0]
    entry.verify_inclusion(size, root)
    leaf, path = rfc6962.leaf_hash(entry.bytes), entry.path
    spoiled = [
        (entry.index + 1, leaf, path),
        (entry.index, leaf, path[:-1]),
        (entry.index, leaf, [*path, path[0]]),
        (entry.index, leaf, path[::-1]),
        (entry.index, sha256(leaf).digest(), path),
        (size, leaf, path),
    ]
    for index, leaf_, path_ in spoiled:
        with pytest.raises(Refused):
            rfc6962.verify_inclusion(index, size, leaf_, path_, root)


def test_a_changed_checkpoint_is_not_signed(story, pinned):
    key = story.roster.get(Roster.EXCHANGE, pinned[0])[0][1]
    note = story.bundle.checkpoint
    size = note.splitlines()[1]
    for bad in [note.replace(size, size + "0", 1), note.replace("\n\n", "\nx\n\n"), note + "x"]:
        with pytest.raises(Refused):
            verify_checkpoint(bad, key, pinned[0])
    with pytest.raises(Refused):
        verify_checkpoint(note, key, "another.example")


def test_a_hidden_statement_about_the_roster_is_missed(evidence, pinned):
    story = Story(evidence, pinned)
    roster = Roster(Entry(story.bundle.roster[0]), pinned[1])
    with pytest.raises(Refused):
        for proven in [*story.bundle.roster[1:4], *story.bundle.roster[5:]]:
            roster.take(Entry(proven))


def test_a_bundle_with_a_changed_byte_is_refused(evidence):
    for at in range(0, len(evidence), max(1, len(evidence) // 97)):
        changed = evidence[:at] + bytes([evidence[at] ^ 1]) + evidence[at + 1:]
        with pytest.raises(Refused):
            Bundle(changed)
