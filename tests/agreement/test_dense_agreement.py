"""The models of dense samples on chain and their twins: long random sequences, the ends of every range, deployment."""

import itertools

import numpy as np
import pytest

from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.dense_margin_perceptron import ROUNDING, DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import MAX_COUNT, DenseNearestCentroid
from earnest.core.models.dense_perceptron import MAX_WEIGHT, DensePerceptron
from earnest.core.models.formats.vectors import MAX_DIMENSIONS, Vectors
from earnest.core.models.model import Model
from tests.agreement.contracts import Factory, outcome
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN = address(0xA0)
CHEAP = SELF_ASSESSMENT.terms(1, 0, 10, 20, 1, 0)
LEAST, MOST = -(2**15), 2**15 - 1
#: Around one and two words of ten weights, a half and a whole block of thirty, and the same for words of eight sums.
DIMENSIONS = [1, 2, 8, 13, 14, 15, 16, 17, 28, 29, 30, 31, 44, 45, 59, 60, 61, 384]


def weights(pair: Pair) -> list[int]:
    """The contract's, after a look whether the twin's are the same."""
    on_chain = list(pair.contract.view("weights", 0, pair.twin.model.weight_count))
    assert on_chain == pair.twin.model.weights_.tolist()
    return on_chain


def contribute(pair: Pair, features, label: int) -> None:
    sample = np.asarray(features, dtype=np.int16).astype(">i2").tobytes()
    assert pair.contract.view("predict", sample) == pair.twin.predict(sample)
    assert pair.contribute(ANN, sample, label, 1, value=1)[0] == "done"


def random_features(rng: np.random.Generator, dimensions: int) -> np.ndarray:
    """Vectors of different sizes, and now and then the ends of int16 or nothing."""
    kinds = [
        rng.integers(LEAST, MOST + 1, dimensions),
        rng.integers(-200, 201, dimensions),
        rng.integers(-1, 2, dimensions),
        rng.choice([LEAST, MOST], dimensions),
        np.full(dimensions, rng.choice([LEAST, 0, MOST])),
    ]
    return kinds[rng.choice(5, p=[0.3, 0.3, 0.2, 0.1, 0.1])].astype(np.int16)


def random_sample(rng: np.random.Generator, model: Model) -> bytes:
    """The same, mostly shortened to what the model takes as a contribution."""
    features = random_features(rng, model.dimensions)
    if model.UNIT_LENGTH and rng.random() < 0.9:
        length = float(np.linalg.norm(features.astype(np.float64)))
        shorter = min(1.0, (model.scale + ROUNDING) / max(length, 1.0))
        features = np.trunc(features * shorter).astype(np.int16)
    return model.sample_to_bytes(features)


def random_perceptron(rng: np.random.Generator, dimensions: int) -> DensePerceptron:
    size = int(rng.choice([1, 300, MAX_WEIGHT]))
    return DensePerceptron.from_weights(
        rng.integers(-size - 1, size + 1, dimensions + 1),
        eta0=int(rng.choice([1, 1, 7, 2**16 - 1])),
        tau=int(rng.choice([0, 0, 3, 2**40 - 1])),
        scale=int(rng.choice([1, 4096, MOST])),
    )


def random_margin_perceptron(rng: np.random.Generator, dimensions: int) -> DenseMarginPerceptron:
    size = int(rng.choice([1, 300, MAX_WEIGHT]))
    rows = int(rng.choice([1, 1, 3, 16]))
    return DenseMarginPerceptron.from_weights(
        rng.integers(-size - 1, size + 1, (rows, dimensions + 1)),
        eta0=int(rng.choice([1, 16, 2**16 - 1])),
        tau=int(rng.choice([0, 3, 2**40 - 1])),
        scale=int(rng.choice([1, 4096, MOST])),
        theta=int(rng.choice([0, 2**20, 2**30, 2**48 - 1])),
    )


