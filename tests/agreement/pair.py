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
from tests.agreement.contracts import DEPLOYER, DIRECT, FORWARDER, GENESIS, NO_FORWARDER, Factory, Via, outcome
from tests.agreement.counts import COMPARED
from tests.agreement.evm import RICH, address

#: PUSH0 PUSH0 REVERT: a contract that reverts whenever it is called.
REVERTS = bytes.fromhex("5f5ffd")


class Pair:
    """One contract and its twin.

    Attributes:
        people: ordinary accounts.
        refuser: a contract that takes no ether; it acts through the forwarder.
        now: chain time of the next command, in seconds.
        samples: the accepted samples, by index.
        paid_in: ether that came with commands, in wei.
        batches: how many contributions each committed batch began with, by its first index.
    """

    def __init__(self, model: Model, terms: Terms, *, people: int = 4, forwarder: bool = False) -> None:
        name = implementation_name(terms.incentive, type(model))
        factory = Factory(FORWARDER if forwarder else NO_FORWARDER, implementation=name)
        self.evm = factory.evm
        self.contract = factory.create_for(model, terms)
        self.twin = PoolTwin(model, terms, GENESIS, DEPLOYER)
        self.people = [address(0xA0 + number) for number in range(people)]
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

    def withdraw(self, caller: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        return self._compare(
            "withdraw",
            caller,
            via.sender or caller,
            0,
            lambda: self.contract.withdraw(caller, now=self.now, via=via),
            lambda: self.twin.withdraw(caller, accepted=caller != self.refuser),
        )

    def withdraw_to(self, caller: str, receiver: str, *, via: Via = DIRECT) -> tuple[str, Any]:
        result = self._compare(
            "withdraw_to",
            caller,
            via.sender or caller,
            0,
            lambda: self.contract.withdraw_to(caller, receiver, now=self.now, via=via),
            lambda: self.twin.withdraw_to(caller, receiver, accepted=receiver != self.refuser),
        )
        self._check_account(receiver)
        return result

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
            lambda: getattr(self.twin, verb)(caller, *arguments, **payment, now=self.now),
        )
        if isinstance(arguments[0], Contribution):
            self._check_contribution(arguments[0].index)
        return result

    def _compare(
        self, verb: str, caller: str, sender: str, value: int, contract: Callable[[], Any], twin: Callable[[], Any]
    ) -> tuple[str, Any]:
        before = len(self.twin.events)
        self.contract.events.clear()
        ours, theirs = outcome(twin), outcome(contract)
        assert theirs == ours, f"{verb}: the contract answers {theirs}, the twin {ours}"
        assert self.contract.events == self.twin.events[before:]
        COMPARED[verb, ours[0]] += 1

        self._spent[sender] += value if ours[0] == "done" else 0
        self.paid_in += value if ours[0] == "done" else 0
        for event in self.contract.events:
            if isinstance(event, Withdrawn):
                self._spent[event.receiver] -= event.amount
        self._check_account(caller)
        assert self.evm.balance(sender) == RICH - self._spent[sender]
        self._check_pool()
        return ours

    def _check_account(self, holder: str) -> None:
        assert self.contract.view("account", holder) == self.twin.account(holder)
        assert self.evm.balance(holder) == RICH - self._spent[holder]

    def _check_contribution(self, index: int) -> None:
        assert self.contract.view("claimable", index) == self.twin.claimable(index), index

    def _check_pool(self) -> None:
        self.evm.timestamp = self.now
        contract, twin = self.contract, self.twin
        state = contract.view("state")
        assert state == twin.state()
        assert contract.balance == twin.balance + self._forced
        assert contract.view("price") == twin.price(self.now)
        assert contract.view("digest") == twin.model.digest()

        escrow, verified = state[2:]
        assert escrow == twin.liabilities()
        assert escrow <= twin.balance
        assert verified == sum(twin.account(holder)[1] for holder in self._holders)
