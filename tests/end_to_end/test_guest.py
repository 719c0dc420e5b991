"""Somebody else's package, `examples/guest`: installed, listed, swept with, held to the suites; and broken."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.fixtures.guest import Environment

ROOT = Path(__file__).resolve().parents[2]
GUEST = ROOT / "examples" / "guest"

SCENARIO = """
description = "A guest of each kind."
dataset = "weather"
shuffle_seed = 1
test_size = 200
train_size = 600
num_words = 60
initial_share = 0.1
model = "word-votes"
incentive = "half-back"
fee = 5
refund_wait = 86400
collect_wait = 777600

[[agents]]
name = "good"
behaviour = "doubter"
trust = 0.55
count = 1
start_balance = 1000
deposit_mean = 50
deposit_deviation = 10
wait_mean = 3600
wait_deviation = 600

[[agents]]
name = "bad"
behaviour = "flipper"
count = 1
start_balance = 1000
deposit_mean = 100
deposit_deviation = 3
wait_mean = 36000
wait_deviation = 600
"""


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("guest"), GUEST, wheel)
    (made.folder / "mine.toml").write_text(SCENARIO)
    return made


@pytest.mark.parametrize("name", ["earnest", "earnest.simulations", "earnest.contracts", "earnest_guest"])
def test_clean_environment_has_its_own_earnest_and_guest_and_no_other(environment: Environment, name: str) -> None:
    done = environment.python("-c", f"import {name}; print({name}.__file__)")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(environment.place)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("models", "word-votes"), ("incentives", "half-back"), ("behaviours", "doubter"), ("datasets", "weather")],
)
def test_guest_is_listed_with_its_package_and_version(environment: Environment, kind: str, name: str) -> None:
    done = environment.earnest("list", kind, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = [row for row in json.loads(done.stdout) if row["name"] == name]
    assert row["package"] == "earnest-guest 1.0"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_guest_is_swept_with_the_same_rows_on_one_worker_and_on_two(environment: Environment) -> None:
    tables = []
    for jobs in ("1", "2"):
        out = environment.folder / f"out-{jobs}"
        done = environment.earnest(
            "sweep", "mine.toml", "--set", "good.trust=0.5,0.9", "--seeds", "2", "--jobs", jobs, "--out", str(out)
        )
        assert done.returncode == 0, done.stderr
        tables.append(pd.read_parquet(out / "runs.parquet"))
        manifest = (out / "manifest.json").read_text("utf-8")
        assert "earnest-guest" in manifest
    pd.testing.assert_frame_equal(*tables)
    assert set(tables[0]["model"]) == {"word-votes"}
    # the words of fine and foul weather differ: the model learns them
    assert tables[0]["initial_accuracy"].min() > 0.8
    # whoever asks for more trust contributes no more
    by_trust = tables[0].groupby("good_trust")["good_accepted"].max()
    assert by_trust.iloc[0] >= by_trust.iloc[1]
    done = environment.earnest("report", str(environment.folder / "out-1"), "--out", str(environment.folder / "report"))
    assert done.returncode == 0, done.stderr
    assert (environment.folder / "report" / "report.html").is_file()


def test_bytecode_that_a_guest_has_not_is_said_in_a_sentence(environment: Environment) -> None:
    done = environment.earnest("simulate", "--scenario", "mine.toml", "--engine", "evm", "--out", "evm")
    assert done.returncode != 0
    assert "has no contract" in done.stderr
    assert "Traceback" not in done.stderr


def test_guest_passes_the_conformance_suites_in_its_own_pytest(environment: Environment) -> None:
    shutil.copytree(GUEST / "tests", environment.folder / "tests")
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(environment.folder)]
    done = environment.python("-m", "pytest", *options, str(environment.folder / "tests"))
    assert done.returncode == 0, done.stdout + done.stderr


BROKEN = {
    "behaviour.py": (
        "return view.label if view.accuracy >= trust",
        "return str(trust) if trust",
        "behaviour",
        "doubter",
    ),
    "incentive.py": ('Slot("fee", 0, 12)', 'Slot("fee", 1 // 0, 12)', "incentive", "half-back"),
    "model.py": ('"word-votes/1"', '"votes"', "model", "word-votes"),
    "dataset.py": ('"Drawn by this program; no rights reserved."', '""', "data set", "weather"),
}


@pytest.mark.parametrize("file", sorted(BROKEN))
def test_broken_guest_is_refused_in_a_sentence_that_names_it(file: str, tmp_path: Path) -> None:
    right, wrong, kind, name = BROKEN[file]
    source = tmp_path / "theirs"
    shutil.copytree(GUEST, source)
    module = source / "src" / "earnest_guest" / file
    assert right in module.read_text("utf-8")
    module.write_text(module.read_text("utf-8").replace(right, wrong))
    environment = Environment(tmp_path, source)
    (tmp_path / "mine.toml").write_text(SCENARIO)
    done = environment.earnest("sweep", "mine.toml", "--seeds", "1", "--jobs", "1", "--out", "out")
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert f"{kind} '{name}' of the package earnest-guest 1.0" in said, done.stderr
    assert "Traceback" not in said
    # and everything else goes on
    assert environment.earnest("list", "scenarios").returncode == 0
