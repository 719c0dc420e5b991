"""Twin of `Pool.sol`: the same verbs, refusals, events and views, in the same order of checks."""

from collections import defaultdict
from collections.abc import Sequence

from app.core.errors import SampleInvalid
from app.core.incentives import self_assessment as rules
from app.core.learning.keccak import keccak256
from app.core.learning.samples import Sample, unpack_sample, validate_sample
from app.core.learning.sparse_perceptron import SparsePerceptron
from app.core.pool.contribution import Contribution
from app.core.pool.events import Collected, Contributed, CreditChanged, Event, Refunded, Reported, Withdrawn
from app.core.pool.refusal import NEVER, Refusal, claim_refusal

#: Labels run from 0 to this less one.
CLASS_COUNT = 2


class PoolTwin:
    """A pool of a sparse perceptron under self-assessment.

    Every verb takes `now`, the timestamp of the block that includes the call, and either does all that the contract
    does or raises `Refusal` and changes nothing. Accounts are addresses as the caller writes them; one account must
    always be written the same way.

    Args:
        model: the pool's own starts from this model's weights.
        parameters: the rules; see `rules.validate_parameters`.
        created: timestamp of the block that created the pool, in seconds.

    Raises:
        RuleViolation: the parameters are out of range.

    Attributes:
        model: the model as the accepted contributions trained it.
        contributions: all that was accepted, by index.
        events: all that happened, in order.
        balance: ether that the contract holds because of this history, in wei: escrow and what was burned.
    """

    def __init__(self, model: SparsePerceptron, parameters: rules.Parameters, created: int) -> None:
        rules.validate_parameters(*parameters)
        self.model = SparsePerceptron.from_weights(model.weights_, eta0=model.eta0, tau=model.tau)
        self.parameters = parameters
        self.contributions: list[Contribution] = []
        self.events: list[Event] = []
        self.balance = 0
        self._commitments: list[int] = []
        self._claimable: list[int] = []
        self._credit: defaultdict[str, int] = defaultdict(int)
        self._verified: defaultdict[str, int] = defaultdict(int)
        self._reported: set[tuple[int, str]] = set()
        self._totals = [0, 0, 0, created]

    # VERBS

    def contribute(self, caller: str, sample: bytes, label: int, max_price: int, *, value: int, now: int) -> int:
        """Pay a deposit for one labelled sample, from credit first, then from `value`; the rest becomes credit.

        Returns:
            The contribution's index.

        Raises:
            Refusal: LabelOutOfRange, PriceAboveMaximum, the sample's errors, PaymentTooHigh or PaymentTooLow.
        """
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
        if not samples or len(samples) != len(labels):
            raise Refusal("BatchLengthInvalid", samples=len(samples), labels=len(labels))
        return self._contribute(caller, samples, labels, max_price, value, now)

    def refund(self, caller: str, contribution: Contribution, sample: bytes, *, now: int) -> int:
        """Give the author all that is left of its deposit, if the model agrees with the label now.

        Returns:
            The amount that became credit, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch, NotContributor, TooEarly, TooLate
                or ModelDisagrees.
        """
        self._require_open(contribution, keccak256(sample))
        index = contribution.index
        predicted, _ = self.predict(sample)
        code = rules.refund_refusal(
            now,
            contribution.time,
            self.parameters.refund_wait,
            self.parameters.collect_wait,
            self._claimable[index],
            caller == contribution.contributor,
            predicted == contribution.label,
        )
        self._require_claim(code, contribution, caller, now, predicted)
        amount = rules.settle_refund(self._claimable, self._credit, self._verified, self._totals, index, caller)
        self.events.append(Refunded(index, caller, amount))
        return amount

    def report(self, caller: str, contribution: Contribution, sample: bytes, *, now: int) -> int:
        """Give the caller its share of another's deposit, if the model disagrees with the label now.

        Returns:
            The amount that became credit, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch, OwnContribution, TooEarly, TooLate,
                NotVerified, AlreadyReported or ModelAgrees.
        """
        self._require_open(contribution, keccak256(sample))
        index = contribution.index
        predicted, _ = self.predict(sample)
        code = rules.report_refusal(
            now,
            contribution.time,
            self.parameters.refund_wait,
            self.parameters.collect_wait,
            self._claimable[index],
            caller == contribution.contributor,
            self._verified[caller],
            self.has_reported(index, caller),
            predicted == contribution.label,
        )
        self._require_claim(code, contribution, caller, now, predicted)
        amount = rules.settle_report(
            self._claimable, self._credit, self._verified, self._totals, index, caller, contribution.deposit
        )
        remaining = self._claimable[index]
        if remaining:
            self._reported.add((index, caller))
        self.events.append(Reported(index, caller, amount, remaining))
        return amount

    def collect(self, caller: str, contribution: Contribution, sample_hash: bytes, *, now: int) -> int:
        """Clear what is left after the last window: to the caller, or burned.

        Returns:
            The amount, in wei.

        Raises:
            Refusal: ContributionUnknown, ContributionClosed, ContributionMismatch or TooEarly.
        """
        self._require_open(contribution, sample_hash)
        index = contribution.index
        code = rules.collect_refusal(now, contribution.time, self.parameters.collect_wait, self._claimable[index])
        window = (rules.collect_from(contribution.time, self.parameters.collect_wait), NEVER)
        if refusal := claim_refusal(code, contribution, caller=caller, now=now, window=window):
            raise refusal
        leftover_rule = self.parameters.leftover_rule
        amount = rules.settle_collect(self._claimable, self._credit, self._totals, index, caller, leftover_rule)
        self.events.append(Collected(index, caller, amount, leftover_rule == rules.LEFTOVER_BURN))
        return amount

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
        amount = self._credit[caller]
        if rules.withdraw_refusal(amount) != rules.OK:
            raise Refusal("NothingToWithdraw", caller=caller)
        if not accepted:
            raise Refusal("WithdrawalFailed", caller=caller, amount=amount)
        rules.settle_withdrawal(self._credit, self._totals, caller)
        self.balance -= amount
        self.events.append(Withdrawn(caller, amount))
        return amount

    # VIEWS

    def price(self, now: int) -> int:
        """What a contribution costs in a block of this timestamp, in wei."""
        return self.price_after(rules.elapsed_since(now, self._totals[rules.LAST_ACCEPTED]))

    def price_after(self, elapsed: int) -> int:
        """What a contribution costs `elapsed` seconds after the last accepted one, in wei."""
        price_rule, weight_or_cost, step = (
            self.parameters.price_rule,
            self.parameters.weight_or_cost,
            self.parameters.step,
        )
        return rules.price_rounded_down(price_rule, weight_or_cost, step, max(1, elapsed))

    def predict(self, sample: bytes) -> tuple[int, int]:
        """The class and the score of a sample.

        Raises:
            Refusal: the sample's errors.
        """
        return self.model.predict_one(self._unpacked(sample))

    def state(self) -> tuple[int, int, int, int]:
        """Count of contributions, time of the last accepted one, escrow in wei, refunds made (as `IPool.state`)."""
        totals = self._totals
        return totals[rules.COUNT], totals[rules.LAST_ACCEPTED], totals[rules.ESCROW], totals[rules.TOTAL_VERIFIED]

    def account(self, holder: str) -> tuple[int, int]:
        """What the pool owes an account, in wei, and how many of its contributions were refunded."""
        return self._credit.get(holder, 0), self._verified.get(holder, 0)

    def claimable(self, index: int) -> tuple[int, int]:
        """What is left to claim of a contribution, in wei, and the commitment to the rest of it; zeros when closed."""
        if index >= len(self._claimable) or self._claimable[index] == 0:
            return 0, 0
        return self._claimable[index], self._commitments[index]

    def has_reported(self, index: int, reporter: str) -> bool:
        """Whether this account has taken a share of this contribution and left something of it."""
        return (index, reporter) in self._reported

    def liabilities(self) -> int:
        """All that is claimable plus all credit, in wei: always the escrow."""
        return sum(self._claimable) + sum(self._credit.values())

    # INTERNAL

    def _contribute(
        self, caller: str, samples: Sequence[bytes], labels: Sequence[int], max_price: int, value: int, now: int
    ) -> int:
        # A refusal must leave no trace: the copy learns, and takes the model's place once the payment is sure.
        model = self.model.copy()
        first, last = self._totals[rules.COUNT], self._totals[rules.LAST_ACCEPTED]
        accepted: list[Contributed] = []
        for sample, label in zip(samples, labels, strict=True):
            if label >= CLASS_COUNT:
                raise Refusal("LabelOutOfRange", label=label, classes=CLASS_COUNT)
            price = self.price_after(rules.elapsed_since(now, last))
            if rules.price_refusal(price, max_price) != rules.OK:
                raise Refusal("PriceAboveMaximum", price=price, maxPrice=max_price)
            predicted = model.learn_one(self._unpacked(sample), label)
            accepted.append(Contributed(first + len(accepted), caller, label, predicted, price, sample))
            last = now

        self._pay(caller, sum(event.deposit for event in accepted), value, accepted)
        self.model = model
        for event in accepted:
            contribution = Contribution(event.index, caller, event.label, now, event.deposit)
            self.contributions.append(contribution)
            self._commitments.append(contribution.commitment(keccak256(event.sample)))
            self._claimable.append(0)
            rules.settle_contribution(self._claimable, self._totals, event.index, event.deposit, now)
        return first

    def _pay(self, caller: str, due: int, value: int, accepted: list[Contributed]) -> None:
        credit, escrow = self._credit[caller], self._totals[rules.ESCROW]
        code = rules.payment_refusal(due, credit, value, escrow, rules.MAX_AMOUNT)
        if code == rules.PAYMENT_TOO_HIGH:
            raise Refusal("PaymentTooHigh", value=value)
        if code == rules.PAYMENT_TOO_LOW:
            raise Refusal("PaymentTooLow", price=due, credit=credit, value=value)
        remaining = rules.settle_payment(self._credit, self._totals, caller, due, value)
        self.balance += value
        self.events.extend(accepted)
        if remaining != credit:
            self.events.append(CreditChanged(caller, remaining))

    def _unpacked(self, sample: bytes) -> Sample:
        try:
            return validate_sample(unpack_sample(sample), self.model.num_words)
        except SampleInvalid as error:
            raise Refusal(error.name, **error.values) from error

    def _require_open(self, contribution: Contribution, sample_hash: bytes) -> None:
        index, count = contribution.index, self._totals[rules.COUNT]
        if index >= count:
            raise Refusal("ContributionUnknown", index=index, count=count)
        if self._claimable[index] == 0:
            raise Refusal("ContributionClosed", index=index)
        if self._commitments[index] != contribution.commitment(sample_hash):
            raise Refusal("ContributionMismatch", index=index)

    def _require_claim(self, code: int, contribution: Contribution, caller: str, now: int, predicted: int) -> None:
        window = rules.claim_window(contribution.time, self.parameters.refund_wait, self.parameters.collect_wait)
        refusal = claim_refusal(code, contribution, caller=caller, now=now, window=window, predicted=predicted)
        if refusal:
            raise refusal
