"""What `pip install earnest` puts where."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Sequence
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from tests.fixtures.wheel import FOLDERS, ROOT, pip

#: Of the contracts, what Python reads; sources, tests and tools stay in the checkout.
OF_CONTRACTS = (
    "contracts/__init__.py",
    "contracts/build.py",
    "contracts/pools.py",
    "contracts/gas.json",
    "contracts/artifacts/",
)
#: What the pages' scripts and styles are made of; what they are made into is built, and goes along where it was.
SOURCES_OF_ASSETS = "app/dashboard/assets/"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def packaged(tracked_files: list[Path]) -> set[str]:
    """Files that belong into the wheel, by their places there."""
    found = set()
    for path in tracked_files:
        folder = path.parts[0]
        if str(path).startswith(SOURCES_OF_ASSETS):
            continue
        if folder in FOLDERS and (folder != "contracts" or str(path).startswith(OF_CONTRACTS)):
            found.add(str(Path(FOLDERS[folder], *path.parts[1:])))
    return found


@pytest.fixture(scope="module")
def contents(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which only the wheel is installed."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", wheel, "--target", folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody else's, whose folders bear the names that ours have in the checkout."""
    for name in FOLDERS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("OWNER = 'somebody else'\n")
    return tmp_path


def run(site: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a project, with the installed wheel and the locked libraries.

    Without the module `site`, so that the checkout, which is installed too, cannot be found.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), sysconfig.get_path("purelib")])}
    return subprocess.run(
        [sys.executable, "-S", *arguments], cwd=project, env=environment, capture_output=True, text=True
    )


def test_wheel_puts_one_name_into_site_packages(contents: Sequence[str]) -> None:
    tops = {name.partition("/")[0] for name in contents}
    assert tops == {"earnest", f"earnest-{PROJECT['version']}.dist-info"}


def test_wheel_holds_every_committed_file_of_the_packages_and_no_other(
    contents: Sequence[str], packaged: set[str]
) -> None:
    held = {name for name in contents if name.startswith("earnest/")}
    assert packaged - held == set()
    assert held - packaged == set()


@pytest.mark.parametrize(
    "kind",
    [
        "earnest/py.typed",
        "earnest/contracts/artifacts/",
        "earnest/contracts/gas.json",
        "earnest/dashboard/templates/",
        "earnest/dashboard/static/",
        "earnest/db/migrations/versions/",
        "earnest/simulations/scenarios/",
        "earnest/simulations/report/page.html",
    ],
)
def test_wheel_holds_more_than_python(contents: Sequence[str], kind: str) -> None:
    assert any(name.startswith(kind) for name in contents)


def test_wheel_holds_no_tools_and_no_tests(contents: Sequence[str]) -> None:
    assert [name for name in contents if re.search(r"/(tools|tests?)/|\.sol$", name)] == []


def test_wheel_names_its_version_and_extras(metadata: Message) -> None:
    assert metadata["Version"] == PROJECT["version"]
    assert {"service", "simulations", "cluster", "reviews"} <= set(metadata.get_all("Provides-Extra", []))


def test_installed_wheel_leaves_the_names_of_a_project_alone(site: Path, project: Path) -> None:
    script = "import app, contracts, simulations, earnest; print(app.OWNER, contracts.OWNER, earnest.__file__)"
    done = run(site, project, "-c", script)
    assert done.stdout.strip() == f"somebody else somebody else {site / 'earnest' / '__init__.py'}", done.stderr


def test_installed_wheel_finds_all_that_it_brings(site: Path, project: Path) -> None:
    done = run(site, project, "-c", _USE.format(database=project / "earnest.sqlite"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [PROJECT["version"], "paper", "SelfAssessedSparsePerceptron", "upgraded"]


_USE = """
import earnest
from earnest.contracts import load_artifact
from earnest.db.engine import make_engine, upgrade

print(earnest.__version__)
print(earnest.Scenario.load("paper").name)
print(load_artifact("SelfAssessedSparsePerceptron").name)
upgrade(make_engine("sqlite:///{database}"))
print("upgraded")
"""


@pytest.mark.parametrize("command", ["serve", "demo", "verify", "simulate", "sweep", "report"])
def test_installed_wheel_has_every_command(site: Path, project: Path, command: str) -> None:
    done = run(site, project, "-m", "earnest.cli", command, "--help")
    assert done.returncode == 0, done.stderr
    assert f"earnest.cli {command}" in done.stdout
