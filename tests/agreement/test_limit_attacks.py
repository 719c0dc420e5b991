"""Attacks by size, by number and by address, played to their ends on the bytecode.

A coalition's gain is all that its members hold at the end less what they held before, without gas.
"""

import numpy as np
import pytest

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.incentives.points import POINTS
from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS
from earnest.core.models.class_counts import MAX_SAMPLES
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.merkle import MAX_BATCH
from earnest.data import movie_reviews
from earnest.data.dataset import split
from tests.agreement.contracts import DIRECT, Factory, PoolContract
from tests.agreement.evm import RevertedError, address
from tests.agreement.pair import Pair
from tests.agreement.test_attacks import COST, DAY, gain

HONEST, ATTACKER = address(0xA0), address(0xA1)
MOST, REFUND_WAIT, COLLECT_WAIT, HEAD_START = 500, DAY, 9 * DAY, 3_600
MONEY = SELF_ASSESSMENT.terms(
    PRICE_FIXED, LEFTOVER_BURN, REFUND_WAIT, COLLECT_WAIT, COST, 0, ALL_SAFEGUARDS, HEAD_START
)
FREE = POINTS.terms(REFUND_WAIT, COLLECT_WAIT, ALL_SAFEGUARDS, HEAD_START)


def reviews(words: int):
    """800 reviews to start from, 600 to go on with, 400 to measure by, encoded."""
    parts = split(movie_reviews.load(), 1, 800, 400)
    encoder = VocabularyEncoder.fit(parts.train.texts, words)

    def encoded(texts):
        return [np.asarray(encoder.encode(text), dtype=np.uint16) for text in texts]

    train = encoder.encode_many(parts.train.texts), np.asarray(parts.train.labels)
    stream = list(zip(encoded(parts.stream.texts[:600]), parts.stream.labels[:600], strict=True))
    held_out = list(zip(encoded(parts.held_out.texts), parts.held_out.labels, strict=True))
    return train, [one for one in stream if len(one[0])], [one for one in held_out if len(one[0])]


def accuracy(model: Model, samples) -> float:
    return float(np.mean([model.predict_one(sample)[0] == label for sample, label in samples]))


# FILLED COUNTS


def give(pool: PoolContract, twin: Model, lessons, now: int) -> int:
    """Contribute in committed batches, as many as fit in one; the gas of their execution."""
    used = 0
    for start in range(0, len(lessons), MAX_BATCH):
        some = lessons[start : start + MAX_BATCH]
        samples, labels = [pack_sample(sample) for sample, _ in some], [int(label) for _, label in some]
        pool.commit_batch(ATTACKER, samples, labels, 0, value=0, now=now)
        used += pool.evm.machine.result.gas_used
        for sample, label in some:
            twin.learn_one(sample, int(label))
    return used


def test_filled_counts_do_not_freeze_a_model():
    """The cheapest attempt: samples of one word, without a deposit, until a class has 65,535. Honest reviews bring the
    model back, which they could not where a class that is full learned no more."""
    train, stream, held_out = reviews(300)
    initial, _ = NaiveBayes.trained(*train).limited(train[0])
    pair = Pair(initial, FREE)
    pool, twin = pair.contract, pair.twin.model
    before = accuracy(twin, held_out)
    junk = (np.array([0], dtype=np.uint16), 1)
    used = give(pool, twin, [junk] * (MAX_SAMPLES - int(twin.samples_[1])), pair.now)
    assert pool.view("digest") == twin.digest()
    assert twin.samples_[1] == MAX_SAMPLES
    attacked = accuracy(twin, held_out)

    give(pool, twin, stream, pair.now)
    assert pool.view("digest") == twin.digest()
    labels = [pool.view("predict", pack_sample(sample))[0] == label for sample, label in held_out[:60]]
    assert np.mean(labels) == accuracy(twin, held_out[:60])

    # the twin, which the bytecode agrees with after it has aged, goes on alone
    for _ in range(59):
        for sample, label in stream:
            twin.learn_one(sample, int(label))
    assert before > 0.75
    assert attacked < 0.55
    assert accuracy(twin, held_out) > before - 0.05
    # about half an ether at 1 gwei, and as many honest reviews as bring it back
    assert 300e6 < used < 700e6


