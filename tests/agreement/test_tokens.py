"""Pools whose deposits are paid in an ERC-20 token: contract and twin side by side, with tokens of every behaviour."""

import random
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data

from earnest.contracts import load_artifact
from earnest.core.incentives.ledger import value_needed
from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.keccak import keccak256
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import PoolTwin
from tests.agreement.contracts import DEPLOYER, DIRECT, GENESIS, Factory, outcome
from tests.agreement.evm import Evm, Interface, RevertedError, address

PLAIN, NO_ANSWER, FALSE, FEE, FEE_ON_TOP, LIAR, GONE = range(7)
TOKEN = Interface("DevelopmentToken", "StrangeToken")
POOL = Interface("IPool")
KEY = "0x" + "11" * 32
ANN, BOB = Account.from_key(KEY).address.lower(), address(0xB0)
EVE = address(0xE0)
COST, MANY = 1000, 10**12
RULES = SELF_ASSESSMENT.terms(PRICE_FIXED, LEFTOVER_BURN, 100, 1000, COST, 0, 0, 0)
GOOD, BAD = b"\0\1\0\3", b"\0\2\0\3"
NEVER = 2**256 - 1


class Pool:
    """A pool in a token, and its twin.

    Args:
        kind: the token's contract.
    """

    def __init__(self, kind: str) -> None:
        self.evm = Evm(GENESIS)
        names = encode(["string", "string", "uint8"], ["Strange", "STR", 18]) if kind == "StrangeToken" else b""
        self.token = self.evm.deploy(DEPLOYER, load_artifact(kind).bytecode + names)
        factory = Factory(tokens=[self.token], evm=self.evm)
        model = SparsePerceptron.from_weights([0] * 11)
        self.contract: Any = factory.create_for(model, RULES, self.token)
        self.twin: Any = PoolTwin(model, RULES, GENESIS, DEPLOYER, in_token=True)
        self.now = GENESIS
        for holder in (ANN, BOB):
            self.evm.send(DEPLOYER, self.token, TOKEN.call("mint", holder, MANY))
            self.evm.send(holder, self.token, TOKEN.call("approve", self.contract.address, MANY))

    def behave(self, how: int) -> None:
        self.evm.send(DEPLOYER, self.token, TOKEN.call("behave", how))

    def tokens(self, holder: str) -> int:
        output, _ = self.evm.send(DEPLOYER, self.token, TOKEN.call("balanceOf", holder))
        return int.from_bytes(output, "big")

    def send(self, caller: str, function: str, *arguments: Any, value: int = 0) -> Any:
        return self.contract.send(caller, self.now, DIRECT, value, function, *arguments)

    def refused(self, caller: str, function: str, *arguments: Any, value: int = 0) -> tuple[str, dict[str, Any]]:
        """What a call is refused with, and that nothing came of it."""
        before = self.tokens(self.contract.address), self.contract.view("state"), self.contract.view("account", caller)
        with pytest.raises(RevertedError) as refused:
            self.send(caller, function, *arguments, value=value)
        after = self.tokens(self.contract.address), self.contract.view("state"), self.contract.view("account", caller)
        assert after == before
        return refused.value.name, refused.value.values

    def contribute(self, caller: str, sample: bytes, label: int) -> int:
        """On both, with what the pool takes as the twin's value."""
        self.now += 1
        due = value_needed(self.twin.price(self.now), self.twin.account(caller)[0])
        theirs = self.send(caller, "contribute", sample, label, COST)
        assert theirs == self.twin.contribute(caller, sample, label, COST, value=due, now=self.now)
        return int(theirs)

    def deposit(self, caller: str, amount: int) -> None:
        self.send(caller, "depositTokens", amount)
        self.twin.deposit(caller, amount)

    def check(self) -> None:
        assert self.contract.events == self.twin.events
        assert self.contract.view("state") == self.twin.state()
        assert self.tokens(self.contract.address) == self.twin.balance
        for holder in (ANN, BOB, EVE):
            assert self.contract.view("account", holder) == self.twin.account(holder)
        assert self.contract.balance == 0


@pytest.fixture
def pool():
    return Pool("StrangeToken")


# REFUSALS


