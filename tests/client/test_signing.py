"""A client signs what it meant, and nothing else that a service prepares."""

from dataclasses import replace

import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.signer import LocalSigner
from earnest.client.answers import Pool, Prepared, Token, Transaction
from earnest.client.errors import Untrustworthy
from earnest.client.signing import sign

SIGNER = LocalSigner("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
ADDRESS, OTHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
POOL = Pool(id="p", name="Pool", status="ready", chain_id=31337, address=ADDRESS)


def prepared(data: bytes, value: int = 0, **changes: str) -> Prepared:
    transaction = Transaction(
        type="0x2", chainId=hex(31337), nonce="0x0", to=ADDRESS, data="0x" + data.hex(), value=hex(value),
        gas="0x30000", maxFeePerGas="0x3b9aca00", maxPriorityFeePerGas="0x1",
    )  # fmt: skip
    return Prepared("0x", "p", "v", "m", replace(transaction, **changes), 0, 0, 0)


def contribution(label: int = 1, count: int = 1) -> bytes:
    call = Gateway.contribute_call(None, ADDRESS, [b"\0\1"] * count, [label] * count, 1_000, 0)  # type: ignore[arg-type]
    return call.data


def test_price_that_was_not_meant_is_told_in_what_the_pool_takes():
    token = Token(address=OTHER, symbol="DEV", decimals=2)
    for pool, said in (
        (POOL, "of 1000 wei, .* at most 999 wei"),
        (replace(POOL, token=token), "of 10 DEV, .* 9.99 DEV"),
    ):
        with pytest.raises(Untrustworthy, match=said):
            sign(SIGNER, pool, prepared(contribution(), 0), "contribute", labels=[1], max_price=999)


def test_what_was_meant_is_signed():
    signed = sign(SIGNER, POOL, prepared(contribution(), 1_000), "contribute", labels=[1], max_price=1_000)
    assert signed.raw[0] == 2
    sign(SIGNER, POOL, prepared(encode_call("IPool", "withdraw")), "withdraw")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (prepared(contribution(), 1_001), {"labels": [1], "max_price": 1_000}),
        # what it accepts beyond what it sends, credit pays
        (prepared(contribution(), 1_000), {"labels": [1], "max_price": 999}),
        (prepared(contribution(), 0), {"labels": [1], "max_price": 999}),
        (prepared(contribution(label=0), 1_000), {"labels": [1], "max_price": 1_000}),
        (prepared(contribution(count=2), 1_000), {"labels": [1], "max_price": 1_000}),
        (prepared(contribution(), 1_000, to=OTHER), {"labels": [1], "max_price": 1_000}),
        (prepared(contribution(), 1_000, chainId="0x1"), {"labels": [1], "max_price": 1_000}),
        (prepared(contribution(), 1_000, type="0x4"), {"labels": [1], "max_price": 1_000}),
        (prepared(contribution(), 1_000, maxFeePerGas="0xffffffffffff"), {"labels": [1], "max_price": 1_000}),
        (prepared(contribution(), 1_000, gas="many"), {"labels": [1], "max_price": 1_000}),
        (prepared(encode_call("IPool", "withdraw"), 0), {"labels": [1], "max_price": 1_000}),
        (prepared(b"", 1_000), {"labels": [1], "max_price": 1_000}),
    ],
)
def test_contribution_that_is_another_is_not_signed(given, meant):
    with pytest.raises(Untrustworthy, match="nothing was signed"):
        sign(SIGNER, POOL, given, "contribute", **meant)


@pytest.mark.parametrize(
    "given",
    [
        prepared(encode_call("IPool", "withdrawTo", OTHER)),
        prepared(encode_call("IPool", "withdraw"), 1),
        prepared(contribution()),
    ],
)
def test_withdrawal_to_somebody_else_is_not_signed(given):
    with pytest.raises(Untrustworthy, match="nothing was signed"):
        sign(SIGNER, POOL, given, "withdraw")