# OVERSIZED SAMPLES


def oversized(model: Model, most: int) -> tuple[bytes, int]:
    """The sample that moves most weights away from where they are: the heaviest words of the class that it denies."""
    weights = model.weights_[:-1]
    order = np.argsort(-weights if model.accepted_ % 2 == 0 else weights, kind="stable")
    words = sorted(int(word) for word in order[: min(most, len(order) // 2)])
    return pack_sample(words), model.accepted_ % 2


def poisoned(pair: Pair, most: int, times: int = 40) -> list[str]:
    """What the contributions came to."""
    answers = []
    for _ in range(times):
        sample, parity = oversized(pair.twin.model, most)
        label = 0 if parity == 0 else 1
        answers.append(pair.contribute(ATTACKER, sample, label, COST, value=COST)[0])
        if answers[-1] != "done":
            break
    return answers


def test_oversized_samples_are_refused_where_a_pool_bounds_them():
    train, _, held_out = reviews(1000)
    published = SparsePerceptron.trained(*train)
    limited, _ = published.limited(train[0])
    assert limited.max_features < MOST

    free = Pair(SparsePerceptron.from_weights(limited.weights_), MONEY)
    bounded = Pair(limited, MONEY)
    before = accuracy(limited, held_out)
    assert set(poisoned(free, MOST)) == {"done"}
    assert poisoned(bounded, MOST) == ["SampleTooLong"]
    assert set(poisoned(bounded, limited.max_features)) == {"done"}

    loss_free = before - accuracy(free.twin.model, held_out)
    loss_bounded = before - accuracy(bounded.twin.model, held_out)
    assert loss_bounded < loss_free

    # to the end: what it paid comes back where the model agrees then, and nothing more
    for pair in (free, bounded):
        pair.now += REFUND_WAIT + 1
        for what in list(pair.twin.contributions):
            pair.refund(ATTACKER, what, pair.samples[what.index])
        assert gain(pair, [ATTACKER]) <= 0


# SQUATTED ADDRESSES


def test_squatted_address_is_nobodys_but_its_creators():
    """An address is told to others; a reorganisation takes its pool back, and somebody else goes first, with pools in
    which deposits are its prey. None of them is at that address, and its creator's is, whenever it is made again."""
    model = SparsePerceptron.from_weights([50, -50, 0])
    packed, (tail,) = model.pack_parameters(), model.initial_chunks()
    seen = Factory()
    announced = seen.create(MONEY.pack(), packed, tail=tail, owner=HONEST)[0]

    again = Factory()
    prey = MONEY.replaced(refund_wait=0, collect_wait=HEAD_START + 3_600)
    theirs = {
        again.create(terms.pack(), packed, tail=tail, owner=ATTACKER)[0].address for terms in (prey, MONEY, MONEY, prey)
    }
    assert announced.address not in theirs
    # nobody is there yet: what is sent there is a call of no contract, and stays its sender's own risk
    assert again.evm.machine.get_code(announced.address) is None or not bytes(
        again.evm.machine.get_code(announced.address)
    )
    mine = again.create(MONEY.pack(), packed, tail=tail, owner=HONEST)[0]
    assert mine.address == announced.address
    mine.contribute(HONEST, pack_sample([0]), 1, COST, value=COST, now=again.evm.timestamp, via=DIRECT)
    assert mine.view("owner") == HONEST
    with pytest.raises(RevertedError, match="NotOwner"):
        mine.pause(ATTACKER, now=again.evm.timestamp, via=DIRECT)
