"""What is reported of a run: one flat row, and a series over simulated days.

Nothing in them depends on the machine's speed: the same scenario, data and seed give the same rows.
"""

import json
import platform
from functools import cache
from importlib import metadata, resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.incentives.base import Terms
from earnest.simulations import guests
from earnest.simulations.engine import types as engine
from earnest.simulations.run import Outcome, harmful_agents
from earnest.simulations.scenario import SECONDS_PER_DAY, AgentGroup, Scenario
from earnest.simulations.task import Task

Row = dict[str, Any]

VERSIONED = ("earnest", "numpy", "numba", "scikit-learn")


def row_of(scenario: Scenario, task: Task, seed: int, outcome: Outcome) -> Row:
    """Everything about a run in one flat row; money in coins, and in units where the name ends so.

    Where nobody pays, all that is paid, returned, gained or lost is 0, balances stay as they start,
    nobody is depleted, and no offer is below the price.

    - `accuracy_gap`: baseline less final accuracy; `accuracy_area`: mean accuracy over the run's time, each measured
      value holding until the next.
    - `depletion_day`: on which the last of the agents that are out to do harm is depleted; None if one of them never
      is, or there is none.
    - `honest_loss`: paid for correctly labelled samples and not gone back to their authors, be they still open.
    - `wrong`: accepted contributions with another label than the true one; `wrong_refunded_share`: the part of them
      that was refunded, None without any.
    - `saturated`: how often a weight did not move with its sample because its range in the contract ended.
    - `abstained`, `refused_same_second`, `refused_price`: wakes with data left and no contribution, by reason.
    - `guests`: what other packages brought to the run, each with package and version; only where there is something.
    - a group's `profit`: what it ends with less what it started with; `profit_after_gas`: less its calls' gas too, by
      the snapshot in `contracts/gas.json`, at the scenario's `gas_price`.
    """
    state, last, unit = outcome.state, outcome.observations[-1], scenario.units_per_coin
    tally = state.tally.sum(axis=0).tolist()
    row: Row = scenario.flat() | {
        "seed": seed,
        "dataset_sha256": task.dataset_sha256,
        "initial_accuracy": outcome.initial_accuracy,
        "final_accuracy": outcome.final_accuracy,
        "baseline_accuracy": outcome.baseline_accuracy,
        "accuracy_gap": outcome.baseline_accuracy - outcome.final_accuracy,
        "accuracy_area": accuracy_area(outcome),
        "depletion_day": last_depletion_day(state.depleted_at[harmful_agents(scenario)]),
        "days": last.time / SECONDS_PER_DAY,
        "accepted": last.accepted,
        "ended": outcome.ended,
        "burned_units": int(state.counters[engine.BURNED]),
        "learned": tally[engine.LEARNED],
        "saturated": tally[engine.SATURATED],
        "abstained": tally[engine.ABSTAINED],
        "refused_same_second": tally[engine.SAME_SECOND],
        "refused_price": tally[engine.PRICE_ABOVE_OFFER],
        "refunds": tally[engine.REFUNDS],
        "reports": tally[engine.REPORTS],
        "collects": tally[engine.COLLECTS],
        "mean_price": tally[engine.PAID] / tally[engine.ACCEPTED] / unit if tally[engine.ACCEPTED] else None,
        "honest_loss": (tally[engine.RIGHT_PAID] - tally[engine.RIGHT_RETURNED]) / unit,
        "wrong": tally[engine.WRONG],
        "wrong_refunded_share": tally[engine.WRONG_REFUNDS] / tally[engine.WRONG] if tally[engine.WRONG] else None,
    }
    for group, members in groups(scenario):
        row |= {f"{group.name}_{name}": value for name, value in _of_group(scenario, group, members, outcome).items()}
    row |= {f"{name.replace('-', '_')}_version": _version(name) for name in VERSIONED}
    row["python_version"] = platform.python_version()
    return row | guests.column_of(scenario)


def _of_group(scenario: Scenario, group: AgentGroup, members: slice, outcome: Outcome) -> Row:
    state, unit = outcome.state, scenario.units_per_coin
    units = int(outcome.observations[-1].balances[members].sum())
    tally = state.tally[members].sum(axis=0).tolist()
    profit = units / unit - group.start_balance * group.count
    gas = gas_of(tally, scenario.terms) * scenario.gas_price / 1e6 if scenario.gas_price else 0.0
    return {
        "balance": units / unit,
        "balance_units": units,
        "depletion_day": last_depletion_day(state.depleted_at[members]),
        "profit": profit,
        "profit_after_gas": profit - gas,
        "accepted": tally[engine.ACCEPTED],
        "wrong": tally[engine.WRONG],
        "refunded": tally[engine.REFUNDED] / unit,
        "reported": tally[engine.REPORTED] / unit,
        "collected": tally[engine.COLLECTED] / unit,
    }


def accuracy_area(outcome: Outcome) -> float:
    """Mean accuracy over time; each measured value holds until the next."""
    seen = outcome.observations
    times = np.diff([one.time for one in seen])
    if times.sum() == 0:
        return outcome.final_accuracy
    return float(np.average([one.accuracy for one in seen[:-1]], weights=times))


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
