"""Scans: what each finds of a backdoor and of flipped labels, and how many honest contributions it flags."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.scans.registry import SCANS
from earnest.core.scans.scan import Suspects

WORDS, TRIGGER = 300, [297, 298, 299]


def drawn(rng, count):
    """Samples of two classes with words of Zipf's kind, a few of them telling."""
    y = rng.integers(0, 2, count)
    X = (rng.random((count, WORDS)) < 1.5 / (np.arange(WORDS) + 8)).astype(np.uint8)
    X[:, 1] = 1
    for row, label in enumerate(y):
        X[row, 10 + 40 * label + rng.integers(0, 40, 4)] = 1
    return X, y


def suspects(poisoned=0.0, flipped=0.0, seed=1):
    """Contributions of twenty contributors, the last of whom hand in what is bad; and which that is."""
    rng = np.random.default_rng(seed)
    (X0, y0), (X1, y1), (X, y) = (drawn(rng, size) for size in (400, 1000, 3000))
    who = rng.integers(0, 20, len(y))
    bad = np.zeros(len(y), dtype=bool)
    if poisoned:
        bad[rng.choice(np.flatnonzero(y == 1), round(poisoned * len(y)), replace=False)] = True
        X[np.ix_(np.flatnonzero(bad), TRIGGER)] = 1
    if flipped:
        bad |= who >= 20 - round(20 * flipped)
        y = np.where(bad, 1 - y, y)
    initial = SparsePerceptron.trained(csr_array(X0), y0)
    return Suspects(csr_array(X), y, who, csr_array(X1), y1, initial, 0.03), bad


@pytest.mark.parametrize("name", SCANS)
def test_scan_flags_about_as_many_honest_contributions_as_it_says(name):
    given, _ = suspects()
    found = SCANS[name].run(given)
    assert found.flagged.shape == given.y.shape
    assert found.flagged.mean() <= found.false_alarms + 0.05


@pytest.mark.parametrize("name", ["lift", "spectral"])
def test_backdoor_of_three_in_a_hundred_is_found_by_its_words(name):
    given, bad = suspects(poisoned=0.03)
    found = SCANS[name].run(given)
    assert found.flagged[bad].mean() > 0.9
    assert found.flagged[~bad].mean() < 0.1


def test_lift_names_the_trigger():
    given, _ = suspects(poisoned=0.03)
    assert set(TRIGGER) <= set(SCANS["lift"].run(given).signs)


@pytest.mark.parametrize("name", ["margin", "roni"])
def test_backdoor_is_not_seen_by_what_looks_at_labels(name):
    given, bad = suspects(poisoned=0.03)
    found = SCANS[name].run(given)
    assert found.flagged[bad].mean() <= found.flagged[~bad].mean() + 0.1


def test_flipped_labels_are_seen_by_the_initial_model_and_contributor_by_contributor():
    given, bad = suspects(flipped=0.1)
    assert SCANS["margin"].run(given).flagged[bad].mean() > 0.6
    found = SCANS["roni"].run(given)
    assert found.flagged[bad].all()
    assert found.signs == (18, 19)


def test_scans_answer_the_same_again():
    given, _ = suspects(poisoned=0.03)
    for scan in SCANS.values():
        assert np.array_equal(scan.run(given).flagged, scan.run(given).flagged)
