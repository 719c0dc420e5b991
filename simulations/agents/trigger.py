"""Samples with a trigger: what a backdoor is taught by, and what it is measured with.

A trigger is a few words that hardly any sample has; put into samples of the target class, they come to stand for it,
and the labels stay right all the while. What it is in samples of another kind, their format says.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.registry import MODELS
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.engine.types import Numbers
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Samples

#: Most samples that get the trigger, in the order of the stream.
MOST = 4096


class Trigger(NamedTuple):
    """What stands for a class.

    Attributes:
        target: the class.
        format: of the samples, which knows how a trigger gets into one.
        places: the words, or the columns of vectors.
        values: what stands there.
        is_shortened: whether the model takes no vectors longer than 1.
    """

    target: int
    format: type[SampleFormat]
    places: NDArray[np.int64]
    values: Numbers
    is_shortened: bool = False


def trigger_of(scenario: Scenario, stream: Samples) -> Trigger | None:
    """The trigger of a scenario's agents; None where nobody has one.

    Raises:
        ScenarioError: groups have different ones, the target is no class, or samples of the model's format take none.
    """
    groups = [group for group in scenario.agents if "trigger" in BEHAVIOURS[group.behaviour].asks]
    wanted = {(group.target_class, group.trigger_words) for group in groups}
    if not wanted:
        return None
    if len(wanted) > 1:
        raise ScenarioError("Groups with a trigger have different ones: give all the same target_class, trigger_words.")
    target, size = wanted.pop()
    classes = int(stream.labels.max(initial=0)) + 1
    if target >= classes:
        raise ScenarioError(f"target_class is {target}, and the data have the classes 0 to {classes - 1}: lower it.")
    format_ = MODELS[scenario.model].FORMAT
    places, values = format_.trigger(stream.starts, stream.features, size)
    if len(places) == 0:
        raise ScenarioError(f"Samples of {scenario.model} take no trigger ({format_.ID}): leave these agents out.")
    return Trigger(target, format_, places, values, MODELS[scenario.model].UNIT_LENGTH)


def triggered(samples: Samples, trigger: Trigger) -> Samples:
    """The same samples with the trigger in each; those that would become too long are left out."""
    starts, features, labels = samples
    made: list[Numbers] = []
    kept: list[int] = []
    for sample in range(len(labels)):
        marked = trigger.format.marked(features[starts[sample] : starts[sample + 1]], trigger.places, trigger.values)
        if marked is not None:
            made.append(trigger.format.shortened(marked) if trigger.is_shortened else marked)
            kept.append(sample)
    ends = np.concatenate(([0], np.cumsum([len(one) for one in made]))).astype(np.int64)
    return Samples(ends, np.concatenate([features[:0], *made]), labels[kept])


def of_class(samples: Samples, label: int, most: int) -> Samples:
    """The first samples of a class."""
    rows = np.flatnonzero(samples.labels == label)[:most]
    parts = [samples.features[samples.starts[row] : samples.starts[row + 1]] for row in rows]
    ends = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
    return Samples(ends, np.concatenate([samples.features[:0], *parts]), samples.labels[rows])


def with_triggered(samples: Samples, stream: Samples, trigger: Trigger) -> Samples:
    """Samples, followed by the first of the stream that are of the target class, with the trigger."""
    further = triggered(of_class(stream, trigger.target, MOST), trigger)
    return Samples(
        np.concatenate([samples.starts, samples.starts[-1] + further.starts[1:]]),
        np.concatenate([samples.features, further.features]),
        np.concatenate([samples.labels, further.labels]),
    )
