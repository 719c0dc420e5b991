"""Each extra brings what its part imports; where one is missing, a sentence names the command."""

import json
import subprocess
import sys
from functools import cache
from importlib import metadata

import pytest
from packaging.requirements import Requirement

#: Rooms that an extra is for; the core's own need none.
CORE = ("earnest.core", "earnest.cli", "earnest.extras")
DATA = ("earnest.data",)
SIMULATIONS = ("earnest.simulations",)
SERVICE = (
    "earnest.accounts", "earnest.advice", "earnest.chain", "earnest.config", "earnest.contributions",
    "earnest.dashboard", "earnest.db", "earnest.demo", "earnest.pools", "earnest.runtime", "earnest.sweeps",
    "earnest.sync", "earnest.verification", "earnest.web",
)  # fmt: skip

#: As if some top-level modules were not installed.
_HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in HIDDEN or name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
#: Imports all modules of some packages.
_IMPORT = """
import importlib, pkgutil

for package in PACKAGES:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), package + "."):
        if not found.name.endswith(".__main__") and found.name not in LEFT_OUT:
            importlib.import_module(found.name)
"""


@cache
def distributions(extras: tuple[str, ...]) -> frozenset[str]:
    """Normalised names of all that is installed with the core and some extras."""
    waiting = [("earnest", ("", *extras))]
    found: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in found:
            continue
        found.add((name, wanted))
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in wanted):
                waiting.append((needed.name.lower().replace("_", "-"), ("", *sorted(needed.extras))))
    return frozenset(name for name, _ in found)


def hidden(*extras: str) -> list[str]:
    """Top-level modules that are here and not installed with the core and some extras."""
    kept = distributions(extras)
    return [
        module
        for module, owners in metadata.packages_distributions().items()
        if not {owner.lower().replace("_", "-") for owner in owners} & kept
    ]


def require_importable(packages: tuple[str, ...], *extras: str, left_out: tuple[str, ...] = ()) -> None:
    away = hidden(*extras)
    assert "pytest" in away
    given = f"HIDDEN, PACKAGES, LEFT_OUT = {away}, {packages}, {left_out}"
    script = given + _HIDE + _IMPORT
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def earnest(*arguments: str, missing: str) -> subprocess.CompletedProcess[str]:
    """The command where a library is missing."""
    script = f"HIDDEN = [{missing!r}]{_HIDE}from earnest.cli import main; main()"
    return subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "missing", "sentence"),
    [
        (["serve"], "fastapi", "The service needs fastapi, which is not installed: pip install 'earnest[service]'"),
        (["demo"], "httpx", "The demo needs httpx, which is not installed: pip install 'earnest[service]'"),
        (
            ["verify", "0x" + "00" * 20],
            "web3",
            "Checking a pool needs web3, which is not installed: pip install 'earnest[service]'",
        ),
        (
            ["simulate", "--out", "nowhere"],
            "numba",
            "A simulation needs numba, which is not installed: pip install 'earnest[simulations]'",
        ),
        (
            ["sweep", "paper", "--out", "nowhere"],
            "joblib",
            "A sweep needs joblib, which is not installed: pip install 'earnest[simulations]'",
        ),
        (
            ["sweep", "paper", "--out", "nowhere", "--cluster", "tcp://127.0.0.1:1"],
            "distributed",
            "A sweep on a cluster needs distributed, which is not installed: pip install 'earnest[cluster]'",
        ),
        (
            ["tune", "sealed", "--out", "nowhere"],
            "optuna",
            "A study needs optuna, which is not installed: pip install 'earnest[tune]'",
        ),
        (
            ["report", "nowhere"],
            "pandas",
            "A report needs pandas, which is not installed: pip install 'earnest[simulations]'",
        ),
    ],
)
def test_command_without_its_library_says_what_to_install(arguments: list[str], missing: str, sentence: str) -> None:
    done = earnest(*arguments, missing=missing)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [sentence]


def test_setting_that_needs_an_extra_says_what_to_install_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARNEST_OTEL_ENDPOINT", "http://127.0.0.1:4318")
    done = earnest("serve", missing="opentelemetry.sdk")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "EARNEST_OTEL_ENDPOINT needs opentelemetry, which is not installed: pip install 'earnest[telemetry]'"
    ]


@pytest.mark.parametrize("asked", [("sweep", "paper", "--out", "nowhere"), ("advise", "iris")], ids=["sweep", "advise"])
def test_check_tells_the_service_what_to_install(asked: tuple[str, ...]) -> None:
    done = earnest(*asked, "--check", missing="numba")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["kind"] == "ExtraMissing"
    assert told["error"].endswith("pip install 'earnest[simulations]'")


def test_core_and_its_data_sets_need_no_extra() -> None:
    # downloads need an extra, as those who ask for one do
    require_importable(CORE + DATA, left_out=("earnest.data.download",))


def test_service_needs_its_own_extra_alone() -> None:
    require_importable(CORE + DATA + SERVICE, "service")


#: Of the simulations, what needs a further extra.
NEEDING_MORE = (
    "earnest.simulations.sweep.cluster",
    "earnest.simulations.tune.search",
    "earnest.simulations.tune.figure",
)


def test_simulations_need_their_own_extra_alone() -> None:
    require_importable(
        CORE + DATA + SIMULATIONS,
        "simulations",
        left_out=(
            "earnest.simulations.sweep.cluster",
            "earnest.simulations.tune.search",
            "earnest.simulations.tune.figure",
        ),
    )


def test_cluster_brings_the_simulations_along() -> None:
    assert {"distributed", "numba"} <= distributions(("cluster",))
    require_importable(("earnest.simulations.sweep",), "cluster")


def test_service_without_sweeps_is_spared_the_large_libraries() -> None:
    service, everything = distributions(("service",)), distributions(("service", "simulations"))
    assert {"llvmlite", "matplotlib", "numba", "pandas", "pyarrow", "statsmodels"} <= everything - service
