"""Labels that were turned are found, those that are right are mostly left alone, and too little is told as such."""

import numpy as np
import pytest
from scipy import sparse

from earnest.pools.quality.labels import TooFew, doubtful

WIDTH = 60


def samples(count: int, classes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose first columns tell their class, with noise in the others."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    rows = (rng.random((count, WIDTH)) < 0.1).astype(float)
    for column in range(6):
        rows[np.arange(count), labels * 6 + column] = rng.random(count) < 0.8
    return rows, labels


@pytest.mark.parametrize("as_matrix", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("classes", [2, 4])
def test_turned_labels_are_found(as_matrix, classes):
    rows, labels = samples(600, classes)
    turned = np.arange(0, 600, 20)
    given = labels.copy()
    given[turned] = (labels[turned] + 1) % classes
    found = doubtful(as_matrix(rows), given)
    assert len(set(found.places) & set(turned)) >= 0.65 * len(turned)
    assert len(set(found.places) - set(turned)) <= 0.03 * 600
    right = np.isin(found.places, turned)
    assert (found.likely[right] == labels[found.places[right]]).mean() > 0.9
    assert (np.diff(found.confidence) >= 0).all()
    assert found.accuracy > 0.85
    again = doubtful(as_matrix(rows), given)
    assert list(again.places) == list(found.places)


def test_class_of_which_there_are_few_is_left_out():
    rows, labels = samples(200)
    labels = labels * 3
    labels[:4] = 7
    found = doubtful(rows, labels)
    assert found.looked_at == 196
    assert not set(found.places) & {0, 1, 2, 3}
    assert set(found.likely) <= {0, 3}


@pytest.mark.parametrize("labels", [[], [1] * 200, [0, 1] * 10, [0] * 196 + [1] * 4])
def test_too_little_to_learn_from_is_told(labels):
    rows = np.zeros((len(labels), WIDTH))
    with pytest.raises(TooFew, match="at least two classes"):
        doubtful(rows, np.array(labels, dtype=np.int64))
