"""The model on chain and its twin: several chunks of code, saturation, ranges of weights."""

import numpy as np
import pytest

from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.sparse_perceptron import (
    CHUNK_WEIGHTS,
    FIRST_CHUNK_WEIGHTS,
    MAX_FREQUENT_CHANGE,
    SparsePerceptron,
)
from tests.agreement.contracts import outcome
from tests.agreement.evm import RevertedError, address
from tests.agreement.pair import Pair

ANN = address(0xA0)
CHEAP = SELF_ASSESSMENT.terms(1, 0, 10, 20, 1, 0)
LARGEST, LEAST = 2**15 - 1, -(2**15)


def contribute(pair: Pair, indices, label: int):
    assert pair.contribute(ANN, pack_sample(indices), label, 1, value=1)[0] == "done"


def batch(pair: Pair, indices, label: int, count: int):
    sample = pack_sample(indices)
    assert pair.contribute_batch(ANN, [sample] * count, [label] * count, 1, value=count)[0] == "done"


def weights(pair: Pair) -> list[int]:
    """The contract's, after a look whether the twin's are the same."""
    count = len(pair.twin.model.weights_)
    on_chain = list(pair.contract.view("weights", 0, count))
    assert on_chain == pair.twin.model.weights_.tolist()
    return on_chain


# RANGES OF WEIGHTS


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 3), (4, 3), (0, 7), (6, 7), (2**256 - 1, 0), (0, 2**256 - 1)])
def test_weights_range_empty_reversed_or_beyond_the_last_is_refused(start, end):
    pair = Pair(SparsePerceptron.from_weights([1, 2, 3, 4, 5, 6]), CHEAP)

    with pytest.raises(RevertedError) as caught:
        pair.contract.view("weights", start, end)

    assert (caught.value.name, caught.value.values) == ("WeightRangeInvalid", {"from": start, "to": end, "count": 6})


def test_weights_every_range_is_that_part_of_the_whole():
    pair = Pair(SparsePerceptron.from_weights([7, -2, 30_000, -30_000, 5, 6]), CHEAP)
    contribute(pair, [0, 2, 4], 0)
    whole = weights(pair)
    assert whole == [6, -2, 29_999, -30_000, 4, 5]
    for start in range(6):
        for end in range(start + 1, 7):
            assert list(pair.contract.view("weights", start, end)) == whole[start:end]


def test_predict_refuses_bad_samples_as_contribute_does():
    pair = Pair(SparsePerceptron.from_weights([0] * 6), CHEAP)
    for sample in (b"", b"\0", b"\0\0\0", pack_sample([1, 1]), pack_sample([2, 1]), pack_sample([5]), b"\xff\xff"):
        on_chain = outcome(lambda sample=sample: pair.contract.view("predict", sample))
        assert on_chain == outcome(lambda sample=sample: pair.twin.predict(sample))
        assert on_chain[0].startswith("Sample")


# SATURATION


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("start", [0, LARGEST, LEAST])
def test_weights_saturate_at_the_storage_range_and_never_revert(start, label):
    """Two other words are so far on the wrong side that the model learns every time."""
    sign = 1 if label else -1
    heavy = -sign * 30_000
    pair = Pair(SparsePerceptron.from_weights([start, heavy, heavy, 3, 0]), CHEAP)

    for _ in range(10):
        batch(pair, [0, 1, 2], label, 51)
    assert weights(pair)[0] == start + sign * 510
    batch(pair, [0, 1, 2], label, 5)

    limit = MAX_FREQUENT_CHANGE if label else -MAX_FREQUENT_CHANGE - 1
    assert weights(pair) == [start + limit, heavy + limit, heavy + limit, 3, limit]


def test_weights_come_back_from_saturation():
    pair = Pair(SparsePerceptron.from_weights([0, -20_000, 20_000, 0], eta0=500), CHEAP)
    batch(pair, [0, 1], 1, 3)
    assert weights(pair) == [511, -20_000 + 511, 20_000, 511]

    contribute(pair, [0, 2], 0)

    assert weights(pair) == [11, -20_000 + 511, 19_500, 11]


@pytest.mark.parametrize("eta0", [1, 511, 512, 2**16 - 1])
@pytest.mark.parametrize("tau", [0, 1, 3, 2**40 - 1])
def test_steps_constant_and_decaying_agree_up_to_the_largest(eta0, tau):
    pair = Pair(SparsePerceptron.from_weights([0, -20_000, 20_000, 0], eta0=eta0, tau=tau), CHEAP)
    for turn in range(12):
        contribute(pair, [0, 1 + turn % 2], 1 - turn % 2)
    weights(pair)


