"""The data of a scenario, and the model that its pool starts from."""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from app.core.datasets import ArrayCache, paper
from app.core.errors import DatasetError
from app.core.learning.training import train_initial
from simulations.errors import TaskError
from simulations.scenario import Scenario
from simulations.task import Samples, Task


def load_task(scenario: Scenario, archive: Path | None, cache_folder: Path) -> Task:
    """Read a scenario's data in the published order, and train the initial model on the first of them.

    Args:
        scenario: says how many words and samples.
        archive: the official IMDB archive, or a file of ready features (`.npz`).
        cache_folder: where encoded reviews are kept for the next time.

    Raises:
        DatasetError: the data are missing or damaged.
        TaskError: there are fewer samples than the scenario needs, or some do not fit the contract.
        WeightsOutOfRange: the initial model does not fit the contract.
    """
    if archive is None:
        raise DatasetError(
            "No IMDB archive is given: pass --archive or set EARNEST_IMDB_ARCHIVE to where aclImdb_v1.tar.gz is "
            "(Maas et al. 2011, Large Movie Review Dataset v1.0)."
        )
    # One cache file serves every smaller vocabulary too.
    encoded_words = max(scenario.num_words, paper.READY_NUM_WORDS)
    arrays = paper.load(archive, encoded_words, ArrayCache(cache_folder))
    available = len(arrays.y_train)
    if scenario.train_size > available:
        raise TaskError(
            f"train_size is {scenario.train_size}, but the data set has {available} training samples: lower it."
        )
    X = _fewer_words(arrays.X_train[: scenario.train_size], scenario.num_words)
    y = arrays.y_train[: scenario.train_size]
    first = scenario.initial_size
    if len(np.unique(y[:first])) < 2:
        raise TaskError(f"The first {first} samples are all of one class: raise initial_share or train_size.")
    start = train_initial(X[:first], y[:first])
    return Task(
        Samples.of(X[first:], y[first:]),
        Samples.of(_fewer_words(arrays.X_test, scenario.num_words), arrays.y_test),
        start.model.weights_.copy(),
        arrays.sha256,
    )


def _fewer_words(X: csr_array, num_words: int) -> csr_array:
    if X.shape[1] == num_words:
        return X
    indptr, indices = paper.fewer_words(X.indptr.astype(np.int64), X.indices.astype(np.uint16), num_words)
    return csr_array((np.ones(len(indices), dtype=np.uint8), indices, indptr), shape=(X.shape[0], num_words))
