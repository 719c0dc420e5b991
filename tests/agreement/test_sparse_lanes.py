"""The sparse perceptron reads words 16 at a time and learns in memory: every place in such a group, and every edge.

The twin knows neither groups nor memory; samples go through the contract one by one and in batches.
"""

import numpy as np
import pytest
from eth_abi.abi import encode

from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.sparse_perceptron import FIRST_CHUNK_WEIGHTS, SparsePerceptron
from tests.agreement.contracts import outcome
from tests.agreement.evm import INTERFACE, address
from tests.agreement.pair import Pair

ANN = address(0xA0)
CHEAP = SELF_ASSESSMENT.terms(1, 0, 10, 20, 1, 0)
WORDS = 1000
#: Samples that a batch needs for a model of `WORDS` to be unpacked into memory; one less stays in storage.
IN_MEMORY = 8
FIRST_NARROW = 449
HEAVY = 30_000
#: The words of 40 places, over the border between wide and narrow lanes and over many slots.
SPREAD = [*range(2, 442, 22), *range(447, 451), *range(480, 992, 32)]
SIZES = [*range(1, 34), 47, 48, 49, 64, 65]


def random_pair(**options: int) -> Pair:
    weights = np.random.default_rng(7).integers(-HEAVY, HEAVY, WORDS + 1)
    return Pair(SparsePerceptron.from_weights(weights, **options), CHEAP)


def give(pair: Pair, samples: list[bytes], labels: list[int]) -> None:
    assert pair.contribute_batch(ANN, samples, labels, 1, value=len(samples))[0] == "done"


def check_weights(pair: Pair) -> list[int]:
    on_chain = list(pair.contract.view("weights", 0, len(pair.twin.model.weights_)))
    assert on_chain == pair.twin.model.weights_.tolist()
    return on_chain


def wrong(pair: Pair, sample: bytes) -> int:
    """The label that makes the model learn."""
    return 1 - pair.twin.predict(sample)[0]


# SAMPLES THAT ARE REFUSED


@pytest.mark.parametrize("down", [0, 1, 1000])
def test_a_word_that_is_not_above_the_one_before_is_refused_at_every_place(down):
    pair = random_pair()
    fits = pack_sample(SPREAD)
    for place in range(1, len(SPREAD)):
        lower = max(0, SPREAD[place - 1] - down)
        bad = pack_sample([*SPREAD[:place], lower, *SPREAD[place + 1 :]])
        expected = ("SampleNotAscending", {"position": place, "previous": SPREAD[place - 1], "feature": lower})
        assert outcome(lambda bad=bad: pair.contract.view("predict", bad)) == expected
        samples = [fits] * (IN_MEMORY - 1) + [bad]
        assert pair.contribute_batch(ANN, samples, [1] * IN_MEMORY, 1, value=IN_MEMORY) == expected


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 31, 32, 33])
@pytest.mark.parametrize("beyond", [WORDS, WORDS + 1, WORDS + 30, WORDS + 31, WORDS + 32, 2**15, 2**16 - 1])
def test_a_word_beyond_the_last_is_refused_at_the_end_and_in_the_middle(size, beyond):
    pair = random_pair()
    fits = pack_sample(SPREAD)
    for bad in ([*SPREAD[: size - 1], beyond], [*SPREAD[: size - 1], beyond, 5, 6], [*SPREAD[:size], beyond, beyond]):
        expected = outcome(lambda bad=bad: pair.twin.predict(pack_sample(bad)))
        assert expected[0] == "SampleFeatureOutOfRange"
        assert outcome(lambda bad=bad: pair.contract.view("predict", pack_sample(bad))) == expected
        samples = [fits] * (IN_MEMORY - 1) + [pack_sample(bad)]
        assert pair.contribute_batch(ANN, samples, [1] * IN_MEMORY, 1, value=IN_MEMORY) == expected


