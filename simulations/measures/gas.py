"""What the calls of a run would have cost in gas, by the snapshot of the contracts."""

import json
from functools import cache
from importlib import resources

from earnest.simulations.engine import fast as engine

#: Gas of each call on real reviews, by the snapshot `contracts/gas.json`.
GAS_NAMES = {
    "agrees": "real review: contribute, agrees, mean of 20",
    "disagrees": "real review: contribute, disagrees, mean of 20",
    "refund": "real review: refund, mean of 20",
    # measured on a larger sample: an upper bound for reviews
    "report": "130 features: report, share",
    "burn": "collect, burn",
    "anyone": "collect, anyone",
}


def gas_of(tally: list[int], leftover: str) -> int:
    """Gas of these calls; see `engine.State.tally`."""
    gas = gas_snapshot()
    calls = {
        "agrees": tally[engine.ACCEPTED] - tally[engine.LEARNED],
        "disagrees": tally[engine.LEARNED],
        "refund": tally[engine.REFUNDS],
        "report": tally[engine.REPORTS],
        leftover: tally[engine.COLLECTS],
    }
    return sum(count * gas[GAS_NAMES[call]] for call, count in calls.items())


@cache
def gas_snapshot() -> dict[str, int]:
    """Measured gas by what was measured."""
    snapshot: dict[str, int] = json.loads(resources.files("earnest.contracts").joinpath("gas.json").read_text("utf-8"))
    return snapshot