def random_centroid(rng: np.random.Generator, dimensions: int) -> DenseNearestCentroid:
    classes = int(rng.choice([2, 3, 10, 17]))
    counts = rng.choice([0, 1, 2, 300, MAX_COUNT - 3, MAX_COUNT], classes)
    sums = [rng.integers(LEAST * count, MOST * count + 1, dimensions) for count in counts]
    return DenseNearestCentroid.from_sums(np.array(sums, dtype=np.int64), counts, scale=4096)


def give_random_command(pair: Pair, rng: np.random.Generator) -> None:
    """One command, good or bad; contract and twin must come to the same."""
    model, twin, people = pair.twin.model, pair.twin, pair.people
    assert model.FORMAT is Vectors
    caller = people[rng.integers(len(people))]
    sample = random_sample(rng, model)
    label = int(rng.integers(model.class_count))
    count = len(twin.contributions)
    verb = rng.choice(["contribute", "bad", "batch", "claim", "claim", "claim", "claim", "withdraw", "wait"])
    if verb == "contribute":
        if rng.random() < 0.5:
            label = twin.predict(sample)[0]
        pair.contribute(caller, sample, label, 1, value=1)
    elif verb == "bad":
        fault = rng.choice(["empty", "odd", "short", "long", "label", "price", "value"])
        samples = {"empty": b"", "odd": sample[:-1], "short": sample[:-2], "long": sample + sample[:2]}
        pair.contribute(
            caller,
            samples.get(str(fault), sample),
            int(rng.choice([model.class_count, 2**16 - 1])) if fault == "label" else label,
            0 if fault == "price" else 1,
            value=0 if fault == "value" else 1,
        )
    elif verb == "batch":
        size = int(rng.integers(1, 5))
        samples = [random_sample(rng, model) for _ in range(size)]
        if rng.random() < 0.2:
            samples[-1] = samples[-1][:-1]
        labels = rng.integers(0, model.class_count, size).tolist()
        give = pair.commit_batch if rng.random() < 0.5 else pair.contribute_batch
        give(caller, samples, labels, 1, value=size)
    elif verb == "claim" and count:
        what = twin.contributions[rng.integers(max(0, count - 12), count)]
        how = str(rng.choice(["refund", "report", "collect"]))
        who = what.contributor if how == "refund" and rng.random() < 0.8 else caller
        known = pair.sample_hash(what.index) if how == "collect" else pair.samples[what.index]
        first = twin.batch_of(what.index)
        if first is None:
            getattr(pair, how)(who, what, known)
        else:
            proof = twin.batch_proof(first, pair.batches[first], what.index)
            pair.claim_from_batch(how, who, what, known, first, proof)
    elif verb == "withdraw":
        pair.withdraw(caller)
    else:
        pair.now += int(rng.integers(0, 16))
    assert pair.contract.view("predict", sample) == pair.twin.predict(sample)


def run_sequence(build, dimensions: int, seed: int, commands: int) -> None:
    rng = np.random.default_rng((seed, dimensions))
    pair = Pair(build(rng, dimensions), CHEAP)
    weights(pair)
    for _ in range(commands):
        give_random_command(pair, rng)
    weights(pair)
    pair.check_everything()


# SEQUENCES


@pytest.mark.parametrize("dimensions", DIMENSIONS)
@pytest.mark.parametrize("build", [random_perceptron, random_margin_perceptron, random_centroid])
def test_random_commands_agree(build, dimensions):
    for seed in range(2):
        run_sequence(build, dimensions, seed, 60)


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("dimensions", DIMENSIONS)
@pytest.mark.parametrize("build", [random_perceptron, random_margin_perceptron, random_centroid])
def test_long_random_sequences_agree(build, dimensions):
    for seed in range(100, 110):
        run_sequence(build, dimensions, seed, 400)


@pytest.mark.parametrize(
    "model",
    [
        DensePerceptron(MAX_DIMENSIONS),
        DenseMarginPerceptron(MAX_DIMENSIONS),
        DenseMarginPerceptron(2048, num_classes=8),
        DenseMarginPerceptron(1024, num_classes=16),
        DenseNearestCentroid(MAX_DIMENSIONS, 8),
    ],
)
def test_largest_models_agree(model: Model):
    rng = np.random.default_rng(1)
    model.fit(np.zeros((0, model.dimensions)), [])
    pair = Pair(model, CHEAP)
    for label in (1, 0, 1):
        features = rng.integers(LEAST, MOST + 1, model.dimensions)
        if model.UNIT_LENGTH:
            features = np.trunc(features * (model.scale / np.linalg.norm(features)))
        contribute(pair, features, label)
    weights(pair)


