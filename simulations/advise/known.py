"""What is known of a pool from a scenario's data, as it would be when the pool is made."""

import numpy as np

from earnest.core.errors import DatasetError
from earnest.core.incentives.known import Known
from earnest.core.models.registry import MODELS
from earnest.data.cache import read
from earnest.data.features import from_arrays
from earnest.simulations.data import TaskFiles, open_task
from earnest.simulations.engine import models
from earnest.simulations.run import measure
from earnest.simulations.scenario import Scenario


def known_of(scenario: Scenario, files: TaskFiles, deposit: int) -> Known:
    """What derivations ask for; O(initial samples).

    Args:
        scenario: says the model and its choices.
        files: the scenario's prepared data.
        deposit: of a sample whose label the judge agrees with; coins.

    Raises:
        DatasetError: the prepared data are gone.
    """
    task, kind, features = open_task(files), MODELS[scenario.model], read(files.features)
    if features is None:
        raise DatasetError(f"The prepared data {files.features} are missing or damaged: start again.")
    first = from_arrays(features)[0].first(files.initial_size)
    X = kind.FORMAT.matrix_of(first.indptr, first.indices, scenario.num_words)
    number = models.number_of(scenario.model)
    chosen = models.choices(number, scenario, task.derived)
    model = models.model_of(number, task.initial_weights, task.classes, chosen)
    gaps = np.zeros(len(first.labels), dtype=np.int64)
    if task.reference is not None:
        scores = X @ task.reference[:-1].astype(np.int64) + int(task.reference[-1])
        gaps = np.where(first.labels == 1, scores, -scores)
    held_out = len(task.test.labels)
    return Known(
        correct=round(measure(task.initial_weights, task.test, scenario.model, task.classes) * held_out),
        held_out=held_out,
        classes=task.classes,
        weights=task.initial_weights,
        change=model.most_change,
        gaps=gaps,
        lengths=np.diff(first.indptr),
        deposit=deposit,
    )
