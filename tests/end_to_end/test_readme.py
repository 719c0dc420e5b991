"""The README's tour runs as it is printed."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from earnest.demo.client import Client, own_service

README = Path(__file__).resolve().parents[2] / "README.md"

pytestmark = pytest.mark.loopback


def test_tour_of_the_api_runs_as_printed(capsys):
    (tour,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
    with own_service() as (url, admin), Client(url) as client:
        request = {
            "name": "Tour",
            "dataset": "made-up-reviews",
            "num_words": 100,
            "train_size": 300,
            "held_out_size": 300,
        }
        pool = client.call("POST", "/pools", request, admin)
        for _ in range(200):
            if client.call("GET", f"/pools/{pool['id']}")["digest"] is not None:
                break
            time.sleep(0.1)
        # a review of words that the synthetic pool does not know: label it as the model does, so that it is refunded
        sample = {"samples": [{"text": "A wonderful film"}]}
        label = client.call("POST", f"/pools/{pool['id']}/predictions", sample)["predictions"][0]["label"]
        assert '"label": 1' in tour
        code = tour.replace("http://127.0.0.1:8000", url).replace('"label": 1', f'"label": {label}')
        token = 'Path("data/admin-token").read_text().strip()'
        assert token in code
        scope: dict[str, Any] = {}
        exec(code.replace(token, repr(admin)), scope)
        scope["api"].close()
    printed = capsys.readouterr().out.splitlines()
    assert printed[-2:] == ["confirmed", "confirmed"]