# THE PERCEPTRON'S RANGE


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("start", [0, MAX_WEIGHT, -MAX_WEIGHT - 1])
def test_perceptron_changes_saturate_in_every_lane_and_come_back(start, label):
    """One step is longer than the range of a change. The first forty weights cancel out, the last decides."""
    sign = 1 if label else -1
    model = DensePerceptron.from_weights([start] * 40 + [-sign * MAX_WEIGHT, 0], eta0=300, scale=1)
    pair = Pair(model, CHEAP)

    contribute(pair, [MOST, -MOST] * 20 + [MOST], label)
    up, down = (MAX_WEIGHT, -MAX_WEIGHT - 1) if label else (-MAX_WEIGHT - 1, MAX_WEIGHT)
    assert weights(pair)[:40] == [start + up, start + down] * 20

    contribute(pair, [9, -9] * 20 + [9], 1 - label)
    assert weights(pair)[:40] == [start + up - sign * 2700, start + down + sign * 2700] * 20


@pytest.mark.parametrize("features", [[MOST] * 31, [LEAST] * 31, [MOST, LEAST] * 15 + [1]])
@pytest.mark.parametrize("weight", [MAX_WEIGHT, -MAX_WEIGHT - 1])
def test_perceptron_score_of_the_largest_weights_and_features_is_exact(weight, features):
    pair = Pair(DensePerceptron.from_weights([weight] * 32, scale=MOST), CHEAP)
    sample = np.array(features, dtype=">i2").tobytes()
    expected = sum(weight * feature for feature in [*features, MOST])
    assert pair.contract.view("predict", sample) == (int(expected > 0), expected) == pair.twin.predict(sample)


# THE MARGIN


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("theta", [0, 1, 7, 2**16, 2**33, 2**48 - 1])
def test_margin_decides_to_the_last_unit_whether_a_vector_is_learned(theta, label):
    sign = 1 if label else -1
    for beyond in (-1, 0, 1):
        # a score of weight times 1, plus 2^15 - 1 times the bias's weight
        distance = min(max(theta + beyond, 0), MAX_WEIGHT * MOST)
        bias, weight = divmod(distance, MOST)
        start = [[sign * weight, sign * bias]]
        pair = Pair(DenseMarginPerceptron.from_weights(start, theta=theta, eta0=5, tau=0, scale=MOST), CHEAP)
        assert pair.twin.predict(b"\0\1")[1] == sign * distance
        contribute(pair, [1], label)
        assert (weights(pair) != start[0]) == (distance <= theta)


@pytest.mark.parametrize("label", range(4))
def test_margin_between_classes_is_that_to_the_best_other_one(label):
    """Rows of which one is 10 ahead of two equal ones, and a fourth is far behind."""
    rows = [[10, 0], [20, 0], [10, 0], [-500, 0]]
    others = {0: 1, 1: 0, 2: 1, 3: 1}
    for theta in (9, 10):
        pair = Pair(DenseMarginPerceptron.from_weights(rows, theta=theta, eta0=3, tau=0, scale=1), CHEAP)
        assert pair.contract.view("predict", b"\0\1") == (1, 20)
        contribute(pair, [1], label)
        expected = [list(row) for row in rows]
        if label != 1 or theta == 10:
            for row, by in ((label, 3), (others[label], -3)):
                expected[row] = [expected[row][0] + by, by]
        assert weights(pair) == [weight for row in expected for weight in row]


def test_margin_of_equal_classes_is_taken_from_the_lowest():
    pair = Pair(DenseMarginPerceptron.from_weights(np.zeros((3, 2), dtype=int), theta=0, eta0=1, tau=0), CHEAP)
    assert pair.contract.view("predict", bytes(2)) == (0, 0)
    contribute(pair, [0], 0)
    assert weights(pair) == [0, 4096, 0, -4096, 0, 0]