@pytest.mark.parametrize("words", [[0], [0, 1], [0, 0], [1, 0], [FIRST_NARROW - 1, FIRST_NARROW], [WORDS - 1]])
def test_the_first_and_the_last_word_are_where_they_should_be(words):
    pair = random_pair()
    sample = pack_sample(words)
    expected = outcome(lambda: pair.twin.predict(sample))
    assert outcome(lambda: pair.contract.view("predict", sample)) == expected


# SAMPLES OF EVERY LENGTH


@pytest.mark.parametrize("batch", [1, IN_MEMORY])
def test_samples_of_every_length_are_scored_and_learned(batch):
    """One after the other, so that what a longer one left in memory lies behind a shorter one."""
    pair = random_pair(eta0=3)
    rng = np.random.default_rng(batch)
    samples = [
        pack_sample(sorted(rng.choice(WORDS, size, replace=False).tolist()))
        for size in [WORDS, *rng.permutation(SIZES).tolist(), WORDS - 1]
    ]
    for sample in samples:
        assert pair.contract.view("predict", sample) == pair.twin.predict(sample)
    samples += [pack_sample([0])] * (-len(samples) % batch)
    for start in range(0, len(samples), batch):
        together = samples[start : start + batch]
        give(pair, together, [wrong(pair, sample) for sample in together])
        check_weights(pair)


