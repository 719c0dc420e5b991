"""Words that a class has far more often among contributions than among trusted samples.

A trigger has to be taught, so it stands in many contributions of its class; before, hardly any sample had it. Flagged
is what holds such a word under such a label.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.scans.scan import Found, Scan, Suspects, in_halves, present

#: So many deviations beyond what the trusted samples make likely: of a thousand words under two labels, chance alone
#: brings one so far once in two thousand times.
DEVIATIONS = 5.0
#: And so many times as often.
TIMES = 3.0


def lifted(
    X: Any, y: NDArray[np.int64], trusted_X: Any, trusted_y: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], set[int]]:
    """Which samples hold a word that their class has too often, and which words."""
    rows, known = present(X), present(trusted_X)
    flagged = np.zeros(len(y), dtype=bool)
    signs: set[int] = set()
    for label in np.unique(y).tolist():
        inside, reference = rows[np.flatnonzero(y == label)], known[np.flatnonzero(trusted_y == label)]
        n, n0 = inside.shape[0], reference.shape[0]
        had = np.asarray(inside.sum(axis=0)).ravel()
        before = np.asarray(reference.sum(axis=0)).ravel()
        rate = (before + 1) / (n0 + 2)
        # what the few trusted samples leave uncertain of the rate counts too
        deviation = np.sqrt(n * rate * (1 - rate) * (1 + n / (n0 + 2)))
        words = np.flatnonzero((had - n * rate > DEVIATIONS * deviation) & (had > TIMES * n * rate))
        signs |= set(words.tolist())
        flagged[np.flatnonzero(y == label)] = np.asarray(inside[:, words].sum(axis=1)).ravel() > 0
    return flagged, signs


def _run(given: Suspects) -> Found:
    flagged, signs = lifted(given.X, given.y, given.trusted, given.trusted_y)
    first_X, first_y, second_X, second_y = in_halves(given)
    honest, _ = lifted(second_X, second_y, first_X, first_y)
    return Found(flagged, float(honest.mean()) if len(honest) else None, tuple(sorted(signs)))


SCANS = (
    Scan(
        "lift",
        "Words that a class has far more often among contributions than among trusted samples.",
        "as Chen & Dai 2021 look for backdoor keywords",
        _run,
        "words",
    ),
)