@pytest.mark.parametrize("label", [0, 1, 2])
def test_margin_perceptron_changes_saturate_in_every_lane_of_both_rows(label):
    """One step of the longest vector is longer than the range of a change."""
    for place in range(31):
        features = [0] * 31
        features[place] = MOST if place % 2 else -MOST
        model = DenseMarginPerceptron.from_weights(
            np.full((3, 32), MAX_WEIGHT), theta=2**48 - 1, eta0=2**16 - 1, tau=0, scale=MOST
        )
        pair = Pair(model, CHEAP)
        contribute(pair, features, label)
        rows = np.array(weights(pair)).reshape(3, 32)
        rival = 1 if label == 0 else 0
        up, down = (2 * MAX_WEIGHT, -1) if place % 2 else (-1, 2 * MAX_WEIGHT)
        assert (rows[label, place], rows[rival, place]) == (up, down)
        assert (rows[label, 31], rows[rival, 31]) == (2 * MAX_WEIGHT, -1)
        contribute(pair, features, label)
        weights(pair)


def test_margin_perceptron_of_several_chunks_keeps_whole_rows_in_each():
    rng = np.random.default_rng(4)
    model = DenseMarginPerceptron.from_weights(rng.integers(-9000, 9000, (16, 1025)), theta=2**40)
    assert [len(chunk) for chunk in model.initial_chunks()] == [7 * 3328, 7 * 3328, 2 * 3328]
    pair = Pair(model, CHEAP)
    for label in (15, 0, 7):
        contribute(pair, rng.integers(-100, 101, 1024), label)
    whole = weights(pair)
    for border in (0, 1024, 1025, 7 * 1025 - 1, 7 * 1025, 14 * 1025 - 1, 14 * 1025, 16 * 1025 - 1):
        assert pair.contract.view("weights", border, border + 1)[0] == whole[border]
    chunks = model.initial_chunks()
    assert refusal(model, chunks=chunks[:2]) == ("ModelChunksInvalid", {"chunks": 2, "expected": 3})
    assert refusal(model, chunks=[*chunks[:2], b"\0" * 3328])[0] == "ModelWeightsInvalid"
    assert DenseMarginPerceptron.from_code(model.pack_parameters(), chunks).digest() == model.digest()


@pytest.mark.parametrize("batch", [False, True])
def test_vector_longer_than_the_scale_is_refused_by_both_and_may_be_asked_about(batch):
    pair = Pair(DenseMarginPerceptron.from_weights([[1, 2, 3]]), CHEAP)
    longest, longer = ([4096 + ROUNDING, 0], [4096 + ROUNDING, 1])
    for features, told in (
        (longer, ("SampleSquareTooLarge", {"square": 4128**2 + 1, "maximum": 4128**2})),
        (longest, None),
    ):
        sample = np.array(features, dtype=">i2").tobytes()
        assert pair.contract.view("predict", sample) == pair.twin.predict(sample)
        if batch:
            answer = pair.contribute_batch(ANN, [sample], [1], 1, value=1)
        else:
            answer = pair.contribute(ANN, sample, 1, 1, value=1)
        assert answer[0] == "done" if told is None else answer == told
    pair.check_everything()


@pytest.mark.parametrize("dimensions", [1, 3, 15, 16, 17, 31, 32, 33, 500, MAX_DIMENSIONS])
def test_square_of_a_vector_that_is_refused_is_exact(dimensions):
    """Sixteen numbers are squared at a time, and nothing behind the last one counts."""
    rng = np.random.default_rng(dimensions)
    model = DenseMarginPerceptron.from_weights(np.zeros((1, dimensions + 1), dtype=int), scale=1)
    pair = Pair(model, CHEAP)
    everywhere = [np.full(dimensions, number) for number in (LEAST, MOST, -1, 1, 0)]
    for features in (*everywhere, *(rng.integers(LEAST, MOST + 1, dimensions) for _ in range(5))):
        square, longest = int((features.astype(np.int64) ** 2).sum()), (1 + ROUNDING) ** 2
        told = pair.contribute(ANN, np.asarray(features).astype(">i2").tobytes(), 1, 1, value=1)
        if square > longest:
            assert told == ("SampleSquareTooLarge", {"square": square, "maximum": longest})
        else:
            assert told[0] == "done"


