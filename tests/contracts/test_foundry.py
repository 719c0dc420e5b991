"""Solidity's own tests pass; they are in contracts/test."""

import json
import tomllib

import pytest

from earnest.contracts.build import ARTIFACTS, SETTINGS
from earnest.contracts.pools import SOURCES
from earnest.contracts.tools.foundry import CONFIG, ROOT, run_suites, seconds

#: More than any profile takes on a slow machine.
PATIENCE = 1800


def check(profile: str) -> None:
    suites = run_suites(profile)

    assert not [f"{suite.name}.{test}: {why}" for suite in suites for test, why in suite.failures.items()]
    assert sum(suite.tests for suite in suites) > 100
    invariants = [suite for suite in suites if suite.name.endswith("Invariants")]
    assert invariants
    assert all(suite.calls for suite in invariants)


@pytest.mark.timeout(PATIENCE)
def test_solidity_tests_pass():
    check("quick")


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_solidity_tests_pass_at_length():
    check("default")


def test_duration_of_forge_in_seconds():
    assert seconds("1m 11s 273ms 347µs 500ns") == pytest.approx(71.2733475)
    assert seconds("568ms") == pytest.approx(0.568)


def test_foundry_compiles_as_the_committed_artifacts_are_compiled():
    """Where tools compile the sources, contracts/foundry.toml repeats the settings of contracts/build.py."""
    profiles = tomllib.loads((ROOT / CONFIG).read_text("utf-8"))["profile"]
    default = profiles["default"]
    (deployed,) = profiles["sources"]["additional_compiler_profiles"]
    assert deployed["via_ir"] is SETTINGS["viaIR"]
    optimizers = [json.loads(path.read_text("utf-8"))["settings"]["optimizer"] for path in ARTIFACTS.glob("*.json")]
    assert {deployed["optimizer"]} == {optimizer["enabled"] for optimizer in optimizers}
    assert deployed["optimizer_runs"] == min(optimizer["runs"] for optimizer in optimizers)
    assert default["evm_version"] == SETTINGS["evmVersion"]
    assert default["bytecode_hash"] == SETTINGS["metadata"]["bytecodeHash"]
    assert default["cbor_metadata"] is SETTINGS["metadata"]["appendCBOR"]
    restricted = {entry["paths"] for entry in profiles["sources"]["compilation_restrictions"]}
    assert restricted == {
        "contracts/src/pools/*.sol",
        "contracts/src/sealed/pools/*.sol",
        "contracts/src/PoolFactory.sol",
    }
    assert (SOURCES / "PoolFactory.sol").is_file()
