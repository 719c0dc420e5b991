"""An owner's pause and what is at risk.

A pause stops `contribute` alone, and seals go on. What is at risk comes back against standing, which is earned by
`contribute` and by nothing else: so an owner can have it lost, to the budget, of which it has nothing. Open:
docs/sealed-assessment.md says so. What is agreed or promised comes back in a paused pool as ever.
"""

import pytest

from earnest.core.incentives.sealed import AT_RISK
from tests.agreement.contracts import DEPLOYER
from tests.agreement.test_sealed_attacks import RATE, RISK_PRICE, SURE, Played


@pytest.mark.parametrize("paused", [False, True])
def test_an_owner_that_pauses_keeps_an_author_from_earning_what_is_at_risk(paused: bool):
    played = Played(base_fee=1, seal_bounty=2**96 - 1)
    risky = played.give(played.honest, SURE, 0)
    assert risky.outcome == AT_RISK
    if paused:
        assert played.pair.owner_verb("pause", "pause", DEPLOYER)[0] == "done"
    made = []
    for _ in range(3):
        played.seal(played.thief)
        # a standing in each epoch: enough by the last in which it can be settled
        answer = played.pair.contribute(played.honest, SURE, 1, 10, value=10)[0]
        assert answer == ("ContributionsPaused" if paused else "done")
        made += [] if paused else [played.pair.twin.contributions[-1]]
    answer = played.settle(risky)
    if paused:
        assert answer == "JudgeDisagrees"
        played.seal(played.thief)
        assert played.settle(risky) == "Expired"
        assert played.pair.owner_verb("unpause", "unpause", DEPLOYER)[0] == "done"
    else:
        assert (answer, len(made)) == ("done", RATE)
        played.seal(played.thief, 2)
        for one in made:
            assert played.settle(one) == "done"
    assert played.gain(played.honest) == (-RISK_PRICE if paused else 0)
    # the owner's friend, who seals, is paid no more than its gas
    assert played.gain(played.thief, gas=True) <= 0
