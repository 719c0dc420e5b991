"""Gas of `sealed-assessment`, part of the snapshot of `earnest.contracts.tools.gas`, under its conditions.

A contribution is paid for twice, when it is made and when it is settled; "weighted" adds both up and lets as many of a
hundred teach as the reviews of the published scenario do.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.chain.deployment import deploy_contract, deploy_factory, deploy_pool, send_and_wait
from earnest.chain.events import logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.signer import LocalSigner
from earnest.chain.types import Call
from earnest.contracts.tools.gas_dense import random_features, random_margin_perceptron, random_perceptron
from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.incentives.judge import SNAPSHOT, shift_for
from earnest.core.incentives.reference import reference_size
from earnest.core.incentives.sealed_rules import pack_reference
from earnest.core.models.formats.words import Sample
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.models.training import train_initial
from earnest.core.pool.events import ChunkStored
from earnest.data import movie_reviews
from earnest.data.dataset import split

ADA = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
NOBODY = "0x" + "00" * 20
POOL = "ISealedPool"
WORDS, DAY, REVIEWS, GAS = 1000, 86_400, 40, 16_000_000
PRICES = (10**15, 3 * 10**15, 7 * 10**15)
WAIT, RISK, LEARN, RATE, COST, MOST, AVERAGING = 2, 3, 9, 3, 3, 30, 16
#: Open, so that samples can be made up; looking at it costs the same.
GATE = 2**32 - 1
#: Of a seal that is paid all that the rules allow.
ANY_BOUNTY, BUDGET = 2**96 - 1, 10**18
#: Of a hundred reviews of the published scenario, how many a model learns from.
LEARNED = {"sparse perceptron": 19, "sparse margin perceptron": 45}
#: Of a model that counts.
SNAPSHOT_RULES = {"shift": SNAPSHOT["judge_shift"], "averaging": SNAPSHOT["averaging"]}
_MARGIN = "SealedAssessedDenseMarginPerceptron"
#: Nearly the worst case: almost every feature in a slot of its own.
WIDE = np.arange(1, 1 + 7 * 130, 7, dtype=np.uint16)


def packed_rules(shift: int, averaging: int = AVERAGING, bounty: int = 0) -> bytes:
    """The defaults, with room for the whole vocabulary in a sample, in the order of docs/sealed-assessment.md.

    Args:
        shift: the judge's weights are the learner's times two to the power of this.
        averaging: cap of the divisor with which a seal moves the judge.
        bounty: most that a seal's gas is paid with, in wei.
    """
    numbers = (DAY, WAIT, RISK, LEARN, RATE, COST, MOST, GATE, averaging, shift, 0, *PRICES, bounty)
    widths = (4, 1, 1, 1, 1, 1, 2, 4, 1, 1, 2, 12, 12, 12, 12)
    return b"".join(number.to_bytes(width, "big") for number, width in zip(numbers, widths, strict=True))


def reference_of(samples: Sequence[Sample], labels: Sequence[int]) -> bytes:
    """int16, bias first: 1,024 times each word's mean of +-1, centred."""
    sums = np.zeros(WORDS)
    for sample, label in zip(samples, labels, strict=True):
        sums[sample] += 1 if label == 1 else -1
    words = np.rint(1024 * sums / len(samples))
    bias = -np.rint(np.mean([words[sample].sum() for sample in samples]))
    return np.concatenate([[bias], words]).astype(">i2").tobytes()


