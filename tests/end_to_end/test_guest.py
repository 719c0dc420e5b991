"""Somebody else's package, `examples/guest`: installed, listed, swept with, held to the suites; and broken."""

import json
import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pandas as pd
import pytest

from tests.fixtures.wheel import ROOT, build_wheel, pip

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


class Environment:
    """A fresh virtual environment with Earnest's wheel in it; the other libraries are those that run this test.

    They are found by a line in a `.pth` file, which comes after what is installed here; the links of an editable
    Earnest beside them are not followed.

    Args:
        folder: of the environment.
        earnest: the wheel.
    """

    def __init__(self, folder: Path, earnest: Path) -> None:
        venv.create(folder, symlinks=True)
        self.executable = folder / "bin" / "python"
        own = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
        (own / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
        self.install(earnest)

    def install(self, wheel: Path) -> None:
        """Install a wheel, and nothing that it needs."""
        pip("--python", self.executable, "install", wheel)


class Place:
    """A folder that somebody works in.

    Args:
        folder: theirs.
        environment: whose Python they run.
        beside: what they have installed beside it, found first.
    """

    def __init__(self, folder: Path, environment: Environment, beside: Path | None = None) -> None:
        self.folder, self._environment, self._beside = folder, environment, beside

    def python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        left = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        environment = left | {"COLUMNS": "200"} | ({"PYTHONPATH": str(self._beside)} if self._beside else {})
        command = [str(self._environment.executable), *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)

    def earnest(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.python("-m", "earnest.cli", *arguments)


def wheel_of(source: Path, folder: Path) -> Path:
    """Built from a copy, so that nothing is left in the checkout."""
    shutil.copytree(source, folder / "source")
    return build_wheel(folder / "source", folder / "wheel")


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Earnest without a guest."""
    return Environment(tmp_path_factory.mktemp("bare"), wheel)


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where Earnest and the guest are installed, with a scenario."""
    folder = tmp_path_factory.mktemp("guest")
    environment = Environment(folder / "venv", wheel)
    environment.install(wheel_of(GUEST, folder))
    (folder / "mine.toml").write_text(SCENARIO)
    return Place(folder, environment)


def place_beside(environment: Environment, source: Path, folder: Path) -> Place:
    """Where a guest is installed into a folder beside an environment, which others use too."""
    pip("install", wheel_of(source, folder), "--target", folder / "beside")
    return Place(folder, environment, folder / "beside")


def test_only_the_environments_own_earnest_and_guest_are_found(place: Place) -> None:
    code = (
        "import earnest, earnest.contracts, earnest_guest; print(earnest.__file__, earnest.contracts.__file__, end=' ')"
    )
    done = place.python("-c", f"{code}; print(earnest_guest.__file__)")
    assert done.returncode == 0, done.stderr
    assert [Path(file).is_relative_to(place.folder / "venv") for file in done.stdout.split()] == [True] * 3


@pytest.mark.parametrize(
    ("kind", "name"),
    [("models", "word-votes"), ("incentives", "half-back"), ("behaviours", "doubter"), ("datasets", "weather")],
)
def test_guest_is_listed_with_its_package_and_version(place: Place, kind: str, name: str) -> None:
    done = place.earnest("list", kind, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = [row for row in json.loads(done.stdout) if row["name"] == name]
    assert row["package"] == "earnest-guest 1.0"


def test_guest_is_swept_with_the_same_rows_on_one_worker_and_on_two(place: Place) -> None:
    tables = []
    for jobs in ("1", "2"):
        out = place.folder / f"out-{jobs}"
        done = place.earnest(
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
    done = place.earnest("report", str(place.folder / "out-1"), "--out", str(place.folder / "report"))
    assert done.returncode == 0, done.stderr
    assert (place.folder / "report" / "report.html").is_file()


def test_bytecode_that_a_guest_has_not_is_said_in_a_sentence(place: Place) -> None:
    done = place.earnest("simulate", "--scenario", "mine.toml", "--engine", "evm", "--out", "evm")
    assert done.returncode != 0
    assert "has no contract" in done.stderr
    assert "Traceback" not in done.stderr


def test_guest_passes_the_conformance_suites_in_its_own_pytest(place: Place) -> None:
    shutil.copytree(GUEST / "tests", place.folder / "tests")
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(place.folder)]
    done = place.python("-m", "pytest", *options, str(place.folder / "tests"))
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
def test_broken_guest_is_refused_in_a_sentence_that_names_it(file: str, bare: Environment, tmp_path: Path) -> None:
    right, wrong, kind, name = BROKEN[file]
    source = tmp_path / "theirs"
    shutil.copytree(GUEST, source)
    module = source / "src" / "earnest_guest" / file
    assert right in module.read_text("utf-8")
    module.write_text(module.read_text("utf-8").replace(right, wrong))
    place = place_beside(bare, source, tmp_path)
    (tmp_path / "mine.toml").write_text(SCENARIO)
    done = place.earnest("sweep", "mine.toml", "--seeds", "1", "--jobs", "1", "--out", "out")
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert f"{kind} '{name}' of the package earnest-guest 1.0" in said, done.stderr
    assert "Traceback" not in said
    # and everything else goes on
    assert place.earnest("list", "scenarios").returncode == 0


def test_package_of_the_guide_is_what_the_guide_says(bare: Environment, tmp_path: Path) -> None:
    """The files that docs/extending.md prints, from an empty folder."""
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    project = page.split("```toml\n")[1].split("```")[0]
    module = page.split("```python\n")[1].split("```")[0]
    source = tmp_path / "mine"
    source.mkdir()
    (source / "pyproject.toml").write_text(project)
    (source / "mine.py").write_text(module)
    place = place_beside(bare, source, tmp_path)
    done = place.earnest("list", "behaviours")
    assert done.returncode == 0
    assert "doubter" in done.stdout
    command = page.split("```text\n")[1].split("```")[0].replace("\\\n", " ").splitlines()
    assert len(command) == 2
    for line in command:
        done = place.earnest(*line.split()[1:])
        assert done.returncode == 0, f"{line}\n{done.stderr}"
