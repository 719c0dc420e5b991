"""Every command that the README and the guide print runs, or is run by another test, which is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from earnest.simulations.scenario import load
from earnest.simulations.sweep import request
from tests.guide.commands import PAGES, ROOT, Command, blocks, printed

#: Commands that would run this suite within itself, or take longer than a test may, and what runs them instead.
ELSEWHERE = {
    "make run": "tests/end_to_end/test_start.py",
    "make test": ".ci/run",
    "earnest demo --seed 1": "tests/end_to_end/test_demo.py",
    # compiles for minutes; what they make is tested on made-up texts
    "earnest sweep attacks-table --set incentive=all --set bad.behaviour=flipper,echo,flash --set harmful_share=0,0.3 "
    "--seeds 2 --jobs 1 --out out/few": "tests/simulations/report/test_attacks.py",
    "earnest report out/few": "tests/simulations/report/test_attacks.py",
}
#: Beginnings of commands that need the reviews of the published study, which tests/simulations/test_paper.py runs.
OF_THE_STUDY = ("--archive",)

#: What a page may print: commands, their output, a language that another test runs, or plain text.
LANGUAGES = {"console", "text", "python", "toml", "json", "solidity", "{toctree}"}


def _own() -> list[Command]:
    return [c for c in printed() if c.line not in ELSEWHERE and " ".join(c.words) not in ELSEWHERE]


def _of_the_study(command: Command) -> bool:
    return any(word in command.words for word in OF_THE_STUDY)


def test_pages_print_commands_in_blocks_that_are_run() -> None:
    assert len(printed()) > 10
    strange = {(page.name, language) for page in PAGES for language, _ in blocks(page) if language not in LANGUAGES}
    assert strange == set()


def test_commands_that_are_run_elsewhere_are_printed_and_their_tests_exist() -> None:
    lines = {" ".join(command.words) for command in printed()}
    assert set(ELSEWHERE) <= lines
    assert [test for test in ELSEWHERE.values() if not (ROOT / test).exists()] == []


#: Pages whose commands compile and sweep for minutes.
LONG = {"sweeps.md"}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow) if page in LONG else page
        for page in sorted({command.page for command in _own()})
    ],
)
def test_commands_of_a_page_run_in_order_as_printed(page: str, tmp_path: Path, shared_service) -> None:
    ran = 0
    for command in _own():
        if command.page != page or _of_the_study(command):
            continue
        words = [word.replace("http://127.0.0.1:8000", shared_service.url) for word in command.words]
        assert words[0] == "earnest", f"{page} prints {command.line!r}, which no test runs"
        done = subprocess.run(
            [sys.executable, "-m", "earnest.cli", *words[1:]],
            cwd=tmp_path,
            env=os.environ | {"EARNEST_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "120"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{page}: {command.line}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran or all(_of_the_study(command) for command in _own() if command.page == page)


def test_scenarios_of_the_guide_can_be_run(tmp_path: Path) -> None:
    page = ROOT / "docs" / "sweeps.md"
    (scenario,) = [content for language, content in blocks(page) if language == "toml"]
    (body,) = [content for language, content in blocks(page) if language == "json"]
    path = tmp_path / "mine.toml"
    path.write_text(scenario, "utf-8")
    assert load(str(path)).terms["safeguards"] == 1
    path = tmp_path / "asked.json"
    path.write_text(body, "utf-8")
    assert request.read(path).size == 9
    assert json.loads(body)["scenario"] == "paper"
