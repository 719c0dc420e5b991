"""What a pool under points refuses at its creation, and that no money moves in it unasked."""

import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.points import POINTS
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import Factory, outcome, pack_model
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN, BOB = address(0xA0), address(0xA1)
PACKED = POINTS.terms(10, 20).pack()


@pytest.mark.parametrize(
    ("packed", "refusal"),
    [
        (b"\1" + PACKED[1:], ("IncentiveRuleUnknown", {"priceRule": 1, "leftoverRule": 0})),
        (b"\0\1" + PACKED[2:], ("IncentiveRuleUnknown", {"priceRule": 0, "leftoverRule": 1})),
        (PACKED[:-1] + b"\1", ("IncentivePriceOutOfRange", {"weightOrCost": 0, "step": 1})),
        (PACKED[:26] + b"\1" + bytes(12), ("IncentivePriceOutOfRange", {"weightOrCost": 1, "step": 0})),
        (
            PACKED[:3] + PACKED[11:15] + PACKED[7:11] + PACKED[3:7] + bytes(24),
            ("IncentiveWindowsMisordered", {"refundWait": 20, "headStart": 0, "collectWait": 10}),
        ),
        (b"\0\0\x08" + PACKED[3:], ("IncentiveSafeguardsUnknown", {"safeguards": 8})),
    ],
)
def test_points_refuses_parameters_that_it_does_not_have(packed, refusal):
    factory = Factory(implementation="PointsSparsePerceptron")
    assert outcome(lambda: factory.create(packed, pack_model(1, 1, 0), tail=bytes(4))) == refusal


@pytest.mark.parametrize(("refund_wait", "collect_wait"), [(20, 10), (10, 10), (-1, 10), (0, 2**32)])
def test_points_twin_refuses_the_same_waits(refund_wait, collect_wait):
    with pytest.raises(RuleViolation):
        POINTS.terms(refund_wait, collect_wait).pack()


def test_points_parameters_can_be_read_back():
    pair = Pair(SparsePerceptron.from_weights([50, 0]), POINTS.terms(10, 3_613, 5, 3))
    assert list(pair.contract.view("incentiveParameters")) == [10, 3_613, 5, 3]
    assert pair.contract.view("incentiveId").rstrip(b"\0").decode() == POINTS.id


def test_value_that_somebody_sends_all_the_same_is_its_credit():
    pair = Pair(SparsePerceptron.from_weights([50, 0]), POINTS.terms(10, 20))
    assert pair.contribute(ANN, pack_sample([0]), 1, 0, value=7)[0] == "done"
    assert pair.twin.account(ANN) == (7, 0)
    pair.now += 11
    assert pair.refund(ANN, pair.twin.contributions[0], pair.samples[0]) == ("done", 0)
    assert pair.twin.account(ANN) == (7, 1)
    assert pair.withdraw(ANN) == ("done", 7)
    assert pair.withdraw(BOB)[0] == "NothingToWithdraw"
