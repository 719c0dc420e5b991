"""The models that count, on chain and as twins: carries, full and empty classes, ties, chunks, 1,000 real reviews."""

import itertools

import numpy as np
import pytest

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.errors import RuleViolation
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.class_counts import CHUNK_VALUES, MAX_SAMPLES, check_parameters
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.model import NOT_PREDICTED
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.data import movie_reviews
from earnest.data.dataset import split
from tests.agreement.contracts import Factory, outcome
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN = address(0xA0)
CHEAP = SELF_ASSESSMENT.terms(1, 0, 10, 20, 1, 0)
KINDS = (NaiveBayes, SparseNearestCentroid)

pytestmark = pytest.mark.parametrize("kind", KINDS)


def contribute(pair: Pair, indices, label: int):
    assert pair.contribute(ANN, pack_sample(indices), label, 1, value=1)[0] == "done"


def batch(pair: Pair, samples, labels):
    packed = [pack_sample(sample) for sample in samples]
    assert pair.contribute_batch(ANN, packed, list(labels), 1, value=len(packed))[0] == "done"


def predict(pair: Pair, indices) -> tuple[int, int]:
    """The contract's answer, after a look whether the twin's is the same."""
    found = pair.contract.view("predict", pack_sample(indices))
    assert found == pair.twin.predict(pack_sample(indices))
    return found


def weights(pair: Pair) -> list[int]:
    """The contract's, after a look whether the twin's are the same."""
    count = len(pair.twin.model.weights_)
    on_chain = list(pair.contract.view("weights", 0, count))
    assert on_chain == pair.twin.model.weights_.tolist()
    assert pair.contract.view("digest") == pair.twin.model.digest()
    return on_chain


def random_model(kind, rng, num_words: int, classes: int):
    samples = rng.integers(0, 60, classes)
    return kind.from_counts(rng.integers(0, samples[:, None] + 1, (classes, num_words)), samples)


def random_sample(rng, num_words: int, most: int = 60) -> list[int]:
    size = int(rng.integers(1, min(num_words, most) + 1))
    return sorted(rng.choice(num_words, size, replace=False).tolist())


def flood(pair: Pair, samples: list[list[int]], label: int) -> None:
    """A batch of many, without a look at each."""
    packed = [pack_sample(sample) for sample in samples]
    pair.contract.contribute_batch(ANN, packed, [label] * len(packed), 1, value=len(packed), now=pair.now)
    for sample in samples:
        pair.twin.model.learn_one(np.array(sample, dtype=np.uint16), label)


# DEPLOYMENT

PARAMETERS = [(0, 2), (65_537, 2), (10, 0), (10, 1), (10, 17), (65_536, 3), (5_153, 16), (2**24 - 1, 2**16 - 1)]


@pytest.mark.parametrize(("num_words", "classes"), PARAMETERS)
def test_parameters_out_of_range_are_refused_by_both(kind, num_words, classes):
    factory = Factory(implementation=f"SelfAssessed{kind.CONTRACT}")
    packed = num_words.to_bytes(3, "big") + classes.to_bytes(2, "big") + b"\4\0" + bytes(3)
    told = outcome(lambda: factory.create(CHEAP.pack(), packed, tail=bytes(64)))
    assert told == ("ModelParametersInvalid", {"size": num_words, "other": classes})
    with pytest.raises(RuleViolation):
        check_parameters(num_words, classes)
    with pytest.raises(RuleViolation):
        kind.from_code(packed, [])


def test_parameters_with_anything_behind_them_are_refused(kind):
    factory = Factory(implementation=f"SelfAssessed{kind.CONTRACT}")
    model = kind.from_counts([[1], [1]], [1, 1])
    packed = model.pack_parameters()[:-1] + b"\1"
    assert outcome(lambda: factory.create(CHEAP.pack(), packed, tail=model.initial_chunks()[0]))[0] == (
        "ModelParametersInvalid"
    )
    with pytest.raises(RuleViolation, match="end with"):
        kind.from_code(packed, model.initial_chunks())


@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize(("num_words", "chunk"), [(40, 0), (7000, 0), (7000, 1)])
def test_chunk_of_another_length_is_refused(kind, num_words, chunk, change):
    factory = Factory(implementation=f"SelfAssessed{kind.CONTRACT}")
    model = kind(num_words, 2).fit(np.zeros((0, num_words)), [])
    chunks = model.initial_chunks()
    expected = 1 + len(chunks[chunk])
    chunks[chunk] = bytes(len(chunks[chunk]) + change)
    stored = [factory.store_chunk(content) for content in chunks[:-1]]
    told = outcome(lambda: factory.create(CHEAP.pack(), model.pack_parameters(), stored, chunks[-1]))
    values = {"chunk": chunk, "expectedLength": expected, "length": expected + change}
    assert told == ("ModelWeightsInvalid", values)


