"""The committed artifacts are what the committed sources compile to."""

import json
from pathlib import Path

import pytest

from earnest.contracts import load_artifact
from earnest.contracts.build import ARTIFACTS, CONTRACTS, ROOT, SOLC_VERSION, SOURCES, CompilerError, compile_contracts

SOLIDITY = sorted(SOURCES.rglob("*.sol"))
#: EIP-170.
MAX_CODE = 24_576


def test_load_artifact_of_an_unknown_contract_is_refused():
    with pytest.raises(FileNotFoundError):
        load_artifact("NoSuchContract")


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


@pytest.mark.parametrize("name", CONTRACTS)
def test_artifact_fits_in_a_contract_and_names_its_compiler(name):
    artifact = load_artifact(name)
    raw = json.loads((ARTIFACTS / f"{name}.json").read_text("utf-8"))

    assert artifact.name == name
    assert len(artifact.deployed_bytecode) <= MAX_CODE
    assert raw["compiler"] == SOLC_VERSION
    assert raw["settings"]["evmVersion"] == "prague"


def test_artifacts_tell_nothing_of_the_machine_that_made_them():
    for path in ARTIFACTS.glob("*.json"):
        text = path.read_text("utf-8")
        assert str(ROOT) not in text
        assert str(Path.home()) not in text or Path.home() == Path("/")


@pytest.mark.parametrize("source", SOLIDITY, ids=lambda path: path.name)
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


def test_events_and_errors_are_declared_in_interfaces_only():
    for source in SOLIDITY:
        declares = any(line.strip().startswith(("error ", "event ")) for line in source.read_text("utf-8").splitlines())
        assert not declares or source.parent.name == "interfaces", source.name
