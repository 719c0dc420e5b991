"""What the calls of a run would have cost in gas, by the snapshot of the contracts."""

import json
from functools import cache
from importlib import resources

from earnest.core.incentives.base import Terms
from earnest.simulations.engine import types as engine


def gas_of(tally: list[int], terms: Terms) -> int:
    """Gas of these calls under a pool's terms, whose incentive was measured; see `engine.State.tally`."""
    gas, names = gas_snapshot(), terms.incentive.gas
    calls = {
        "agrees": tally[engine.ACCEPTED] - tally[engine.LEARNED],
        "disagrees": tally[engine.LEARNED],
        "refund": tally[engine.REFUNDS],
        "report": tally[engine.REPORTS],
        "burn" if terms.burns_leftover else "anyone": tally[engine.COLLECTS],
    }
    return sum(count * gas[names[call]] for call, count in calls.items())


@cache
def gas_snapshot() -> dict[str, int]:
    """Measured gas by what was measured."""
    snapshot: dict[str, int] = json.loads(resources.files("earnest.contracts").joinpath("gas.json").read_text("utf-8"))
    return snapshot
