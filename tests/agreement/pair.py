"""A pool and its twin, given the same commands and compared after each."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from earnest.chain.implementations import implementation_name
from earnest.core.incentives.base import Terms
from earnest.core.keccak import keccak256
from earnest.core.models.model import Model
from earnest.core.pool import Contribution, PoolTwin
from earnest.core.pool.events import Withdrawn
from earnest.core.pool.twin import Claim
from tests.agreement.contracts import (
    DEPLOYER,
    DIRECT,
    FORWARDER,
    GENESIS,
    NO_FORWARDER,
    Factory,
    Via,
    outcome,
)
from tests.agreement.counts import COMPARED
from tests.agreement.evm import RICH, Evm, address
from tests.agreement.tokens import NEVER, PairToken

#: PUSH0 PUSH0 REVERT: a contract that reverts whenever it is called.
REVERTS = bytes.fromhex("5f5ffd")


class Pair:
    """One contract and its twin.

    Attributes:
        people: ordinary accounts.
        refuser: a contract that takes no ether; it acts through the forwarder.
        now: chain time of the next command, in seconds.
        samples: the accepted samples, by index.
        token: that deposits are paid in; None for native coin.
        paid_in: ether that came with commands, in wei, or tokens.
        batches: how many contributions each committed batch began with, by its first index.
    """

    def __init__(
        self, model: Model, terms: Terms, *, people: int = 4, forwarder: bool = False, token: str | None = None
    ) -> None:
        name = implementation_name(terms.incentive, type(model))
        self.evm = Evm(GENESIS)
        self.token = None if token is None else PairToken(self.evm, token, people)
        trusted, allowed = FORWARDER if forwarder else NO_FORWARDER, [self.token.address] if self.token else []
        factory = Factory(trusted, implementation=name, tokens=allowed, evm=self.evm)
        self.contract = factory.create_for(model, terms, *allowed)
        self.twin = PoolTwin(model, terms, GENESIS, DEPLOYER, in_token=self.token is not None)
        self.people = [address(0xA0 + number) for number in range(people)] if self.token is None else self.token.people
        if self.token is not None:
            self.token.serve(self.contract.address)
        self.refuser = self.evm.deploy_runtime(FORWARDER, REVERTS)
        self.now = GENESIS
        self.samples: list[bytes] = []
        self.batches: dict[int, int] = {}
        self.paid_in = 0
        self._forced = 0
        self._spent: Counter[str] = Counter()
        self._holders = [*self.people, self.refuser, FORWARDER, DEPLOYER]
        for holder in self._holders:
            self.evm.balance(holder)

    # COMMANDS

    def contribute(
        self, caller: str, sample: bytes, label: int, max_price: int, *, value: int, via: Via = DIRECT
    ) -> tuple[str, Any]:
        result = self._give("contribute", caller, sample, label, max_price, value=value, via=via)
        if result[0] == "done":
            self.samples.append(sample)
        return result

    def contribute_batch(
        self, caller: str, samples: list[bytes], labels: list[int], max_price: int, *, value: int, via: Via = DIRECT
    ) -> tuple[str, Any]:
        result = self._give("contribute_batch", caller, samples, labels, max_price, value=value, via=via)
        if result[0] == "done":
            self.samples.extend(samples)
        return result

    def refund(self, caller: str, what: Contribution, sample: bytes, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._give("refund", caller, what, sample, via=via)

    def report(self, caller: str, what: Contribution, sample: bytes, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._give("report", caller, what, sample, via=via)

    def collect(self, caller: str, what: Contribution, sample_hash: bytes, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._give("collect", caller, what, sample_hash, via=via)

    def commit_batch(
        self, caller: str, samples: list[bytes], labels: list[int], max_price: int, *, value: int, via: Via = DIRECT
    ) -> tuple[str, Any]:
        result = self._give("commit_batch", caller, samples, labels, max_price, value=value, via=via)
        if result[0] == "done":
            self.samples.extend(samples)
            self.batches[result[1]] = len(samples)
        return result

    def claim_from_batch(
        self,
        verb: str,
        caller: str,
        what: Contribution,
        sample: bytes,
        first: int,
        proof: list[bytes],
        *,
        via: Via = DIRECT,
    ) -> tuple[str, Any]:
        """`refund`, `report` or `collect` on a contribution of a committed batch."""
        result = self._give(f"{verb}_from_batch", caller, what, sample, first, proof, via=via)
        assert self.contract.view("batch", first) == self.twin.batch(first)
        return result

    def owner_verb(self, verb: str, caller: str, *arguments: str, via: Via = DIRECT) -> tuple[str, Any]:
        """`pause`, `unpause`, `transfer_ownership` or `accept_ownership`."""
        clock = {"now": self.now} if verb in ("pause", "unpause") else {}
        result = self._compare(
            verb,
            caller,
            via.sender or caller,
            0,
            lambda: getattr(self.contract, verb)(caller, *arguments, now=self.now, via=via),
            lambda: getattr(self.twin, verb)(caller, *arguments, **clock),
        )
        assert self.contract.view("paused") == self.twin.paused
        assert self.contract.view("pauses") == self.twin.pauses()
        assert self.contract.view("owner") == self.twin.owner
        assert self.contract.view("pendingOwner") == self.twin.pending_owner
        return result

    def deposit(self, caller: str, amount: int, *, via: Via = DIRECT) -> tuple[str, Any]:
        """Tokens into the caller's credit."""
        return self._compare(
            "deposit",
            caller,
            via.sender or caller,
            0,
            lambda: self.contract.send(caller, self.now, via, 0, "depositTokens", amount),
            lambda: self._deposited(caller, amount),
        )

    def deposit_permitted(
        self, caller: str, amount: int, signed: int, signature: tuple[int, bytes, bytes], *, via: Via = DIRECT
    ) -> tuple[str, Any]:
        """The same by a signature of the caller's for `signed` tokens."""
        arguments = (amount, NEVER, *signature)
        return self._compare(
            "deposit_permitted",
            caller,
            via.sender or caller,
            0,
            lambda: self.contract.send(caller, self.now, via, 0, "depositTokensPermitted", *arguments),
            lambda: self._deposited(caller, amount, signed),
        )

    def _deposited(self, caller: str, amount: int, signed: int | None = None) -> Any:
        if self.token is None:
            return self.twin.deposit(caller, amount)
        return self.token.depositing(caller, amount, lambda: self.twin.deposit(caller, amount), signed)

    def withdraw(self, caller: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._compare(
            "withdraw",
            caller,
            via.sender or caller,
            0,
            lambda: self.contract.withdraw(caller, now=self.now, via=via),
            lambda: self._paid_out(caller, caller, lambda taken: self.twin.withdraw(caller, accepted=taken)),
        )

    def withdraw_to(self, caller: str, receiver: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        result = self._compare(
            "withdraw_to",
            caller,
            via.sender or caller,
            0,
            lambda: self.contract.withdraw_to(caller, receiver, now=self.now, via=via),
            lambda: self._paid_out(
                caller, receiver, lambda taken: self.twin.withdraw_to(caller, receiver, accepted=taken)
            ),
        )
        self._check_account(receiver)
        return result

    def _paid_out(self, caller: str, receiver: str, act: Callable[[bool], Any]) -> Any:
        if self.token is None:
            return act(receiver != self.refuser)
        return self.token.paying_out(self.twin, caller, receiver, lambda: act(True))

    def claim_many(self, verb: str, caller: str, claims: list[Claim], *, via: Via = DIRECT) -> tuple[str, Any]:
        """`refund`, `report` or `collect` on several contributions in one call."""
        result = self._give(f"{verb}_many", caller, claims, via=via)
        for claim in claims:
            self._check_contribution(claim.contribution.index)
            self._check_account(claim.contribution.contributor)
            if claim.first_index is not None:
                assert self.contract.view("batch", claim.first_index) == self.twin.batch(claim.first_index)
        return result

    def force_ether(self, amount: int) -> None:
        """As by `selfdestruct` or a block reward: no code of the pool runs."""
        self._forced += amount
        self.evm.machine.set_balance(self.contract.address, self.contract.balance + amount)

    def join(self, holder: str) -> None:
        """Compare this account too from now on."""
        self._holders.append(holder)
        self.evm.balance(holder)

    def spend(self, holder: str, amount: int) -> None:
        """Note ether that changed hands in the middle of a command."""
        self._spent[holder] += amount

    def sample_hash(self, index: int) -> bytes:
        return keccak256(self.samples[index])

    # COMPARISON

    def check_everything(self) -> None:
        """Compare every view, of every account and contribution."""
        for holder in self._holders:
            self._check_account(holder)
            for index in range(len(self.twin.contributions) + 1):
                reported = self.contract.view("hasReported", index, holder)
                assert reported == self.twin.has_reported(index, holder), (index, holder)
        for index in range(len(self.twin.contributions) + 1):
            self._check_contribution(index)
            assert self.contract.view("batch", index) == self.twin.batch(index)
        self._check_pool()

    def _give(self, verb: str, caller: str, *arguments: Any, via: Via, **payment: int) -> tuple[str, Any]:
        result = self._compare(
            verb,
            caller,
            via.sender or caller,
            payment.get("value", 0),
            lambda: getattr(self.contract, verb)(caller, *arguments, **payment, now=self.now, via=via),
            lambda: self._given(verb, caller, *arguments, **payment),
        )
        if isinstance(arguments[0], Contribution):
            self._check_contribution(arguments[0].index)
        return result

    def _given(self, verb: str, caller: str, *arguments: Any, **payment: int) -> Any:
        """What the twin's verb comes to, and what the token makes of it where one is paid."""

        def act(twin: PoolTwin, value: int) -> Any:
            return getattr(twin, verb)(caller, *arguments, value=value, now=self.now)

        if not payment:
            return getattr(self.twin, verb)(caller, *arguments, now=self.now)
        if self.token is None:
            return act(self.twin, payment["value"])
        count = 1 if isinstance(arguments[0], bytes) else len(arguments[0])
        due = self.twin.price(self.now) + (count - 1) * self.twin.price_after(1) if count else 0
        return self.token.paying(self.twin, caller, due, payment["value"], act)

    def _compare(
        self, verb: str, caller: str, sender: str, value: int, contract: Callable[[], Any], twin: Callable[[], Any]
    ) -> tuple[str, Any]:
        before = len(self.twin.events)
        self.contract.events.clear()
        if self.token is not None:
            self.token.pulled = 0
        ours, theirs = outcome(twin), outcome(contract)
        assert theirs == ours, f"{verb}: the contract answers {theirs}, the twin {ours}"
        assert self.contract.events == self.twin.events[before:]
        COMPARED[verb, ours[0]] += 1

        if ours[0] == "done":
            self._spent[sender] += value
            self.paid_in += value if self.token is None else self.token.pulled
        for event in self.contract.events:
            if isinstance(event, Withdrawn) and self.token is None:
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

    def _check_contribution(self, index: int) -> None:
        assert self.contract.view("claimable", index) == self.twin.claimable(index), index

    def _check_pool(self) -> None:
        self.evm.timestamp = self.now
        contract, twin = self.contract, self.twin
        state = contract.view("state")
        assert state == twin.state()
        held = twin.balance if self.token is None else 0
        assert contract.balance == held + self._forced
        assert self.token is None or self.token.held_by_pool() == twin.balance
        assert contract.view("price") == twin.price(self.now)
        assert contract.view("digest") == twin.model.digest()

        escrow, verified = state[2:]
        assert escrow == twin.liabilities()
        assert escrow <= twin.balance
        assert verified == sum(twin.account(holder)[1] for holder in self._holders)