@pytest.mark.parametrize("word", [0, 1, 15, 16, 31, 32, 33, 38])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_count_above_a_classs_samples_is_refused(kind, word, label):
    factory = Factory(implementation=f"SelfAssessed{kind.CONTRACT}")
    counts = np.full((3, 39), 7)
    model = kind.from_counts(counts, [7, 8, 9])
    model.weights_[label * 39 + word] = 8 + label
    told = outcome(lambda: factory.create(CHEAP.pack(), model.pack_parameters(), tail=model.initial_chunks()[0]))
    assert told == ("ModelCountAboveSamples", {"classIndex": label, "samples": 7 + label})


@pytest.mark.parametrize("num_words", [1, 2, 15, 16, 17, 31])
def test_what_stands_behind_the_last_word_and_class_is_not_looked_at(kind, num_words):
    model = random_model(kind, np.random.default_rng(num_words), num_words, 3)
    (chunk,) = model.initial_chunks()
    values = np.frombuffer(chunk, dtype=">u2").copy()
    known = kind.from_counts(np.full((3, num_words), 1), [1] * 3).initial_chunks()[0]
    values[np.frombuffer(known, dtype=">u2") == 0] = 65_535
    factory = Factory(implementation=f"SelfAssessed{kind.CONTRACT}")
    pair = Pair(model, CHEAP)
    dirty, _ = factory.create(CHEAP.pack(), model.pack_parameters(), tail=values.tobytes())
    assert dirty.view("digest") == model.digest()
    for word in range(num_words):
        assert dirty.view("predict", pack_sample([word])) == predict(pair, [word])
    assert kind.from_code(model.pack_parameters(), [values.tobytes()]).digest() == model.digest()


# LEARNING


@pytest.mark.parametrize("classes", [2, 3, 5, 16])
@pytest.mark.parametrize("num_words", [1, 2, 31, 32, 33, 64, 700])
def test_long_random_sequences_agree(kind, num_words, classes):
    rng = np.random.default_rng(num_words * classes)
    pair = Pair(random_model(kind, rng, num_words, classes), CHEAP)
    for turn in range(60):
        if turn % 5:
            contribute(pair, random_sample(rng, num_words), int(rng.integers(classes)))
        else:
            samples = [random_sample(rng, num_words) for _ in range(10)]
            batch(pair, samples, rng.integers(0, classes, 10).tolist())
        predict(pair, random_sample(rng, num_words))
    assert {event.predicted for event in pair.twin.events if hasattr(event, "predicted")} == {NOT_PREDICTED}
    weights(pair)
    pair.check_everything()


