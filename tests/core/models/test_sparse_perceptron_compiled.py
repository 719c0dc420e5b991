"""The kernels interpreted and compiled by numba give the same answers."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.core.models import sparse_perceptron as rules

WORDS = 12
int16 = st.integers(-(2**15), 2**15 - 1)


@pytest.fixture(scope="module")
def compiled():
    names = ("step_rounded_down", "score", "predicted_label", "learn")
    return {name: numba.njit(getattr(rules, name)) for name in names}


@given(eta0=st.integers(1, 2**16 - 1), tau=st.integers(0, 2**40 - 1), accepted=st.integers(0, 2**40 - 1))
def test_step_compiled_equals_interpreted(compiled, eta0, tau, accepted):
    assert compiled["step_rounded_down"](eta0, tau, accepted) == rules.step_rounded_down(eta0, tau, accepted)


@settings(deadline=None)
@given(
    initial=st.lists(int16, min_size=WORDS + 1, max_size=WORDS + 1),
    eta0=st.integers(1, 600) | st.integers(1, 2**16 - 1),
    stream=st.lists(st.tuples(st.sets(st.integers(0, WORDS - 1), min_size=1), st.integers(0, 1)), max_size=30),
)
def test_learning_compiled_equals_interpreted(compiled, initial, eta0, stream):
    start = np.array(initial, dtype=np.int32)
    interpreted_weights, compiled_weights = start.copy(), start.copy()
    for features, label in stream:
        indices = np.array(sorted(features), dtype=np.uint16)
        value = rules.score(interpreted_weights, indices)
        assert compiled["score"](compiled_weights, indices) == value
        assert compiled["predicted_label"](value) == rules.predicted_label(value)
        rules.learn(interpreted_weights, start, indices, label, eta0)
        compiled["learn"](compiled_weights, start, indices, label, eta0)
        assert compiled_weights.tolist() == interpreted_weights.tolist()
