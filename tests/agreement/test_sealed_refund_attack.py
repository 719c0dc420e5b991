"""Sealing in a transaction that clears slots anyway, whose refund of gas (EIP-3529) is cut off at a fifth of the whole.

Whoever clears many slots for a business of its own is given back less than the slots' refund, so that what else that
transaction does costs it four fifths. Such a seal is not paid, since it is not all of its transaction. One that is, is
not paid more than that either, whatever the model: authorizations of accounts (EIP-7702) are refunded beside it.
"""

import numpy as np
import pytest

from earnest.core.incentives.sealed import seal_cost
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import DEPLOYER, DIRECT, GENESIS, Factory
from tests.agreement.evm import SEALED, address
from tests.agreement.sealed import SealedContract, create
from tests.agreement.test_sealed_attacks import DAY, SURE, terms

#: calldata: first slot, slot behind the last, value, an address, and selectors: writes slots, then calls it by each.
WRITER = bytes.fromhex(
    "5f355b80602035116016575060805b803611602257005b60403581556001"
    "016002565b6004815f375f5f60045f5f6060355af16039575f5ffd5b600401600e56"
)
FEE, MUCH = 10**9, 2**95
THIEF = address(0xBAD)


@pytest.mark.parametrize("words", [4_000, 11_969])
def test_a_seal_in_a_transaction_that_clears_slots_anyway_brings_nothing(words: int):
    factory = Factory(implementation="SealedAssessedSparsePerceptron", base_fee=FEE)
    model, flat = SparsePerceptron.from_weights([0] * (words + 1)), np.zeros(words + 1, dtype=np.int32)
    evm = factory.evm
    pool = SealedContract(evm, create(factory, model, flat, terms(seal_bounty=MUCH)).address)
    pool.send(DEPLOYER, GENESIS, DIRECT, MUCH, "fund")
    pool.send(THIEF, GENESIS, DIRECT, 70, "contribute", SURE, 0, 70)
    writer = evm.deploy_runtime(DEPLOYER, WRITER)

    def call(first: int, count: int, value: int, *functions: str) -> int:
        numbers = (first, first + count, value, int(pool.address, 16))
        selectors = (SEALED.call(function) for function in functions)
        before = evm.gas[THIEF]
        evm.send(THIEF, writer, b"".join(n.to_bytes(32, "big") for n in numbers) + b"".join(selectors))
        return evm.gas[THIEF] - before

    # each gives back 4,800 of its 5,000: many more than a fifth of the transaction can take up
    many = 50 + words // 20
    call(1, many, 1)
    call(1 + many, many, 1)
    evm.timestamp = GENESIS + DAY
    alone = call(1, many, 0)
    both = call(1 + many, many, 0, "seal")
    assert pool.view("account", writer)[0] == 0
    evm.timestamp += DAY
    before, _ = pool.view("account", THIEF)
    evm.send(THIEF, pool.address, SEALED.call("seal"))
    bounty = pool.view("account", THIEF)[0] - before
    assert bounty == seal_cost(words + 1, FEE)
    gained = bounty // FEE - (both - alone)
    assert gained <= 0, f"gained {gained} gas of {bounty // FEE}"
