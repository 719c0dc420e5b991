"""The package that the guide writes from an empty folder: installed, listed, checked, swept with and reported on."""

import shlex
from pathlib import Path

import pandas as pd
import pytest

from tests.fixtures.guest import Environment
from tests.guide.commands import ROOT, blocks

PAGE = ROOT / "docs" / "extending.md"


def printed(language: str) -> list[str]:
    return [content for of, content in blocks(PAGE) if of == language]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_package_of_the_guide_goes_from_an_empty_folder_to_a_report(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (project,), (behaviour, incentive, *_) = printed("toml"), printed("python")
    (mine / "pyproject.toml").write_text(project, "utf-8")
    (mine / "mine.py").write_text(f"{behaviour}\n\n{incentive}", "utf-8")
    (tmp_path / "work").mkdir()
    environment = Environment(tmp_path / "work", mine)

    (commands,) = [content for content in printed("text") if content.startswith("earnest ")]
    outputs = []
    for line in commands.replace("\\\n", " ").splitlines():
        done = environment.earnest(*shlex.split(line)[1:])
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    assert "doubter" in outputs[0]
    assert "first-reporter" in outputs[1]
    assert outputs[0].count("mine 1.0") == outputs[1].count("mine 1.0") == 1
    rows = pd.read_parquet(environment.folder / "out" / "mine" / "runs.parquet")
    assert len(rows) == 8
    assert set(rows["incentive"]) == {"first-reporter"}
    assert rows["good_accepted"].max() > 0
    assert (environment.folder / "out" / "mine" / "report" / "report.html").is_file()

    # what the guide prints passes what the guide says that it must
    suites = """
from mine import FIRST_REPORTER, doubter

from earnest.simulations.testing.behaviours import behaviour_checks
from earnest.testing.incentives import incentive_checks

for check in (*behaviour_checks(doubter), *incentive_checks(FIRST_REPORTER)):
    check()
"""
    done = environment.python("-c", suites)
    assert done.returncode == 0, done.stderr
