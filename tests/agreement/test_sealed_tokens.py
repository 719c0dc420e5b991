"""Pools whose judge is sealed and whose deposits are paid in an ERC-20 token: contract and twin side by side."""

import random
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from eth_abi.abi import encode

from earnest.contracts import load_artifact
from earnest.core.errors import RuleViolation
from earnest.core.incentives.ledger import value_needed
from earnest.core.incentives.sealed import AGREED, AT_RISK
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.sealed_twin import SealedPoolTwin
from tests.agreement.contracts import DEPLOYER, DIRECT, GENESIS, Factory, outcome
from tests.agreement.evm import Evm, Interface, RevertedError, address
from tests.agreement.sealed import SealedContract, create

ANN, BOB, EVE = address(0xA0), address(0xB0), address(0xE0)
DAY, MANY, ANY_PRICE = 86_400, 10**12, 2**256 - 1
TOKEN = Interface("StrangeToken")
FEE, GONE = 3, 6
RULES = SEALED_ASSESSMENT.terms(
    epoch_length=DAY,
    wait_seals=1,
    risk_seals=2,
    learn_seals=5,
    rate=2,
    learning_cost=1,
    most_standing=9,
    gate=2**32 - 1,
    averaging=4,
    judge_shift=4,
    most_features=0,
    agreed_price=100,
    promised_price=300,
    risk_price=700,
    seal_bounty=0,
)
WEIGHTS = [5, -5, 0, 0, 0, 0, 0, 0, 0, 0, 0]
REFERENCE = np.array([9, -9, 0, 0, 0, 0, 0, 0, 0, 0, 0], dtype=np.int32)
FOR_ONE, FOR_ZERO = b"\0\0", b"\0\1"


class Pool:
    """A pool in a token that behaves as it is told, and its twin."""

    def __init__(self) -> None:
        self.evm = Evm(GENESIS)
        named = encode(["string", "string", "uint8"], ["Strange", "STR", 18])
        self.token = self.evm.deploy(DEPLOYER, load_artifact("StrangeToken").bytecode + named)
        self.factory = Factory(implementation="SealedAssessedSparsePerceptron", tokens=[self.token], evm=self.evm)
        model = SparsePerceptron.from_weights(WEIGHTS)
        where = create(self.factory, model, REFERENCE, RULES, self.token).address
        self.contract = SealedContract(self.evm, where)
        self.twin = SealedPoolTwin(model, REFERENCE, RULES, GENESIS, DEPLOYER, in_token=True)
        self.now = GENESIS
        for holder in (ANN, BOB):
            self.evm.send(DEPLOYER, self.token, TOKEN.call("mint", holder, MANY))
            self.evm.send(holder, self.token, TOKEN.call("approve", where, MANY))

    def tokens(self, holder: str) -> int:
        output, _ = self.evm.send(DEPLOYER, self.token, TOKEN.call("balanceOf", holder))
        return int.from_bytes(output, "big")

    def send(self, caller: str, function: str, *arguments: Any, value: int = 0) -> Any:
        return self.contract.send(caller, self.now, DIRECT, value, function, *arguments)

    def contribute(self, caller: str, sample: bytes, label: int) -> None:
        price = self.twin.quote(caller, sample, label).price
        value = value_needed(price, self.twin.account(caller)[0])
        theirs = self.send(caller, "contribute", sample, label, ANY_PRICE)
        assert theirs == self.twin.contribute(caller, sample, label, ANY_PRICE, value=value)

    def check(self) -> None:
        assert self.contract.events == self.twin.events
        assert self.contract.view("state") == self.twin.state()
        assert self.tokens(self.contract.address) == self.twin.balance
        for holder in (ANN, BOB, EVE):
            assert self.contract.view("account", holder) == self.twin.account(holder)


@pytest.fixture
def pool():
    return Pool()


def test_bounty_is_refused_by_contract_and_twin(pool):
    paid = RULES.replaced(seal_bounty=1)
    model = SparsePerceptron.from_weights(WEIGHTS)
    with pytest.raises(RevertedError) as refused:
        create(pool.factory, model, REFERENCE, paid, pool.token)
    assert (refused.value.name, refused.value.values) == (
        "SealedParameterOutOfRange",
        {"parameter": 14, "value": 1, "least": 0, "most": 0},
    )
    with pytest.raises(RuleViolation, match="Set seal_bounty to 0"):
        SealedPoolTwin(model, REFERENCE, paid, GENESIS, in_token=True)
    assert create(pool.factory, model, REFERENCE, paid).address


def test_budget_takes_nothing_that_would_stay_there_for_ever(pool):
    for value in (0, 5):
        theirs = outcome(lambda value=value: pool.send(EVE, "fund", value=value))
        assert theirs == outcome(lambda value=value: pool.twin.fund(EVE, value=value, token=pool.token))


@pytest.mark.parametrize(("how", "name"), [(FEE, "TokenAmountMismatch"), (GONE, "TokenTransferFailed")])
def test_token_that_does_not_pay_exactly_is_refused(pool, how, name):
    pool.evm.send(DEPLOYER, pool.token, TOKEN.call("behave", how))
    for verb in (("contribute", FOR_ONE, 1, ANY_PRICE), ("depositTokens", 100)):
        with pytest.raises(RevertedError) as refused:
            pool.send(ANN, *verb)
        assert refused.value.name == name
    pool.check()


@pytest.mark.parametrize("seed", range(3))
def test_random_lives_are_the_twins(pool, seed):
    draw, samples = random.Random(seed), []
    for _ in range(60):
        who, sample = draw.choice([ANN, BOB]), draw.choice([FOR_ONE, FOR_ZERO])
        step = draw.choice(["contribute", "contribute", "deposit", "settle", "seal", "withdraw"])
        if step == "contribute":
            pool.contribute(who, sample, draw.randrange(2))
            samples.append(sample)
        elif step == "deposit":
            amount = draw.randrange(500)
            pool.send(who, "depositTokens", amount)
            pool.twin.deposit(who, amount)
        elif step == "seal":
            pool.now += DAY
            assert pool.send(EVE, "seal") == pool.twin.seal(EVE, now=pool.now, cost=10**18) == 0
        elif step == "withdraw":
            theirs = outcome(lambda who=who: pool.send(who, "withdraw"))
            assert theirs == outcome(lambda who=who: pool.twin.withdraw(who))
        elif samples:
            what = draw.choice(pool.twin.contributions)
            of = samples[what.index]
            theirs = outcome(lambda what=what, of=of: pool.send(what.contributor, "settle", astuple(what), of))
            assert theirs == outcome(lambda what=what, of=of: pool.twin.settle(what.contributor, what, of))
        pool.check()
    outcomes = {one.outcome for one in pool.twin.contributions}
    assert outcomes >= {AGREED, AT_RISK}
