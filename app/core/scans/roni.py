"""Reject on negative impact, by contributor: whose contributions alone make the initial model worse on trusted samples.

Worse is what goes beyond chance: of the trusted samples that the model judges otherwise afterwards, so many more turn
wrong than right that it happens once in forty times by itself.
"""

import numpy as np

from earnest.core.scans.scan import Found, Scan, Suspects

#: Deviations of the difference between those that turn wrong and those that turn right.
DEVIATIONS = 2.0
#: Share of harmless contributors that chance alone brings so far.
BY_CHANCE = 0.023
#: Contributors that are tried, those with the most contributions first: each costs a pass over the trusted samples.
MOST = 200


def _run(given: Suspects) -> Found:
    before = np.asarray(given.initial.predict(given.trusted)) == given.trusted_y
    flagged = np.zeros(len(given.y), dtype=bool)
    samples = given.initial.samples(given.X)
    contributors, counts = np.unique(given.who, return_counts=True)
    bad = []
    for who in contributors[np.argsort(-counts, kind="stable")[:MOST]].tolist():
        model = given.initial.copy()
        for row in np.flatnonzero(given.who == who).tolist():
            model.learn_one(samples[row], int(given.y[row]))
        after = np.asarray(model.predict(given.trusted)) == given.trusted_y
        worse, better = int((before & ~after).sum()), int((after & ~before).sum())
        if worse - better > DEVIATIONS * np.sqrt(worse + better):
            bad.append(who)
            flagged[given.who == who] = True
    return Found(flagged, BY_CHANCE, tuple(sorted(bad)))


SCANS = (
    Scan(
        "roni",
        "Contributors whose contributions alone make the initial model worse on trusted samples, beyond chance.",
        "Nelson et al. 2008",
        _run,
        "contributors",
    ),
)
