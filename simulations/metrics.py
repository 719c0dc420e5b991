"""What is reported of a run: one flat row, and a series over simulated days.

Nothing in them depends on the machine's speed: the same scenario, data and seed give the same rows.
"""

import platform
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations import engine
from simulations.behaviours import BEHAVIOURS
from simulations.run import Outcome
from simulations.scenario import SECONDS_PER_DAY, AgentGroup, Scenario
from simulations.task import Task

Row = dict[str, Any]

VERSIONED = ("earnest", "numpy", "numba", "scikit-learn")


def row_of(scenario: Scenario, task: Task, seed: int, outcome: Outcome) -> Row:
    """Everything about a run in one flat row; balances in coins, and in units where the name ends so.

    `accuracy_gap` is baseline less final accuracy. `depletion_day` is the day on which the last of the agents that are
    out to do harm is depleted; None if one of them never is, or there is none.
    """
    balances, depleted_at = outcome.observations[-1].balances, outcome.state.depleted_at
    row: Row = scenario.flat() | {
        "seed": seed,
        "dataset_sha256": task.dataset_sha256,
        "initial_accuracy": outcome.initial_accuracy,
        "final_accuracy": outcome.final_accuracy,
        "baseline_accuracy": outcome.baseline_accuracy,
        "accuracy_gap": outcome.baseline_accuracy - outcome.final_accuracy,
        "depletion_day": last_depletion_day(depleted_at[_harmful(scenario)]),
        "days": outcome.observations[-1].time / SECONDS_PER_DAY,
        "accepted": outcome.observations[-1].accepted,
        "ended": outcome.ended,
        "burned_units": int(outcome.state.counters[engine.BURNED]),
    }
    for group, members in groups(scenario):
        units = int(balances[members].sum())
        row[f"{group.name}_balance"] = units / scenario.units_per_coin
        row[f"{group.name}_balance_units"] = units
        row[f"{group.name}_depletion_day"] = last_depletion_day(depleted_at[members])
    row |= {f"{name.replace('-', '_')}_version": _version(name) for name in VERSIONED}
    row["python_version"] = platform.python_version()
    return row


def series_of(scenario: Scenario, seed: int, outcome: Outcome) -> list[Row]:
    """One row an observation; `accuracy` is the last measured one, balances are a group's, in coins."""
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


def last_depletion_day(depleted_at: NDArray[np.int64]) -> float | None:
    """Day on which the last of these agents was depleted; None if one never was, or there are none."""
    if len(depleted_at) == 0 or (depleted_at == engine.NONE).any():
        return None
    return int(depleted_at.max()) / SECONDS_PER_DAY


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        # our own package, run from a checkout
        return "not installed"


def _harmful(scenario: Scenario) -> NDArray[np.bool_]:
    return np.array([BEHAVIOURS[group.behaviour].harms for group in scenario.agents for _ in range(group.count)])
