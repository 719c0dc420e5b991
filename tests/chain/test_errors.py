"""Each custom error of the contracts is a Python error of its own."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from earnest.chain.errors import _SENTENCES, CONTRACT_ERRORS, UnknownRevert, decode_contract_error
from earnest.contracts import load_artifact

SAMPLES = {"uint256": 7, "address": "0x" + "11" * 20, "bytes32": b"\1" * 32, "bytes4": b"\1" * 4}


def test_unknown_selector_gives_an_unknown_revert():
    assert isinstance(decode_contract_error(b"\xde\xad\xbe\xef"), UnknownRevert)


def test_truncated_values_give_an_unknown_revert():
    data = keccak(text=CONTRACT_ERRORS["TooEarly"].signature)[:4] + b"\0" * 31
    assert isinstance(decode_contract_error(data), UnknownRevert)


def test_every_error_of_the_abis_is_declared():
    for artifact in ("IPool", "IPoolFactory", "PoolFactory", "SelfAssessedSparsePerceptron"):
        names = {entry["name"] for entry in load_artifact(artifact).abi if entry["type"] == "error"}
        assert names <= set(CONTRACT_ERRORS)


def test_every_error_of_the_interfaces_says_in_a_sentence_what_is_wrong():
    for artifact in ("IPool", "IPoolFactory"):
        names = {entry["name"] for entry in load_artifact(artifact).abi if entry["type"] == "error"}
        assert names <= set(_SENTENCES)


def test_hashes_are_told_as_they_are_written():
    error = CONTRACT_ERRORS["WeightsHashMismatch"](actual=b"\1" * 32, expected=b"\2" * 32)
    assert f"0x{'01' * 32}, not 0x{'02' * 32}" in error.detail


def test_problem_types_are_unique():
    types = [error.type for error in CONTRACT_ERRORS.values()]
    assert len(set(types)) == len(types)


@pytest.mark.parametrize("name", sorted(CONTRACT_ERRORS))
def test_error_comes_back_with_its_values(name):
    error = CONTRACT_ERRORS[name]
    kinds = [kind for kind, _ in error.inputs]
    values = [SAMPLES.get(kind, 7) for kind in kinds]
    decoded = decode_contract_error(keccak(text=error.signature)[:4] + encode(kinds, values))
    assert type(decoded) is error
    assert list(decoded.values) == [item for _, item in error.inputs]
    assert [value.lower() if isinstance(value, str) else value for value in decoded.values.values()] == values
    assert "{" not in decoded.detail
