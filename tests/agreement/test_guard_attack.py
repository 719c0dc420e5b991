"""The guard as a weapon, in a pool with the shortest windows that it allows, held by whoever orders a block's transactions.

Each block's first transaction is a contribution of the thief's, so that all others' claims in it are refused, until every
honest deposit is left over. No safeguard is missing, the model is right about every sample, and the honest account asks in
each block. What it costs is a contribution a block for a day at least, since no guarded pool leaves refunds less.
"""

import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS, SHORTEST_REFUNDS
from earnest.core.keccak import keccak256
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.pair import Pair
from tests.agreement.test_attacks import COST, DAY, HONEST, NEXT, THIEF, gain, submit
from tests.agreement.test_turning_attacks import BLOCK, WEIGHTS, refund

VICTIMS = 40
BLOCKS = SHORTEST_REFUNDS // BLOCK


def guarded(leftover: int, window: int) -> Pair:
    money = (PRICE_FIXED, leftover, DAY, DAY + window, COST, 0)
    return Pair(SparsePerceptron.from_weights(WEIGHTS), SELF_ASSESSMENT.terms(*money, ALL_SAFEGUARDS, 0))


def blocked(pair: Pair, blocks: int) -> tuple[set[str], int]:
    """What an honest account is answered that asks for its refund in each of so many blocks, and the thief's gas."""
    victims = [submit(pair, HONEST, [1 + number % 8], 1) for number in range(VICTIMS)]
    pair.now += DAY
    before, asked, spent = pair.evm.gas[NEXT], set(), []
    for _ in range(blocks):
        pair.now += BLOCK
        spent.append(submit(pair, NEXT, [0], 1))
        asked.add(refund(pair, victims[0]))
    gas = pair.evm.gas[NEXT] - before
    # the rule that they were asked by, and not the model, which is right
    assert all(pair.twin.predict(pair.samples[what.index])[0] == what.label for what in victims)
    pair.now += 1
    for what in victims:
        refund(pair, what)
        pair.collect(THIEF, what, keccak256(pair.samples[what.index]))
    # the thief's own come back, one after the other, as each comes of age
    for what in spent:
        pair.now = max(pair.now, what.time + DAY + 1)
        assert refund(pair, what) == "done"
    return asked, gas


@pytest.mark.parametrize("window", [3_600, SHORTEST_REFUNDS - 1])
def test_windows_that_are_blocked_within_a_day_are_refused(window: int):
    with pytest.raises(RuleViolation, match=f"leaves {window} s for refunds"):
        guarded(LEFTOVER_ANYONE, window)


@pytest.mark.parametrize("leftover", [LEFTOVER_ANYONE, LEFTOVER_BURN])
def test_a_block_that_the_thief_leaves_free_saves_every_deposit(leftover: int):
    pair = guarded(leftover, SHORTEST_REFUNDS)
    asked, _ = blocked(pair, 300)
    assert asked == {"ClaimGuarded"}
    assert (gain(pair, [HONEST]), gain(pair, [THIEF, NEXT])) == (0, 0)


@pytest.mark.parametrize(("leftover", "taken"), [(LEFTOVER_ANYONE, VICTIMS * COST), (LEFTOVER_BURN, 0)])
def test_contributing_first_in_every_block_of_a_day_costs_seven_thousand_contributions(leftover: int, taken: int):
    """Open, and dear: docs/incentives.md says so."""
    pair = guarded(leftover, SHORTEST_REFUNDS)
    asked, gas = blocked(pair, BLOCKS)
    assert asked == {"ClaimGuarded"}
    assert (gain(pair, [HONEST]), gain(pair, [THIEF, NEXT])) == (-VICTIMS * COST, taken)
    # at one wei a unit of gas it loses: 40 deposits of 1,000 wei are far below what its transactions burn
    assert BLOCKS == 7_200
    assert gas > BLOCKS * 60_000