@pytest.mark.parametrize("initial", [0, 200])
def test_counts_go_on_over_their_carries(kind, initial):
    """300 and 600 samples of a class have a word, beside others; slot 65 shares its bit with slot 1."""
    words = [0, 1, 30, 31, 32, 40, 65 * 32 + 5]
    num_words = 66 * 32
    counts = np.full((2, num_words), initial // 2)
    pair = Pair(kind.from_counts(counts, [initial, initial]), CHEAP)
    for _ in range(6):
        batch(pair, [words[:5]] * 50 + [words] * 50, [1] * 100)
        batch(pair, [[31, 40, 70]] * 50, [0] * 50)
        predict(pair, words)
        predict(pair, [5, 31, 65 * 32 + 6])
    whole = weights(pair)
    assert whole[num_words + 31] == initial // 2 + 600
    assert whole[num_words + 40] == initial // 2 + 300
    assert whole[31] == initial // 2 + 300
    assert whole[-2:] == [initial + 300, initial + 600]
    # each word's lane is alone in going over
    for word in words:
        predict(pair, [word])
    pair.check_everything()


def test_full_class_halves_before_it_takes_one_more_and_refuses_nothing(kind):
    counts = [[MAX_SAMPLES, 3, 0], [MAX_SAMPLES - 2, 0, 5]]
    pair = Pair(kind.from_counts(counts, [MAX_SAMPLES, MAX_SAMPLES - 2]), CHEAP)
    for label, _ in itertools.product((0, 1), range(4)):
        contribute(pair, [0, 1], label)
        predict(pair, [0, 1, 2])
    half = MAX_SAMPLES // 2
    assert weights(pair) == [half + 4, 5, 0, half + 2, 3, 2, half + 4, half + 2]
    assert pair.contribute(ANN, pack_sample([3]), 0, 1, value=1)[0] == "SampleFeatureOutOfRange"


@pytest.mark.parametrize("initial", [0, 60_001])
def test_slots_are_halved_for_all_that_they_missed_whenever_they_are_touched(kind, initial):
    """A class ages three times; slots of it are touched in all, in some or in none of its ages; slot 33 shares its bit
    with slot 1."""
    num_words, rng = 34 * 32, np.random.default_rng(7)
    counts = rng.integers(initial // 2, initial + 1, (2, num_words))
    counts[:, :5] = initial
    pair = Pair(kind.from_counts(counts, [initial] * 2), CHEAP)
    often, seldom = [0, 1, 33 * 32], [40, 41, 33 * 32 + 1]
    for age in range(1, 4):
        while pair.twin.model.samples_[1] < MAX_SAMPLES:
            left = min(500, MAX_SAMPLES - int(pair.twin.model.samples_[1]))
            flood(pair, [often] * left, 1)
        flood(pair, [[2, 70] if age == 1 else [2, *seldom]], 1)
        assert pair.twin.model.samples_[1] == MAX_SAMPLES // 2 + 1
        weights(pair)
        for sample in (often, seldom, [2, 70, 500], random_sample(rng, num_words)):
            predict(pair, sorted(sample))
        flood(pair, [random_sample(rng, num_words)], age % 2)
    assert pair.twin.model.counts_[1, 1000] == counts[1, 1000] >> 3
    weights(pair)


def test_largest_counts_and_longest_samples_do_not_overflow(kind):
    counts = np.full((2, MAX_FEATURES), MAX_SAMPLES - 1)
    pair = Pair(kind.from_counts(counts, [MAX_SAMPLES - 1] * 2), CHEAP)
    predict(pair, range(MAX_FEATURES))
    contribute(pair, range(MAX_FEATURES), 1)
    predict(pair, range(MAX_FEATURES))
    weights(pair)
    assert pair.contribute(ANN, pack_sample(range(MAX_FEATURES + 1)), 1, 1, value=1)[0] == "SampleTooLong"


@pytest.mark.parametrize(
    ("samples", "counts"),
    [
        (51_539, [30_411, 36_864, 45_730]),
        (61_538, [41_833, 41_477, 55_638, 48_690]),
        (65_187, [60_121, 40_333, 41_401, 56_177, 59_676]),
        (63_439, [58_440, 37_413, 33_295, 33_361]),
    ],
)
def test_products_that_a_shift_one_bit_earlier_or_later_would_round_otherwise_agree(kind, samples, counts):
    pair = Pair(kind.from_counts([counts, [0] * len(counts)], [samples, 1]), CHEAP)
    predict(pair, range(len(counts)))


# TIES AND EMPTY CLASSES


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_equal_classes_are_the_lowest_one(kind, classes):
    pair = Pair(kind.from_counts(np.full((classes, 4), 3), [9] * classes), CHEAP)
    assert predict(pair, [0, 2]) == (0, 0)
    contribute(pair, [0, 2], classes - 1)
    assert predict(pair, [0, 2])[0] == classes - 1


def test_class_without_samples_wins_against_none(kind):
    pair = Pair(kind(5, 3).fit(np.zeros((0, 5)), []), CHEAP)
    assert predict(pair, [1]) == (0, 0)
    contribute(pair, [4], 2)
    label, score = predict(pair, [1])
    assert label == 2
    assert score > 2**61
    contribute(pair, [1], 1)
    assert predict(pair, [1])[0] == 1
    assert predict(pair, [4])[0] == 2


@pytest.mark.parametrize("empty", [0, 1])
def test_between_two_classes_the_empty_one_loses(kind, empty):
    samples = [5, 5]
    samples[empty] = 0
    pair = Pair(kind.from_counts([[min(4, n), 0] for n in samples], samples), CHEAP)
    label, score = predict(pair, [0, 1])
    assert label == 1 - empty
    assert (score > 0) == (label == 1)


# CHUNKS


@pytest.mark.parametrize(("num_words", "classes"), [(5_984, 2), (5_985, 2), (12_500, 3), (65_536, 2), (4_096, 16)])
def test_models_of_several_chunks_agree_on_samples_over_their_borders(kind, num_words, classes):
    rng = np.random.default_rng(num_words)
    pair = Pair(random_model(kind, rng, num_words, classes), CHEAP)
    assert len(pair.twin.model.initial_chunks()) > 1 or num_words == 5_984
    per_chunk = CHUNK_VALUES // classes
    borders = [edge + d for edge in range(per_chunk, num_words, per_chunk) for d in (-33, -2, -1, 0, 1, 32)]
    for number in range(6):
        words = set(random_sample(rng, num_words, [2, 20, 700][number % 3]))
        words |= {word for word in [*borders, num_words - 1] if 0 <= word < num_words and rng.random() < 0.5}
        predict(pair, sorted(words)[:MAX_FEATURES])
        contribute(pair, sorted(words)[:MAX_FEATURES], int(rng.integers(classes)))
    whole = weights(pair)
    for border in [*borders[:6], num_words, classes * num_words, len(whole) - 2]:
        start, end = max(0, border - 3), min(len(whole), border + 3)
        assert list(pair.contract.view("weights", start, end)) == whole[start:end]


# REAL REVIEWS


def test_a_thousand_real_reviews_agree(kind):
    parts = split(movie_reviews.load(), 1, 2000, 200)
    encoder = VocabularyEncoder.fit(parts.train.texts, 1000)
    model = kind.trained(encoder.encode_many(parts.train.texts), parts.train.labels)
    pair = Pair(model, CHEAP)
    samples = [encoder.encode(text).tolist() for text in parts.stream.texts[:1000]]
    labels = parts.stream.labels[:1000].tolist()
    right = 0
    for start in range(0, 1000, 50):
        here = slice(start, start + 50)
        right += sum(
            predict(pair, sample)[0] == label for sample, label in zip(samples[here], labels[here], strict=True)
        )
        batch(pair, samples[here], labels[here])
    assert right > 700
    weights(pair)
