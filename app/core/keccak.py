"""keccak256, the hash of the contracts."""

from eth_hash.auto import keccak


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    return bytes(keccak(data))
