"""The rows of a run: one flat row of knobs and measures, and a series over simulated days."""

import platform
from importlib import metadata
from typing import Any

from earnest.simulations import guests
from earnest.simulations.measures.measure import Measured
from earnest.simulations.measures.of_group import OF_GROUP
from earnest.simulations.measures.of_run import OF_RUN
from earnest.simulations.run import Outcome
from earnest.simulations.scenario import SECONDS_PER_DAY, AgentGroup, Scenario
from earnest.simulations.task import Task

Row = dict[str, Any]

VERSIONED = ("earnest", "numpy", "numba", "scikit-learn")


def row_of(scenario: Scenario, task: Task, seed: int, outcome: Outcome) -> Row:
    """Everything about a run in one flat row: its knobs, its measures, and what it ran on.

    `guests` says what other packages brought to it, each with package and version; only where there is something.

    Where nobody pays, all that is paid, returned, gained or lost is 0, balances stay as they start, nobody is depleted,
    and no offer is below the price.
    """
    run = Measured(scenario, outcome)
    row: Row = scenario.flat() | {"seed": seed, "dataset_sha256": task.dataset_sha256}
    row |= {measure.column(): measure.of(run) for measure in OF_RUN}
    for group, members in groups(scenario):
        of = Measured(scenario, outcome, members, group)
        row |= {measure.column(group.name): measure.of(of) for measure in OF_GROUP}
    row |= {f"{name.replace('-', '_')}_version": _version(name) for name in VERSIONED}
    row["python_version"] = platform.python_version()
    return row | guests.column_of(scenario)


def series_of(scenario: Scenario, seed: int, outcome: Outcome) -> list[Row]:
    """One row an observation.

    `accuracy` is the last measured one, balances are a group's, in coins, `price` is what the last contribution cost.
    """
    return [
        {
            "scenario": scenario.name,
            "seed": seed,
            "time": seen.time,
            "day": seen.time / SECONDS_PER_DAY,
            "accuracy": seen.accuracy,
            "measured": seen.measured,
            "accepted": seen.accepted,
            "open": seen.open,
            "price": seen.price / scenario.units_per_coin,
        }
        | {
            f"{group.name}_balance": int(seen.balances[members].sum()) / scenario.units_per_coin
            for group, members in groups(scenario)
        }
        for seen in outcome.observations
    ]


def groups(scenario: Scenario) -> list[tuple[AgentGroup, slice]]:
    """Each group with the indices of its agents."""
    found, start = [], 0
    for group in scenario.agents:
        found.append((group, slice(start, start + group.count)))
        start += group.count
    return found


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        # our own package, run from a checkout
        return "not installed"