class SealedBench:
    """A pool whose judge is sealed, which pays a seal's gas with so many wei at most.

    Attributes:
        who: sends what is sent.
        creation: gas of the transaction that made it.
        deployment: the same with its chunks.
    """

    def __init__(
        self, gateway: Gateway, model: Model, reference: bytes, name: str, bounty: int = 0, token: str = NOBODY
    ) -> None:
        self.gateway, self.model, self.who = gateway, model, ADA
        factory = deploy_factory(gateway, ADA, [] if token == NOBODY else [token])
        linear = {"shift": shift_for(model.weights_, 0, model.KERNELS.most_judged)}
        rules = packed_rules(**(linear if model.KERNELS.is_linear else SNAPSHOT_RULES), bounty=bounty)
        chunk_of = encode_call("IPoolFactory", "storeChunk", rules + reference)
        stored = send_and_wait(gateway, Call(factory, chunk_of, 0, GAS), ADA)
        (chunk,) = logs_of(ChunkStored, stored.logs)
        self.pool, receipts = deploy_pool(
            gateway,
            ADA,
            factory=factory,
            implementation=deploy_contract(gateway, ADA, name, ("address", NOBODY)),
            encoder_hash=b"\1" * 32,
            incentive=bytes.fromhex(chunk.event.chunk[2:]) + bytes(19),
            model=model.pack_parameters(),
            chunks=model.initial_chunks(),
            token=token,
        )
        self.creation = receipts[-1].gas_used
        self.deployment = stored.gas_used + sum(receipt.gas_used for receipt in receipts)

    def view(self, function: str, *arguments: object) -> tuple[object, ...]:
        """What a view answers."""
        return self.gateway.view(POOL, self.pool, function, *arguments)

    def predicted(self, sample: NDArray[Any]) -> int:
        """The judge's class."""
        return int(str(self.view("predict", self.model.sample_to_bytes(sample))[0]))

    def learners(self, sample: NDArray[Any]) -> int:
        """The learner's class."""
        weights = np.array(self.view("weights", 0, self.model.weight_count)[0], dtype=np.int32)
        return self.model.judging(weights).predict_one(sample)[0]

    def send(self, function: str, *arguments: object, value: int = 0) -> int:
        """Gas of a verb."""
        call = Call(self.pool, encode_call(POOL, function, *arguments), value, GAS)
        return send_and_wait(self.gateway, call, self.who).gas_used

    def contribute(self, sample: NDArray[Any], label: int) -> tuple[tuple[object, ...], int]:
        """Pay exactly, from credit first; the contribution's facts, and the gas."""
        packed = self.model.sample_to_bytes(sample)
        count, epoch, *_ = self.view("state")
        outcome, price = self.view("quote", self.who.address, packed, label)
        (credit, _) = self.view("account", self.who.address)
        due = max(0, int(str(price)) - int(str(credit)))
        used = self.send("contribute", packed, label, price, value=due)
        return (count, self.who.address, label, outcome, epoch, price), used

    def settle(self, what: tuple[object, ...], sample: NDArray[Any]) -> tuple[bool, int]:
        """Whether the learner moved, and the gas."""
        before = self.view("digest")
        used = self.send("settle", what, self.model.sample_to_bytes(sample))
        return self.view("digest") != before, used

    def seal(self) -> int:
        """Gas of a seal, an epoch after the last."""
        self.gateway.advance_time(DAY)
        return self.send("seal")

    def warm_up(self) -> None:
        """Write every slot of changes, and let the account have standing and credit."""
        everything = np.arange(WORDS, dtype=np.uint16)
        few = WIDE[:1]
        for _ in range(MOST):
            self.contribute(few, self.predicted(few))
        made, _ = self.contribute(everything, 1 - self.predicted(everything))
        self.seal()
        self.seal()
        self.settle(made, everything)
        for _ in range(MOST):
            self.contribute(few, self.predicted(few))


def measure(gateway: Gateway) -> dict[str, int]:
    """Every figure, by name."""
    parts = split(movie_reviews.load(), 1, 2000, 2000)
    encoder = VocabularyEncoder.fit(parts.train.texts, WORDS)
    samples = [np.asarray(encoder.encode(text), dtype=np.uint16) for text in parts.train.texts]
    reference = reference_of(samples, parts.train.labels.tolist())
    encoded = encoder.encode_many(parts.train.texts)
    perceptron = train_initial(encoded, parts.train.labels).model.weights_
    margin = SparseMarginPerceptron.trained(encoded, parts.train.labels)
    reviews = [np.asarray(encoder.encode(text), dtype=np.uint16) for text in parts.stream.texts[:REVIEWS]]
    labelled = list(zip(reviews, (int(label) for label in parts.stream.labels[:REVIEWS]), strict=True))
    figures: dict[str, int] = {}
    for title, model, name in (
        ("sparse perceptron", SparsePerceptron.from_weights(perceptron, eta0=3), "SealedAssessedSparsePerceptron"),
        ("sparse margin perceptron", margin, "SealedAssessedSparseMarginPerceptron"),
    ):
        found = _measured(SealedBench(gateway, model, reference, name), labelled, LEARNED[title])
        found["seal, paid"] = _paid_seal(SealedBench(gateway, model, reference, name, bounty=ANY_BOUNTY))
        figures |= {f"{title}, sealed-assessment: {figure}": used for figure, used in found.items()}
    bench = SealedBench(gateway, NaiveBayes.trained(encoded, parts.train.labels), reference, "SealedAssessedNaiveBayes")
    found = _measured_counting(bench, labelled)
    figures |= {f"naive Bayes, 2 classes, sealed-assessment: {figure}": used for figure, used in found.items()}
    for title, on_vectors, name in (
        ("dense perceptron, 384 dimensions", random_perceptron(384), "SealedAssessedDensePerceptron"),
        ("dense margin perceptron, 64 dimensions", random_margin_perceptron(64), _MARGIN),
        ("dense margin perceptron, 64 dimensions, 16 classes", random_margin_perceptron(64, 16), _MARGIN),
        ("dense margin perceptron, 384 dimensions, 16 classes", random_margin_perceptron(384, 16), _MARGIN),
    ):
        found = _measured_on_vectors(SealedBench(gateway, on_vectors, random_reference(on_vectors), name))
        figures |= {f"{title}, sealed-assessment: {figure}": used for figure, used in found.items()}
    return figures


