"""The twin read as a specification; that the contract does the same is in tests/agreement."""

from dataclasses import replace

import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import PoolTwin, Refusal
from earnest.core.pool.events import Collected, Contributed, CreditChanged, Refunded, Reported, Withdrawn

CREATED, COST, REFUND_WAIT, COLLECT_WAIT = 1_000_000, 100, 10, 20


def refused(command, *arguments, **keywords):
    with pytest.raises(Refusal) as caught:
        command(*arguments, **keywords)
    return caught.value.name, caught.value.values


def everything(pool: PoolTwin):
    return (
        pool.state(),
        pool.balance,
        pool.model.to_bytes(),
        list(pool.events),
        list(pool.contributions),
        [pool.claimable(index) for index in range(len(pool.contributions))],
        pool.liabilities(),
    )


# CREATION


def test_twin_of_parameters_out_of_range_is_refused():
    with pytest.raises(RuleViolation):
        PoolTwin(SparsePerceptron.from_weights([0, 0]), SELF_ASSESSMENT.terms(1, 1, 20, 20, COST, 0), CREATED)


def test_twin_starts_from_the_models_weights_and_leaves_the_model_alone():
    model = SparsePerceptron.from_weights([0, 0])
    pool = PoolTwin(model, SELF_ASSESSMENT.terms(1, 1, 10, 20, COST, 0), CREATED)

    pool.contribute("0xa", pack_sample([0]), 1, COST, value=COST, now=CREATED)

    assert pool.model.weights_.tolist() == [1, 1]
    assert model.weights_.tolist() == [0, 0]


# CONTRIBUTE


@pytest.mark.parametrize(
    ("changed", "name", "values"),
    [
        # each breaks everything that is checked later, too
        ({"label": 2, "max_price": 0, "sample": b"", "value": 0}, "LabelOutOfRange", {"label": 2, "classes": 2}),
        ({"max_price": 99, "sample": b"", "value": 0}, "PriceAboveMaximum", {"price": 100, "maxPrice": 99}),
        ({"sample": b"", "value": 0}, "SampleEmpty", {}),
        ({"sample": b"\0", "value": 0}, "SampleLengthInvalid", {"length": 1}),
        ({"sample": bytes(2050), "value": 0}, "SampleTooLong", {"features": 1025, "maximum": 1024}),
        (
            {"sample": pack_sample([1, 1]), "value": 0},
            "SampleNotAscending",
            {"position": 1, "previous": 1, "feature": 1},
        ),
        (
            {"sample": pack_sample([3]), "value": 0},
            "SampleFeatureOutOfRange",
            {"position": 0, "feature": 3, "numWords": 3},
        ),
        ({"value": MAX_AMOUNT + 1}, "PaymentTooHigh", {"value": MAX_AMOUNT + 1}),
        ({"value": 99}, "PaymentTooLow", {"price": 100, "credit": 0, "value": 99}),
    ],
)
def test_contribute_on_bad_terms_is_refused_and_changes_nothing(world, changed, name, values):
    before = everything(world.pool)
    terms = {"sample": world.good, "label": 0, "max_price": COST, "value": COST} | changed

    assert refused(world.pool.contribute, world.ann, **terms, now=CREATED) == (name, values)
    assert everything(world.pool) == before


def test_contribute_that_agrees_leaves_the_model_as_it_is(world):
    before = world.pool.model.digest()

    assert world.pool.contribute(world.ann, world.good, 1, COST, value=COST, now=CREATED + 5) == 0

    assert world.pool.model.digest() == before
    assert world.pool.events == [Contributed(0, world.ann, 1, 1, COST, world.good)]
    assert world.pool.state() == (1, CREATED + 5, COST, 0)
    assert world.pool.claimable(0)[0] == COST


def test_contribute_that_disagrees_moves_the_model_one_step(world):
    world.pool.contribute(world.ann, world.good, 0, COST, value=COST, now=CREATED)

    assert world.pool.model.weights_.tolist() == [0, 49, -50, -1]
    assert world.pool.events == [Contributed(0, world.ann, 0, 1, COST, world.good)]


def test_contribute_keeps_the_change_as_credit_and_takes_it_first_the_next_time(world):
    pool = world.pool
    pool.contribute(world.ann, world.good, 1, COST, value=COST + 130, now=CREATED)
    pool.contribute(world.ann, world.good, 1, COST, value=0, now=CREATED)
    pool.contribute(world.ann, world.good, 1, COST, value=70, now=CREATED)

    assert [event.credit for event in pool.events if isinstance(event, CreditChanged)] == [130, 30, 0]
    assert pool.account(world.ann) == (0, 0)
    assert pool.balance == pool.liabilities() == pool.state()[2] == 300


# BATCHES


