"""What a claim brings, where several are made in one call."""

from collections.abc import Sequence
from typing import NamedTuple

from earnest.core.pool.contribution import Contribution


class Claim(NamedTuple):
    """One of several claims in one call.

    Attributes:
        contribution: what is claimed.
        known: its sample; when collecting, the sample's hash.
        first_index: of its batch's first contribution; None for one that has a slot of its own.
        proof: of its place in the batch.
    """

    contribution: Contribution
    known: bytes
    first_index: int | None = None
    proof: Sequence[bytes] = ()
