"""What knobs and measures are called on a page, and what they are counted in."""

import math

from earnest.simulations.measures import measure_of

#: Knobs, of the scenario and of agents.
KNOBS = {
    "num_words": "number of words",
    "dataset": "data set",
    "test_size": "samples held out",
    "shuffle_seed": "seed of the samples' order",
    "refund_wait": "wait before refunds",
    "collect_wait": "wait before collections",
    "max_days": "longest run in days",
    "train_size": "samples in all",
    "initial_share": "share trained on beforehand",
    "cost": "submission cost",
    "leftover": "rule for leftovers",
    "deposit_mean": "mean deposit",
    "deposit_deviation": "deviation of deposits",
    "wait_mean": "mean wait",
    "wait_deviation": "deviation of waits",
    "count": "number",
}

_COINS = ("cost", "deposit_mean", "deposit_deviation", "start_balance", "weight", "step")
_SECONDS = ("wait_mean", "wait_deviation", "refund_wait", "collect_wait")


def name_of(measure: str) -> str:
    """A column of measures in words."""
    found = measure_of(measure)
    return measure.replace("_", " ") if found is None else found.measure.told(found.group)


def knob_in_words(knob: str) -> str:
    """A knob in words; `GROUP.KNOB` is one of agents."""
    group, dot, own = knob.rpartition(".")
    name = KNOBS.get(own, own.replace("_", " "))
    return f"{name} of {'all agents' if group == 'agents' else group}" if dot else name


def unit_of(measure: str) -> str:
    """What a column of measures is counted in; nothing for a number or a share."""
    found = measure_of(measure)
    return "" if found is None else found.measure.unit


def unit_of_knob(knob: str) -> str:
    """What a knob is counted in; nothing for a number or a share."""
    own = knob.rpartition(".")[2]
    return "coins" if own in _COINS else "s" if own in _SECONDS else ""


def bounds_of(measure: str) -> tuple[float, float]:
    """The least and the largest value that a column of measures can have."""
    found = measure_of(measure)
    return (-math.inf, math.inf) if found is None else found.measure.bounds


def with_unit(name: str, unit: str) -> str:
    """A name with its unit behind it."""
    return f"{name}, {unit}" if unit else name
