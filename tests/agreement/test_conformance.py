"""What every pool must do, whatever its incentive and its model: run over each combination in `contracts/src/pools`.

A new incentive or model needs a case in `INCENTIVES` or `MODELS`; without one the discovery below fails.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from earnest.chain.implementations import IMPLEMENTATIONS
from earnest.contracts.build import CONTRACTS
from earnest.contracts.pools import sealed_implementations
from earnest.core.incentives.base import Terms
from earnest.core.incentives.points import POINTS
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.keccak import keccak256
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import outcome
from tests.agreement.evm import address
from tests.agreement.pair import Pair

POOLS = sorted(path.stem for path in Path("contracts/src/pools").glob("*.sol"))
ANN, BOB, CAT = (address(0xA0 + number) for number in range(3))
REFUND_WAIT, COLLECT_WAIT = 10, 20


class ModelCase(NamedTuple):
    """A model to start from, samples of both classes that no single update turns, and what it must refuse."""

    model: Model
    one: bytes
    zero: bytes
    refused: tuple[bytes, ...]


#: What no model of three words takes.
BAD_WORDS = (b"", b"\0", pack_sample([1, 1]), pack_sample([2, 1]), pack_sample([3]), pack_sample([0, 3]))

INCENTIVES: dict[str, Terms] = {
    "SelfAssessed": SELF_ASSESSMENT.terms(1, 0, REFUND_WAIT, COLLECT_WAIT, 100, 0),
    "Points": POINTS.terms(REFUND_WAIT, COLLECT_WAIT),
}
MODELS: dict[str, ModelCase] = {
    "SparsePerceptron": ModelCase(
        SparsePerceptron.from_weights([0, 50, -50, 0]),
        pack_sample([1]),
        pack_sample([2]),
        BAD_WORDS,
    ),
    "SparseMarginPerceptron": ModelCase(
        SparseMarginPerceptron.from_weights([0, 50, -50, 0]),
        pack_sample([1]),
        pack_sample([2]),
        BAD_WORDS,
    ),
    "DensePerceptron": ModelCase(
        DensePerceptron.from_weights([0, 50, -50, 0], scale=1),
        bytes.fromhex("0000 0001 0000"),
        bytes.fromhex("0000 0000 0001"),
        (b"", b"\0", bytes(4), bytes(5), bytes(7), bytes(8)),
    ),
    "DenseMarginPerceptron": ModelCase(
        DenseMarginPerceptron.from_weights([[0, 50, -50, 0]], eta0=1, theta=9, scale=1),
        bytes.fromhex("0000 0001 0000"),
        bytes.fromhex("0000 0000 0001"),
        (b"", b"\0", bytes(4), bytes(5), bytes(7), bytes(8)),
    ),
    "DenseNearestCentroid": ModelCase(
        DenseNearestCentroid.from_sums([[-900, 0], [900, 50], [0, 90_000]], [90, 90, 90]),
        bytes.fromhex("000a 0000"),
        bytes.fromhex("fff6 0000"),
        (b"", b"\0", bytes(2), bytes(3), bytes(5), bytes(6)),
    ),
    **{
        kind.CONTRACT: ModelCase(
            kind.from_counts([[50, 5, 90], [50, 90, 5]], [100, 100]), pack_sample([1]), pack_sample([2]), BAD_WORDS
        )
        for kind in (NaiveBayes, SparseNearestCentroid)
    },
}


def parts(pool: str) -> tuple[str, str]:
    """Incentive and model of a pool's name."""
    incentive = next((name for name in INCENTIVES if pool.startswith(name)), "")
    return incentive, pool.removeprefix(incentive)


def new_pair(pool: str) -> tuple[Pair, ModelCase]:
    incentive, model = parts(pool)
    return Pair(MODELS[model].model, INCENTIVES[incentive]), MODELS[model]


def test_every_pool_is_built_and_has_its_cases():
    assert POOLS
    assert set(POOLS) <= set(CONTRACTS)
    assert set(POOLS) == set(IMPLEMENTATIONS) - sealed_implementations().keys()
    assert {parts(pool) for pool in POOLS} == {(incentive, model) for incentive in INCENTIVES for model in MODELS}


@pytest.mark.parametrize("pool", POOLS)
def test_names_are_short_versioned_and_its_own(pool):
    pair, _ = new_pair(pool)
    for view in ("incentiveId", "modelId", "sampleFormat"):
        name, version = pair.contract.view(view).rstrip(b"\0").decode("ascii").split("/")
        assert name
        assert int(version) >= 1
    assert pair.contract.view("classCount") >= 2


@pytest.mark.parametrize("pool", POOLS)
def test_contract_says_of_itself_what_its_twin_says(pool):
    pair, case = new_pair(pool)
    said = [pair.contract.view(view).rstrip(b"\0").decode("ascii") for view in ("modelId", "sampleFormat")]
    assert said == [case.model.MODEL_ID, case.model.FORMAT.ID]
    assert list(pair.contract.view("modelParameters")) == case.model.parameters
    assert pair.contract.view("classCount") == case.model.class_count
    assert pair.contract.view("weightCount") == case.model.weight_count


