"""The tree over the commitments of a batch (`BatchTree.root`, OpenZeppelin's `MerkleProof`).

A node is the hash of its two children in ascending order; a node without a neighbour moves up as it is. A leaf is the
hash of 192 bytes and a node of 64, so neither passes for the other.
"""

from collections.abc import Sequence

from earnest.core.keccak import keccak256

#: As many as a batch's slot has bits for.
MAX_BATCH = 96


def _parent(one: bytes, other: bytes) -> bytes:
    return keccak256(min(one, other) + max(one, other))


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        level = [_parent(*pair) for pair in zip(below[::2], below[1::2], strict=False)]
        levels.append(level + below[len(level) * 2 :])
    return levels


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of a tree with at least one leaf; 32 bytes. O(leaves)."""
    return _levels(leaves)[-1][0]


def proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes beside the path from a leaf to the root, from the leaf up. O(leaves)."""
    path = []
    for level in _levels(leaves)[:-1]:
        if (neighbour := place ^ 1) < len(level):
            path.append(level[neighbour])
        place //= 2
    return path


def process(path: Sequence[bytes], leaf: bytes) -> bytes:
    """The root that a leaf and its proof lead to."""
    node = leaf
    for neighbour in path:
        node = _parent(node, neighbour)
    return node
