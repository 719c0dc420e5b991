"""The guard as a weapon of whoever orders a block's transactions, in a pool with the shortest windows that it allows.

Each block's first transaction is a contribution of the thief's, so that all others' claims in it are refused, until
every honest deposit is left over. No safeguard is missing, the model is right about every sample, and the honest
account asks in each block.
"""

import pytest

from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS
from earnest.core.keccak import keccak256
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.pair import Pair
from tests.agreement.test_attacks import COST, DAY, HONEST, NEXT, THIEF, gain, submit
from tests.agreement.test_turning_attacks import BLOCK, WEIGHTS, refund

#: The guard asks for an hour of reports at least; nothing asks for more of refunds.
SHORTEST, VICTIMS = 3_600, 40


@pytest.mark.parametrize("leftover", [LEFTOVER_ANYONE, LEFTOVER_BURN])
def test_contributing_first_in_each_block_takes_no_honest_deposit(leftover: int):
    money = (PRICE_FIXED, leftover, DAY, DAY + SHORTEST, COST, 0)
    pair = Pair(SparsePerceptron.from_weights(WEIGHTS), SELF_ASSESSMENT.terms(*money, ALL_SAFEGUARDS, 0))
    victims = [submit(pair, HONEST, [1 + number % 8], 1) for number in range(VICTIMS)]
    pair.now += DAY
    asked, spent = set(), []
    for _ in range(SHORTEST // BLOCK):
        pair.now += BLOCK
        spent.append(submit(pair, NEXT, [0], 1))
        asked.add(refund(pair, victims[0]))
    # the rule that they were asked by, and not the model, which is right
    assert all(pair.twin.predict(pair.samples[what.index])[0] == what.label for what in victims)
    pair.now += 1
    late = {refund(pair, what) for what in victims}
    for what in victims:
        pair.collect(THIEF, what, keccak256(pair.samples[what.index]))
    # the thief's own come back, one after the other, as each comes of age
    for what in spent:
        pair.now = max(pair.now, what.time + DAY + 1)
        assert refund(pair, what) == "done"
    assert (gain(pair, [HONEST]), gain(pair, [THIEF, NEXT])) == (0, 0), (asked, late)
