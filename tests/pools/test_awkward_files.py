"""Every awkward file by what people use: the command, the API, the operator's page. One fault, one sentence."""

import base64
import re
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earnest.cli import app
from earnest.core.errors import DatasetError
from earnest.data.own.options import Options
from earnest.data.own.reading import read_numbers, read_texts
from tests.data.own.awkward import CASES, Case
from tests.fixtures.service import ADMIN, Service

MODELS = {False: "naive-bayes", True: "dense-nearest-centroid"}
SIZES = {"num_words": 1000, "train_size": 120, "held_out_size": 100}
each = pytest.mark.parametrize(("name", "case"), CASES.items(), ids=list(CASES))


def refusal(case: Case) -> str:
    """The loader's own sentence."""
    with pytest.raises(DatasetError) as refused:
        (read_numbers if case.numbers else read_texts)(case.content, Options(**case.options), 16)
    return str(refused.value)


@each
def test_command_refuses_or_reports(name: str, case: Case, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(case.content)
    options = [word for key, value in case.options.items() for word in (f"--{key.replace('_', '-')}", value)]
    ran = CliRunner().invoke(app, ["data", "check", str(path), *options, *["--numbers"] * case.numbers])
    if case.refused:
        assert ran.exit_code == 1
        # the command read it from a path, which the sentence may name
        assert re.search(case.refused, ran.output)
        assert len(ran.output.strip().splitlines()) == 1
        return
    assert ran.exit_code == 0, ran.output
    for label in case.classes:
        assert re.search(rf"\d {re.escape(label)}\b", ran.output)
    for remark in case.remarks:
        assert re.search(remark, ran.output)


@each
def test_api_refuses_or_reports(shared_service: Service, name: str, case: Case) -> None:
    file = base64.b64encode(case.content).decode()
    asked = {"name": "x", "file": file, "model": MODELS[case.numbers], "incentive": "self-assessment"}
    answer = shared_service.ask("POST", "/pools/check", asked | SIZES | case.options, ADMIN)
    if case.refused:
        assert (answer.status_code, answer.json()["detail"]) == (422, refusal(case))
        return
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert list(said["classes"]) == list(case.classes)
    assert bool(said["remarks"]) == bool(case.remarks)
    for remark in case.remarks:
        assert any(re.search(remark, sentence) for sentence in said["remarks"])
    if case.learned:
        assert said["accuracy"] >= 0.95


@each
def test_page_refuses_or_reports(shared_service: Service, name: str, case: Case) -> None:
    given = {"name": "x", "model": MODELS[case.numbers], "incentive": "points", "action": "check", "token": ADMIN}
    given |= {key: str(value) for key, value in SIZES.items()} | {"dataset": "made-up-reviews"} | case.options
    origin = {"Origin": shared_service.url, "Accept": "text/html"}
    if not case.content:
        # a browser sends a file that is chosen and empty as one without content: nothing was brought
        given["own_file"] = name
    page = shared_service.http.post("/operator", data=given, files={"csv": (name, case.content)}, headers=origin)
    shown = unescape(page.text)
    if not case.content:
        assert (page.status_code, f"Choose {name} again" in shown) == (422, True)
    elif case.refused:
        assert page.status_code == 422
        assert refusal(case) in shown
    else:
        assert page.status_code == 200, shown
        assert "The model would start at" in shown
        for remark in case.remarks:
            assert re.search(remark, shown)
        for label in case.classes:
            assert re.search(rf"{re.escape(label)} \d", shown)
