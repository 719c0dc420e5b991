"""The committed artifacts are what the committed sources compile to."""

import json
import re
import shutil
from pathlib import Path

import pytest

from earnest.chain.implementations import IMPLEMENTATIONS
from earnest.contracts import load_artifact
from earnest.contracts.build import (
    ARTIFACTS,
    CONTRACTS,
    DIGEST,
    MAX_CODE,
    ROOT,
    RUNS,
    SOLC_VERSION,
    CompilerError,
    compile_contracts,
    digest_of_artifacts,
    external_functions,
)
from earnest.contracts.pools import (
    POOLS,
    SEALED_POOLS,
    SOURCES,
    implementations,
    pool_sources,
    sealed_implementations,
    sealed_pool_sources,
)

SOLIDITY = sorted(SOURCES.rglob("*.sol"))
TESTS_IN_SOLIDITY = sorted((SOURCES.parent / "test").rglob("*.sol"))


def test_load_artifact_of_an_unknown_contract_is_refused():
    with pytest.raises(FileNotFoundError):
        load_artifact("NoSuchContract")


def test_artifacts_were_made_from_these_sources_and_are_as_they_were_written():
    assert {path.stem for path in ARTIFACTS.glob("*.json")} == set(CONTRACTS)
    assert DIGEST.read_text("utf-8").strip() == digest_of_artifacts(), "run `python -m earnest.contracts.build`"


# npm's compiler takes ten minutes of a core for it
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_artifacts_are_what_the_sources_compile_to():
    try:
        compiled = compile_contracts()
    except CompilerError as error:
        pytest.fail(f"The contracts do not compile here. {error}")

    committed = {path.stem: json.loads(path.read_text("utf-8")) for path in ARTIFACTS.glob("*.json")}
    assert committed.keys() == compiled.keys() == set(CONTRACTS)
    for name, artifact in compiled.items():
        ours = json.loads(json.dumps(artifact))
        for key in ours:
            assert committed[name][key] == ours[key], f"{name}: {key} is stale; run `python -m earnest.contracts.build`"


def test_pools_are_what_the_build_writes_from_models_and_incentives():
    for folder, wanted in ((POOLS, pool_sources(SOLC_VERSION)), (SEALED_POOLS, sealed_pool_sources(SOLC_VERSION))):
        committed = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        assert committed == wanted, "run `python -m earnest.contracts.build`"


def test_a_model_that_names_no_judge_has_no_sealed_pool(tmp_path):
    shutil.copytree(SOURCES, tmp_path / "src")
    assert "SealedAssessedNaiveBayes" in sealed_implementations(tmp_path / "src")
    path = tmp_path / "src" / "models" / "NaiveBayes.sol"
    path.write_text(path.read_text("utf-8").replace("/// @custom:judge CountsJudge\n", ""), "utf-8")
    sealed = sealed_implementations(tmp_path / "src")
    assert "SealedAssessedSparseNearestCentroid" in sealed
    assert not any(name.endswith("NaiveBayes") for name in sealed)


def test_every_model_and_incentive_of_the_registry_has_a_pool_and_no_other():
    assert implementations().keys() | sealed_implementations().keys() == IMPLEMENTATIONS.keys()


def test_new_model_and_incentive_are_found_and_what_they_inherit_is_not(tmp_path):
    shutil.copytree(SOURCES, tmp_path / "src")
    before = implementations(tmp_path / "src").keys()
    (tmp_path / "src" / "models" / "Base.sol").write_text("abstract contract Base is Model {}")
    (tmp_path / "src" / "models" / "Mine.sol").write_text("abstract contract Mine is Base { function modelId() }")
    (tmp_path / "src" / "incentives" / "Gift.sol").write_text(
        "/// @custom:pools Given\nabstract contract Gift is Windows {\n    function incentiveId() external;\n}\n"
    )

    added = pool_sources(SOLC_VERSION, tmp_path / "src").keys() - {f"{name}.sol" for name in before}

    assert {"GivenMine.sol", "PointsMine.sol", "GivenNaiveBayes.sol"} <= added
    assert not any("Base" in name or "Gift" in name for name in added)


@pytest.mark.parametrize("name", CONTRACTS)
def test_artifact_fits_in_a_contract_and_names_its_compiler(name):
    artifact = load_artifact(name)
    raw = json.loads((ARTIFACTS / f"{name}.json").read_text("utf-8"))

    assert artifact.name == name
    assert len(artifact.deployed_bytecode) <= MAX_CODE
    assert raw["compiler"] == SOLC_VERSION
    assert raw["settings"]["evmVersion"] == "prague"
    assert raw["settings"]["optimizer"]["runs"] in RUNS


def test_artifacts_tell_nothing_of_the_machine_that_made_them():
    for path in ARTIFACTS.glob("*.json"):
        text = path.read_text("utf-8")
        assert str(ROOT) not in text
        assert str(Path.home()) not in text or Path.home() == Path("/")


@pytest.mark.parametrize("source", SOLIDITY + TESTS_IN_SOLIDITY, ids=lambda path: path.name)
def test_source_names_its_licence_and_the_one_compiler(source):
    first, second, *rest = source.read_text("utf-8").splitlines()

    assert first == "// SPDX-License-Identifier: MIT"
    assert second == f"pragma solidity {SOLC_VERSION};"
    assert not any(line.startswith("pragma") for line in rest)


@pytest.mark.parametrize("source", SOLIDITY, ids=lambda path: path.name)
def test_source_documents_every_error_and_event_and_describes_itself(source):
    lines = source.read_text("utf-8").splitlines()

    assert any("@title" in line for line in lines)
    for number, line in enumerate(lines):
        if line.strip().startswith(("error ", "event ")):
            assert lines[number - 1].strip().startswith("///"), f"{source.name}:{number + 1} says nothing of {line}"


def test_every_external_function_says_what_it_does():
    functions = external_functions()
    assert {"refund", "settle", "createPool", "weights"} <= {name for _, name, _ in functions}
    assert [f"{file}: {name}" for file, name, said in functions if not said.strip()] == []


def test_only_scratch_and_blocks_of_their_own_touch_the_pointer_to_free_memory():
    """Whoever keeps memory from one block of assembly to the next takes it, so that nothing comes to lie in it."""
    for source in SOLIDITY:
        text = source.read_text("utf-8")
        for block in (found[0] for found in re.finditer(r"^( *)assembly \(.*?^\1}", text, re.MULTILINE | re.DOTALL)):
            kept = [line for line in block.splitlines() if re.match(r"\s+\w+ := mload\(0x40\)", line)]
            declared = [line for line in kept if re.match(r"\s+let ", line)]
            assert kept == declared or "mstore(0x40" in block or source.name == "Scratch.sol", f"{source.name}: {kept}"


def test_events_and_errors_are_declared_in_interfaces_only():
    for source in SOLIDITY:
        declares = any(line.strip().startswith(("error ", "event ")) for line in source.read_text("utf-8").splitlines())
        assert not declares or source.parent.name == "interfaces", source.name