@pytest.mark.parametrize(("samples", "labels"), [(0, 0), (0, 1), (1, 0), (2, 1), (1, 2)])
def test_contribute_batch_without_one_label_a_sample_is_refused(world, samples, labels):
    assert refused(
        world.pool.contribute_batch, world.ann, [world.good] * samples, [1] * labels, COST, value=500, now=CREATED
    ) == ("BatchLengthInvalid", {"samples": samples, "labels": labels})


@pytest.mark.parametrize("place", [0, 1, 2])
def test_contribute_batch_with_one_bad_item_changes_nothing(world, place):
    samples = [world.good, world.bad, world.good]
    samples[place] = b""
    before = everything(world.pool)

    assert refused(world.pool.contribute_batch, world.ann, samples, [0, 1, 0], COST, value=300, now=CREATED) == (
        "SampleEmpty",
        {},
    )
    assert everything(world.pool) == before


def test_contribute_batch_below_the_sum_of_prices_is_refused_with_the_sum(world):
    assert refused(world.pool.contribute_batch, world.ann, [world.good] * 3, [1] * 3, COST, value=299, now=CREATED) == (
        "PaymentTooLow",
        {"price": 300, "credit": 0, "value": 299},
    )


def test_contribute_batch_prices_and_judges_each_after_the_one_before(decaying_world):
    pool = decaying_world.pool
    sample = pack_sample([0])
    assert (pool.price(CREATED + 3600), pool.price_after(1)) == (10, 600)

    assert refused(
        pool.contribute_batch, decaying_world.ann, [sample] * 2, [1, 1], 599, value=610, now=CREATED + 3600
    ) == ("PriceAboveMaximum", {"price": 600, "maxPrice": 599})
    pool.contribute_batch(decaying_world.ann, [sample] * 2, [1, 1], 600, value=610, now=CREATED + 3600)

    assert [(event.deposit, event.predicted) for event in pool.events] == [(10, 0), (600, 1)]


# CLAIMS: what they have in common


@pytest.mark.parametrize("verb", ["refund", "report", "collect"])
def test_claim_of_an_unknown_contribution_is_refused(world, verb):
    what = world.contributed(world.ann, world.good, 1)
    proof = keccak256(world.good) if verb == "collect" else world.good

    assert refused(getattr(world.pool, verb), world.ann, replace(what, index=1), proof, now=CREATED) == (
        "ContributionUnknown",
        {"index": 1, "count": 1},
    )


@pytest.mark.parametrize("verb", ["refund", "report", "collect"])
def test_claim_of_a_closed_contribution_is_refused(world, verb):
    what = world.contributed(world.ann, world.good, 1)
    world.pool.refund(world.ann, what, world.good, now=CREATED + 11)
    proof = keccak256(world.good) if verb == "collect" else world.good

    assert refused(getattr(world.pool, verb), world.ann, what, proof, now=CREATED + 11) == (
        "ContributionClosed",
        {"index": 0},
    )


@pytest.mark.parametrize("verb", ["refund", "report", "collect"])
@pytest.mark.parametrize("lie", ["contributor", "label", "time", "deposit", "sample"])
def test_claim_by_a_lie_is_refused(world, verb, lie):
    what = world.contributed(world.ann, world.good, 1)
    sample = world.bad if lie == "sample" else world.good
    changes = {"contributor": {"contributor": world.bob}, "sample": {}}.get(lie, {lie: 0})
    proof = keccak256(sample) if verb == "collect" else sample

    assert refused(getattr(world.pool, verb), world.ann, replace(what, **changes), proof, now=CREATED + 30) == (
        "ContributionMismatch",
        {"index": 0},
    )


# REFUND


@pytest.mark.parametrize(("age", "name"), [(REFUND_WAIT, "TooEarly"), (COLLECT_WAIT + 1, "TooLate")])
def test_refund_outside_its_window_is_refused_with_the_window(world, age, name):
    what = world.contributed(world.ann, world.good, 1)
    now = CREATED + age

    assert refused(world.pool.refund, world.ann, what, world.good, now=now) == (
        name,
        {"index": 0, "timestamp": now, "from": CREATED + 11, "until": CREATED + 20},
    )


def test_refund_by_somebody_else_is_refused(world):
    what = world.contributed(world.ann, world.good, 1)
    assert refused(world.pool.refund, world.bob, what, world.good, now=CREATED + 11) == (
        "NotContributor",
        {"index": 0, "caller": world.bob, "contributor": world.ann},
    )


def test_refund_while_the_model_disagrees_is_refused(world):
    what = world.contributed(world.ann, world.bad, 1)
    assert refused(world.pool.refund, world.ann, what, world.bad, now=CREATED + 11) == (
        "ModelDisagrees",
        {"index": 0, "predicted": 0, "label": 1},
    )