# THE CENTROID'S RANGE


def test_centroid_class_that_is_full_halves_before_it_takes_one_more():
    sums = [[LEAST * MAX_COUNT, MOST * MAX_COUNT], [LEAST * (MAX_COUNT - 1), -3]]
    pair = Pair(DenseNearestCentroid.from_sums(sums, [MAX_COUNT, MAX_COUNT - 1]), CHEAP)

    contribute(pair, [5, -5], 0)
    half, count = [LEAST * MAX_COUNT // 2 + 5, MOST * MAX_COUNT // 2 - 5], MAX_COUNT // 2 + 1
    assert weights(pair) == [*half, *sums[1], count, MAX_COUNT - 1]
    contribute(pair, [LEAST, MOST], 1)
    assert weights(pair) == [*half, LEAST * MAX_COUNT, MOST - 3, count, MAX_COUNT]
    contribute(pair, [1, 1], 1)
    assert weights(pair) == [*half, LEAST * MAX_COUNT // 2 + 1, (MOST - 3) // 2 + 1, count, count]
    for sample in ([LEAST, MOST], [0, 0], [MOST, LEAST]):
        packed = np.array(sample, dtype=">i2").tobytes()
        assert pair.contract.view("predict", packed) == pair.twin.predict(packed)


def test_centroid_changes_do_not_overflow_however_often_a_class_ages():
    """From the highest sums to the lowest: five times as many samples as a class counts, by one batch of each 400."""
    pair = Pair(DenseNearestCentroid.from_sums([[MOST * MAX_COUNT], [0]], [MAX_COUNT, 1]), CHEAP)
    lowest = np.array([LEAST], dtype=">i2").tobytes()
    for _ in range(3 * MAX_COUNT // 400):
        told = pair.contract.contribute_batch(ANN, [lowest] * 400, [0] * 400, 1, value=400, now=pair.now)
        model = pair.twin.model
        for _ in range(400):
            model.learn_one(np.array([LEAST], dtype=np.int16), 0)
        assert told >= 0
    on_chain = list(pair.contract.view("weights", 0, 4))
    assert on_chain == pair.twin.model.weights_.tolist()
    # the highest sums count for an eighth, and then for less
    assert LEAST <= on_chain[0] / on_chain[2] < LEAST / 2


def test_centroid_counts_above_the_highest_are_refused_by_both():
    model = DenseNearestCentroid.from_sums([[1], [1]], [1, MAX_COUNT])
    (chunk,) = model.initial_chunks()
    half = len(chunk) // 2
    spoilt = chunk[:half] + (MAX_COUNT + 1).to_bytes(2, "big") + chunk[half + 2 :]
    assert refusal(model, chunks=[spoilt]) == ("ModelWeightOutOfRange", {"index": 3, "weight": MAX_COUNT + 1})
    with pytest.raises(WeightsOutOfRange, match="up to 32767"):
        DenseNearestCentroid.from_code(model.pack_parameters(), [spoilt])


def test_centroid_equally_near_classes_go_to_the_lowest():
    pair = Pair(DenseNearestCentroid.from_sums([[30], [-6], [2], [3]], [10, 2, 1, 1]), CHEAP)
    for feature, expected in ((3, 0), (0, 2), (-1, 1), (LEAST, 1)):
        sample = np.array([feature], dtype=">i2").tobytes()
        assert pair.contract.view("predict", sample)[0] == pair.twin.predict(sample)[0] == expected
    pair = Pair(DenseNearestCentroid.from_sums([[30], [-6]], [10, 2]), CHEAP)
    assert pair.contract.view("predict", bytes(2)) == pair.twin.predict(bytes(2)) == (0, 0)


def test_centroid_classes_without_samples_are_never_predicted():
    pair = Pair(DenseNearestCentroid.from_sums(np.zeros((3, 1), dtype=int), [0, 0, 0]), CHEAP)
    assert pair.contract.view("predict", bytes(2)) == pair.twin.predict(bytes(2)) == (0, 0)
    contribute(pair, [500], 2)
    assert pair.contract.view("predict", bytes(2)) == pair.twin.predict(bytes(2)) == (2, 500**2)
    for counts, expected in (([0, 1], (1, 1)), ([1, 0], (0, -1)), ([0, 0], (0, 0))):
        pair = Pair(DenseNearestCentroid.from_sums([[0], [0]], counts), CHEAP)
        assert pair.contract.view("predict", bytes(2)) == pair.twin.predict(bytes(2)) == expected


def test_centroid_distances_at_the_ends_of_every_range_are_exact():
    """The largest sums against the smallest features, with counts whose fractions differ in the last place only."""
    for counts in itertools.product([1, 2, MAX_COUNT - 1, MAX_COUNT], repeat=2):
        sums = [[MOST * counts[0] - 1] * 40, [MOST * counts[1] - 1] * 40]
        pair = Pair(DenseNearestCentroid.from_sums(sums, counts), CHEAP)
        for feature in (LEAST, 0, MOST):
            sample = np.full(40, feature, dtype=">i2").tobytes()
            assert pair.contract.view("predict", sample) == pair.twin.predict(sample)


# DEPLOYMENT


def refusal(model: Model, *, parameters: bytes | None = None, chunks: list[bytes] | None = None):
    """What creating a pool of these bytes comes to."""
    factory = Factory(implementation=f"SelfAssessed{model.CONTRACT}")
    chunks = model.initial_chunks() if chunks is None else chunks
    stored = [factory.store_chunk(chunk) for chunk in chunks[:-1]]
    packed = model.pack_parameters() if parameters is None else parameters
    return outcome(lambda: factory.create(CHEAP.pack(), packed, stored, chunks[-1]))


def packed(widths, *values: int) -> bytes:
    return b"".join(value.to_bytes(width, "big") for value, width in zip(values, widths, strict=True))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((0, 1, 0, 1), (0, 1)),
        ((MAX_DIMENSIONS + 1, 1, 0, 1), (MAX_DIMENSIONS + 1, 1)),
        ((3, 0, 0, 1), (3, 0)),
        ((3, 1, 0, 0), (3, 0)),
        ((3, 1, 0, 2**15), (3, 2**15)),
    ],
)
def test_perceptron_parameters_out_of_range_are_refused(values, named):
    told = refusal(DensePerceptron.from_weights([1, 2, 3, 4]), parameters=packed((3, 2, 5, 2, 3), *values, 0))
    assert told == ("ModelParametersInvalid", {"size": named[0], "other": named[1]})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((0, 1, 0, 1, 2), (0, 1)),
        ((MAX_DIMENSIONS + 1, 1, 0, 1, 2), (MAX_DIMENSIONS + 1, 1)),
        ((3, 0, 0, 1, 2), (3, 0)),
        ((3, 1, 0, 0, 2), (3, 0)),
        ((3, 1, 0, 2**15, 2), (3, 2**15)),
        ((3, 1, 0, 1, 0), (3, 0)),
        ((3, 1, 0, 1, 1), (3, 1)),
        ((3, 1, 0, 1, 17), (3, 17)),
        ((2049, 1, 0, 1, 3), (2049, 3)),
        ((2048, 1, 0, 1, 9), (2048, 9)),
        ((1025, 1, 0, 1, 16), (1025, 16)),
    ],
)
def test_margin_perceptron_parameters_out_of_range_are_refused(values, named):
    parameters = packed((3, 2, 5, 2, 2, 6), *values, 0)
    told = refusal(DenseMarginPerceptron.from_weights([[1, 2, 3, 4]]), parameters=parameters)
    assert told == ("ModelParametersInvalid", {"size": named[0], "other": named[1]})
    with pytest.raises(RuleViolation):
        DenseMarginPerceptron.from_code(parameters, [b""])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((0, 2, 1), (0, 2)),
        ((MAX_DIMENSIONS + 1, 2, 1), (MAX_DIMENSIONS + 1, 2)),
        ((3, 1, 1), (3, 1)),
        ((3, 257, 1), (3, 257)),
        ((4096, 9, 1), (4096, 9)),
        ((3, 2, 0), (3, 0)),
        ((3, 2, 2**15), (3, 2**15)),
    ],
)
def test_centroid_parameters_out_of_range_are_refused(values, named):
    told = refusal(
        DenseNearestCentroid.from_sums([[1, 2, 3], [4, 5, 6]], [9, 9]), parameters=packed((3, 2, 2, 3), *values, 0)
    )
    assert told == ("ModelParametersInvalid", {"size": named[0], "other": named[1]})


