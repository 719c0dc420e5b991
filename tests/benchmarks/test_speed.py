"""Figures for the guide and for whoever makes something faster: `make bench` prints them.

No limits are checked here but one: a machine's speed is no property of the code.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.data import made_up_reviews
from earnest.simulations import measures, run
from earnest.simulations.data import load_task
from earnest.simulations.scenario import load

pytestmark = [pytest.mark.bench, pytest.mark.loopback]

START_LIMIT_SECONDS = 15


def _seconds_until_ready(data_dir: Path) -> float:
    """Start a service in a data folder, wait until it is ready, and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = os.environ | {"EARNEST_DATA_DIR": str(data_dir), "EARNEST_PORT": str(port)}
    started = time.monotonic()
    with (data_dir / "log").open("wb") as log:
        service = subprocess.Popen([sys.executable, "-m", "earnest.cli", "serve"], env=settings, stdout=log, stderr=log)
    try:
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK:
                    return time.monotonic() - started
            except httpx.TransportError:
                assert service.poll() is None, (data_dir / "log").read_text("utf-8")
            assert time.monotonic() < started + 120, (data_dir / "log").read_text("utf-8")
            time.sleep(0.05)
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(30)


def test_service_first_and_second_start_to_ready(tmp_path: Path, say) -> None:
    first, second = _seconds_until_ready(tmp_path), _seconds_until_ready(tmp_path)
    say(f"first start (trains and deploys a pool): ready after {first:.1f} s; next start: {second:.1f} s")
    assert second < START_LIMIT_SECONDS


@pytest.mark.parametrize("num_words", [1000, 500])
def test_simulation_of_the_paper_in_seconds(num_words: int, imdb_archive: Path, tmp_path: Path, say) -> None:
    scenario = load("paper").with_knobs(num_words=num_words)
    started = time.perf_counter()
    task = load_task(scenario, imdb_archive, tmp_path)
    loaded = time.perf_counter()
    run.simulate(scenario, task, 1)
    compiled = time.perf_counter()
    row = measures.row_of(scenario, task, 2, run.simulate(scenario, task, 2))
    done = time.perf_counter()
    say(
        f"paper, {num_words} words: reviews encoded in {loaded - started:.1f} s, first run (compiles) "
        f"{compiled - loaded:.1f} s, next run {done - compiled:.2f} s, final accuracy {row['final_accuracy']:.4f}"
    )


def test_encoder_and_model_reviews_a_second(say) -> None:
    texts = made_up_reviews.make(2000, seed=1).texts
    encoder = VocabularyEncoder.fit(texts, 1000)
    started = time.perf_counter()
    samples = [encoder.encode(text) for text in texts]
    encoded = time.perf_counter()
    model = SparsePerceptron(1000)
    model.fit(encoder.encode_many(texts), np.arange(len(texts)) % 2)
    learning = time.perf_counter()
    for number, sample in enumerate(samples):
        model.learn_one(sample, number % 2)
    done = time.perf_counter()
    say(
        f"{len(texts) / (encoded - started):,.0f} short synthetic reviews encoded a second, "
        f"{len(texts) / (done - learning):,.0f} learnt one at a time"
    )