def test_refund_gives_the_deposit_back_and_verifies_its_author(world):
    what = world.contributed(world.ann, world.good, 1)

    assert world.pool.refund(world.ann, what, world.good, now=CREATED + 20) == COST

    assert world.pool.account(world.ann) == (COST, 1)
    assert world.pool.state() == (1, CREATED, COST, 1)
    assert world.pool.events[-1] == Refunded(0, world.ann, COST, COST)


# REPORT


def test_report_by_the_author_is_refused(world):
    what = world.contributed(world.ann, world.bad, 1)
    assert refused(world.pool.report, world.ann, what, world.bad, now=CREATED + 11) == (
        "OwnContribution",
        {"index": 0, "caller": world.ann},
    )


def test_report_without_standing_is_refused(world):
    what = world.contributed(world.ann, world.bad, 1)
    assert refused(world.pool.report, world.bob, what, world.bad, now=CREATED + 11) == (
        "NotVerified",
        {"caller": world.bob},
    )


def test_report_while_the_model_agrees_is_refused(world):
    world.verify(world.bob)
    what = world.contributed(world.ann, world.good, 1)
    assert refused(world.pool.report, world.bob, what, world.good, now=CREATED + 11) == (
        "ModelAgrees",
        {"index": 1, "label": 1},
    )


def test_report_pays_a_share_once(world):
    world.verify(world.bob)
    world.verify(world.cat)
    what = world.contributed(world.ann, world.bad, 1)

    assert world.pool.report(world.bob, what, world.bad, now=CREATED + 11) == 50

    assert world.pool.events[-1] == Reported(2, world.bob, 50, 50, COST + 50)
    assert world.pool.has_reported(2, world.bob)
    assert refused(world.pool.report, world.bob, what, world.bad, now=CREATED + 11) == (
        "AlreadyReported",
        {"index": 2, "caller": world.bob},
    )


# COLLECT


def test_collect_before_the_last_window_is_refused_without_an_end(world):
    what = world.contributed(world.ann, world.good, 1)
    assert refused(world.pool.collect, world.bob, what, keccak256(world.good), now=CREATED + 20) == (
        "TooEarly",
        {"index": 0, "timestamp": CREATED + 20, "from": CREATED + 21, "until": 2**256 - 1},
    )


def test_collect_by_anyone_pays_the_caller(world):
    what = world.contributed(world.ann, world.good, 1)

    assert world.pool.collect(world.bob, what, keccak256(world.good), now=CREATED + 21) == COST

    assert world.pool.account(world.bob) == (COST, 0)
    assert world.pool.events[-1] == Collected(0, world.bob, COST, burned=False, credit=COST)


def test_collect_under_the_burn_rule_leaves_the_ether_and_lowers_the_escrow(burning_world):
    world = burning_world
    what = world.contributed(world.ann, world.good, 1)

    assert world.pool.collect(world.bob, what, keccak256(world.good), now=CREATED + 21) == COST

    assert world.pool.account(world.bob) == (0, 0)
    assert (world.pool.state()[2], world.pool.balance) == (0, COST)
    assert world.pool.events[-1] == Collected(0, world.bob, COST, burned=True, credit=0)


# WITHDRAW


def test_withdraw_without_credit_is_refused(world):
    assert refused(world.pool.withdraw, world.ann) == ("NothingToWithdraw", {"caller": world.ann})


def test_withdraw_to_an_account_that_takes_no_ether_is_refused_and_keeps_the_credit(world):
    world.verify(world.ann)

    assert refused(world.pool.withdraw, world.ann, accepted=False) == (
        "WithdrawalFailed",
        {"receiver": world.ann, "amount": COST},
    )
    assert world.pool.account(world.ann) == (COST, 1)


def test_withdraw_pays_all_credit_out(world):
    world.verify(world.ann)

    assert world.pool.withdraw(world.ann) == COST

    assert world.pool.events[-1] == Withdrawn(world.ann, world.ann, COST)
    assert (world.pool.balance, world.pool.state()[2], world.pool.account(world.ann)) == (0, 0, (0, 1))


# VIEWS


def test_price_clock_starts_at_creation_and_moves_on_accepted_contributions_only(decaying_world):
    pool, now = decaying_world.pool, CREATED + 3600
    assert [pool.price(CREATED + seconds) for seconds in (0, 1, 4, 3600)] == [600, 600, 300, 10]

    with pytest.raises(Refusal):
        pool.contribute(decaying_world.ann, b"", 1, 10**6, value=10, now=now)
    assert pool.price(now) == 10
    pool.contribute(decaying_world.ann, decaying_world.good, 1, 10**6, value=10, now=now)
    assert (pool.price(now), pool.price(now + 4)) == (600, 300)


def test_views_of_what_is_not_there_are_zero(world):
    assert world.pool.account(world.ann) == (0, 0)
    assert world.pool.claimable(7) == (0, 0)
    assert world.pool.has_reported(7, world.ann) is False
