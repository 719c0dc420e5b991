"""Twin of `Pool.sol`: the same verbs, refusals, events and views, in the same order of checks."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from numpy.typing import NDArray

from earnest.core.errors import SampleInvalid
from earnest.core.incentives import ledger, refusals
from earnest.core.incentives.base import Terms
from earnest.core.keccak import keccak256
from earnest.core.models.model import Model
from earnest.core.pool import merkle
from earnest.core.pool.claim import Claim as Claim
from earnest.core.pool.contribution import Contribution, truncated
from earnest.core.pool.events import (
    BatchCommitted,
    Collected,
    Contributed,
    CreditChanged,
    Event,
    OwnershipTransferred,
    OwnershipTransferStarted,
    Paused,
    Refunded,
    Reported,
    Unpaused,
    Withdrawn,
)
from earnest.core.pool.refusal import NEVER, Refusal, claim_refusal

NOBODY = "0x" + "0" * 40

#: What claims change of a twin.
_MOVED_BY_CLAIMS = frozenset(
    ["events", "_batches", "_batch_of", "_claimable", "_credit", "_open", "_reported", "_totals", "_verified"],
)


class PoolTwin:
    """A pool of any model under any incentive.

    Every verb takes `now`, the timestamp of the block that includes the call, and either does all that the contract
    does or raises `Refusal` and changes nothing. Accounts are addresses as the caller writes them; one account must
    always be written the same way.

    Args:
        model: the pool's own starts from this model's weights.
        terms: the incentive, with the pool's numbers.
        created: timestamp of the block that created the pool, in seconds.
        owner: who deployed it.
        in_token: whether deposits are paid in an ERC-20 token; amounts are then in its smallest unit, where this says
            wei, and `value` is what the pool took.

    Raises:
        RuleViolation: the terms are out of range.

    Attributes:
        model: the model as the accepted contributions trained it.
        contributions: all that was accepted, by index.
        events: all that happened, in order.
        balance: ether that the contract holds because of this history, in wei: escrow and what was burned.
    """

    def __init__(
        self, model: Model, terms: Terms, created: int, owner: str = NOBODY, *, in_token: bool = False
    ) -> None:
        terms.validate()
        self.in_token = in_token
        self.model = model.restarted()
        self.terms = terms
        self.contributions: list[Contribution] = []
        self.events: list[Event] = []
        self.balance = 0
        self.owner = owner
        self.pending_owner = NOBODY
        self._leaves: list[bytes] = []
        self._claimable: list[int] = []
        self._open: list[bool] = []
        # first index -> root, size, places that have left the batch; index -> the batch that it is still in
        self._batches: dict[int, tuple[bytes, int, set[int]]] = {}
        self._batch_of: dict[int, int] = {}
        self._credit: defaultdict[str, int] = defaultdict(int)
        self._verified: defaultdict[str, int] = defaultdict(int)
        self._reported: set[tuple[int, str]] = set()
        self._totals = ledger.totals_of(created)

    @property
    def paused(self) -> bool:
        """Whether contributions are paused."""
        return self._totals[ledger.PAUSED_SINCE] != 0

    # VERBS

    def contribute(self, caller: str, sample: bytes, label: int, max_price: int, *, value: int, now: int) -> int:
        """Pay a deposit for one labelled sample, from credit first, then from `value`; the rest becomes credit.

        Returns:
            The contribution's index.

        Raises:
            Refusal: ContributionsPaused, LabelOutOfRange, PriceAboveMaximum, the sample's errors, PaymentTooHigh or
                PaymentTooLow.
        """
        self._require_not_paused()
        return self._contribute(caller, [sample], [label], max_price, value, now)

    def contribute_batch(
        self, caller: str, samples: Sequence[bytes], labels: Sequence[int], max_price: int, *, value: int, now: int
    ) -> int:
        """Contribute several samples, all or none; each is priced and judged after the update by the one before.

        Returns:
            The first one's index; the others follow.

        Raises:
            Refusal: BatchLengthInvalid, or as `contribute`.
        """
        return self._contribute_batch(caller, samples, labels, max_price, value, now)

    def commit_batch(
        self, caller: str, samples: Sequence[bytes], labels: Sequence[int], max_price: int, *, value: int, now: int
    ) -> int:
        """As `contribute_batch`, with one commitment for at most `merkle.MAX_BATCH` samples; claims bring a proof.

        Raises:
            Refusal: BatchTooLong, or as `contribute_batch`.
        """
        if len(samples) > merkle.MAX_BATCH:
            raise Refusal("BatchTooLong", samples=len(samples), maximum=merkle.MAX_BATCH)
        first = self._contribute_batch(caller, samples, labels, max_price, value, now)
        self._batches[first] = merkle.root(self._leaves[first:]), len(samples), set()
        self._batch_of |= dict.fromkeys(range(first, first + len(samples)), first)
        self.events.append(BatchCommitted(first, caller, len(samples), "0x" + self._batches[first][0].hex()))
        return first

    def refund(self, caller: str, contribution: Contribution, sample: bytes, *, now: int) -> int:
        """Give the author all that is left of its deposit, if the model agrees with the label now.

        Returns:
            The amount that became credit, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch, ClaimGuarded, NotContributor,
                TooEarly, TooLate or ModelDisagrees.
        """
        self._require_open(contribution, keccak256(sample))
        return self._refund(caller, contribution, sample, now)

    def refund_from_batch(
        self, caller: str, contribution: Contribution, sample: bytes, first: int, proof: Sequence[bytes], *, now: int
    ) -> int:
        """`refund` for a contribution of a committed batch.

        Args:
            caller: who refunds.
            contribution: what is claimed.
            sample: its sample.
            first: the index of the batch's first contribution.
            proof: see `batch_proof`.
            now: chain time, in seconds.

        Raises:
            Refusal: NotInBatch, or as `refund`.
        """
        self._require_open_in_batch(contribution, keccak256(sample), first, proof)
        return self._refund(caller, contribution, sample, now)

    def _refund(self, caller: str, contribution: Contribution, sample: bytes, now: int) -> int:
        index, author = contribution.index, contribution.contributor
        predicted, _ = self.predict(sample)
        kernels, p = self.terms.incentive.claims, self.terms.numbers
        code = kernels.refund_refusal(
            p,
            self._totals,
            now,
            contribution.time,
            self._open[index],
            caller == author,
            predicted == contribution.label,
        )
        window = kernels.refund_window(p, self._totals, contribution.time, now)
        self._require_claim(code, contribution, caller, now, window, predicted)
        amount = ledger.settle_refund(self._claimable, self._credit, self._verified, self._totals, index, author)
        self._touch(index)
        self.events.append(Refunded(index, author, amount, self._credit[author]))
        return amount

    def refund_many(self, caller: str, claims: Sequence[Claim], *, now: int) -> int:
        """Several refunds, all or none; see `refund_from_batch`.

        Returns:
            The amount of all together, in wei.

        Raises:
            Refusal: that of the first which is refused.
        """
        return self._many(claims, self.refund, self.refund_from_batch, caller, now)

    def report(self, caller: str, contribution: Contribution, sample: bytes, *, now: int) -> int:
        """Give the caller its share of another's deposit, if the model disagrees with the label now.

        Returns:
            The amount that became credit, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch, ClaimGuarded, OwnContribution,
                ReportsPaused, TooEarly, TooLate, NotVerified, AlreadyReported or ModelAgrees.
        """
        self._require_open(contribution, keccak256(sample))
        return self._report(caller, contribution, sample, now)

    def report_from_batch(
        self, caller: str, contribution: Contribution, sample: bytes, first: int, proof: Sequence[bytes], *, now: int
    ) -> int:
        """`report` for a contribution of a committed batch; see `refund_from_batch`."""
        self._require_open_in_batch(contribution, keccak256(sample), first, proof)
        return self._report(caller, contribution, sample, now)

    def _report(self, caller: str, contribution: Contribution, sample: bytes, now: int) -> int:
        index = contribution.index
        predicted, _ = self.predict(sample)
        kernels, p = self.terms.incentive.claims, self.terms.numbers
        code = kernels.report_refusal(
            p,
            self._totals,
            now,
            contribution.time,
            self._open[index],
            caller == contribution.contributor,
            self._verified[caller],
            self.has_reported(index, caller),
            predicted == contribution.label,
        )
        window = kernels.report_window(p, self._totals, contribution.time, now)
        self._require_claim(code, contribution, caller, now, window, predicted)
        share = kernels.share_rounded_down(
            p,
            contribution.deposit,
            self._claimable[index],
            self._verified[caller],
            self._totals[ledger.TOTAL_VERIFIED],
        )
        amount = ledger.settle_report(self._claimable, self._credit, index, caller, share)
        remaining = self._claimable[index]
        self._touch(index)
        if remaining:
            self._reported.add((index, caller))
        self.events.append(Reported(index, caller, amount, remaining, self._credit[caller]))
        return amount

    def report_many(self, caller: str, claims: Sequence[Claim], *, now: int) -> int:
        """Several reports, all or none; see `refund_many`."""
        return self._many(claims, self.report, self.report_from_batch, caller, now)

    def collect(self, caller: str, contribution: Contribution, sample_hash: bytes, *, now: int) -> int:
        """Clear what is left after the last window: to the caller, or burned.

        Returns:
            The amount, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch, ClaimGuarded or TooEarly.
        """
        self._require_open(contribution, sample_hash)
        return self._collect(caller, contribution, now)

    def collect_from_batch(
        self,
        caller: str,
        contribution: Contribution,
        sample_hash: bytes,
        first: int,
        proof: Sequence[bytes],
        *,
        now: int,
    ) -> int:
        """`collect` for a contribution of a committed batch; see `refund_from_batch`."""
        self._require_open_in_batch(contribution, sample_hash, first, proof)
        return self._collect(caller, contribution, now)

    def _collect(self, caller: str, contribution: Contribution, now: int) -> int:
        index = contribution.index
        kernels, p = self.terms.incentive.claims, self.terms.numbers
        code = kernels.collect_refusal(p, self._totals, now, contribution.time, self._open[index])
        window = kernels.collect_from(p, self._totals, contribution.time, now), NEVER
        self._require_claim(code, contribution, caller, now, window)
        burned = self.terms.burns_leftover
        amount = ledger.settle_collect(self._claimable, self._credit, self._totals, index, caller, burned)
        self._touch(index)
        credit = 0 if burned else self._credit[caller]
        self.events.append(Collected(index, caller, amount, burned, credit))
        return amount

    def collect_many(self, caller: str, claims: Sequence[Claim], *, now: int) -> int:
        """Several collections, all or none, each by its sample's hash; see `refund_many`."""
        return self._many(claims, self.collect, self.collect_from_batch, caller, now)

    def deposit(self, caller: str, amount: int) -> None:
        """Put tokens into the caller's credit, where deposits are paid in a token.

        Raises:
            Refusal: NoToken or PaymentTooHigh.
        """
        if not self.in_token:
            raise Refusal("NoToken")
        self._pay(caller, 0, amount, [])
        if amount == 0:  # which changes nothing, and is told all the same
            self.events.append(CreditChanged(caller, self._credit[caller]))

    def withdraw(self, caller: str, *, accepted: bool = True) -> int:
        """Pay the caller's credit out.

        Args:
            caller: the account.
            accepted: whether the account takes the ether; a contract may not.

        Returns:
            The amount, in wei.

        Raises:
            Refusal: NothingToWithdraw or WithdrawalFailed.
        """
        return self.withdraw_to(caller, caller, accepted=accepted)

    def withdraw_to(self, caller: str, receiver: str, *, accepted: bool = True) -> int:
        """Pay the caller's credit out to another account; see `withdraw`.

        Args:
            caller: whose credit it is.
            receiver: who gets it.
            accepted: whether the receiver takes the ether.
        """
        amount = self._credit[caller]
        if ledger.withdraw_refusal(amount) != refusals.OK:
            raise Refusal("NothingToWithdraw", caller=caller)
        if not accepted:
            raise Refusal("WithdrawalFailed", receiver=receiver, amount=amount)
        ledger.settle_withdrawal(self._credit, self._totals, caller)
        self.balance -= amount
        self.events.append(Withdrawn(caller, receiver, amount))
        return amount

    def pause(self, caller: str, *, now: int) -> None:
        """Stop new contributions, and reports where pauses extend; nothing happens in a paused pool.

        Raises:
            Refusal: NotOwner.
        """
        self._require_owner(caller)
        if ledger.settle_pause(self._totals, now):
            self.events.append(Paused(caller))

    def unpause(self, caller: str, *, now: int) -> None:
        """Let contributions go on; nothing happens in a pool that is not paused.

        Raises:
            Refusal: NotOwner.
        """
        self._require_owner(caller)
        if ledger.settle_unpause(self._totals, now):
            self.events.append(Unpaused(caller))

    def transfer_ownership(self, caller: str, new_owner: str) -> None:
        """Offer the pool to another account, in place of an earlier offer.

        Raises:
            Refusal: NotOwner.
        """
        self._require_owner(caller)
        self.pending_owner = new_owner
        self.events.append(OwnershipTransferStarted(self.owner, new_owner))

    def accept_ownership(self, caller: str) -> None:
        """Take the pool over, if it was offered to the caller.

        Raises:
            Refusal: NotPendingOwner.
        """
        if caller != self.pending_owner:
            raise Refusal("NotPendingOwner", caller=caller, pendingOwner=self.pending_owner)
        previous, self.owner, self.pending_owner = self.owner, caller, NOBODY
        self.events.append(OwnershipTransferred(previous, caller))

    # VIEWS

    def price(self, now: int) -> int:
        """What a contribution costs in a block of this timestamp, in wei."""
        return self.price_after(ledger.elapsed_since(now, self._totals[ledger.LAST_ACCEPTED]))

    def price_after(self, elapsed: int) -> int:
        """What a contribution costs `elapsed` seconds after the last accepted one, in wei."""
        return self.terms.price_after(max(1, elapsed))

    def predict(self, sample: bytes) -> tuple[int, int]:
        """The class and the score of a sample.

        Raises:
            Refusal: the sample's errors.
        """
        return self.model.predict_one(self._unpacked(sample))

    def state(self) -> tuple[int, int, int, int]:
        """Count of contributions, time of the last accepted one, escrow in wei, refunds made (as `IPool.state`)."""
        totals = self._totals
        return totals[ledger.COUNT], totals[ledger.LAST_ACCEPTED], totals[ledger.ESCROW], totals[ledger.TOTAL_VERIFIED]

    def pauses(self) -> tuple[int, int, int]:
        """When the running pause began, when the last one ended, seconds of those that ended (as `IPool.pauses`)."""
        totals = self._totals
        return totals[ledger.PAUSED_SINCE], totals[ledger.RESUMED], totals[ledger.PAUSED]

    def account(self, holder: str) -> tuple[int, int]:
        """What the pool owes an account, in wei, and how many of its contributions were refunded."""
        return self._credit.get(holder, 0), self._verified.get(holder, 0)

    def claimable(self, index: int) -> tuple[int, int]:
        """What is left of a contribution, in wei, and its commitment; zeros when closed or in a committed batch."""
        if index >= len(self._open) or not self._open[index] or index in self._batch_of:
            return 0, 0
        return self._claimable[index], truncated(self._leaves[index])

    def left_to_claim(self, index: int) -> int:
        """What is left to claim of a contribution, in wei, wherever it is."""
        return self._claimable[index]

    def is_open(self, index: int) -> bool:
        """Whether a contribution can still be claimed, now or later."""
        return self._open[index]

    def batch(self, first: int) -> tuple[bytes, int, int]:
        """Root and size of a committed batch, and a bit for each contribution that has left it."""
        if first not in self._batches:
            return bytes(32), 0, 0
        root, size, left = self._batches[first]
        return root, size, sum(1 << place for place in left)

    def batch_of(self, index: int) -> int | None:
        """First index of the batch that a contribution is still in."""
        return self._batch_of.get(index)

    def batch_proof(self, first: int, count: int, index: int) -> list[bytes]:
        """The proof that claims on contribution `index` of a batch bring."""
        return merkle.proof(self._leaves[first : first + count], index - first)

    def has_reported(self, index: int, reporter: str) -> bool:
        """Whether this account has taken a share of this contribution and left something of it."""
        return (index, reporter) in self._reported

    def liabilities(self) -> int:
        """All that is claimable plus all credit, in wei: always the escrow."""
        return sum(self._claimable) + sum(self._credit.values())

    # INTERNAL

    def _contribute_batch(
        self, caller: str, samples: Sequence[bytes], labels: Sequence[int], max_price: int, value: int, now: int
    ) -> int:
        self._require_not_paused()
        if not samples or len(samples) != len(labels):
            raise Refusal("BatchLengthInvalid", samples=len(samples), labels=len(labels))
        return self._contribute(caller, samples, labels, max_price, value, now)

    def _contribute(
        self, caller: str, samples: Sequence[bytes], labels: Sequence[int], max_price: int, value: int, now: int
    ) -> int:
        # A refusal must leave no trace: the copy learns, and takes the model's place once the payment is sure.
        model, classes = self.model.copy(), self.model.class_count
        first, last = self._totals[ledger.COUNT], self._totals[ledger.LAST_ACCEPTED]
        accepted: list[Contributed] = []
        for sample, label in zip(samples, labels, strict=True):
            if label >= classes:
                raise Refusal("LabelOutOfRange", label=label, classes=classes)
            price = self.price_after(ledger.elapsed_since(now, last))
            if ledger.price_refusal(price, max_price) != refusals.OK:
                raise Refusal("PriceAboveMaximum", price=price, maxPrice=max_price)
            unpacked = self._unpacked(sample)
            predicted = model.learn_one(unpacked, label)
            self._require_size(unpacked)
            accepted.append(Contributed(first + len(accepted), caller, label, predicted, price, sample))
            last = now

        self._pay(caller, sum(event.deposit for event in accepted), value, accepted)
        self.model = model
        for event in accepted:
            contribution = Contribution(event.index, caller, event.label, now, event.deposit)
            self.contributions.append(contribution)
            self._leaves.append(contribution.leaf(keccak256(event.sample)))
            self._claimable.append(0)
            self._open.append(True)
            ledger.settle_contribution(self._claimable, self._totals, event.index, event.deposit, now)
        return first

    def _pay(self, caller: str, due: int, value: int, accepted: list[Contributed]) -> None:
        credit, escrow = self._credit[caller], self._totals[ledger.ESCROW]
        code = ledger.payment_refusal(due, credit, value, escrow, ledger.MAX_AMOUNT)
        if code == refusals.PAYMENT_TOO_HIGH:
            raise Refusal("PaymentTooHigh", value=value)
        if code == refusals.PAYMENT_TOO_LOW:
            raise Refusal("PaymentTooLow", price=due, credit=credit, value=value)
        remaining = ledger.settle_payment(self._credit, self._totals, caller, due, value)
        self.balance += value
        self.events.extend(accepted)
        if remaining != credit:
            self.events.append(CreditChanged(caller, remaining))

    def _unpacked(self, sample: bytes) -> NDArray[Any]:
        try:
            return self.model.sample_from_bytes(sample)
        except SampleInvalid as error:
            raise Refusal(error.name, **error.values) from error

    def _require_size(self, sample: NDArray[Any]) -> None:
        try:
            self.model.require_size(sample)
        except SampleInvalid as error:
            raise Refusal(error.name, **error.values) from error

    def _many(
        self,
        claims: Sequence[Claim],
        alone: Callable[..., int],
        from_batch: Callable[..., int],
        caller: str,
        now: int,
    ) -> int:
        """All of these claims, or none: what they change is put back where one is refused."""
        before = {name: deepcopy(value) for name, value in vars(self).items() if name in _MOVED_BY_CLAIMS}
        total = 0
        try:
            for claim in claims:
                if claim.first_index is None:
                    total += alone(caller, claim.contribution, claim.known, now=now)
                else:
                    batch = (claim.first_index, claim.proof)
                    total += from_batch(caller, claim.contribution, claim.known, *batch, now=now)
        except Refusal:
            vars(self).update(before)
            raise
        return total

    def _touch(self, index: int) -> None:
        """After a claim: the contribution leaves its batch, and is closed when nothing is left."""
        if (first := self._batch_of.pop(index, None)) is not None:
            self._batches[first][2].add(index - first)
        if self._claimable[index] == 0:
            self._open[index] = False

    def _require_not_paused(self) -> None:
        if self.paused:
            raise Refusal("ContributionsPaused")

    def _require_owner(self, caller: str) -> None:
        if caller != self.owner:
            raise Refusal("NotOwner", caller=caller, owner=self.owner)

    def _require_open(self, contribution: Contribution, sample_hash: bytes) -> None:
        index, count = contribution.index, self._totals[ledger.COUNT]
        if index >= count:
            raise Refusal("ContributionUnknown", index=index, count=count)
        if not self._open[index] or index in self._batch_of:
            raise Refusal("ContributionClosed", index=index)
        if truncated(self._leaves[index]) != contribution.commitment(sample_hash):
            raise Refusal("ContributionMismatch", index=index)

    def _require_open_in_batch(
        self, contribution: Contribution, sample_hash: bytes, first: int, proof: Sequence[bytes]
    ) -> None:
        index = contribution.index
        root, size, left = self._batches.get(first, (b"", 0, set()))
        if not first <= index < first + size:
            raise Refusal("NotInBatch", index=index, firstIndex=first)
        if index - first in left:
            self._require_open(contribution, sample_hash)
        elif merkle.process(proof, contribution.leaf(sample_hash)) != root:
            raise Refusal("ContributionMismatch", index=index)

    def _require_claim(
        self,
        code: int,
        contribution: Contribution,
        caller: str,
        now: int,
        window: tuple[int, int],
        predicted: int = 0,
    ) -> None:
        refusal = claim_refusal(
            code,
            contribution,
            caller=caller,
            now=now,
            window=window,
            predicted=predicted,
            last_accepted=self._totals[ledger.LAST_ACCEPTED],
            paused_since=self._totals[ledger.PAUSED_SINCE],
        )
        if refusal:
            raise refusal