def _paid_seal(bench: SealedBench) -> int:
    """Gas of a seal that a contribution waits for, out of a budget that pays all of it, by who was paid before."""
    bench.send("fund", value=BUDGET)
    bench.warm_up()
    bench.seal()
    bench.contribute(WIDE, bench.predicted(WIDE))
    (before, _), paid_before = bench.view("account", bench.who.address), bench.view("state")[-1]
    used = bench.seal()
    (after, _), paid_after = bench.view("account", bench.who.address), bench.view("state")[-1]
    if not int(str(after)) > int(str(before)) or paid_before == paid_after:
        raise ValueError("The seal was not paid.")
    return used


def random_reference(model: Model) -> bytes:
    """Weights of both signs, none of them 0."""
    rng = np.random.default_rng(2)
    size = reference_size(model)
    weights = rng.integers(1, 600, size) * rng.choice([-1, 1], size)
    return pack_reference(weights.astype(np.int32))


def _measured_on_vectors(bench: SealedBench) -> dict[str, int]:
    figures = {"new pool": bench.deployment, "seal, first": bench.seal()}
    dimensions, classes = bench.model.format.width, bench.model.class_count
    known = random_features(2, dimensions)
    lessons = []
    for label in range(classes):
        # with standing for any label; each class has to learn once before every slot was written
        for _ in range(RATE):
            bench.contribute(known, bench.predicted(known))
        sample = random_features(10 + label, dimensions)
        lessons.append((bench.contribute(sample, label)[0], sample))
    bench.seal()
    bench.seal()
    for what, sample in lessons:
        bench.settle(what, sample)
    for _ in range(MOST):
        bench.contribute(known, bench.predicted(known))
    bench.seal()
    _, figures["contribute"] = bench.contribute(known, bench.predicted(known))
    other = random_features(3, dimensions)
    quiet, _ = bench.contribute(known, bench.learners(known))
    lesson, _ = bench.contribute(other, (bench.learners(other) + 1) % classes)
    bench.seal()
    figures["seal"] = bench.seal()
    moved, figures["settle, teaches nothing"] = bench.settle(quiet, known)
    learned, figures["settle, teaches"] = bench.settle(lesson, other)
    if moved or not learned:
        raise AssertionError("The figures are of other cases than their names say.")
    return figures


def _measured_counting(bench: SealedBench, reviews: list[tuple[Sample, int]]) -> dict[str, int]:
    """Of a model that learns from every review that the rules let teach."""
    figures = {"new pool, 1,000 words": bench.deployment, "seal, first": bench.seal()}
    bench.warm_up()
    everything = np.arange(WORDS, dtype=np.uint16)
    other, _ = bench.contribute(everything, bench.predicted(everything))
    made = [bench.contribute(sample, label) for sample, label in reviews]
    bench.seal()
    bench.seal()
    # the slots of the other class
    bench.settle(other, everything)
    figures["seal"] = bench.seal()
    settled = [bench.settle(what, sample) for (what, _), (sample, _) in zip(made, reviews, strict=True)]
    teaches = [used for moved, used in settled if moved]
    figures["real review: contribute, mean of 40"] = sum(used for _, used in made) // len(made)
    figures["real review: settle, mean of those that teach"] = sum(teaches) // len(teaches)
    return figures


def _measured(bench: SealedBench, reviews: list[tuple[Sample, int]], learned: int) -> dict[str, int]:
    figures = {"new pool, 1,000 words": bench.deployment}
    figures["seal, first"] = bench.seal()
    bench.warm_up()
    made = [bench.contribute(sample, label) for sample, label in reviews]
    figures["130 features: contribute"] = bench.contribute(WIDE, bench.predicted(WIDE))[1]
    bench.seal()
    figures["seal"] = bench.seal()
    settled = [bench.settle(what, sample) for (what, _), (sample, _) in zip(made, reviews, strict=True)]
    contribute = sum(used for _, used in made) // len(made)
    quiet = [used for moved, used in settled if not moved]
    moving = [used for moved, used in settled if moved]
    teaches_nothing, teaches = sum(quiet) // len(quiet), sum(moving) // len(moving)
    figures["real review: contribute, mean of 40"] = contribute
    figures["real review: settle, mean of those that teach nothing"] = teaches_nothing
    figures["real review: settle, mean of those that teach"] = teaches
    both = contribute + ((100 - learned) * teaches_nothing + learned * teaches) // 100
    figures[f"real review: contribute and settle, {learned} % teach"] = both
    figures["withdraw"] = bench.send("withdraw")
    return figures
