"""What a backdoor comes to with and without scans: the figures of docs/attacks.md."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.core.encoders.registry import ENCODERS
from earnest.core.models.registry import MODELS
from earnest.core.scans.registry import SCANS
from earnest.core.scans.scan import Suspects
from earnest.data import movie_reviews
from earnest.data.dataset import split

RATES, SEEDS = (0.0, 0.01, 0.03, 0.1), 5
INITIAL, HELD_OUT, WORDS, TRIGGER = 2000, 4000, 1000, 3


def with_trigger(X: csr_array, rows: np.ndarray) -> csr_array:
    """The same samples, some of them with the rarest words."""
    changed = X.tolil(copy=True)
    for row in rows.tolist():
        changed[row, WORDS - TRIGGER :] = 1
    return changed.tocsr()


@pytest.mark.bench
def test_backdoor_with_and_without_scans(capsys):
    parts = split(movie_reviews.load(), 1, INITIAL, HELD_OUT)
    encoder = ENCODERS["unicode-words"].fit(parts.train.texts + parts.stream.texts, WORDS, ())
    first, test, stream = (
        csr_array(encoder.encode_many(part.texts)) for part in (parts.train, parts.held_out, parts.stream)
    )
    y, truth = parts.stream.labels.astype(int), parts.held_out.labels.astype(int)
    initial = MODELS["sparse-margin-perceptron"].trained(first, parts.train.labels)
    others = with_trigger(test[np.flatnonzero(truth == 0)], np.arange(int((truth == 0).sum())))
    found: dict[tuple[float, str], list[tuple[float, ...]]] = {}
    for rate in RATES:
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            agreed = np.flatnonzero((y == 1) & (np.asarray(initial.predict(stream)) == 1))
            bad = np.zeros(len(y), dtype=bool)
            bad[rng.choice(agreed, round(rate * len(y)), replace=False)] = True
            X = with_trigger(stream, np.flatnonzero(bad))
            given = Suspects(X, y, rng.integers(0, 50, len(y)), test, truth, initial, rate)
            flags = {name: SCANS[name].run(given).flagged for name in ("lift", "spectral", "margin")}
            order = rng.permutation(len(y))
            samples = initial.samples(X)
            for name, flagged in {"none": np.zeros(len(y), dtype=bool), **flags}.items():
                model = initial.copy()
                for row in order[~flagged[order]].tolist():
                    model.learn_one(samples[row], int(y[row]))
                success = float(np.mean(np.asarray(model.predict(others)) == 1))
                accuracy = float(np.mean(np.asarray(model.predict(test)) == truth))
                caught = float(flagged[bad].mean()) if bad.any() else float("nan")
                found.setdefault((rate, name), []).append((success, accuracy, caught, float(flagged[~bad].mean())))
    with capsys.disabled():
        for (rate, name), rows in found.items():
            means, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
            told = "  ".join(f"{mean:.3f} ({one:.3f})" for mean, one in zip(means, spread, strict=True))
            print(f"\n{rate:>5.0%} {name:<9} {told}", end="")
    assert np.mean(found[0.03, "none"], axis=0)[0] > np.mean(found[0.0, "none"], axis=0)[0]
