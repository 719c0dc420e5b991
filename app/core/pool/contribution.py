"""What identifies a contribution to its pool, and the pool's commitment to it."""

from dataclasses import dataclass

from earnest.core.keccak import keccak256


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a claim tells the pool of a contribution; the fields of `IPool.Contribution`.

    Attributes:
        index: sequential number in the pool, from 0.
        contributor: address of its author, 0x and 40 hexadecimal digits.
        label: its class.
        time: timestamp of the block that accepted it, in seconds.
        deposit: what was paid for it, in wei.
    """

    index: int
    contributor: str
    label: int
    time: int
    deposit: int

    def leaf(self, sample_hash: bytes) -> bytes:
        """The hash of this contribution and its sample (`Commitments.hash`); 32 bytes."""
        words = (self.index, int(self.contributor, 16), self.label, self.time, self.deposit)
        return keccak256(b"".join(word.to_bytes(32, "big") for word in words) + sample_hash)

    def commitment(self, sample_hash: bytes) -> int:
        """The 160 bits by which the pool knows this contribution and its sample."""
        return truncated(self.leaf(sample_hash))


def truncated(commitment: bytes) -> int:
    """What the pool keeps of a commitment: its last 160 bits."""
    return int.from_bytes(commitment[12:], "big")