@pytest.mark.parametrize("batch", [2, IN_MEMORY])
def test_the_longest_sample_is_learned_beside_the_shortest(batch):
    words = MAX_FEATURES + 6 if batch == IN_MEMORY else 4 * MAX_FEATURES
    rng = np.random.default_rng(4)
    pair = Pair(SparsePerceptron.from_weights(rng.integers(-99, 99, words + 1)), CHEAP)
    longest = [pack_sample(sorted(rng.choice(words, MAX_FEATURES, replace=False).tolist())) for _ in range(3)]
    samples = [longest[0], pack_sample([words - 1]), longest[1], longest[2]] * (batch // 2)
    give(pair, samples, [number % 3 % 2 for number in range(len(samples))])
    check_weights(pair)


@pytest.mark.parametrize("size", range(1, 17))
def test_what_lies_behind_a_sample_in_the_calldata_is_not_read(size):
    pair = random_pair()
    sample = pack_sample(SPREAD[:size])
    data = INTERFACE.call("predict", sample)
    padding = -len(sample) % 32
    dirty = data[: len(data) - padding] + b"\xff" * padding + b"\0\1" * 40
    answer, _ = pair.evm.send(ANN, pair.contract.address, dirty)
    assert INTERFACE.answer("predict", answer) == pair.twin.predict(sample)

    data = INTERFACE.call("contribute", sample, wrong(pair, sample), 1)
    dirty = data[: len(data) - padding] + b"\xff" * padding
    pair.evm.send(ANN, pair.contract.address, dirty, value=1)
    logged = encode(["uint16", "uint16", "uint96", "bytes"], [wrong(pair, sample), 1 - wrong(pair, sample), 1, sample])
    assert bytes(pair.evm.machine.result.logs[0].data[1]) == logged
    pair.twin.contribute(ANN, sample, wrong(pair, sample), 1, value=1, now=pair.now)
    pair.spend(ANN, 1)
    check_weights(pair)
    pair.check_everything()


# SATURATION WITHIN A BATCH


def stubborn_pair(eta0: int = 1, tau: int = 0) -> Pair:
    """A model whose first two words are so far on one side that it learns from every sample of the other class."""
    weights = [0] * (WORDS + 1)
    weights[0], weights[1] = -HEAVY, HEAVY
    return Pair(SparsePerceptron.from_weights(weights, eta0=eta0, tau=tau), CHEAP)


BOTH_WIDTHS = (7, FIRST_NARROW - 1, FIRST_NARROW, 700, WORDS - 1)


def push(pair: Pair, label: int, count: int, words: tuple[int, ...] = BOTH_WIDTHS) -> None:
    """Move these words and the bias `count` steps towards this label."""
    heavy = 0 if label else 1
    give(pair, [pack_sample([heavy, *words])] * count, [label] * count)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("counts", [(65, 70), (17, 70), (IN_MEMORY, 9, 16, 17)])
@pytest.mark.parametrize("start", [63, 64, 65, 111, 112, 113, 127, 128, 447, 448, 449, 511, 512])
def test_weights_saturate_to_the_step_wherever_they_were_before_the_batch(start, counts, label):
    """From just below and above half and 7 / 8 of a lane's range, by more than the batch has room for, and back."""
    pair = stubborn_pair()
    for count in [90] * (start // 90) + [start % 90]:
        push(pair, label, count)
    for count in counts:
        push(pair, label, count)
        check_weights(pair)
    for count in (70, 64, 17):
        push(pair, 1 - label, count)
        check_weights(pair)
    assert abs(check_weights(pair)[700]) < 128


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("start", [446, 447, 448, 449, 511])
def test_wide_weights_saturate_to_the_step_while_no_narrow_one_has_moved(start, label):
    pair = stubborn_pair()
    for count in [90] * (start // 90) + [start % 90, 64, 65]:
        push(pair, label, count, words=(7, FIRST_NARROW - 1))
        check_weights(pair)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("eta0", [7, 8, 9, 15, 16, 17, 32, 63, 64, 65, 127, 128, 129, 512, 1024, 2**16 - 1])
def test_weights_saturate_by_steps_of_every_size_within_one_batch(eta0, label):
    pair = stubborn_pair(eta0, tau=20)
    for count in (IN_MEMORY, 20):
        push(pair, label, count)
        check_weights(pair)
        push(pair, 1 - label, count)
        check_weights(pair)


def test_a_batch_of_both_labels_near_the_end_of_the_range_agrees():
    pair = stubborn_pair(eta0=3)
    rng = np.random.default_rng(9)
    for turn in range(8):
        labels = (rng.random(60) < (0.8 if turn < 5 else 0.2)).astype(int).tolist()
        samples = []
        for label in labels:
            words = set(rng.choice(np.arange(2, WORDS), 40, replace=False).tolist()) | {7, 448, 449, 1 - label}
            samples.append(pack_sample(sorted(words)))
        give(pair, samples, labels)
        check_weights(pair)
    assert max(check_weights(pair)[2:WORDS]) >= 128


# MODELS OF EVERY SIZE


@pytest.mark.parametrize(
    "words",
    [1, 2, 15, 16, 17, 23, 24, 25, 26, 49, 50, 447, 448, 449, 450, 451, 480, 481, 482, 483, 512, 513, 1023, 1024],
)
def test_models_of_every_size_learn_in_memory(words):
    rng = np.random.default_rng(words)
    pair = Pair(SparsePerceptron.from_weights(rng.integers(-9, 9, words + 1), eta0=5), CHEAP)
    for _ in range(2):
        samples = [
            pack_sample(sorted(rng.choice(words, int(rng.integers(1, min(words, 90) + 1)), replace=False).tolist()))
            for _ in range(9)
        ]
        samples.append(pack_sample([words - 1]))
        give(pair, samples, rng.integers(0, 2, 10).tolist())
        check_weights(pair)
    bad = [*samples[:9], pack_sample([words])]
    assert pair.contribute_batch(ANN, bad, [1] * 10, 1, value=10)[0] == "SampleFeatureOutOfRange"


@pytest.mark.parametrize("words", [FIRST_CHUNK_WEIGHTS - 2, FIRST_CHUNK_WEIGHTS - 1, FIRST_CHUNK_WEIGHTS])
def test_batches_agree_where_models_become_too_large_for_memory(words):
    """At 128 words a sample, 94 samples would unpack 12,032 words; models of a second chunk stay in storage."""
    rng = np.random.default_rng(words)
    pair = Pair(SparsePerceptron.from_weights(rng.integers(-300, 300, words + 1), eta0=9), CHEAP)
    for size in (93, 94):
        samples = [
            pack_sample(sorted({*rng.choice(words, 30, replace=False).tolist(), words - 1, 0})) for _ in range(size)
        ]
        give(pair, samples, rng.integers(0, 2, size).tolist())
        check_weights(pair)
