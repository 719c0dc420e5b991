"""Gas of each verb, from receipts under the newest rules; `python -m earnest.contracts.tools.gas` writes the snapshot.

Conditions: fixed price, exact payment, default pool (`leftover = burn`, all safeguards), 1,000 trained words. "Steady"
means that every one-off slot was written before; "first" figures are first ones of an account, on slots that nobody
wrote.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earnest.chain.deployment import ZERO_ADDRESS, deploy_factory, deploy_implementation, deploy_pool, send_and_wait
from earnest.chain.events import logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import implementation_name
from earnest.chain.signer import LocalSigner
from earnest.chain.tokens import MOVE_GAS
from earnest.chain.types import BatchProof, Call, ContributionKey, Receipt
from earnest.contracts.tools import gas_dense, gas_sealed, gas_tokens
from earnest.contracts.tools.anvil import running_anvil
from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS
from earnest.core.keccak import keccak256
from earnest.core.models.class_counts import ClassCounts
from earnest.core.models.formats.words import Sample, pack_sample
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.models.training import train_initial
from earnest.core.pool import Contribution, merkle
from earnest.core.pool.events import Contributed
from earnest.data import movie_reviews
from earnest.data.dataset import split

SNAPSHOT = Path(__file__).resolve().parents[2] / "contracts" / "gas.json"
# two of the keys that anvil funds
ADA = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
BOB = LocalSigner("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
COST, WORDS, DAY, HEAD_START = 10**15, 1000, 86_400, 3_600
#: Seconds after which both a refund and a report are open.
CLAIMABLE = DAY + HEAD_START + 1
#: Nearly the worst case: almost every feature in a slot of its own.
WIDE = np.arange(1, 1 + 7 * 130, 7, dtype=np.uint16)
REVIEWS, BATCH = 20, 50


@dataclass
class Bench:
    """A pool and its twin."""

    gateway: Gateway
    pool: str
    twin: Model
    deployment: int
    #: wei sent with each sample; nothing where deposits are paid in a token
    value: int = COST

    @classmethod
    def deploy(
        cls, gateway: Gateway, weights: np.ndarray, leftover: int = LEFTOVER_BURN, safeguards: int = ALL_SAFEGUARDS
    ) -> "Bench":
        """A new pool of a sparse perceptron with these weights, bias last."""
        return cls.deploy_model(gateway, SparsePerceptron.from_weights(weights), leftover, safeguards)

    @classmethod
    def deploy_model(
        cls,
        gateway: Gateway,
        model: Model,
        leftover: int = LEFTOVER_BURN,
        safeguards: int = ALL_SAFEGUARDS,
        tokens: Sequence[str] = (),
    ) -> "Bench":
        """A new pool that starts from this model, its deposits in the first of these tokens, or in native coin."""
        name = implementation_name(SELF_ASSESSMENT, type(model))
        rules = (PRICE_FIXED, leftover, DAY, 9 * DAY, COST, 0, safeguards, HEAD_START if safeguards else 0)
        pool, receipts = deploy_pool(
            gateway,
            ADA,
            factory=deploy_factory(gateway, ADA, tokens),
            implementation=deploy_implementation(gateway, ADA, name),
            encoder_hash=b"\1" * 32,
            incentive=SELF_ASSESSMENT.terms(*rules).pack(),
            model=model.pack_parameters(),
            chunks=model.initial_chunks(),
            token=tokens[0] if tokens else ZERO_ADDRESS,
        )
        return cls(
            gateway, pool, model.restarted(), sum(receipt.gas_used for receipt in receipts), 0 if tokens else COST
        )

    def warm_up(self) -> None:
        """Write every slot of changes, and what both accounts write once."""
        everything = np.arange(WORDS, dtype=np.uint16)
        for _ in range(2):
            self.contribute(ADA, everything, agrees=False)
        keys = [self.contribute(who, WIDE, agrees=True)[0] for who in (ADA, BOB)]
        bad = self.contribute(ADA, WIDE, agrees=False)[0]
        self.gateway.advance_time(CLAIMABLE)
        for key, who in zip(keys, (ADA, BOB), strict=True):
            if self.twin.predict_one(WIDE)[0] == key.label:
                self.refund(who, key, WIDE)
        if self.twin.predict_one(WIDE)[0] != bad.label:
            self.report(BOB, bad, WIDE)

    def contribute(self, who: LocalSigner, sample: Sample, *, agrees: bool) -> tuple[ContributionKey, int]:
        """Contribute with a label that the model agrees with, or not; the key and the gas."""
        predicted, _ = self.twin.predict_one(sample)
        keys, used = self.give(who, [sample], [predicted if agrees else 1 - predicted])
        return keys[0], used

    def batch(
        self, who: LocalSigner, samples: list[Sample], agrees: list[bool], *, committed: bool = False
    ) -> tuple[list[ContributionKey], int]:
        """Contribute several at once; the keys and the gas of all."""
        labels = []
        later = self.twin.copy()
        for sample, agreeing in zip(samples, agrees, strict=True):
            predicted, _ = later.predict_one(sample)
            labels.append(predicted if agreeing else 1 - predicted)
            later.learn_one(sample, labels[-1])
        return self.give(who, samples, labels, committed=committed)

    def give(
        self, who: LocalSigner, samples: list[Sample], labels: list[int], *, committed: bool = False
    ) -> tuple[list[ContributionKey], int]:
        """Contribute with these labels; the keys and the gas of all."""
        for sample, label in zip(samples, labels, strict=True):
            self.twin.learn_one(sample, label)
        packed = [pack_sample(sample) for sample in samples]
        call = self.gateway.contribute_call(
            self.pool, packed, labels, COST, self.value * len(samples), committed=committed, model=self.twin
        )
        if not self.value:
            call = replace(call, gas=call.gas + MOVE_GAS)
        receipt = self.send(call, who)
        return _keys(receipt), receipt.gas_used

    def refund(self, who: LocalSigner, key: ContributionKey, sample: Sample, batch: BatchProof | None = None) -> int:
        """Gas of a refund."""
        return self.send(self.gateway.refund_call(self.pool, key, pack_sample(sample), batch, self.twin), who).gas_used

    def report(self, who: LocalSigner, key: ContributionKey, sample: Sample) -> int:
        """Gas of a report."""
        return self.send(self.gateway.report_call(self.pool, key, pack_sample(sample), model=self.twin), who).gas_used

    def collect(self, who: LocalSigner, key: ContributionKey, sample: Sample) -> int:
        """Gas of a collection."""
        call = self.gateway.collect_call(self.pool, key, keccak256(pack_sample(sample)))
        return self.send(call, who).gas_used

    def withdraw(self, who: LocalSigner) -> int:
        """Gas of a withdrawal."""
        return self.send(self.gateway.withdraw_call(self.pool), who).gas_used

    def send(self, call: Call, who: LocalSigner) -> Receipt:
        """Send and wait; the receipt."""
        return send_and_wait(self.gateway, call, who)


def _keys(receipt: Receipt) -> list[ContributionKey]:
    return [ContributionKey.of(log) for log in logs_of(Contributed, receipt.logs)]


def random_weights() -> NDArray[np.int64]:
    """Weights of both signs, none of them 0."""
    signs = np.random.default_rng(2).choice([-1, 1], WORDS + 1)
    weights: NDArray[np.int64] = np.random.default_rng(1).integers(1, 300, WORDS + 1) * signs
    return weights


def measure(gateway: Gateway) -> dict[str, int]:
    """Every figure of the snapshot, by name."""
    weights = random_weights()
    figures: dict[str, int] = {}
    bench = Bench.deploy(gateway, weights)
    figures["new pool, 1,000 weights"] = bench.deployment
    _, figures["130 features: contribute, agrees, first"] = bench.contribute(ADA, WIDE, agrees=True)
    _, figures["130 features: contribute, disagrees, first"] = bench.contribute(ADA, WIDE, agrees=False)

    bench.warm_up()
    _, figures["1 feature: contribute, agrees"] = bench.contribute(ADA, WIDE[:1], agrees=True)
    ours = [bench.contribute(who, WIDE, agrees=True) for who in (ADA, BOB)]
    figures["130 features: contribute, agrees"] = ours[0][1]
    gateway.advance_time(CLAIMABLE)
    figures["130 features: refund"] = bench.refund(ADA, ours[0][0], WIDE)
    bench.refund(BOB, ours[1][0], WIDE)
    # a wrong label that one update does not make the model's own, so that it can be reported
    bad = []
    for _ in range(2):
        key, figures["130 features: contribute, disagrees"] = bench.contribute(ADA, WIDE, agrees=False)
        bad.append(key)
        bench.contribute(BOB, WIDE, agrees=False)
    gateway.advance_time(CLAIMABLE)
    reportable = [key for key in bad if bench.twin.predict_one(WIDE)[0] != key.label]
    bench.report(BOB, reportable[0], WIDE)
    figures["130 features: report, share"] = bench.report(BOB, reportable[1], WIDE)
    gateway.advance_time(9 * DAY)
    figures["collect, burn"] = bench.collect(BOB, reportable[1], WIDE)
    figures["withdraw"] = bench.withdraw(ADA)
    key, _ = bench.contribute(ADA, WIDE, agrees=True)
    gateway.advance_time(CLAIMABLE)
    figures["130 features: refund, first after a withdrawal"] = bench.refund(ADA, key, WIDE)

    for name, safeguards in (("collect, anyone", ALL_SAFEGUARDS), ("collect, anyone, published rules", 0)):
        open_to_all = Bench.deploy(gateway, weights, LEFTOVER_ANYONE, safeguards)
        open_to_all.warm_up()
        key, _ = open_to_all.contribute(ADA, WIDE, agrees=True)
        gateway.advance_time(9 * DAY + 1)
        figures[name] = open_to_all.collect(BOB, key, WIDE)
    figures |= _real_reviews(gateway)
    figures |= {f"sparse margin perceptron: {figure}": used for figure, used in _margin(gateway).items()}
    for name, kind in (("naive Bayes", NaiveBayes), ("sparse nearest centroid", SparseNearestCentroid)):
        counting = _counting(gateway, kind)
        figures |= {f"{name}: {figure}": used for figure, used in counting.items()}
    return figures | gas_dense.measure(gateway) | gas_sealed.measure(gateway) | gas_tokens.measure(gateway)


def _counting(gateway: Gateway, kind: type[ClassCounts]) -> dict[str, int]:
    """A model that counts: learning costs the same whether it agrees or not."""
    parts = split(movie_reviews.load(), 1, 2000, 2000)
    encoder = VocabularyEncoder.fit(parts.train.texts, WORDS)
    bench = Bench.deploy_model(gateway, kind.trained(encoder.encode_many(parts.train.texts), parts.train.labels))
    figures = {"new pool, 1,000 words": bench.deployment}
    _, figures["130 features: contribute, first"] = bench.contribute(ADA, WIDE, agrees=True)
    everything = np.arange(WORDS, dtype=np.uint16)
    for label in (0, 1):
        bench.give(ADA, [everything], [label])
    bench.warm_up()

    ours = [bench.contribute(who, WIDE, agrees=True) for who in (ADA, BOB)]
    figures["130 features: contribute"] = ours[0][1]
    bad = [bench.contribute(ADA, WIDE, agrees=False)[0] for _ in range(2)]
    gateway.advance_time(CLAIMABLE)
    figures["130 features: refund"] = bench.refund(ADA, ours[0][0], WIDE)
    bench.refund(BOB, ours[1][0], WIDE)
    bench.report(BOB, bad[0], WIDE)
    figures["130 features: report, share"] = bench.report(BOB, bad[1], WIDE)

    few = [np.asarray(encoder.encode(text), dtype=np.uint16) for text in parts.stream.texts[: REVIEWS + BATCH]]
    given = [bench.contribute(ADA, sample, agrees=True) for sample in few[:REVIEWS]]
    figures["real review: contribute, mean of 20"] = sum(used for _, used in given) // REVIEWS
    gateway.advance_time(CLAIMABLE)
    refunds = [bench.refund(ADA, key, sample) for (key, _), sample in zip(given, few, strict=False)]
    figures["real review: refund, mean of 20"] = sum(refunds) // REVIEWS
    for name, committed in (("a slot each", False), ("one commitment", True)):
        _, used = bench.batch(ADA, few[REVIEWS:], [place % 5 != 0 for place in range(BATCH)], committed=committed)
        figures[f"real review: batch of 50, {name}, each"] = used // BATCH

    # every word in 256 samples more of each class, so that a claim reads all carries as well
    for label in (0, 1):
        for _ in range(8):
            bench.give(ADA, [everything] * 32, [label] * 32)
    key, _ = bench.contribute(ADA, WIDE, agrees=True)
    gateway.advance_time(CLAIMABLE)
    figures["130 features: refund, every word in 256 samples more of each class"] = bench.refund(ADA, key, WIDE)
    return figures


def _real_reviews(gateway: Gateway) -> dict[str, int]:
    parts = split(movie_reviews.load(), 1, 2000, 2000)
    encoder = VocabularyEncoder.fit(parts.train.texts, WORDS)
    initial = train_initial(encoder.encode_many(parts.train.texts), parts.train.labels).model
    bench = Bench.deploy(gateway, initial.weights_)
    bench.warm_up()
    samples = [np.asarray(encoder.encode(text), dtype=np.uint16) for text in parts.stream.texts[: REVIEWS + BATCH]]
    few = samples[:REVIEWS]
    agreeing = [bench.contribute(ADA, sample, agrees=True) for sample in few]
    gateway.advance_time(CLAIMABLE)
    refunds = [bench.refund(ADA, key, sample) for (key, _), sample in zip(agreeing, few, strict=True)]
    disagreeing = [bench.contribute(ADA, sample, agrees=False)[1] for sample in few]
    agrees = [position % 5 != 0 for position in range(BATCH)]
    _, slot_each = bench.batch(ADA, samples[REVIEWS:], agrees)
    keys, one_commitment = bench.batch(ADA, samples[REVIEWS:], agrees, committed=True)
    gateway.advance_time(CLAIMABLE)
    leaves = [
        Contribution(*key.as_tuple()).leaf(keccak256(pack_sample(sample)))
        for key, sample in zip(keys, samples[REVIEWS:], strict=True)
    ]
    from_batch: list[int] = []
    for place, (key, sample) in enumerate(zip(keys, samples[REVIEWS:], strict=True)):
        if len(from_batch) < REVIEWS and bench.twin.predict_one(sample)[0] == key.label:
            proof = BatchProof(keys[0].index, tuple(merkle.proof(leaves, place)))
            from_batch.append(bench.refund(ADA, key, sample, proof))
    return {
        "real review: contribute, agrees, mean of 20": sum(used for _, used in agreeing) // REVIEWS,
        "real review: contribute, disagrees, mean of 20": sum(disagreeing) // REVIEWS,
        "real review: refund, mean of 20": sum(refunds) // REVIEWS,
        "real review: batch of 50, a fifth disagreeing, each": slot_each // BATCH,
        "real review: batch of 50, one commitment, each": one_commitment // BATCH,
        "real review: refund out of a one-commitment batch, mean of 20": sum(from_batch) // len(from_batch),
    }


def _margin(gateway: Gateway) -> dict[str, int]:
    """Without a margin, so that the same reviews can be learned or not, as they are labelled."""
    parts = split(movie_reviews.load(), 1, 2000, 2000)
    encoder = VocabularyEncoder.fit(parts.train.texts, WORDS)
    start = SparseMarginPerceptron.trained(encoder.encode_many(parts.train.texts), parts.train.labels)
    bench = Bench.deploy_model(
        gateway, SparseMarginPerceptron.from_weights(start.weights_, **{**start.derived, "theta": 0})
    )
    figures = {"new pool, 1,000 words": bench.deployment}
    bench.warm_up()
    samples = [np.asarray(encoder.encode(text), dtype=np.uint16) for text in parts.stream.texts[: REVIEWS + BATCH]]
    few = samples[:REVIEWS]
    beyond = [bench.contribute(ADA, sample, agrees=True) for sample in few]
    figures["real review: contribute, beyond the margin, mean of 20"] = sum(used for _, used in beyond) // REVIEWS
    gateway.advance_time(CLAIMABLE)
    refunds = [bench.refund(ADA, key, sample) for (key, _), sample in zip(beyond, few, strict=True)]
    within = [bench.contribute(ADA, sample, agrees=False)[1] for sample in few]
    figures["real review: contribute, within the margin, mean of 20"] = sum(within) // REVIEWS
    figures["real review: refund, mean of 20"] = sum(refunds) // REVIEWS
    for name, committed in (("a slot each", False), ("one commitment", True)):
        _, used = bench.batch(ADA, samples[REVIEWS:], [place % 5 > 1 for place in range(BATCH)], committed=committed)
        figures[f"real review: batch of 50, two fifths learned, {name}, each"] = used // BATCH
    return figures


def main() -> None:
    """Measure on a node of our own, and write the snapshot."""
    with running_anvil() as url:
        figures = measure(Gateway(url))
    SNAPSHOT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for name, used in figures.items():
        print(f"{used:>10,}  {name}")


if __name__ == "__main__":
    main()