# BATCHES


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(("eta0", "tau"), [(1, 0), (40, 3), (2**16 - 1, 2)])
def test_a_batch_learns_in_memory_what_its_samples_would_in_storage(eta0, tau, committed):
    """The twin knows no batches: it learns one by one. 1,000 words and 20 samples go through memory."""
    rng = np.random.default_rng(eta0)
    pair = Pair(SparsePerceptron.from_weights(rng.integers(-99, 99, 1001), eta0=eta0, tau=tau), CHEAP)
    verb = pair.commit_batch if committed else pair.contribute_batch
    for size in (1, 20, 7, 8, 20):
        samples = [
            pack_sample(sorted(rng.choice(1000, int(rng.integers(1, 140)), replace=False).tolist()))
            for _ in range(size)
        ]
        assert verb(ANN, samples, rng.integers(0, 2, size).tolist(), 1, value=size)[0] == "done"
        weights(pair)
    fits = pack_sample([0, 5, 7, 9, 999])
    ascending = [3, 8, 9, 20, 21, 22, 460, 461, 998]
    # each pair of neighbours equal, then misordered: the loop takes four words a turn
    misordered = [
        [*ascending[:i], ascending[i - 1] - down, *ascending[i + 1 :]] for i in range(1, 9) for down in (0, 1)
    ]
    for bad in (b"", b"\0", *misordered, [5, 5], [7, 5], [1000], [0, 1, 2, 3, 4, 2**16 - 1]):
        bad = bad if isinstance(bad, bytes) else pack_sample(bad)
        assert verb(ANN, [fits] * 9 + [bad], [1] * 10, 1, value=10)[0].startswith("Sample")
    pair.check_everything()


# SLOTS AND CHUNKS


@pytest.mark.parametrize("num_words", [1, 24, 25, 26, 49, 50, 51, 448, 449, 450, 480, 481, 482, 600])
def test_updates_at_the_edges_of_storage_slots_agree(num_words):
    pair = Pair(SparsePerceptron.from_weights([0] * (num_words + 1)), CHEAP)
    edges = [
        word
        for word in (0, 23, 24, 25, 48, 49, 50, 447, 448, 449, 450, 479, 480, 481, 482, 598, 599)
        if word < num_words
    ]
    contribute(pair, edges, 1)
    contribute(pair, edges[-1:], 0)
    contribute(pair, range(0, num_words, 3), 1)
    weights(pair)


@pytest.mark.parametrize(
    "num_words",
    [FIRST_CHUNK_WEIGHTS - 1, FIRST_CHUNK_WEIGHTS, 12_500, FIRST_CHUNK_WEIGHTS + CHUNK_WEIGHTS - 1, 24_100, 2**16],
)
def test_models_of_several_chunks_agree_on_samples_over_their_borders(num_words):
    rng = np.random.default_rng(num_words)
    pair = Pair(SparsePerceptron.from_weights(rng.integers(-300, 300, num_words + 1), eta0=40), CHEAP)
    borders = [edge + d for edge in range(FIRST_CHUNK_WEIGHTS, num_words + 2, CHUNK_WEIGHTS) for d in (-2, -1, 0, 1)]
    borders += [num_words - 1, num_words - 2]
    for number in range(20):
        size = [2, 20, 130, 700][number % 4]
        words = set(rng.choice(num_words, size, replace=False).tolist())
        words |= {word for word in borders if 0 <= word < num_words and rng.random() < 0.7}
        indices = sorted(words)
        assert pair.contract.view("predict", pack_sample(indices)) == pair.twin.predict(pack_sample(indices))
        contribute(pair, indices, int(rng.integers(2)))

    longest = sorted(rng.choice(num_words, MAX_FEATURES, replace=False).tolist())
    contribute(pair, longest, 1 - pair.twin.predict(pack_sample(longest))[0])
    beyond = pack_sample([0, num_words]) if num_words < 2**16 else pack_sample([1, 0])
    assert pair.contribute(ANN, beyond, 0, 1, value=1)[0].startswith("Sample")

    whole = weights(pair)
    for border in borders:
        start, end = max(0, border - 3), min(len(whole), border + 3)
        assert list(pair.contract.view("weights", start, end)) == whole[start:end]
    pair.check_everything()
