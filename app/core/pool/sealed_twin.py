"""Twin of a pool whose judge is sealed: the same verbs, refusals, events and views, in the same order of checks.

`docs/sealed-assessment.md` is the rule.
"""

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import RuleViolation, SampleInvalid
from earnest.core.incentives import ledger, refusals
from earnest.core.incentives.base import Terms
from earnest.core.incentives.judge import judge_from, require_judge
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.reference import reference_size
from earnest.core.incentives.sealed import AT_RISK, TEACHES_NOT, awaited_sealed, awaited_with_lesson
from earnest.core.incentives.sealed_rules import require_no_bounty
from earnest.core.keccak import keccak256
from earnest.core.models.model import Model, Weights, digest
from earnest.core.pool.events import (
    CreditChanged,
    Event,
    OwnershipTransferred,
    OwnershipTransferStarted,
    Paused,
    Unpaused,
    Withdrawn,
)
from earnest.core.pool.refusal import Refusal
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.core.pool.sealed_events import Contributed, Funded, Sealed, Settled
from earnest.core.pool.twin import NOBODY


class Quote(NamedTuple):
    """What a contribution would be now.

    Attributes:
        outcome: its case, see `incentives.sealed`.
        price: wei.
    """

    outcome: int
    price: int


class SealedPoolTwin:
    """A pool of a model under an incentive whose judge is sealed.

    Every verb takes `now` where time plays a part, and either does all that the contract does or raises `Refusal` and
    changes nothing. One account must always be written the same way.

    Args:
        model: the learner starts from this model's weights, and so does the judge.
        reference: int32, row after row; see `incentives.reference`.
        terms: the incentive, with the pool's numbers.
        created: timestamp of the block that created the pool, in seconds.
        owner: who deployed it.
        in_token: whether deposits are paid in an ERC-20 token, see `PoolTwin`; it has no bounty then.

    Raises:
        RuleViolation: the terms are out of range, the incentive has no sealed judge, the model has none under them, the
            reference has another length, or a token's pool pays seals.
        WeightsOutOfRange: a weight does not fit the judge; the message says which `judge_shift` does.

    Attributes:
        learner: the model as what was settled trained it.
        served: the judge: answers as the learner does, by its own weights.
        reference: int32.
        contributions: all that was accepted, by index.
        events: all that happened, in order.
        balance: ether that the contract holds because of this history, in wei: escrow and budget.
        epoch: seals so far.
        sealed_at: timestamp of the last seal, at first that of the creation.
        budget: what seals are paid from, in wei.
        awaited: coming seals that somebody waits for; these are paid for, and no others.
    """

    def __init__(
        self,
        model: Model,
        reference: Weights,
        terms: Terms,
        created: int,
        owner: str = NOBODY,
        *,
        in_token: bool = False,
    ) -> None:
        terms.validate()
        self.in_token = in_token
        if in_token:
            require_no_bounty(terms)
        self._kernels, self.terms = terms.incentive.sealed, terms
        require_judge(model, terms)
        if len(reference) != reference_size(model):
            raise RuleViolation(
                f"The reference has {len(reference)} weights; for {model.class_count} classes of samples as wide as "
                f"{model.format.width} it must have {reference_size(model)}."
            )
        self.learner = model.restarted()
        self._most = model.KERNELS.most_judged
        self.served = self.learner.judging(judge_from(terms, self.learner.weights_, self._most))
        self.reference = np.asarray(reference, dtype=np.int32)
        self.contributions: list[SealedContribution] = []
        self.events: list[Event] = []
        self.balance = 0
        self.epoch = 0
        self.sealed_at = created
        self.budget = 0
        self.awaited = 0
        self.owner = owner
        self.pending_owner = NOBODY
        self.paused = False
        self._commitments: list[int] = []
        self._at_risk: defaultdict[int, int] = defaultdict(int)
        self._credit: defaultdict[str, int] = defaultdict(int)
        self._standing: defaultdict[str, int] = defaultdict(int)
        self._totals = ledger.totals_of(created)

    # VERBS

    def contribute(self, caller: str, sample: bytes, label: int, max_price: int, *, value: int) -> int:
        """Pay a deposit for one labelled sample, from credit first, then from `value`; the rest becomes credit.

        Returns:
            The contribution's index.

        Raises:
            Refusal: ContributionsPaused, LabelOutOfRange, SampleTooLong, the sample's errors, PriceAboveMaximum,
                PaymentTooHigh or PaymentTooLow.
        """
        if self.paused:
            raise Refusal("ContributionsPaused")
        outcome, price = self.quote(caller, sample, label)
        if ledger.price_refusal(price, max_price) != refusals.OK:
            raise Refusal("PriceAboveMaximum", price=price, maxPrice=max_price)
        self._pay(caller, price, value)
        p, index = self.terms.numbers, len(self.contributions)
        self._standing[caller] = self._kernels.standing_after(p, outcome, self._standing[caller])
        if outcome == AT_RISK:
            self._at_risk[self.epoch] += price
        self.awaited = self._kernels.awaited_after(p, outcome, self.awaited)
        made = SealedContribution(index, caller, label, outcome, self.epoch, price)
        self.contributions.append(made)
        self._commitments.append(made.commitment(keccak256(sample)))
        standing, before = self._standing[caller], self._credit[caller] - value + price
        self.events.append(Contributed(index, caller, label, outcome, self.epoch, price, standing, sample))
        if self._credit[caller] != before:
            self.events.append(CreditChanged(caller, self._credit[caller]))
        return index

    def settle(self, caller: str, contribution: SealedContribution, sample: bytes) -> int:
        """Give the caller its deposit back, and let the sample teach.

        Returns:
            The amount that became credit, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch, NotContributor, TooFewSeals, Expired
                or JudgeDisagrees.
        """
        self._require_open(contribution, sample)
        index, p, outcome = contribution.index, self.terms.numbers, contribution.outcome
        predicted = self._class(self.served, sample)
        agrees, standing = predicted == contribution.label, self._standing[caller]
        code = self._kernels.settle_refusal(
            p, self.epoch, contribution.epoch, outcome, True, caller == contribution.contributor, agrees, standing
        )
        self._require_settling(code, caller, contribution, predicted)
        standing = self._kernels.standing_settled(p, outcome, agrees, standing)
        if outcome == AT_RISK:
            self._at_risk[contribution.epoch] -= contribution.deposit
        self._commitments[index] = 0
        self._credit[caller] += contribution.deposit
        cost = self._teaching_cost(contribution, sample, standing)
        if cost != TEACHES_NOT:
            standing -= cost
            self.awaited = awaited_with_lesson(self.awaited)
            self.learner.accepted_ = len(self.contributions)
            self.learner.learn_one(self._unpacked(sample), contribution.label)
        self._standing[caller] = standing
        self.events.append(Settled(index, caller, contribution.deposit, cost != TEACHES_NOT, standing))
        if contribution.deposit:
            self.events.append(CreditChanged(caller, self._credit[caller]))
        return contribution.deposit

    def seal(self, caller: str, *, now: int, cost: int) -> int:
        """Take a part of the learner into the judge, move the clock on, burn what expired, and pay the caller for it.

        Args:
            caller: the account.
            now: timestamp of its block, in seconds.
            cost: what its gas costs at least, in wei, see `incentives.sealed.seal_cost`; 0 of a seal that is not all
                of its transaction, or that an account with code sends, which is not paid.

        Returns:
            The bounty, in wei.

        Raises:
            Refusal: SealedTooEarly.
        """
        p, kernels = self.terms.numbers, self._kernels
        if kernels.seal_refusal(p, self.sealed_at, now) != refusals.OK:
            raise Refusal("SealedTooEarly", timestamp=now, **{"from": self.sealed_at + self.terms["epoch_length"]})
        pairs = zip(self.judge.tolist(), self.learner.weights_.tolist(), strict=True)
        moved = np.array([kernels.moved(p, self.epoch, *pair, self._most) for pair in pairs], dtype=np.int32)
        self.served = self.served.judging(moved)
        self.epoch += 1
        self.sealed_at = now
        burned = self._at_risk.pop(kernels.expired_epoch(p, self.epoch), 0)
        self.budget += burned
        self._totals[ledger.ESCROW] -= burned
        bounty = kernels.bounty_of(p, self.budget, self.awaited, cost)
        self.awaited = awaited_sealed(self.awaited)
        self.budget -= bounty
        self._totals[ledger.ESCROW] += bounty
        self._credit[caller] += bounty
        self.events.append(Sealed(self.epoch, caller, bounty, burned, "0x" + digest(self.judge).hex()))
        if bounty:
            self.events.append(CreditChanged(caller, self._credit[caller]))
        return bounty

    def fund(self, caller: str, *, value: int, token: str = NOBODY) -> None:
        """Add to the budget that seals are paid from.

        Args:
            caller: the account.
            value: wei.
            token: that deposits are paid in, where there is one.

        Raises:
            Refusal: PaymentTooHigh or ValueInTokenPool.
        """
        if value > MAX_AMOUNT - self.balance:
            raise Refusal("PaymentTooHigh", value=value)
        if self.in_token:
            raise Refusal("ValueInTokenPool", value=value, token=token)
        self.budget += value
        self.balance += value
        self.events.append(Funded(caller, value, self.budget))

    def deposit(self, caller: str, amount: int) -> None:
        """Put tokens into the caller's credit, where deposits are paid in a token.

        Raises:
            Refusal: NoToken or PaymentTooHigh.
        """
        if not self.in_token:
            raise Refusal("NoToken")
        self._pay(caller, 0, amount)
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

    def pause(self, caller: str) -> None:
        """Stop new contributions, and nothing else; nothing happens in a paused pool.

        Raises:
            Refusal: NotOwner.
        """
        self._require_owner(caller)
        if not self.paused:
            self.paused = True
            self.events.append(Paused(caller))

    def unpause(self, caller: str) -> None:
        """Let contributions go on; nothing happens in a pool that is not paused.

        Raises:
            Refusal: NotOwner.
        """
        self._require_owner(caller)
        if self.paused:
            self.paused = False
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

    @property
    def judge(self) -> Weights:
        """The judge's weights, int32."""
        return self.served.weights_

    def quote(self, caller: str, sample: bytes, label: int) -> Quote:
        """What a contribution would be and cost in this epoch, with the standing that the account has now.

        Raises:
            Refusal: LabelOutOfRange, SampleTooLong or the sample's errors, those of its size last.
        """
        p, classes = self.terms.numbers, self.learner.class_count
        if not 0 <= label < classes:
            raise Refusal("LabelOutOfRange", label=label, classes=classes)
        most = self._kernels.most_features(p)
        if most and len(sample) > 2 * most:
            raise Refusal("SampleTooLong", features=len(sample) // 2, maximum=most)
        agrees = self._class(self.served, sample) == label
        self._require_size(sample)
        outcome = self._kernels.case_of(p, agrees, self._standing.get(caller, 0))
        return Quote(outcome, self._kernels.deposit_of(p, outcome))

    def predict(self, sample: bytes) -> int:
        """The class that the pool serves: the judge's.

        Raises:
            Refusal: the sample's errors.
        """
        return self._class(self.served, sample)

    def account(self, holder: str) -> tuple[int, int]:
        """What the pool owes an account, in wei, and its standing."""
        return self._credit.get(holder, 0), self._standing.get(holder, 0)

    def state(self) -> tuple[int, int, int, int, int]:
        """Contributions accepted, epoch, time of the last seal, escrow and budget in wei (as `ISealedPool.state`)."""
        return len(self.contributions), self.epoch, self.sealed_at, self._totals[ledger.ESCROW], self.budget

    def at_risk(self, epoch: int) -> int:
        """Deposits at risk that were made in an epoch and are neither settled nor expired, in wei."""
        return self._at_risk.get(epoch, 0)

    def commitment(self, index: int) -> int:
        """The commitment to a contribution; 0 when it is settled, or unknown."""
        return self._commitments[index] if index < len(self._commitments) else 0

    def liabilities(self) -> int:
        """All credit and all open deposits that have not expired, in wei: always the escrow."""
        expired = self._kernels.expired_epoch(self.terms.numbers, self.epoch)
        owed = [
            one.deposit
            for one in self.contributions
            if self._commitments[one.index] and (one.outcome != AT_RISK or one.epoch > expired)
        ]
        return sum(owed) + sum(self._credit.values())

    # INTERNAL

    def _class(self, model: Model, sample: bytes) -> int:
        return model.predict_one(self._unpacked(sample))[0]

    def _teaching_cost(self, contribution: SealedContribution, sample: bytes, standing: int) -> int:
        p, label = self.terms.numbers, contribution.label
        gap = self.learner.format.gap(self.reference, self.learner.class_count, self._unpacked(sample), label)
        if not self._kernels.may_teach(p, self.epoch, contribution.epoch, gap):
            return TEACHES_NOT
        learner_agrees = self._class(self.learner, sample) == label
        return self._kernels.teaching_cost(p, contribution.outcome, learner_agrees, standing)

    def _unpacked(self, sample: bytes) -> NDArray[Any]:
        try:
            return self.learner.sample_from_bytes(sample)
        except SampleInvalid as error:
            raise Refusal(error.name, **error.values) from error

    def _require_size(self, sample: bytes) -> None:
        try:
            self.learner.require_size(self._unpacked(sample))
        except SampleInvalid as error:
            raise Refusal(error.name, **error.values) from error

    def _pay(self, caller: str, due: int, value: int) -> None:
        credit, owed = self._credit[caller], self._totals[ledger.ESCROW] + self.budget
        code = ledger.payment_refusal(due, credit, value, owed, MAX_AMOUNT)
        if code == refusals.PAYMENT_TOO_HIGH:
            raise Refusal("PaymentTooHigh", value=value)
        if code == refusals.PAYMENT_TOO_LOW:
            raise Refusal("PaymentTooLow", price=due, credit=credit, value=value)
        ledger.settle_payment(self._credit, self._totals, caller, due, value)
        self.balance += value

    def _require_owner(self, caller: str) -> None:
        if caller != self.owner:
            raise Refusal("NotOwner", caller=caller, owner=self.owner)

    def _require_open(self, contribution: SealedContribution, sample: bytes) -> None:
        index, count = contribution.index, len(self.contributions)
        if index >= count:
            raise Refusal("ContributionUnknown", index=index, count=count)
        if not self._commitments[index]:
            raise Refusal("ContributionClosed", index=index)
        if self._commitments[index] != contribution.commitment(keccak256(sample)):
            raise Refusal("ContributionMismatch", index=index)

    def _require_settling(self, code: int, caller: str, contribution: SealedContribution, predicted: int) -> None:
        index, epoch = contribution.index, self.epoch
        if code == refusals.NOT_CONTRIBUTOR:
            raise Refusal("NotContributor", index=index, caller=caller, contributor=contribution.contributor)
        if code == refusals.TOO_FEW_SEALS:
            first = contribution.epoch + self.terms["wait_seals"]
            raise Refusal("TooFewSeals", index=index, epoch=epoch, **{"from": first})
        if code == refusals.EXPIRED:
            raise Refusal("Expired", index=index, epoch=epoch, until=contribution.epoch + self.terms["risk_seals"])
        if code == refusals.JUDGE_DISAGREES:
            raise Refusal("JudgeDisagrees", index=index, predicted=predicted, label=contribution.label)