@pytest.mark.parametrize(
    ("how", "name", "values"),
    [
        (FALSE, "TokenTransferFailed", {"from": ANN, "amount": COST, "allowed": MANY - COST}),
        (GONE, "TokenTransferFailed", {"from": ANN, "amount": COST, "allowed": MANY}),
        (FEE, "TokenAmountMismatch", {"expected": COST, "moved": COST - COST // 100}),
        (LIAR, "TokenAmountMismatch", {"expected": COST, "moved": 0}),
    ],
)
def test_token_that_does_not_pay_exactly_is_refused_by_every_verb_that_takes_it(pool, how, name, values):
    pool.behave(how)
    for verb in (("contribute", GOOD, 1, COST), ("contributeBatch", [GOOD], [1], COST), ("depositTokens", COST)):
        assert pool.refused(ANN, *verb) == (name, values)
    assert pool.refused(ANN, "commitBatch", [GOOD], [1], COST) == (name, values)


@pytest.mark.parametrize("how", [FALSE, GONE, LIAR, FEE_ON_TOP])
def test_credit_that_a_token_does_not_pay_out_exactly_stays(pool, how):
    pool.deposit(ANN, 500)
    pool.deposit(BOB, 500)
    pool.behave(how)
    name, values = pool.refused(ANN, "withdraw")
    if how in (LIAR, FEE_ON_TOP):
        assert (name, values) == ("TokenAmountMismatch", {"expected": 500, "moved": 0 if how == LIAR else 505})
    else:
        assert (name, values) == ("WithdrawalFailed", {"receiver": ANN, "amount": 500})
    pool.behave(PLAIN)
    assert pool.send(ANN, "withdraw") == pool.twin.withdraw(ANN)
    pool.check()


def test_native_coin_is_refused_and_so_are_tokens_in_a_pool_of_it(pool):
    name, values = pool.refused(ANN, "contribute", GOOD, 1, COST, value=COST)
    assert (name, values) == ("ValueInTokenPool", {"value": COST, "token": pool.token})
    model = SparsePerceptron.from_weights([0] * 11)
    native, twin = Factory().create_for(model, RULES), PoolTwin(model, RULES, GENESIS)
    refused = outcome(lambda: native.send(ANN, GENESIS, DIRECT, 0, "depositTokens", 5))
    assert refused == outcome(lambda: twin.deposit(ANN, 5)) == ("NoToken", {})
    assert native.view("token") == address(0)


def test_more_than_a_pool_can_hold_is_refused_by_both(pool):
    pool.deposit(ANN, 5)
    for amount in (2**96 - 5, 2**96, 2**200):
        pool.evm.send(DEPLOYER, pool.token, TOKEN.call("mint", BOB, amount))
        pool.evm.send(BOB, pool.token, TOKEN.call("approve", pool.contract.address, amount))
        theirs = pool.refused(BOB, "depositTokens", amount)
        assert theirs == outcome(lambda amount=amount: pool.twin.deposit(BOB, amount))


def test_token_that_calls_the_pool_back_moves_no_tokens(pool):
    pool.deposit(ANN, 500)
    pool.evm.send(DEPLOYER, pool.token, TOKEN.call("mint", pool.token, MANY))
    # the token's own credit, which it would like to have while somebody else pays
    pool.evm.send(ANN, pool.token, TOKEN.call("transfer", EVE, 700))
    pool.evm.send(EVE, pool.token, TOKEN.call("approve", pool.contract.address, 700))
    pool.deposit(EVE, 700)
    for inside in ("withdraw", "depositTokens"):
        call = POOL.call(inside, *([] if inside == "withdraw" else [0]))
        pool.evm.send(DEPLOYER, pool.token, TOKEN.call("prepare", pool.contract.address, call))
        name, values = pool.refused(ANN, "depositTokens", COST)
        assert (name, values["amount"]) == ("TokenTransferFailed", COST)


# A PERMIT


def signed(pool: Pool, amount: int, deadline: int = NEVER) -> tuple[int, bytes, bytes]:
    domain = {
        "name": "Earnest Development Token",
        "version": "1",
        "chainId": 1,
        "verifyingContract": pool.token,
    }
    fields = (("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256"))
    output, _ = pool.evm.send(DEPLOYER, pool.token, TOKEN.call("nonces", ANN))
    said = {"owner": ANN, "spender": pool.contract.address, "value": amount, "nonce": int.from_bytes(output, "big")}
    types = {"Permit": [{"name": name, "type": kind} for name, kind in (*fields, ("deadline", "uint256"))]}
    message = encode_typed_data(domain, types, said | {"deadline": deadline})
    one = Account.from_key(KEY).sign_message(message)
    return one.v, one.r.to_bytes(32, "big"), one.s.to_bytes(32, "big")


@pytest.fixture
def permitted():
    pool = Pool("DevelopmentToken")
    pool.evm.send(ANN, pool.token, TOKEN.call("approve", pool.contract.address, 0))
    return pool


def test_one_signature_deposits_exactly_what_it_is_for(permitted):
    signature = signed(permitted, 300)
    assert permitted.refused(ANN, "depositTokensPermitted", 301, NEVER, *signature)[0] == "PermitRefused"
    assert permitted.refused(BOB, "depositTokensPermitted", MANY + 1, NEVER, *signature)[0] == "PermitRefused"
    permitted.send(ANN, "depositTokensPermitted", 300, NEVER, *signature)
    permitted.twin.deposit(ANN, 300)
    permitted.check()
    # it is used up, and nothing is left of what it allowed
    refused = permitted.refused(ANN, "depositTokensPermitted", 300, NEVER, *signature)
    assert refused == ("PermitRefused", {"owner": ANN, "amount": 300, "allowed": 0})


def test_signature_that_somebody_brings_to_the_token_first_still_deposits(permitted):
    signature = signed(permitted, 300)
    call = TOKEN.call("permit", ANN, permitted.contract.address, 300, NEVER, *signature)
    permitted.evm.send(EVE, permitted.token, call)
    permitted.send(ANN, "depositTokensPermitted", 300, NEVER, *signature)
    permitted.twin.deposit(ANN, 300)
    permitted.check()


def test_token_without_permit_refuses_a_signature_clearly_and_takes_what_is_allowed(pool):
    pool.send(ANN, "depositTokensPermitted", 5, NEVER, 27, bytes(32), bytes(32))
    pool.twin.deposit(ANN, 5)
    pool.check()
    pool.evm.send(ANN, pool.token, TOKEN.call("approve", pool.contract.address, 4))
    refused = pool.refused(ANN, "depositTokensPermitted", 5, NEVER, 27, bytes(32), bytes(32))
    assert refused == ("PermitRefused", {"owner": ANN, "amount": 5, "allowed": 4})


# THE WHOLE LIFE


@pytest.mark.parametrize("how", [PLAIN, NO_ANSWER])
@pytest.mark.parametrize("seed", range(3))
def test_random_lives_are_the_twins(pool, how, seed):
    pool.behave(how)
    draw, made = random.Random(seed), []
    for _ in range(60):
        who, sample, label = draw.choice([ANN, BOB]), draw.choice([GOOD, BAD]), draw.randrange(2)
        step = draw.choice(["contribute", "contribute", "deposit", "refund", "collect", "withdraw"])
        if step == "contribute":
            index = pool.contribute(who, sample, label)
            made.append((pool.twin.contributions[index], sample))
        elif step == "deposit":
            pool.deposit(who, draw.randrange(3 * COST))
        elif step == "withdraw":
            theirs = outcome(lambda who=who: pool.send(who, "withdraw"))
            assert theirs == outcome(lambda who=who: pool.twin.withdraw(who))
        elif made:
            what, of = draw.choice(made)
            pool.now += 150
            known = of if step == "refund" else keccak256(of)
            verb = pool.contract.refund if step == "refund" else pool.contract.collect
            theirs = outcome(lambda: verb(what.contributor, what, known, now=pool.now))  # noqa: B023
            ours = getattr(pool.twin, step)
            assert theirs == outcome(lambda: ours(what.contributor, what, known, now=pool.now))  # noqa: B023
        pool.check()
    assert {type(event).__name__ for event in pool.twin.events} >= {"Contributed", "CreditChanged", "Withdrawn"}
