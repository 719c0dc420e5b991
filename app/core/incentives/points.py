"""Twin of `Points.sol`: no money, standing only.

Contributing is free, a refund gives a point (the verified count), a report by a verified account closes a contribution
that the model contradicts, and anyone may clear away what nobody claimed. Who may do what and when is as under
self-assessment, whose functions serve here too: all amounts are 0.
"""

from typing import NamedTuple

from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, Arguments, validate_waits

KIND = "points"
#: What `incentiveId()` answers.
INCENTIVE_ID = "points/1"
#: What names of implementations begin with.
CONTRACT = "Points"


class Parameters(NamedTuple):
    """A pool's rules, in the order of `incentiveParameters()`; waits in seconds."""

    refund_wait: int
    collect_wait: int
    safeguards: int = 0
    head_start: int = 0

    @property
    def burns_leftover(self) -> bool:
        """Nothing is left over, and nobody gets it."""
        return True

    def price_after(self, elapsed: int) -> int:
        """What a contribution costs, in wei: nothing."""
        return 0

    @property
    def arguments(self) -> Arguments:
        """What self-assessment's functions take: a fixed price of 0, of which nothing is ever left."""
        return PRICE_FIXED, LEFTOVER_BURN, self.refund_wait, self.collect_wait, 0, 0, self.safeguards, self.head_start

    def validate(self) -> None:
        """Refuse what does not fit the contract; see `validate_parameters`."""
        validate_parameters(*self)


def validate_parameters(refund_wait: int, collect_wait: int, safeguards: int = 0, head_start: int = 0) -> None:
    """Refuse what the contract refuses at deployment, or what does not fit its packing.

    Args:
        refund_wait: seconds, below `collect_wait`.
        collect_wait: seconds, below 2**32.
        safeguards: as under self-assessment.
        head_start: seconds; with `refund_wait` below `collect_wait`.

    Raises:
        RuleViolation: one of them is out of range; the message says which and what is allowed.
    """
    validate_waits(refund_wait, collect_wait, safeguards, head_start)


def pack_parameters(refund_wait: int, collect_wait: int, safeguards: int = 0, head_start: int = 0) -> bytes:
    """The 39 bytes that `PoolFactory.createPool` takes as `incentive`.

    Raises:
        RuleViolation: see `validate_parameters`.
    """
    validate_parameters(refund_wait, collect_wait, safeguards, head_start)
    waits = b"".join(wait.to_bytes(4, "big") for wait in (refund_wait, head_start, collect_wait))
    return bytes(2) + safeguards.to_bytes(1, "big") + waits + bytes(24)


def unpack_parameters(packed: bytes) -> Parameters:
    """The parameters out of `pack_parameters`; whether they are in range is not looked at."""
    places = ((3, 7), (11, 15), (2, 3), (7, 11))
    return Parameters(*(int.from_bytes(packed[start:end], "big") for start, end in places))
