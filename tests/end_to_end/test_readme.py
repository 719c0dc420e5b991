"""The code that the README and the guide's tour print runs as it is printed."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from earnest.demo.client import Client, own_service

ROOT = Path(__file__).resolve().parents[2]
README, TOUR = ROOT / "README.md", ROOT / "docs" / "tour.md"

pytestmark = pytest.mark.loopback


def _code(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize(("page", "printed"), [(README, ["agreed", "confirmed"]), (TOUR, ["confirmed", "confirmed"])])
def test_tour_of_the_api_runs_as_printed(
    page: Path, printed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tour = next(code for code in _code(page) if "httpx" in code)
    with own_service() as (url, admin), Client(url) as client:
        request = {
            "name": "Tour",
            "dataset": "made-up-reviews",
            "num_words": 100,
            "train_size": 300,
            "held_out_size": 300,
            "min_features": 0,
        }
        pool = client.call("POST", "/pools", request, admin)
        for _ in range(600):
            if client.call("GET", f"/pools/{pool['id']}")["digest"] is not None:
                break
            time.sleep(0.1)
        # a review of words that the synthetic pool does not know: label it as the model does, so that it is refunded
        (text,) = set(re.findall(r'"text": "([^"]+)"', tour))
        label = client.call("POST", f"/pools/{pool['id']}/predictions", {"samples": [{"text": text}]})["predictions"][0]
        assert '"label": 1' in tour
        assert "http://127.0.0.1:8000" in tour
        code = tour.replace("http://127.0.0.1:8000", url).replace('"label": 1', f'"label": {label["label"]}')
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "admin-token").write_text(admin)
        monkeypatch.chdir(tmp_path)
        scope: dict[str, Any] = {}
        exec(code, scope)
        assert capsys.readouterr().out.splitlines()[-len(printed) :] == printed
        if page == TOUR:
            exec(next(code for code in _code(page) if "refunds" in code), scope)
            _, quoted, actions, refunded = capsys.readouterr().out.splitlines()
            assert quoted.startswith("1000000000000000 True")
            assert "refund" in actions
            assert refunded == "confirmed"
        scope["api"].close()


def test_library_example_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = [code for code in _code(README) if "earnest.sweep" in code]
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert (tmp_path / "out" / "report" / "report.html").is_file()
