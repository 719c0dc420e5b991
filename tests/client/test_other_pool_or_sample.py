"""What a service may have a client sign, where the caller has said which pool, by its address, and which sample.

The service's word decides neither: another pool, or other words, are not signed.
"""

import json
from dataclasses import asdict
from typing import Any

import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.client.answers import Prepared, Transaction
from earnest.client.asking import Ask, Heard
from earnest.client.batches import Batches
from earnest.client.errors import ClientError, Untrustworthy
from earnest.client.flows import Flows
from earnest.client.rows import Row
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron

SIGNER = LocalSigner("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
POOL, THIEFS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PRICE = 10**18


def signed(answered_pool: str, answered_features: list[int]) -> str:
    """What the client signs that was asked to contribute word 1 with label 1 to `POOL`, whose service answers this."""
    gateway: Any = None
    call = Gateway.contribute_call(gateway, answered_pool, [pack_sample(answered_features)], [1], PRICE, PRICE)
    transaction = Transaction(
        type="0x2", chainId="0x1", nonce="0x0", to=answered_pool, data="0x" + call.data.hex(), value=hex(PRICE),
        gas="0x30000", maxFeePerGas="0x3b9aca00", maxPriorityFeePerGas="0x1",
    )  # fmt: skip
    prepared = Prepared(SIGNER.address, "p", "contribute", "what was meant", transaction, -PRICE, 0, 0)
    shown = {
        "id": "p",
        "name": "Pool",
        "status": "ready",
        "chain_id": 1,
        "address": answered_pool,
        "price": str(PRICE),
        "model": SparseMarginPerceptron.MODEL_ID,
    }
    flow = Flows(1, SIGNER).signed(POOL, [{"features": [1], "label": 1}], PRICE, one_commitment=False)
    step = next(flow)
    try:
        while True:
            assert isinstance(step, Ask)
            answer = shown if step.method == "GET" else asdict(prepared)
            step = flow.send(Heard(200, json.dumps(answer).encode()))
    except StopIteration as end:
        return str(end.value)


def test_what_was_meant_is_signed():
    assert signed(POOL, [1]).startswith("0x02")


@pytest.mark.parametrize(
    ("pool", "features"), [(THIEFS, [1]), (POOL, [2])], ids=["to an address of the thief's", "another sample"]
)
def test_what_was_not_meant_is_not_signed(pool: str, features: list[int]):
    try:
        raw = signed(pool, features)
    except ClientError:
        return
    asked = f"asked for was {POOL} for words [1]"
    pytest.fail(f"signed: {PRICE} wei to {pool} for words {features}; {asked}; {raw[:20]}...")


def test_a_file_is_signed_for_the_pool_that_its_user_named():
    """What the service calls the pool is another thing, of which it may tell something else each time."""
    named: list[str] = []

    class Client:
        signs, address = True, SIGNER.address

        def signed(self, pool: str, items: Any, **options: Any) -> str:
            named.append(pool)
            return "0x02"

        def hand_in(self, raw: str, texts: Any, wait: float) -> None:
            return None

    class Journal:
        def raw(self, key: str) -> None:
            return None

        def write(self, key: str, raw: str) -> None:
            assert raw == "0x02"

    client: Any = Client()
    journal: Any = Journal()
    rows = [Row(1, {"features": [1], "label": 1}, None)]
    Batches(
        client, "the-id", POOL, rows, "d", journal, max_price=PRICE, one_commitment=False, keep_text=False
    ).send(0, 1)  # fmt: skip
    assert named == [POOL]


@pytest.mark.parametrize("mistyped", [POOL[:-1], POOL + "0", POOL.lower()[:-2] + "ff", f" {POOL}\n"])
def test_whatever_begins_like_an_address_is_that_address(mistyped: str):
    flow = Flows(1, SIGNER).pool(mistyped)
    assert isinstance(next(flow), Ask)
    shown = {"id": "p", "name": "Pool", "status": "ready", "chain_id": 1, "address": THIEFS}
    with pytest.raises(Untrustworthy, match="answers with"):
        flow.send(Heard(200, json.dumps(shown).encode()))
