"""What identifies a contribution to a pool whose judge is sealed, and that pool's commitment to it."""

from dataclasses import dataclass

from earnest.core.keccak import keccak256


@dataclass(frozen=True, slots=True)
class SealedContribution:
    """What settling tells the pool of a contribution; the fields of `ISealedPool.Contribution`.

    Attributes:
        index: sequential number in the pool, from 0.
        contributor: address of its author, 0x and 40 hexadecimal digits.
        label: its class.
        outcome: its case, see `incentives.sealed`.
        epoch: seals made before it was accepted.
        deposit: what was paid for it, in wei.
    """

    index: int
    contributor: str
    label: int
    outcome: int
    epoch: int
    deposit: int

    def commitment(self, sample_hash: bytes) -> int:
        """The 224 bits by which the pool knows this contribution and its sample."""
        words = (self.index, int(self.contributor, 16), self.label, self.outcome, self.epoch, self.deposit)
        hashed = keccak256(b"".join(word.to_bytes(32, "big") for word in words) + sample_hash)
        return int.from_bytes(hashed[4:], "big")
