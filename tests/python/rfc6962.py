"""Merkle trees of RFC 6962 (section 2.1), written from the RFC: hashes, roots, two proofs."""

from hashlib import sha256


class Refused(Exception):
    """What was read does not stand."""


def leaf_hash(entry):
    return sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return sha256(b"\x01" + left + right).digest()


def split(size):
    """The largest power of two below `size`."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def root(leaves):
    """MTH of section 2.1, over hashes of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def inclusion_root(index, size, leaf, path):
    """The root that PATH(index, D[size]) of section 2.1.1 leads to."""
    if not 0 <= index < size:
        raise Refused("no such leaf")
    if size == 1:
        if path:
            raise Refused("a path is too long")
        return leaf
    if not path:
        raise Refused("a path is too short")
    k = split(size)
    if index < k:
        return node_hash(inclusion_root(index, k, leaf, path[:-1]), path[-1])
    return node_hash(path[-1], inclusion_root(index - k, size - k, leaf, path[:-1]))


def verify_inclusion(index, size, leaf, path, expected):
    if inclusion_root(index, size, leaf, path) != expected:
        raise Refused("the path leads to another root")


def _consistency(old, size, path, whole, old_root):
    """SUBPROOF of section 2.1.2, run backwards: the roots of the old tree and of the new."""
    if old == size:
        if whole:
            if path:
                raise Refused("a path is too long")
            return old_root, old_root
        if len(path) != 1:
            raise Refused("a path of the wrong length")
        return path[0], path[0]
    if not path:
        raise Refused("a path is too short")
    k = split(size)
    if old <= k:
        before, left = _consistency(old, k, path[:-1], whole, old_root)
        return before, node_hash(left, path[-1])
    before, right = _consistency(old - k, size - k, path[:-1], False, old_root)
    return node_hash(path[-1], before), node_hash(path[-1], right)


def verify_consistency(old, size, old_root, new_root, path):
    if old > size:
        raise Refused("the tree shrank")
    if old == size and old_root != new_root:
        raise Refused("two roots for one size")
    if old == 0:
        if path or old_root != root([]):
            raise Refused("nothing proves more than nothing")
        return
    before, now = _consistency(old, size, path, True, old_root)
    if (before, now) != (old_root, new_root):
        raise Refused("the path leads to other roots")


def path_of(data):
    """A path as proto/log.md writes it: digests, one after the other."""
    if len(data) % 32 or len(data) > 2048:
        raise Refused("no path")
    return [data[at:at + 32] for at in range(0, len(data), 32)]
