"""What tokens say of themselves is bounded and made harmless; what pools' code says of them is looked at twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from earnest.chain.deployment import deploy_contract, send_and_wait
from earnest.chain.errors import ChainError
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import first_created, recognise
from earnest.chain.interface import encode_call
from earnest.chain.signer import LocalSigner
from earnest.chain.tokens import (
    Token,
    allowance,
    approve_call,
    balance_of,
    describe,
    mint_call,
    moving,
    permit_to_sign,
    token_of,
)
from earnest.chain.types import Call
from earnest.contracts import load_artifact
from earnest.contracts.tools.anvil import running_anvil
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.verification.code import read_clone
from earnest.verification.errors import CheckFailed

ADA = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
SOMEBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OVERRIDE, REPLACED = "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{REPLACEMENT CHARACTER}"

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """A node of this module's own."""
    with running_anvil() as url:
        yield Gateway(url)


def strange(gateway: Gateway, name: str, symbol: str, decimals: int) -> str:
    arguments = (("string", name), ("string", symbol), ("uint8", decimals))
    return deploy_contract(gateway, ADA, "StrangeToken", *arguments)


# DESCRIPTIONS


def test_address_without_a_contract_is_no_token(gateway):
    with pytest.raises(ChainError, match="no contract at"):
        describe(gateway, SOMEBODY)


def test_contract_that_says_no_decimals_is_no_token(gateway):
    factory = deploy_contract(gateway, ADA, "PoolFactory", ("address[]", []))
    with pytest.raises(ChainError, match="does not say how many decimals"):
        describe(gateway, factory)


def test_decimals_beyond_all_reason_are_refused(gateway):
    with pytest.raises(ChainError, match="or more than 36"):
        describe(gateway, strange(gateway, "x", "x", 255))


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        (f"US{OVERRIDE}CD", f"US{REPLACED}CD"),
        ("A\0\n\x1b[31mB", f"A{REPLACED}{REPLACED}{REPLACED}[31mB"),
        ("long" * 20, "long" * 4),
        ("<b>&'\"", "<b>&'\""),
    ],
)
def test_hostile_symbol_is_cut_and_shows_nothing_that_cannot_be_seen(gateway, symbol, shown):
    token = describe(gateway, strange(gateway, symbol, symbol, 18))
    assert token.symbol == shown
    assert len(token.name) <= 64
    assert OVERRIDE not in token.name
    assert not token.permits


def test_token_without_a_symbol_is_called_by_its_address(gateway):
    token = describe(gateway, strange(gateway, "", " ", 0))
    assert token.symbol == token.address[:10]
    assert permit_to_sign(gateway, token, ADA.address, SOMEBODY, 1, 2**40) is None


def test_token_with_permit_is_read_and_its_typed_data_are_what_it_takes(gateway):
    address = deploy_contract(gateway, ADA, "DevelopmentToken")
    token = describe(gateway, address)
    assert (token.symbol, token.decimals, token.permits) == ("DEV", 6, True)
    assert token_of(token.stored()) == token
    typed = permit_to_sign(gateway, token, ADA.address, SOMEBODY, 7, 2**40)
    assert typed is not None
    assert typed["domain"]["version"] == "1"
    signature = ADA.sign_typed(typed)
    data = (ADA.address, SOMEBODY, 7, 2**40, *signature)
    gateway.try_call(Call(address, encode_call("DevelopmentToken", "permit", *data), 0, 200_000), ADA.address)
    send_and_wait(gateway, mint_call(address, ADA.address, 10), ADA)
    send_and_wait(gateway, approve_call(address, SOMEBODY, 4), ADA)
    assert (balance_of(gateway, address, ADA.address), allowance(gateway, address, ADA.address, SOMEBODY)) == (10, 4)


@pytest.mark.parametrize(
    ("amount", "decimals", "shown"),
    [(1, 6, "0.000001 T"), (2_500_000, 6, "2.5 T"), (10**24, 18, "1,000,000 T"), (7, 0, "7 T"), (-15, 1, "-1.5 T")],
)
def test_amounts_are_told_exactly(amount, decimals, shown):
    assert Token(SOMEBODY, "T", decimals, "", False).amount(amount) == shown


def test_only_calls_of_a_tokens_pool_get_gas_for_moving_it():
    call = Call(SOMEBODY, b"", 0, 1000)
    assert moving(call, None) == call
    assert moving(call, Token(SOMEBODY, "T", 6, "", False)).gas > call.gas


# CODE


def clone(tail: bytes) -> bytes:
    """A clone's code with one chunk, and what is behind it."""
    head, middle = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
    model = bytes(SparsePerceptron.PARAMETERS_LENGTH)
    return head + bytes(20) + middle + bytes(91) + model + b"\x22" * 20 + tail


def test_clone_says_its_token_behind_its_chunks():
    native, other = read_clone(clone(b"")), read_clone(clone(b"\1" + b"\x33" * 20))
    assert (native.token_of(SparsePerceptron), other.token_of(SparsePerceptron)) == (None, "0x" + "33" * 20)
    assert native.chunks_of(SparsePerceptron) == other.chunks_of(SparsePerceptron) == ("0x" + "22" * 20,)


@pytest.mark.parametrize("tail", [b"\2" + b"\x33" * 20, b"\1"])
def test_clone_with_anything_else_behind_its_chunks_is_refused(tail):
    with pytest.raises(CheckFailed, match="20 a chunk are needed"):
        read_clone(clone(tail)).token_of(SparsePerceptron)


def with_immutables(code: Any, address: bytes) -> bytes:
    """Code on chain whose immutables are all one address."""
    filled = bytearray(code.deployed_bytecode)
    for start, length in (place for places in code.immutables.values() for place in places):
        filled[start : start + length] = bytes(length - 20) + address
    return bytes(filled)


def test_implementation_is_known_only_with_what_moves_its_tokens(gateway):
    """Its immutable could name another contract, which could do anything with what the pools hold."""
    implementation = deploy_contract(gateway, ADA, "PointsDensePerceptron", ("address", SOMEBODY))
    moves = "0x" + first_created(implementation).hex()
    assert recognise(implementation, gateway.code) == ("PointsDensePerceptron", SOMEBODY.lower())
    code = {implementation: gateway.code(implementation), moves: gateway.code(moves)}
    assert recognise(implementation, code.__getitem__) is not None
    assert recognise(implementation, (code | {moves: code[moves][:-1]}).__getitem__) is None
    assert recognise(implementation, (code | {moves: b""}).__getitem__) is None
    created = load_artifact("PointsDensePerceptron").creates
    assert recognise(implementation, (code | {moves: with_immutables(created, b"\x44" * 20)}).__getitem__) is None
    other = code[implementation].replace(bytes.fromhex(moves[2:]), b"\x55" * 20)
    assert recognise(implementation, (code | {implementation: other}).__getitem__) is None
    # at one of its places alone, where nobody stands instead, as if there were no forwarder; or who does the forwarding
    places = load_artifact("PointsDensePerceptron").immutables["_MOVES"]
    assert len(places) > 1
    for start, length in places:
        for instead in (bytes(length), bytes(12) + bytes.fromhex(SOMEBODY[2:])):
            changed = code[implementation][:start] + instead + code[implementation][start + length :]
            assert recognise(implementation, (code | {implementation: changed}).__getitem__) is None
