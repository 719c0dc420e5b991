"""What a receipt says of a deposit whose judge is sealed: whoever believes it and waits must not lose by that."""

import pytest

from earnest.chain.errors import CONTRACT_ERRORS
from earnest.contributions.service import ContributionService
from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.statements.schemas import Receipt
from earnest.statements.service import StatementService
from earnest.sync.loop import SyncLoop
from tests.fixtures.pools import OTHER
from tests.fixtures.sealed_pools import SealedWorld


class Served:
    """A sealed pool, with what serves it."""

    def __init__(self, world: SealedWorld) -> None:
        self.world = world
        readiness = Readiness()
        readiness.clear("start")
        self._sync = SyncLoop(world.gateway, world.sessions, readiness, 0.2)
        self._pools = PoolService(world.sessions, world.gateway, self._sync)
        contributions = ContributionService(world.sessions, self._pools)
        self._statements = StatementService(world.sessions, self._pools, contributions)

    def receipt(self, index: int) -> Receipt:
        """At the chain's newest block."""
        self._sync.add(self.world.pool_id)
        return self._statements.receipt(self.world.pool_id, index)


@pytest.fixture
def served(sqlite_sealed_world: SealedWorld) -> Served:
    return Served(sqlite_sealed_world)


def test_what_is_at_risk_is_not_said_to_come_back_for_sure(served: Served):
    """Its author believes so, comes when it likes, and the contract has burned the deposit."""
    world = served.world
    sample = world.sample(3)
    wrong = world.another(sample)
    made = world.give(sample, wrong, OTHER)
    assert made.outcome == AT_RISK
    first, last = made.epoch + world.setting("wait_seals"), made.epoch + world.setting("risk_seals")
    told = served.receipt(made.index)
    assert told.verdict == "at risk"
    assert "for sure" not in told.reason
    assert f"from seal {first} until seal {last}" in told.reason
    assert "only if" in told.reason
    assert f"Seal {last + 1} takes" in told.reason
    assert "disagrees with the label now" in told.reason
    for _ in range(world.setting("risk_seals")):
        world.seal()
    # the receipt's last seal is the contract's: after it, nothing comes back
    assert f"until seal {last}" in served.receipt(made.index).reason
    world.seal()
    with pytest.raises(CONTRACT_ERRORS["Expired"]):
        world.settle(made, sample, OTHER)
    gone = served.receipt(made.index)
    assert (gone.verdict, int(gone.pending)) == ("expired", 0)
    assert "for sure" not in gone.reason


def test_what_was_agreed_or_promised_comes_back_for_ever_and_is_not_said_to_be_at_risk(served: Served):
    world = served.world
    rate = world.setting("rate")
    samples = [world.sample(number) for number in range(rate + 1)]
    made = [world.give(sample, world.said(sample), OTHER) for sample in samples[:rate]]
    made.append(world.give(samples[rate], world.another(samples[rate]), OTHER))
    assert [one.outcome for one in made] == [AGREED] * rate + [PROMISED]
    for one, verdict in ((made[0], "agreed"), (made[-1], "promised")):
        told = served.receipt(one.index)
        assert told.verdict == verdict
        assert "at risk" not in told.reason
        assert f"for sure, from seal {one.epoch + world.setting('wait_seals')} on" in told.reason
    # much later than what is at risk is lost
    for _ in range(world.setting("learn_seals") + 2):
        world.seal()
    for one, sample in ((made[0], samples[0]), (made[-1], samples[-1])):
        assert "for sure" in served.receipt(one.index).reason
        world.settle(one, sample, OTHER)
        assert served.receipt(one.index).verdict == "settled"
