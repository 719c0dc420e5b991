"""The perceptron with a margin on chain and its twin: bounds in every slot, the margin to the last unit, every size."""

import numpy as np
import pytest

from earnest.chain.implementations import implementation_name
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_perceptron import FIRST_CHUNK_WEIGHTS
from tests.agreement.contracts import Factory, outcome
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN = address(0xA0)
CHEAP = SELF_ASSESSMENT.terms(1, 0, 10, 20, 1, 0)
WORDS = 1000
NEVER = 2**16 - 1
#: The last slot of `WORDS`.
LAST_SLOT = 35


def new_pair(words: int = WORDS, size: int = 2000, seed: int = 7, **parameters: int) -> Pair:
    weights = np.random.default_rng(seed).integers(-size, size + 1, words + 1)
    return Pair(SparseMarginPerceptron.from_weights(weights, **parameters), CHEAP)


def bounds(*slots: int) -> dict[str, int]:
    return {f"shift_{number + 1}": slot for number, slot in enumerate(slots)}


def give(pair: Pair, samples: list[bytes], labels: list[int]) -> None:
    assert pair.contribute_batch(ANN, samples, labels, 1, value=len(samples))[0] == "done"


def check_weights(pair: Pair) -> list[int]:
    on_chain = list(pair.contract.view("weights", 0, len(pair.twin.model.weights_)))
    assert on_chain == pair.twin.model.weights_.tolist()
    assert pair.contract.view("digest") == pair.twin.model.digest()
    return on_chain


def drawn(rng: np.random.Generator, words: int, size: int) -> bytes:
    return pack_sample(sorted(rng.choice(words, min(words, size), replace=False).tolist()))


def play(pair: Pair, rounds: int, seed: int = 1) -> None:
    """Random samples with random labels, of which some are within the margin, each compared in score and outcome."""
    rng, words = np.random.default_rng(seed), pair.twin.model.num_words
    for _ in range(rounds):
        samples = [drawn(rng, words, int(rng.integers(1, 140))) for _ in range(6)]
        for sample in samples:
            assert pair.contract.view("predict", sample) == pair.twin.predict(sample)
        give(pair, samples, rng.integers(0, 2, 6).tolist())
        check_weights(pair)


# WHAT IS REFUSED


@pytest.mark.parametrize(
    ("slots", "named"),
    [((0, 1, 1, 1), 0), ((2, 1, 3, 4), 1), ((1, 5, 4, 6), 4), ((1, 2, 3, 2), 2), ((NEVER, 0, 0, 0), 0)],
)
def test_bounds_that_do_not_ascend_are_refused_at_creation(slots, named):
    model = SparseMarginPerceptron.from_weights([1, 2, 3])
    (chunk,) = model.initial_chunks()
    chunk = chunk[:-8] + b"".join(slot.to_bytes(2, "big") for slot in slots)
    factory = Factory(implementation=implementation_name(SELF_ASSESSMENT, SparseMarginPerceptron))
    told = outcome(lambda: factory.create(CHEAP.pack(), model.pack_parameters(), tail=chunk))
    assert told == ("ModelParametersInvalid", {"size": 2, "other": named})


@pytest.mark.parametrize(("values", "named"), [((0, 4, 0), (0, 4)), ((65_537, 4, 0), (65_537, 4)), ((2, 0, 0), (2, 0))])
def test_words_and_step_out_of_range_are_refused_at_creation(values, named):
    factory = Factory(implementation=implementation_name(SELF_ASSESSMENT, SparseMarginPerceptron))
    packed = b"".join(value.to_bytes(width, "big") for value, width in zip((*values, 1024), (3, 2, 5, 2), strict=True))
    (chunk,) = SparseMarginPerceptron.from_weights([1, 2, 3]).initial_chunks()
    told = outcome(lambda: factory.create(CHEAP.pack(), packed, tail=chunk))
    assert told == ("ModelParametersInvalid", {"size": named[0], "other": named[1]})


@pytest.mark.parametrize("cut", [-1, -12, 1])
def test_chunk_whose_margin_is_cut_or_too_long_is_refused_at_creation(cut):
    model = SparseMarginPerceptron.from_weights([1, 2, 3])
    (chunk,) = model.initial_chunks()
    wrong = chunk + b"\0" if cut > 0 else chunk[:cut]
    factory = Factory(implementation=implementation_name(SELF_ASSESSMENT, SparseMarginPerceptron))
    told = outcome(lambda: factory.create(CHEAP.pack(), model.pack_parameters(), tail=wrong))
    assert told == ("ModelWeightsInvalid", {"chunk": 0, "expectedLength": 19, "length": 1 + len(wrong)})


