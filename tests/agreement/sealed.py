"""A pool whose judge is sealed and its twin, given the same commands and compared after each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.chain.events import snake_case
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import seal_cost
from earnest.core.incentives.sealed_rules import pack_address, rules_chunk
from earnest.core.keccak import keccak256
from earnest.core.models.model import Model
from earnest.core.pool import Refusal, sealed_events
from earnest.core.pool import events as shared
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.core.pool.sealed_twin import SealedPoolTwin
from tests.agreement.contracts import (
    DEPLOYER,
    DIRECT,
    FORWARDER,
    GENESIS,
    NO_FORWARDER,
    NO_TOKEN,
    Factory,
    PoolContract,
    Via,
    outcome,
)
from tests.agreement.counts import COMPARED
from tests.agreement.evm import RICH, SEALED, Evm, address
from tests.agreement.pair import REVERTS
from tests.agreement.tokens import NEVER, PairToken


class SealedContract:
    """A pool with the twin's verbs; `events` gathers what it emitted."""

    def __init__(self, evm: Evm, where: str) -> None:
        self.evm = evm
        self.address = where
        self.events: list[Any] = []

    def send(self, caller: str, now: int, via: Via, value: int, function: str, *arguments: Any) -> Any:
        """Call a verb and keep what it did."""
        self.evm.timestamp = now
        data = SEALED.call(function, *arguments) + via.suffix
        output, events = self.evm.send(via.sender or caller, self.address, data, value)
        for event in events:
            assert event.address == self.address
            values = {snake_case(name): value for name, value in event.values.items()}
            if event.name == "Sealed":
                values["digest"] = "0x" + values["digest"].hex()
            self.events.append((sealed_events.SEALED_EVENTS.get(event.name) or shared.EVENTS[event.name])(**values))
        return SEALED.answer(function, output)

    def view(self, function: str, *arguments: Any) -> Any:
        """What a view answers."""
        output, events = self.evm.send(DEPLOYER, self.address, SEALED.call(function, *arguments))
        assert events == []
        return SEALED.answer(function, output)

    @property
    def balance(self) -> int:
        """Its ether, in wei."""
        return self.evm.machine.get_balance(self.address)