@pytest.mark.parametrize(
    "model",
    [
        DensePerceptron.from_weights([1] * 16),
        DenseMarginPerceptron.from_weights([[1] * 16]),
        DenseMarginPerceptron.from_weights([[1] * 16] * 3),
        DenseNearestCentroid.from_sums([[1]] * 2, [1] * 2),
    ],
)
def test_initial_weights_too_few_or_too_many_are_refused(model: Model):
    (chunk,) = model.initial_chunks()
    for wrong in (chunk[:-1], chunk + b"\0", chunk[:1], chunk + chunk):
        told = refusal(model, chunks=[wrong])
        values = {"chunk": 0, "expectedLength": 1 + len(chunk), "length": 1 + len(wrong)}
        assert told == ("ModelWeightsInvalid", values)
        with pytest.raises(WeightsOutOfRange):
            type(model).from_code(model.pack_parameters(), [wrong])


def test_centroid_of_several_chunks_keeps_whole_classes_in_each():
    rng = np.random.default_rng(4)
    sums = rng.integers(-9000, 9000, (7, 2000))
    model = DenseNearestCentroid.from_sums(sums, [1, 2, 3, 4, 5, 6, 7])
    assert [len(chunk) for chunk in model.initial_chunks()] == [3 * 8002, 3 * 8002, 8002]
    told = refusal(model, chunks=[*model.initial_chunks()[:2], b"\0" * 8001])
    assert told == ("ModelWeightsInvalid", {"chunk": 2, "expectedLength": 8003, "length": 8002})

    pair = Pair(model, CHEAP)
    for label in (0, 2, 3, 6, 6):
        contribute(pair, random_features(rng, 2000), label)
    whole = weights(pair)
    for border in (0, 5999, 6000, 11_999, 12_000, 13_999, 14_000, 14_006):
        assert pair.contract.view("weights", border, border + 1)[0] == whole[border]
    assert DenseNearestCentroid.from_code(model.pack_parameters(), model.initial_chunks()).digest() == model.digest()


