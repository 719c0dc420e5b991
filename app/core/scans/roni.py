"""Reject on negative impact, by contributor: whose contributions alone make the initial model worse on trusted samples.

Worse is what goes beyond chance: of the trusted samples that the model judges otherwise afterwards, so many more turn
wrong than right that it happens once in forty times by itself. A model may become worse of honest samples too, where
they are few and it takes large steps: so trusted samples play contributors, and how many of them are flagged is said.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.models.model import Model
from earnest.core.scans.scan import Found, Scan, Suspects, in_halves

#: Deviations of the difference between those that turn wrong and those that turn right.
DEVIATIONS = 2.0
#: Contributors that are tried, those with the most contributions first: each costs a pass over the trusted samples.
MOST = 200
#: Contributors that trusted samples play at most.
PLAYED = 20


def _makes_worse(
    initial: Model, samples: list[NDArray[Any]], labels: NDArray[np.int64], X: Any, y: NDArray[np.int64]
) -> bool:
    """Whether a model that learns these samples judges trusted ones worse, beyond chance."""
    model = initial.copy()
    for sample, label in zip(samples, labels.tolist(), strict=True):
        model.learn_one(sample, int(label))
    before, after = np.asarray(initial.predict(X)) == y, np.asarray(model.predict(X)) == y
    worse, better = int((before & ~after).sum()), int((after & ~before).sum())
    return bool(worse - better > DEVIATIONS * np.sqrt(worse + better))


def _run(given: Suspects) -> Found:
    flagged = np.zeros(len(given.y), dtype=bool)
    samples = given.initial.samples(given.X)
    contributors, counts = np.unique(given.who, return_counts=True)
    bad = []
    for who in contributors[np.argsort(-counts, kind="stable")[:MOST]].tolist():
        rows = np.flatnonzero(given.who == who)
        own = [samples[row] for row in rows.tolist()]
        if _makes_worse(given.initial, own, given.y[rows], given.trusted, given.trusted_y):
            bad.append(who)
            flagged[rows] = True
    return Found(flagged, _honest(given, int(np.median(counts)) if len(counts) else 0), tuple(sorted(bad)))


def _honest(given: Suspects, size: int) -> float | None:
    """The share of contributors that are flagged though they are honest: trusted samples, so many each."""
    X, y, others, truth = in_halves(given)
    size = min(size, len(y))
    if size == 0:
        return None
    samples = given.initial.samples(X)
    starts = range(0, min(len(y) // size, PLAYED) * size, size)
    return float(
        np.mean(
            [
                _makes_worse(given.initial, samples[start : start + size], y[start : start + size], others, truth)
                for start in starts
            ]
        )
    )


SCANS = (
    Scan(
        "roni",
        "Contributors whose contributions alone make the initial model worse on trusted samples, beyond chance.",
        "Nelson et al. 2008",
        _run,
        "contributors",
    ),
)
