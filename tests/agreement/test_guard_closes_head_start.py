"""The guard turned against the head start, in a pool with all safeguards whose authors never sleep.

Each block of the head start begins with a contribution of the thief's, right labels whose deposits come back, so that
no author is refunded, although the model agrees with all of them and all of them ask in every block. The last of these
blocks ends with what turns the model, and the next one begins with the thief's reports: nobody had a moment in which to
teach the model back, and whoever does it in that block comes after them.

Open, like turning the model while nobody else acts, and dearer by the gas of a contribution in each block; a head start
that is longer makes it longer. docs/incentives.md says so. In a pool whose judge is sealed there is nothing to turn.
"""

import json

import pytest

from earnest.contracts.tools.gas import SNAPSHOT
from tests.agreement.test_attacks import COST, HONEST, NEXT, THIEF, gain, report, submit
from tests.agreement.test_turning_attacks import (
    BLOCK,
    FLIPS,
    HEAD_START,
    REFUND_WAIT,
    RESTORES,
    SAFE,
    VICTIMS,
    a_pool,
    agree,
    commit,
    refund,
)


def most_gas(blocks: int) -> int:
    """What the thief's transactions take, each reckoned as the dearest of its kind."""
    one = json.loads(SNAPSHOT.read_text("utf-8"))
    closing = one["1 feature: contribute, agrees"] + one["130 features: refund"]
    flips = len(FLIPS) * one["130 features: contribute, disagrees"]
    return blocks * closing + flips + VICTIMS * one["130 features: report, share"] + one["withdraw"]


@pytest.mark.parametrize("teaching", [False, True], ids=["they ask", "they ask and teach"])
def test_who_asks_in_every_block_of_a_head_start_that_is_kept_closed_loses_a_share(teaching: bool):
    pair, victims = a_pool(*SAFE)
    closing, lessons, heard = [], [], set()
    for number in range(HEAD_START // BLOCK):
        pair.now += BLOCK
        # first in the block, with a label that nobody contests
        closing.append(submit(pair, NEXT, [0], 1))
        heard |= {refund(pair, what) for what in victims}
        if teaching and number % 100 == 99:
            # against what is not even there yet
            lessons.append(submit(pair, HONEST, [0], 1))
        assert all(agree(pair, victims)), "the model is right about all of them, in every block"
    assert heard == {"ClaimGuarded"}
    # last in that block
    flips = commit(pair, THIEF, FLIPS)

    # first in the next one
    pair.now += BLOCK
    answers = {report(pair, THIEF, what) for what in victims}
    # the authors ask in this block too, and teach, and ask in the next one
    late = {refund(pair, what) for what in victims}
    lessons += commit(pair, HONEST, RESTORES)
    pair.now += BLOCK
    late |= {refund(pair, what) for what in victims}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in [*closing, *lessons]} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}

    won, lost = gain(pair, [THIEF, NEXT]), -gain(pair, [HONEST])
    assert answers == {"done"}
    # nine tenths, by 27 of 30 verified, less what turned the model; and what its gas costs
    assert won == VICTIMS * COST * 9 // 10 - len(flips) * COST
    assert lost > 0
    assert most_gas(len(closing)) > 50 * 10**6
