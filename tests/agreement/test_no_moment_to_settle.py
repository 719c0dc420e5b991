"""Epochs no longer than a block would leave no moment in which what is at risk could be settled.

A deposit at risk comes back once so many seals have passed, while no more than so many have. With `wait_seals` equal to
`risk_seals`, as by default, that is one epoch, from one seal to the next: whoever orders transactions, and seals last
in a block and first in the next, would leave nothing in between. So an epoch is an hour at least.
"""

import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.incentives.sealed_assessment import SHORTEST_EPOCH
from tests.agreement.test_sealed_attacks import RATE, SURE, Played

BLOCK = 12


@pytest.mark.parametrize("epoch_length", [SHORTEST_EPOCH - 1, BLOCK, 1])
def test_epochs_below_an_hour_are_refused(epoch_length: int):
    with pytest.raises(RuleViolation, match="epoch_length"):
        Played(epoch_length=epoch_length, wait_seals=2, risk_seals=2)


def test_what_standing_pays_for_can_be_settled_between_two_seals_that_come_as_soon_as_they_may():
    played = Played(base_fee=1, epoch_length=SHORTEST_EPOCH, wait_seals=2, risk_seals=2, seal_bounty=2**96 - 1)
    pair, thief = played.pair, played.thief
    pair.now += BLOCK
    risky = played.give(played.honest, SURE, 0)
    made = [played.give(played.honest, SURE, 1) for _ in range(RATE)]
    assert (risky.outcome, pair.twin.account(played.honest)[1]) == (AT_RISK, RATE)
    answers = []
    for _ in range(3):
        # last in its block; the author asks in the next one
        pair.now = pair.twin.sealed_at + SHORTEST_EPOCH
        assert pair.seal(thief)[0] == "done"
        pair.now += BLOCK
        if "done" not in answers:
            answers.append(played.settle(risky))
    assert answers == ["TooFewSeals", "done"]
    for one in made:
        assert played.settle(one) == "done"
    assert played.gain(played.honest) == 0
