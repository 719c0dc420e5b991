"""Labels that are likely wrong: confident learning (Northcutt, Jiang & Chuang 2021), by cleanlab.

A logistic regression says how likely each label is, learned from four fifths of the samples for the last one. What it
finds unlikely is no proof: a rare way of speaking looks the same.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.extras import needed

#: Parts of which each is judged by what was learned from the others; and the fewest samples that are looked at.
PARTS, FEWEST = 5, 50


class TooFew(ValueError):
    """There is too little to learn from; the message says what, as a sentence."""


@dataclass(frozen=True)
class Doubts:
    """What is doubtful.

    Attributes:
        places: of doubtful samples, the most doubtful first.
        likely: class that each of them more likely has.
        confidence: how likely each one's own label is, from 0 to 1.
        accuracy: share of all labels that the regression says as well, of samples that it did not learn from.
        looked_at: samples of classes that there are enough of.
    """

    places: NDArray[np.int64]
    likely: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: float
    looked_at: int


def doubtful(samples: Any, labels: NDArray[np.int64]) -> Doubts:
    """Find labels that are likely wrong; the same for the same samples.

    Args:
        samples: a matrix of shape (n, width), sparse or not.
        labels: their classes, of shape (n,).

    Raises:
        TooFew: there is nothing to learn from.
        ExtraMissing: cleanlab is not installed.
    """
    with needed("quality", "Looking for wrong labels"):
        from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler

    classes, counts = np.unique(labels, return_counts=True)
    enough = classes[counts >= PARTS]
    rows = np.flatnonzero(np.isin(labels, enough))
    if len(enough) < 2 or len(rows) < FEWEST:
        raise TooFew(f"Wrong labels are looked for from {FEWEST} samples on, at least two classes with {PARTS} each.")
    _, own = np.unique(labels[rows], return_inverse=True)
    regression = make_pipeline(MaxAbsScaler(), LogisticRegression(max_iter=500))
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        # one that has not come to its end says nearly the same
        warnings.simplefilter("ignore")
        likely = cross_val_predict(regression, samples[rows], own, cv=parts, method="predict_proba")
        # one process: whole programs would be started for the others
        found = find_label_issues(own, likely, return_indices_ranked_by="self_confidence", n_jobs=1)
    found = np.asarray(found, dtype=np.int64)
    best = likely.argmax(axis=1)
    return Doubts(
        places=rows[found],
        likely=enough[best[found]],
        confidence=likely[found, own[found]],
        accuracy=float((best == own).mean()),
        looked_at=len(rows),
    )
