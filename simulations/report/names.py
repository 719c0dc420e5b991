"""What knobs and measures are called on a page, and what they are counted in."""

import math

#: Knobs, of the scenario and of agents.
KNOBS = {
    "num_words": "number of words",
    "dataset": "data set",
    "test_size": "samples held out",
    "shuffle_seed": "seed of the samples' order",
    "refund_wait": "wait before refunds",
    "collect_wait": "wait before collections",
    "head_start": "head start of refunds",
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

_MEASURES = {
    "final_accuracy": "final accuracy",
    "initial_accuracy": "initial accuracy",
    "baseline_accuracy": "accuracy had all been honest",
    "accuracy_gap": "accuracy lost to the agents",
    "accuracy_area": "mean accuracy over time",
    "depletion_day": "day of depletion",
    "days": "days until the end",
    "accepted": "contributions accepted",
    "learned": "contributions learned from",
    "saturated": "moves of weights held back by their range",
    "abstained": "wakes without an offer",
    "refused_same_second": "offers too close (same second as another)",
    "refused_price": "offers below the price",
    "collects": "collections",
    "mean_price": "mean price",
    "honest_loss": "deposits lost on correct samples",
    "wrong": "wrong contributions accepted",
    "wrong_refunded_share": "share of wrong ones refunded",
    "burned": "burned",
}
#: Of a group of agents, after its name.
_OF_GROUP = {
    "profit_after_gas": "profit of {} after gas",
    "depletion_day": "day of depletion of {}",
    "balance": "balance of {}",
    "profit": "profit of {}",
    "accepted": "contributions of {}",
    "wrong": "wrong contributions of {}",
    "refunded": "refunds to {}",
    "reported": "shares that {} took by reports",
    "collected": "leftovers that {} collected",
}
_COINS = (
    "balance", "profit", "profit_after_gas", "refunded", "reported", "collected", "mean_price", "honest_loss", "cost",
    "deposit_mean", "deposit_deviation", "start_balance", "weight", "step",
)  # fmt: skip
#: Ends of measures that may be below zero; all others are counts, sums, times or shares.
_LOSS_OR_GAIN = ("profit", "profit_after_gas")
_SECONDS = ("wait_mean", "wait_deviation", "refund_wait", "collect_wait", "head_start")


def name_of(measure: str) -> str:
    """A measure in words."""
    if measure in _MEASURES:
        return _MEASURES[measure]
    for ending, form in _OF_GROUP.items():
        if measure.endswith(f"_{ending}"):
            return form.format(measure.removesuffix(f"_{ending}"))
    return measure.replace("_", " ")


def knob_in_words(knob: str) -> str:
    """A knob in words; `GROUP.KNOB` is one of agents."""
    group, dot, own = knob.rpartition(".")
    name = KNOBS.get(own, own.replace("_", " "))
    return f"{name} of {'all agents' if group == 'agents' else group}" if dot else name


def unit_of(name: str) -> str:
    """What a knob or a measure is counted in; nothing for a number or a share."""
    own = name.rpartition(".")[2]
    if own in _COINS or any(own.endswith(f"_{ending}") for ending in _COINS):
        return "coins"
    return "s" if own in _SECONDS else ""


def bounds_of(measure: str) -> tuple[float, float]:
    """The least and the largest value that a measure can have."""
    if measure == "accuracy_gap":
        return -1.0, 1.0
    if measure.endswith(_LOSS_OR_GAIN):
        return -math.inf, math.inf
    # an area is the mean of an accuracy over time
    return 0.0, 1.0 if measure.endswith(("_accuracy", "_share", "accuracy_area")) else math.inf


def with_unit(name: str, unit: str) -> str:
    """A name with its unit behind it."""
    return f"{name}, {unit}" if unit else name
