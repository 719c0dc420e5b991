"""What the model that the pool began with calls otherwise: wrong labels, and no backdoor, whose labels are right."""

import numpy as np

from earnest.core.scans.scan import Found, Scan, Suspects


def _run(given: Suspects) -> Found:
    flagged = np.asarray(given.initial.predict(given.X)) != given.y
    honest = np.asarray(given.initial.predict(given.trusted)) != given.trusted_y
    return Found(flagged, float(honest.mean()) if len(honest) else None)


SCANS = (
    Scan(
        "margin",
        "What the initial model calls otherwise: it finds wrong labels, and no backdoor, whose labels are right.",
        "as trusted-set checks, Steinhardt, Koh & Liang 2017",
        _run,
    ),
)
