"""What a receipt says of a deposit whose judge is sealed: whoever believes it and waits must not lose by that."""

from typing import Any, cast

import pytest

from earnest.contributions.schemas import ContributionDetail, SealedFacts
from earnest.core.incentives.sealed import AGREED, AT_RISK, CASES
from earnest.db.tables import Pool
from earnest.statements.service import StatementService
from tests.fixtures.pools import OTHER
from tests.fixtures.sealed_pools import SealedWorld


def told(world: SealedWorld, outcome: int, *, agrees: bool) -> str:
    """The reason of the verdict on an open contribution, by what the judge says now."""
    shown = ContributionDetail.model_construct(
        status="open",
        claims=[],
        label=1,
        predicted_now=1 if agrees else 0,
        sealed=SealedFacts.model_construct(case=CASES[outcome]),
    )
    service = StatementService(world.sessions, cast(Any, None), cast(Any, None))
    with world.sessions() as session:
        _, reason = service._verdict(session.get_one(Pool, world.pool_id), shown)
    return reason


def test_what_is_at_risk_is_not_said_to_come_back_for_sure(sqlite_sealed_world: SealedWorld):
    """Its author believes so, comes when it likes, and the contract has burned the deposit."""
    world = sqlite_sealed_world
    sample = world.sample(3)
    made = world.give(sample, world.another(sample), OTHER)
    assert made.outcome == AT_RISK
    reason = told(world, AT_RISK, agrees=True)
    for _ in range(world.setting("risk_seals") + 1):
        world.seal()
    with pytest.raises(Exception, match=r"[Ee]xpired|settled"):
        world.settle(made, sample, OTHER)
    assert "for sure" not in reason, reason


def test_what_was_agreed_is_not_said_to_be_at_risk(sqlite_sealed_world: SealedWorld):
    """It comes back for ever, whatever the judge says now."""
    reason = told(sqlite_sealed_world, AGREED, agrees=False)
    assert "at risk" not in reason, reason
