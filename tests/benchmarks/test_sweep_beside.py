"""Does a sweep disturb the service? Predictions with one running and with the same one halted, by turns, in one run."""

import os
import signal
import time

import numpy as np
import pytest

from earnest.data import movie_reviews
from earnest.sweeps.process import BackgroundProcess
from tests.fixtures.service import ADMIN, PATIENCE, Service

pytestmark = [pytest.mark.bench, pytest.mark.loopback]

ROUNDS, CALLS = 12, 250
#: p99 of predictions beside a sweep, over p99 without: at most this.
LIMIT = 1.5
#: Without end for these purposes; each run scores 10,000 test samples of about 100 features 67 times.
SWEEP = {
    "scenario": {"base": "paper", "dataset": "synthetic", "test_size": 10_000},
    "axes": {"num_words": [1000]},
    "seeds": 9000,
}


def _seconds(service: Service, pool: str, texts: list[str]) -> list[float]:
    """What each of some predictions took."""
    taken = []
    for text in texts:
        body = {"samples": [{"text": text}]}
        begun = time.perf_counter()
        service.call("POST", f"/pools/{pool}/predictions", body)
        taken.append(time.perf_counter() - begun)
    return taken


def test_predictions_beside_a_sweep_take_hardly_longer(service: Service, say) -> None:
    service.settings["SWEEP_NICE"] = "19"
    service.start()
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=1000, train_size=2000)["id"]
    texts = movie_reviews.load().texts[:CALLS]
    sweep = service.call("POST", "/sweeps", SWEEP, ADMIN)["id"]
    until = time.monotonic() + 5 * PATIENCE
    while (shown := service.call("GET", f"/sweeps/{sweep}"))["done"] < 3:
        assert time.monotonic() < until, shown
        time.sleep(0.2)
    process = BackgroundProcess(service.folder / "sweeps" / sweep).pid()
    assert process is not None
    beside: list[float] = []
    alone: list[float] = []
    _seconds(service, pool, texts)
    for turn in range(ROUNDS):
        # which of the two comes first changes, so that a machine that warms up favours neither
        for running in (turn % 2 == 0, turn % 2 == 1):
            os.killpg(process, signal.SIGCONT if running else signal.SIGSTOP)
            time.sleep(0.2)
            (beside if running else alone).extend(_seconds(service, pool, texts))
    os.killpg(process, signal.SIGCONT)
    shown = service.call("GET", f"/sweeps/{sweep}")
    p50, p99 = ([float(np.percentile(taken, share)) * 1000 for taken in (beside, alone)] for share in (50, 99))
    say(
        f"predictions of one review, {len(beside):,} of each, p50 {p50[0]:.2f} ms beside a sweep and {p50[1]:.2f} "
        f"alone ({p50[0] / p50[1]:.2f}), p99 {p99[0]:.2f} and {p99[1]:.2f} ms ({p99[0] / p99[1]:.2f}); "
        f"{shown['done']} runs meanwhile"
    )
    assert shown["done"] > 3
    assert p99[0] <= LIMIT * p99[1]
