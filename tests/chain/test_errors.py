"""Each custom error of the contracts is a Python error of its own."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from earnest.chain.errors import _SENTENCES, CONTRACT_ERRORS, UnknownRevert, decode_contract_error
from earnest.chain.tokens import Token
from earnest.contracts import load_artifact
from earnest.core import pool

INTERFACES = ("IPool", "IPoolFactory", "ISealedPool")
DEV = Token(address="0x" + "22" * 20, symbol="DEV", decimals=6, name="", permits=False)
SAMPLES = {"uint256": 7, "address": "0x" + "11" * 20, "bytes32": b"\1" * 32, "bytes4": b"\1" * 4}


def test_unknown_selector_gives_an_unknown_revert():
    assert isinstance(decode_contract_error(b"\xde\xad\xbe\xef"), UnknownRevert)


def test_truncated_values_give_an_unknown_revert():
    data = keccak(text=CONTRACT_ERRORS["TooEarly"].signature)[:4] + b"\0" * 31
    assert isinstance(decode_contract_error(data), UnknownRevert)


def test_every_error_of_the_abis_is_declared():
    for artifact in (*INTERFACES, "PoolFactory", "SelfAssessedSparsePerceptron", "SealedAssessedSparsePerceptron"):
        names = {entry["name"] for entry in load_artifact(artifact).abi if entry["type"] == "error"}
        assert names <= set(CONTRACT_ERRORS)


def test_every_error_of_the_interfaces_says_in_a_sentence_what_is_wrong():
    for artifact in INTERFACES:
        names = {entry["name"] for entry in load_artifact(artifact).abi if entry["type"] == "error"}
        assert names <= set(_SENTENCES)


def test_hashes_are_told_as_they_are_written():
    error = CONTRACT_ERRORS["WeightsHashMismatch"](actual=b"\1" * 32, expected=b"\2" * 32)
    assert f"0x{'01' * 32}, not 0x{'02' * 32}" in error.detail


def test_amounts_are_told_in_wei_until_the_token_is_known():
    error = CONTRACT_ERRORS["PriceAboveMaximum"](price=2_500_000, maxPrice=10)
    assert error.detail == "The price is 2500000 wei now, above your maximum of 10 wei."
    assert error.told_in(DEV.amount) == "The price is 2.5 DEV now, above your maximum of 0.00001 DEV."
    error = CONTRACT_ERRORS["TokenAmountMismatch"](expected=2_500_000, moved=0)
    assert error.detail.startswith("0 of the token's units moved in place of 2500000 of the token's units:")
    assert error.told_in(DEV.amount).startswith("0 DEV moved in place of 2.5 DEV:")


@pytest.mark.parametrize("name", sorted(CONTRACT_ERRORS))
def test_every_amount_of_deposits_is_told_in_their_unit(name):
    error = CONTRACT_ERRORS[name](**{item: SAMPLES.get(kind, 7) for kind, item in CONTRACT_ERRORS[name].inputs})
    told = error.told_in(DEV.amount)
    # native coin that a token's pool refuses stays native coin
    assert bool(re.search(r"\bwei\b", told)) == (name == "ValueInTokenPool")
    assert "units" not in told


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


def names_given(keyword: ast.keyword) -> list[Any]:
    """A keyword's name; those of a literal that is unpacked, as `**{"from": 1}`."""
    if keyword.arg is None and isinstance(keyword.value, ast.Dict):
        return [getattr(key, "value", None) for key in keyword.value.keys]
    return [keyword.arg]


def core_refusals() -> list[Any]:
    """Where `earnest.core` refuses by an error's name: file and line, name, and the names of the values."""
    found = []
    for file in sorted(Path(pool.__file__).parents[1].rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Refusal", "SampleInvalid"):
                names = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
                named = {name for name in names if str(name).isalnum()}
                values = {name for keyword in call.keywords for name in names_given(keyword)}
                found += [pytest.param(name, values, id=f"{file.name}:{call.lineno}") for name in named]
    return found


@pytest.mark.parametrize(("name", "values"), core_refusals())
def test_core_refuses_with_an_error_of_the_contracts_and_with_its_values(name, values):
    assert name in CONTRACT_ERRORS
    # a service that refuses before there is a sample to send has fewer values to show
    assert values in ({item for _, item in CONTRACT_ERRORS[name].inputs}, set())
