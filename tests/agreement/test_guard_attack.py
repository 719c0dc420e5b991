"""The guard as a weapon, in a pool with the shortest windows that it allows, held by whoever orders transactions.

Each block's first one is a contribution of the thief's, so that all others' claims in it are refused, until every
honest deposit is older than its windows. No safeguard is missing, the model is right about every sample, and the honest
account asks in each block. Refunds stay open, and collections closed, until an hour has passed without a contribution.
"""

import pytest

from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS, QUIET, SHORTEST_WINDOW
from earnest.core.keccak import keccak256
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Contribution
from tests.agreement.pair import Pair
from tests.agreement.test_attacks import COST, DAY, HONEST, NEXT, THIEF, gain, submit
from tests.agreement.test_turning_attacks import BLOCK, WEIGHTS, refund

VICTIMS = 40


class Blocked:
    """A pool in which a thief contributes first in so many blocks from a refund's first second on."""

    def __init__(self, leftover: int, blocks: int) -> None:
        money = (PRICE_FIXED, leftover, DAY, DAY + SHORTEST_WINDOW, COST, 0)
        self.pair = Pair(SparsePerceptron.from_weights(WEIGHTS), SELF_ASSESSMENT.terms(*money, ALL_SAFEGUARDS, 0))
        self.victims = [submit(self.pair, HONEST, [1 + number % 8], 1) for number in range(VICTIMS)]
        self.pair.now += DAY
        self.answers, self.own = set(), []
        for _ in range(blocks):
            self.pair.now += BLOCK
            self.own.append(submit(self.pair, NEXT, [0], 1))
            self.answers.add(refund(self.pair, self.victims[0]))

    def collect(self, what: Contribution) -> str:
        return str(self.pair.collect(THIEF, what, keccak256(self.pair.samples[what.index]))[0])

    def end(self) -> tuple[int, int]:
        """What the honest account and the thief have won, once the thief's own deposits are back."""
        for what in self.own:
            self.pair.now = max(self.pair.now, what.time + DAY + 1)
            assert refund(self.pair, what) == "done"
        return gain(self.pair, [HONEST]), gain(self.pair, [THIEF, NEXT])


@pytest.mark.parametrize("leftover", [LEFTOVER_ANYONE, LEFTOVER_BURN])
@pytest.mark.parametrize("blocks", [SHORTEST_WINDOW // BLOCK, 3 * SHORTEST_WINDOW // BLOCK])
def test_contributing_first_in_each_block_takes_no_honest_deposit(leftover: int, blocks: int):
    played = Blocked(leftover, blocks)
    # the rule that they were asked by, and not the model, which is right
    assert played.answers == {"ClaimGuarded"}
    assert all(played.pair.twin.predict(played.pair.samples[what.index])[0] == what.label for what in played.victims)
    played.pair.now += QUIET
    assert {played.collect(what) for what in played.victims} == {"TooEarly"}
    assert {refund(played.pair, what) for what in played.victims} == {"done"}
    assert played.end() == (0, 0)


@pytest.mark.parametrize(("leftover", "taken"), [(LEFTOVER_ANYONE, VICTIMS * COST), (LEFTOVER_BURN, 0)])
def test_what_nobody_claims_in_an_hour_without_contributions_is_left(leftover: int, taken: int):
    """Not a theft: the windows are over, and the hour in which everybody could still claim is too."""
    played = Blocked(leftover, SHORTEST_WINDOW // BLOCK)
    played.pair.now += QUIET + 1
    assert {refund(played.pair, what) for what in played.victims} == {"TooLate"}
    assert {played.collect(what) for what in played.victims} == {"done"}
    assert played.end() == (-VICTIMS * COST, taken)


def test_reports_end_when_they_end():
    played = Blocked(LEFTOVER_BURN, SHORTEST_WINDOW // BLOCK)
    played.pair.now += 1
    assert played.pair.now > played.victims[-1].time + DAY + SHORTEST_WINDOW
    report = played.pair.report(NEXT, played.victims[0], played.pair.samples[played.victims[0].index])
    assert report[0] == "TooLate"