def test_samples_are_refused_as_the_twin_refuses_them():
    pair = new_pair(6)
    for sample in (b"", b"\0", b"\0\0\0", pack_sample([1, 1]), pack_sample([2, 1]), pack_sample([6]), b"\xff\xff"):
        on_chain = outcome(lambda sample=sample: pair.contract.view("predict", sample))
        assert on_chain == outcome(lambda sample=sample: pair.twin.predict(sample))
        assert on_chain[0].startswith("Sample")
        assert pair.contribute(ANN, sample, 1, 1, value=1) == on_chain


# THE MARGIN


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("theta", [0, 1, 7, 2**16, 2**31, 2**32 - 1])
def test_margin_decides_to_the_last_unit_whether_a_sample_is_learned(theta, label):
    sign = 1 if label else -1
    for beyond in (-1, 0, 1):
        distance = min(theta + beyond, 30_000)
        pair = Pair(SparseMarginPerceptron.from_weights([sign * distance, 0], theta=theta, eta0=5, tau=0), CHEAP)
        give(pair, [pack_sample([0])], [label])
        learned = check_weights(pair) != [sign * distance, 0]
        assert learned == (distance <= theta)


# BOUNDS


@pytest.mark.parametrize(
    "slots",
    [
        (1, 3, 7, 14),
        (1, 1, 1, 1),
        (5, 5, 17, 18),
        (17, 18, 19, 20),
        (18, 18, 18, 18),
        (LAST_SLOT, LAST_SLOT, LAST_SLOT, LAST_SLOT),
        (1, LAST_SLOT, LAST_SLOT + 1, NEVER),
        (NEVER, NEVER, NEVER, NEVER),
    ],
)
def test_changes_are_shifted_from_each_bound_on(slots):
    pair = new_pair(theta=3000, eta0=9, tau=40, **bounds(*slots))
    play(pair, 12)
    pair.check_everything()


@pytest.mark.parametrize("slot", range(LAST_SLOT + 1))
def test_a_step_in_each_slot_is_as_large_as_its_bounds_say(slot):
    """One bound after the other in consecutive slots, around each; all words at once, so that every lane is touched."""
    pair = new_pair(size=0, theta=NEVER, eta0=3, tau=0, **bounds(*(max(1, slot + step) for step in range(4))))
    everything = pack_sample(range(WORDS))
    give(pair, [everything] * 3, [1, 1, 0])
    assert set(check_weights(pair)) <= {3 << shift for shift in range(5)}
    assert pair.contract.view("predict", everything) == pair.twin.predict(everything)


@pytest.mark.parametrize("words", [1, 2, 15, 16, 17, 23, 24, 25, 26, 49, 50, 448, 449, 450, 481, 482, 512, 1023, 1024])
def test_models_of_every_size_agree(words):
    play(new_pair(words, 300, words, theta=500, eta0=5), 4)


def test_model_of_several_chunks_with_bounds_far_out_agrees():
    """The margin lies behind the first chunk's weights; words and bounds on both sides of each border."""
    words = 2 * FIRST_CHUNK_WEIGHTS + 100
    pair = new_pair(words, 300, theta=900, eta0=7, **bounds(2, 376, 377, 750))
    rng = np.random.default_rng(3)
    edges = [0, FIRST_CHUNK_WEIGHTS - 2, FIRST_CHUNK_WEIGHTS - 1, FIRST_CHUNK_WEIGHTS, 23_968, 23_969, words - 1]
    for label in (0, 1, 1, 0, 1):
        sample = pack_sample(sorted({*rng.choice(words, 200, replace=False).tolist(), *edges}))
        assert pair.contract.view("predict", sample) == pair.twin.predict(sample)
        give(pair, [sample], [label])
        check_weights(pair)
    assert list(pair.contract.view("modelParameters")) == pair.twin.model.parameters


# SATURATION


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("eta0", [1, 60, 127, 128, 511, 512, 2**16 - 1])
def test_changes_saturate_in_their_lanes_whatever_their_shift(eta0, label):
    pair = new_pair(size=100, theta=2**32 - 1, eta0=eta0, tau=0)
    words = [0, 23, 24, 74, 174, 349, 448, 449, 999]
    for turn in range(12):
        give(pair, [pack_sample(words)] * 50, [label if turn < 10 else 1 - label] * 50)
        check_weights(pair)


def test_the_longest_sample_with_every_lane_at_its_end_is_scored():
    pair = new_pair(MAX_FEATURES, theta=2**32 - 1, size=30_000, eta0=600, tau=0)
    everything = pack_sample(range(MAX_FEATURES))
    for label in (1, 0, 0):
        give(pair, [everything], [label])
        assert pair.contract.view("predict", everything) == pair.twin.predict(everything)
        check_weights(pair)
