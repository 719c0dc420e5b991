"""What each contributor's samples have in common: agreement with the model, pace, labels."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple


class Given(NamedTuple):
    """A contribution, as far as it is looked at here.

    Attributes:
        agreed: whether the model said the same right before it; None where it was not asked.
        agrees: whether it says so now.
        time: in seconds of chain time.
    """

    contributor: str
    label: int
    agreed: bool | None
    agrees: bool
    time: int


@dataclass(frozen=True)
class Habits:
    """One contributor's.

    Attributes:
        agreed: share of its labels that the model said right before; None where it was never asked.
        agrees: share that it says now.
        seconds_between: median of the seconds between two contributions; 0 where most come in batches, None for one.
        labels: how many of each class.
    """

    contributor: str
    contributions: int
    agreed: float | None
    agrees: float
    seconds_between: float | None
    labels: dict[int, int]


def habits(given: Sequence[Given]) -> list[Habits]:
    """Of every contributor, whoever gave most first; O(n log n)."""
    by_contributor: defaultdict[str, list[Given]] = defaultdict(list)
    for one in given:
        by_contributor[one.contributor].append(one)
    found = [_of_one(contributor, rows) for contributor, rows in by_contributor.items()]
    return sorted(found, key=lambda one: (-one.contributions, one.contributor))


def _of_one(contributor: str, rows: Sequence[Given]) -> Habits:
    asked = [one.agreed for one in rows if one.agreed is not None]
    times = sorted(one.time for one in rows)
    between = [after - before for before, after in pairwise(times)]
    return Habits(
        contributor=contributor,
        contributions=len(rows),
        agreed=sum(asked) / len(asked) if asked else None,
        agrees=sum(one.agrees for one in rows) / len(rows),
        seconds_between=float(median(between)) if between else None,
        labels=dict(sorted(Counter(one.label for one in rows).items())),
    )
