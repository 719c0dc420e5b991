"""Each price rule answers in the contract what it answers in the twin."""

import itertools

import pytest

from earnest.core.incentives.prices import PRICES, PriceRule
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import GENESIS
from tests.agreement.pair import Pair

#: Seconds around where rules step: squares, hours, days, and more than any shift has bits for.
ELAPSED = (1, 2, 3, 4, 59, 60, 61, 3599, 3600, 3601, 7200, 86_399, 86_400, 10**6, 10**9)


@pytest.mark.parametrize("rule", PRICES, ids=lambda rule: rule.name)
def test_price_is_the_twins_at_the_ends_of_every_amount_and_long_after(rule: PriceRule):
    ends = [[value for value in (one.low, 10**9, one.high) if value is not None] for one in rule.parameters]
    for amounts in itertools.product(*ends):
        settings = {one.name: int(value) for one, value in zip(rule.parameters, amounts, strict=True)}
        settings |= {"price": rule.name, "refund_wait": 10, "collect_wait": 20, "head_start": 0}
        pair = Pair(SparsePerceptron.from_weights([0, 1]), SELF_ASSESSMENT.terms_of(settings))
        for elapsed in ELAPSED:
            pair.evm.timestamp = GENESIS + elapsed
            assert pair.contract.view("price") == pair.twin.price(GENESIS + elapsed), (settings, elapsed)