class SealedPair:
    """One contract and its twin.

    Attributes:
        people: ordinary accounts.
        refuser: a contract that takes no ether; it acts through the forwarder.
        now: chain time of the next command, in seconds.
        samples: the accepted samples, by index.
        token: that deposits are paid in; None for native coin.
    """

    def __init__(
        self,
        name: str,
        model: Model,
        reference: NDArray[np.int32],
        terms: Terms,
        *,
        people: int = 4,
        forwarder: bool = False,
        base_fee: int = 0,
        token: str | None = None,
    ) -> None:
        trusted = FORWARDER if forwarder else NO_FORWARDER
        self.evm = Evm(GENESIS, base_fee)
        self.token = None if token is None else PairToken(self.evm, token, people)
        allowed = [self.token.address] if self.token else []
        factory = Factory(trusted, implementation=name, tokens=allowed, evm=self.evm)
        self.contract = SealedContract(self.evm, create(factory, model, reference, terms, *allowed).address)
        self.twin = SealedPoolTwin(model, reference, terms, GENESIS, DEPLOYER, in_token=self.token is not None)
        self.people = [address(0xA0 + number) for number in range(people)] if self.token is None else self.token.people
        if self.token is not None:
            self.token.serve(self.contract.address)
        self.refuser = self.evm.deploy_runtime(FORWARDER, REVERTS)
        self.now = GENESIS
        self.samples: list[bytes] = []
        self._spent: Counter[str] = Counter()
        self._holders = [*self.people, self.refuser, FORWARDER, DEPLOYER]
        for holder in self._holders:
            self.evm.balance(holder)

    # COMMANDS

    def contribute(
        self, caller: str, sample: bytes, label: int, max_price: int, *, value: int, via: Via = DIRECT
    ) -> tuple[str, Any]:
        result = self._compare(
            "contribute",
            caller,
            via,
            value,
            (sample, label, max_price),
            lambda: self._contributed(caller, sample, label, max_price, value),
        )
        if result[0] == "done":
            self.samples.append(sample)
        return result

    def settle(self, caller: str, what: SealedContribution, sample: bytes, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._compare(
            "settle", caller, via, 0, (astuple(what), sample), lambda: self.twin.settle(caller, what, sample)
        )

    def seal(self, caller: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        # what comes through a forwarder is not all of its transaction
        fee = self.evm.base_fee if via == DIRECT else 0
        cost = seal_cost(len(self.twin.judge), fee, self.twin.learner.PAID_WEIGHT_GAS)
        result = self._compare("seal", caller, via, 0, (), lambda: self.twin.seal(caller, now=self.now, cost=cost))
        if result[0] == "done":
            self.check_weights()
        return result

    def fund(self, caller: str, *, value: int, via: Via = DIRECT) -> tuple[str, Any]:
        token = NO_TOKEN if self.token is None else self.token.address
        return self._compare("fund", caller, via, value, (), lambda: self.twin.fund(caller, value=value, token=token))

    def deposit(self, caller: str, amount: int, *, via: Via = DIRECT) -> tuple[str, Any]:
        """Tokens into the caller's credit."""
        return self._compare("depositTokens", caller, via, 0, (amount,), lambda: self._deposited(caller, amount))

    def deposit_permitted(
        self, caller: str, amount: int, signed: int, signature: tuple[int, bytes, bytes], *, via: Via = DIRECT
    ) -> tuple[str, Any]:
        """The same by a signature of the caller's for `signed` tokens."""
        arguments = (amount, NEVER, *signature)
        return self._compare(
            "depositTokensPermitted", caller, via, 0, arguments, lambda: self._deposited(caller, amount, signed)
        )

    def withdraw(self, caller: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._compare(
            "withdraw",
            caller,
            via,
            0,
            (),
            lambda: self._paid_out(caller, caller, lambda taken: self.twin.withdraw(caller, accepted=taken)),
        )

    def withdraw_to(self, caller: str, receiver: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        result = self._compare(
            "withdrawTo",
            caller,
            via,
            0,
            (receiver,),
            lambda: self._paid_out(
                caller, receiver, lambda taken: self.twin.withdraw_to(caller, receiver, accepted=taken)
            ),
        )
        self._check_account(receiver)
        return result

    def _contributed(self, caller: str, sample: bytes, label: int, max_price: int, value: int) -> Any:
        """What the twin's verb comes to, and what the token makes of it where one is paid."""

        def act(twin: SealedPoolTwin, value: int) -> Any:
            return twin.contribute(caller, sample, label, max_price, value=value)

        if self.token is None:
            return act(self.twin, value)
        try:
            due = self.twin.quote(caller, sample, label).price
        except Refusal:
            due = 0
        return self.token.paying(self.twin, caller, due, value, act)

    def _deposited(self, caller: str, amount: int, signed: int | None = None) -> Any:
        if self.token is None:
            return self.twin.deposit(caller, amount)
        return self.token.depositing(caller, amount, lambda: self.twin.deposit(caller, amount), signed)

    def _paid_out(self, caller: str, receiver: str, act: Callable[[bool], Any]) -> Any:
        if self.token is None:
            return act(receiver != self.refuser)
        return self.token.paying_out(self.twin, caller, receiver, lambda: act(True))

    def owner_verb(self, verb: str, function: str, caller: str, *arguments: str) -> tuple[str, Any]:
        """`pause`, `unpause`, `transfer_ownership` or `accept_ownership`, and what the contract calls it."""
        result = self._compare(
            function, caller, DIRECT, 0, arguments, lambda: getattr(self.twin, verb)(caller, *arguments)
        )
        assert self.contract.view("paused") == self.twin.paused
        assert self.contract.view("owner") == self.twin.owner
        assert self.contract.view("pendingOwner") == self.twin.pending_owner
        return result

    # COMPARISON

    def check_everything(self) -> None:
        """Compare every view, of every account and contribution."""
        for holder in self._holders:
            self._check_account(holder)
        for index in range(len(self.twin.contributions) + 1):
            assert self.contract.view("commitment", index) == self.twin.commitment(index)
        for epoch in range(self.twin.epoch + 2):
            assert self.contract.view("atRisk", epoch) == self.twin.at_risk(epoch)
        self.check_weights()

    def check_weights(self) -> None:
        """Judge, learner and reference, weight by weight."""
        count = len(self.twin.judge)
        assert list(self.contract.view("judgeWeights", 0, count)) == self.twin.judge.tolist()
        assert list(self.contract.view("weights", 0, count)) == self.twin.learner.weights_.tolist()
        assert self.contract.view("judgeDigest") == self.twin.served.digest()
        count = len(self.twin.reference)
        assert list(self.contract.view("referenceWeights", 0, count)) == self.twin.reference.tolist()

    def _compare(
        self, verb: str, caller: str, via: Via, value: int, arguments: tuple[Any, ...], twin: Callable[[], Any]
    ) -> tuple[str, Any]:
        before, sender = len(self.twin.events), via.sender or caller
        self.contract.events.clear()
        ours = outcome(twin)
        theirs = outcome(lambda: self.contract.send(caller, self.now, via, value, verb, *arguments))
        assert theirs == ours, f"{verb}: the contract answers {theirs}, the twin {ours}"
        assert self.contract.events == self.twin.events[before:]
        COMPARED[f"sealed: {verb}", ours[0]] += 1

        self._spent[sender] += value if ours[0] == "done" else 0
        for event in self.contract.events:
            if isinstance(event, shared.Withdrawn) and self.token is None:
                self._spent[event.receiver] -= event.amount
        self._check_account(caller)
        assert self.evm.balance(sender) == RICH - self._spent[sender]
        self._check_pool()
        return ours

    def _check_account(self, holder: str) -> None:
        assert self.contract.view("account", holder) == self.twin.account(holder)
        assert self.evm.balance(holder) == RICH - self._spent[holder]
        if self.token is not None:
            self.token.check(holder)

    def _check_pool(self) -> None:
        contract, twin = self.contract, self.twin
        state = contract.view("state")
        assert state == twin.state()
        held = contract.balance if self.token is None else self.token.held_by_pool()
        assert held == twin.balance
        assert self.token is None or contract.balance == 0
        assert contract.view("digest") == twin.learner.digest()
        assert state[3] == twin.liabilities()
        assert state[3] + state[4] == twin.balance
        assert contract.view("awaitedSeals") == twin.awaited
        for epoch in range(max(0, twin.epoch - 4), twin.epoch + 1):
            assert contract.view("atRisk", epoch) == twin.at_risk(epoch)

    def sample_hash(self, index: int) -> bytes:
        return keccak256(self.samples[index])


def create(
    factory: Factory, model: Model, reference: NDArray[np.int32], terms: Terms, token: str = NO_TOKEN
) -> PoolContract:
    """The pool that a twin of these describes."""
    rules = factory.store_chunk(rules_chunk(terms, reference))
    (weights,) = model.initial_chunks()
    return factory.create(pack_address(rules), model.pack_parameters(), (), weights, token=token)[0]
