"""The engines' dispatch over models: interpreted and compiled alike, and a guest's among them."""

from typing import Any

import numba
import numpy as np
import pytest

from earnest.core.compilable import compilable
from earnest.core.models.kernels import Kernels
from earnest.core.models.registry import MODELS
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.simulations.engine import models
from earnest.testing.models import examples_of


@compilable
def predict_of_guest(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    return 1, 1000 + len(sample)


@compilable
def learn_of_guest(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    return 7 + value


class Guest(SparsePerceptron):
    MODEL_ID = "guest/1"
    KERNELS = Kernels(predict_of_guest, learn_of_guest, asks=False)


@numba.njit(_nrt=False)
def compiled(kind, weights, moments, scores, initial, settings, sample, label):
    found, value = models.predict(kind, weights, moments, scores, settings, sample)
    flip = models.steps_to_flip(kind, settings, sample, value)
    near = models.is_near_a_sum(kind), models.worth(kind, weights, moments, settings, sample[0])
    rest = models.rest(kind, weights, moments, settings)
    held_back = models.learn(kind, weights, moments, scores, initial, settings, sample, label, value, 3)
    amount = (0, 0)
    if held_back >= 0:
        amount = models.amount(kind, weights, moments, settings, sample, label, 3)
    again = models.judge_and_learn(kind, weights, moments, scores, initial, settings, sample, label, 4)
    return found, value, flip, amount, held_back, again, near, rest, models.adds_words(kind)


@pytest.mark.parametrize("name", MODELS)
def test_each_model_answers_the_same_compiled_and_interpreted_by_its_number(name: str) -> None:
    rng, kind = np.random.default_rng(3), models.number_of(name)
    for example in examples_of(MODELS[name]):
        model = example.fit(np.zeros((0, example.format.width)), [])
        state = model.weights_, model.moments_, np.zeros(model.class_count, np.int64), model.initial_weights_
        for turn in range(20):
            given = *(part.copy() for part in state), model.settings, model.format.drawn(rng), turn % 2
            assert compiled(kind, *given) == compiled.py_func(kind, *state, *given[4:])


def test_guest_is_called_by_the_number_behind_all_others() -> None:
    everything = (*MODELS.values(), Guest)
    kind, words = len(MODELS), np.array([2, 5], np.uint16)
    chains = {name: models._chain(name, everything, np.dtype(np.uint16)) for name in ("predict", "judge_and_learn")}
    predict, learn = chains["predict"], chains["judge_and_learn"]
    state = np.zeros(9, np.int32), np.zeros(2, np.int64), np.zeros(2, np.int64)
    settings = np.array([8, 1, 0])
    for call in (predict, numba.njit(lambda *given: predict(*given))):
        assert call(kind, *state, settings, words) == (1, 1002)
        assert call(models.number_of("sparse-perceptron"), *state, settings, words) == (0, 0)
    for call in (learn, numba.njit(lambda *given: learn(*given))):
        # not asked for its prediction
        assert call(kind, *state, state[0], settings, words, 1, 0) == 7


def test_no_shipped_model_makes_arrays_and_one_that_does_says_so_for_all_on_its_type_of_samples() -> None:
    assert not any(models.allocates(models.number_of(name)) for name in MODELS)

    class Allocating(Guest):
        KERNELS = Guest.KERNELS._replace(allocates=True)

    everything = (*MODELS.values(), Allocating)
    assert models.allocates(models.number_of("naive-bayes"), everything)
    assert not models.allocates(models.number_of("dense-perceptron"), everything)


def test_sources_of_compiled_code_name_every_model_in_its_order() -> None:
    assert repr(list(MODELS)) in str(models.sources()[2])