@pytest.mark.parametrize("lane", range(16))
@pytest.mark.parametrize("dimensions", [1, 2, 15])
def test_centroid_sums_that_no_samples_have_are_refused(dimensions, lane):
    """In lanes of features, more than the count allows; in lanes without one, anything but 0."""
    model = DenseNearestCentroid.from_sums(np.zeros((2, dimensions), dtype=int), [3, 3])
    (chunk,) = model.initial_chunks()
    at = len(chunk) // 2 + 2 + 4 * lane
    # which feature the lane is of: see the contract
    feature = 4 * (lane % 8 // 2) + 2 * (lane // 8) + lane % 2
    bounds = (3 * LEAST, 3 * MOST) if feature < dimensions else (0, 0)
    for value, fits in ((bounds[0], True), (bounds[1], True), (bounds[0] - 1, False), (bounds[1] + 1, False)):
        spoilt = chunk[:at] + value.to_bytes(4, "big", signed=True) + chunk[at + 4 :]
        told = refusal(model, chunks=[spoilt])
        if fits:
            assert told[0] == "done"
        else:
            assert told == ("ModelWeightOutOfRange", {"index": dimensions + feature, "weight": value})
            with pytest.raises(WeightsOutOfRange):
                DenseNearestCentroid.from_code(model.pack_parameters(), [spoilt])
