"""What the runs of sweeps were made on, read off their own rows: sweeps change what a scenario's description says."""

from collections.abc import Mapping
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.data.recipe import NUMBERS
from earnest.data.registry import DATASETS
from earnest.simulations.report.idle import Rows, nobody_pays
from earnest.simulations.report.sweeps import Sweeps
from earnest.simulations.report.words import level, listed
from earnest.simulations.scenario import load, shipped_names

#: Knobs that descriptions speak of, besides who the agents are and how many.
_SPOKEN_OF = ("dataset", "train_size", "model", "incentive", "leftover")
#: Values that are listed one by one; of more, the ends are told.
_MANY = 6


def title(sweeps: Sweeps) -> str:
    """The scenarios, and what was swept."""
    names = listed(list(dict.fromkeys(manifest["scenario"]["scenario"] for manifest in sweeps.manifests)))
    swept = listed([axis.label for axis in sweeps.axes])
    return f"Sweep of {names} by {swept}" if swept else f"Sweep of {names}"


def description(sweeps: Sweeps) -> str:
    """The descriptions of the scenarios whose runs are still as they say."""
    kept = [
        manifest["scenario"]["description"]
        for number, manifest in enumerate(sweeps.manifests)
        if _still_true(sweeps.rows[sweeps.rows["sweep"] == number], manifest)
    ]
    return " ".join(dict.fromkeys(kept))


def data(sweeps: Sweeps) -> list[str]:
    """The data of the runs, a sentence for each data set."""
    return [_data(rows) for _, rows in sweeps.rows.groupby("dataset", sort=False)]


def agents(sweeps: Sweeps) -> list[str]:
    """Who took part, a sentence for each sweep that had other agents."""
    told = []
    for number, manifest in enumerate(sweeps.manifests):
        rows = sweeps.rows[sweeps.rows["sweep"] == number]
        groups = [
            f"{_values(rows[f'{name}_count'])} {name} ({_values(rows[f'{name}_behaviour'])})"
            for name in manifest["agents"]
            if len(rows)
        ]
        told += [f"Agents: {listed(groups)}."] if groups else []
    return list(dict.fromkeys(told))


def money(sweeps: Sweeps) -> list[str]:
    """Which runs are left out where money is spoken of, if some are."""
    names = sweeps.rows["incentive"][nobody_pays(sweeps.rows)]
    free = len(names)
    if free == 0:
        return []
    who = f"In {free:,} of {len(sweeps.rows):,} runs" if free < len(sweeps.rows) else "In all runs"
    how = [INCENTIVES[name].words.brief for name in names.unique()]
    told = f"{who} nobody pays (incentive {listed(list(names.unique()))}): {'; '.join(how)}."
    if free < len(sweeps.rows):
        return [f"{told} What is said of balances, amounts, prices and depletion is about the others alone."]
    return [f"{told} So there are no balances, and nobody can be depleted."]


def risks(sweeps: Sweeps) -> list[tuple[str, tuple[str, ...]]]:
    """What the incentives of the runs do not protect from, in their own words: name and sentences of each."""
    return [(name, INCENTIVES[name].words.risks) for name in sweeps.rows["incentive"].unique() if name in INCENTIVES]


def _data(rows: Rows) -> str:
    initial = (rows["train_size"] * rows["initial_share"]).astype(int)
    held_out = [
        "the data set's own test set" if size in (None, "none") or size != size else f"{level(size)} held out"
        for size in rows["test_size"].unique().tolist()
    ]
    # made-up data are others for every number of words
    sums = [checksum[:16] for checksum in rows["dataset_sha256"].unique()]
    dataset = rows["dataset"].iloc[0]
    is_table = dataset in DATASETS and DATASETS[dataset].gives == NUMBERS
    words = "" if is_table else f"{_values(rows['num_words'])} words; "
    return (
        f"Data: {dataset}, {_values(rows['train_size'])} samples available, the model trained "
        f"beforehand on the first {_values(initial)} of them; accuracy measured on {listed(held_out)}; "
        f"{words}SHA-256, first 16 digits: "
        + (listed(sums) if len(sums) <= _MANY else f"{len(sums)} different ones, see runs.csv")
        + "."
    )


def _values(column: Any) -> str:
    found = sorted(column.unique().tolist())
    if len(found) > _MANY:
        return f"{level(found[0])} to {level(found[-1])}"
    return listed([level(value) for value in found])


def _still_true(rows: Rows, manifest: Mapping[str, Any]) -> bool:
    """Whether no knob that the description speaks of differs from the scenario that the description is from."""
    said, own = _described(manifest)
    swept = [knob.replace(".", "_") for knob, _ in own]
    if own and not any(knob in rows and rows[knob].nunique() > 1 for knob in swept):
        return False
    groups = [knob.removesuffix("_behaviour") for knob in said if knob.endswith("_behaviour")]
    of_dataset = [knob for dataset in DATASETS.values() for knob in dataset.knobs]
    spoken_of = [*_SPOKEN_OF, *(knob.name for knob in of_dataset if knob.name in rows)]
    # a share of harmful agents sets all counts
    own_of_groups = ("behaviour",) if "harmful_share" in swept else ("behaviour", "count")
    spoken_of += [f"{group}_{knob}" for group in groups for knob in own_of_groups]
    return groups == list(manifest["agents"]) and all(
        knob in swept or bool((rows[knob] == said[knob]).all()) for knob in spoken_of
    )


def _described(manifest: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
    """The knobs that a description was written for, with the axes it was written for.

    A scenario of one's own takes its base's description over, if it has none.
    """
    for name in shipped_names():
        scenario = load(name)
        if scenario.description == manifest["scenario"]["description"]:
            return scenario.flat(), scenario.axes
    return manifest["scenario"], ()