@pytest.mark.parametrize("pool", POOLS)
def test_digest_is_that_of_the_weights_and_ranges_of_weights_fit_together(pool):
    pair, case = new_pair(pool)
    for label in (0, 1):
        pair.contribute(ANN, case.one, label, 1000, value=1000)
        count = pair.contract.view("weightCount")
        whole = list(pair.contract.view("weights", 0, count))
        assert pair.contract.view("digest") == keccak256(np.array(whole, dtype=">i4").tobytes())
        assert whole == [pair.contract.view("weights", i, i + 1)[0] for i in range(count)]
    for start, end in ((0, 0), (1, 0), (0, count + 1), (count, count + 1), (2**256 - 1, 0)):
        refused = outcome(lambda start=start, end=end: pair.contract.view("weights", start, end))
        assert refused[0] == "WeightRangeInvalid"


@pytest.mark.parametrize("pool", POOLS)
def test_predicting_is_free_of_effects_and_refuses_what_contributing_refuses(pool):
    pair, case = new_pair(pool)
    before = pair.contract.view("digest")
    assert [pair.contract.view("predict", sample)[0] for sample in (case.one, case.zero)] == [1, 0]
    assert pair.contract.view("digest") == before
    for sample in case.refused:
        told = outcome(lambda sample=sample: pair.contract.view("predict", sample))
        assert told[0].startswith("Sample")
        assert pair.contribute(ANN, sample, 1, 1000, value=1000) == told
    classes = pair.contract.view("classCount")
    refusal = ("LabelOutOfRange", {"label": classes, "classes": classes})
    assert pair.contribute(ANN, case.one, classes, 1000, value=1000) == refusal


@pytest.mark.parametrize("pool", POOLS)
def test_price_never_rises_with_time_and_fits_96_bits(pool):
    pair, _ = new_pair(pool)
    prices = [pair.contract.view("priceAfter", elapsed) for elapsed in (0, 1, 2, 60, 3600, 86_400, 10**9, 2**40)]
    assert prices == sorted(prices, reverse=True)
    assert prices[0] == prices[1] < 2**96
    assert pair.contract.view("price") == pair.twin.price(pair.now)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("committed", [False, True])
def test_the_three_windows_open_and_close_to_the_second(pool, committed):
    """Refund and report in (refundWait, collectWait], collect afterwards; each moves standing or closes."""
    pair, case = new_pair(pool)
    verb = pair.commit_batch if committed else pair.contribute_batch
    samples, labels = [case.one, case.zero, case.one], [1, 1, 1]
    assert pair.contribute(BOB, case.zero, 0, 1000, value=1000)[0] == "done"
    assert verb(ANN, samples, labels, 1000, value=3000)[0] == "done"
    standing, good, bad, forgotten = pair.twin.contributions

    def claim(how: str, who: str, what) -> str:
        known = pair.sample_hash(what.index) if how == "collect" else pair.samples[what.index]
        if what.index and committed:
            proof = pair.twin.batch_proof(1, 3, what.index)
            return pair.claim_from_batch(how, who, what, known, 1, proof)[0]
        return getattr(pair, how)(who, what, known)[0]

    start = pair.now
    pair.now = start + REFUND_WAIT
    assert claim("refund", ANN, good) == claim("refund", BOB, standing) == claim("report", BOB, bad) == "TooEarly"
    pair.now += 1
    assert claim("report", BOB, bad) == "NotVerified"
    assert claim("refund", BOB, standing) == "done"
    assert claim("report", BOB, good) == "ModelAgrees"
    assert claim("refund", ANN, bad) == "ModelDisagrees"
    assert claim("report", ANN, bad) == "OwnContribution"
    assert claim("collect", CAT, forgotten) == "TooEarly"
    pair.now = start + COLLECT_WAIT
    assert claim("refund", ANN, good) == claim("report", BOB, bad) == "done"
    assert claim("collect", CAT, forgotten) == "TooEarly"
    pair.now += 1
    assert claim("refund", ANN, forgotten) == "TooLate"
    assert claim("collect", CAT, forgotten) == "done"

    assert [pair.twin.account(who)[1] for who in (ANN, BOB, CAT)] == [1, 1, 0]
    for how, what in (("refund", good), ("collect", forgotten)):
        assert claim(how, ANN, what) == "ContributionClosed"
    # under self-assessment a part of it is left, under points nothing
    assert claim("report", BOB, bad) in ("TooLate", "ContributionClosed")
    pair.check_everything()


@pytest.mark.parametrize("pool", POOLS)
def test_a_batch_comes_to_what_its_samples_come_to_one_by_one(pool):
    single, case = new_pair(pool)
    batched, _ = new_pair(pool)
    rng = np.random.default_rng(3)
    samples = [(case.one, case.zero)[choice] for choice in rng.integers(0, 2, 30).tolist()]
    labels = rng.integers(0, 2, 30).tolist()
    for sample, label in zip(samples, labels, strict=True):
        assert single.contribute(ANN, sample, label, 1000, value=1000)[0] == "done"
    assert batched.contribute_batch(ANN, samples, labels, 1000, value=30_000)[0] == "done"
    assert batched.contract.view("digest") == single.contract.view("digest")
