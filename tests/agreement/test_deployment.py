"""What the factory refuses, and what a created pool says of itself."""

import numpy as np
import pytest

from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.prices import MAX_LOWEST_PRICE, PRICES, WEIGHT_FACTOR
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.keccak import keccak256
from earnest.core.models.sparse_perceptron import (
    CHUNK_WEIGHTS,
    FIRST_CHUNK_WEIGHTS,
    SparsePerceptron,
    pack_initial_weights,
)
from tests.agreement.contracts import (
    DEPLOYER,
    DIRECT,
    ENCODER_HASH,
    FORWARDER,
    GENESIS,
    NO_FORWARDER,
    NO_TOKEN,
    Factory,
    PoolContract,
    outcome,
    pack_model,
)
from tests.agreement.evm import RevertedError, address

ANN = address(0xA0)
NUM_WORDS = 10
#: Bias first, two bytes each.
WEIGHTS = bytes(2 * (NUM_WORDS + 1))
DECAYING = SELF_ASSESSMENT.terms(0, 0, 10, 20, 10**9, 10**9)
FIXED = SELF_ASSESSMENT.terms(1, 1, 10, 20, 10**9, 0)


def pack(terms: Terms) -> bytes:
    """As `Terms.pack`, which would refuse what is to be refused by the contract here."""
    rule, leftover, refund_wait, collect_wait, amount, step, safeguards, head_start = terms.numbers
    values = (rule, leftover, safeguards, refund_wait, head_start, collect_wait, amount, step)
    widths = (1, 1, 1, 4, 4, 4, 12, 12)
    return b"".join(value.to_bytes(width, "big") for value, width in zip(values, widths, strict=True))


@pytest.fixture
def factory() -> Factory:
    return Factory()


def refusal(factory: Factory, *arguments, **keywords) -> tuple[str, dict]:
    with pytest.raises(RevertedError) as caught:
        factory.create(*arguments, **keywords)
    return caught.value.name, caught.value.values


# THE INCENTIVE


@pytest.mark.parametrize(
    "waits", [(20, 0, 20), (21, 0, 20), (0, 0, 0), (2**32 - 1, 0, 0), (10, 10, 20), (0, 20, 20), (2**32 - 1,) * 3]
)
def test_create_pool_windows_misordered_is_refused(factory, waits):
    refund_wait, head_start, collect_wait = waits
    incentive = pack(FIXED.replaced(refund_wait=refund_wait, collect_wait=collect_wait, head_start=head_start))

    assert refusal(factory, incentive, pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS) == (
        "IncentiveWindowsMisordered",
        {"refundWait": refund_wait, "headStart": head_start, "collectWait": collect_wait},
    )


@pytest.mark.parametrize("head_start", [0, 7])
@pytest.mark.parametrize(
    ("safeguards", "window", "fits"), [(1, 3_599, False), (7, 1, False), (1, 3_600, True), (6, 1, True)]
)
def test_create_pool_guarded_windows_below_an_hour_are_refused_by_both(factory, safeguards, window, fits, head_start):
    terms = FIXED.replaced(collect_wait=10 + head_start + window, head_start=head_start, safeguards=safeguards)
    told = outcome(lambda: factory.create(pack(terms), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS))
    if fits:
        assert (told[0], terms.pack()) == ("done", pack(terms))
    else:
        assert told == ("IncentiveWindowTooShort", {"window": window, "minimum": 3_600})
        with pytest.raises(RuleViolation, match=f"leaves {window} s for reports"):
            terms.pack()


@pytest.mark.parametrize(
    ("safeguards", "wait", "fits"), [(1, 31_622_401, False), (7, 2**31, False), (1, 31_622_400, True), (6, 2**31, True)]
)
def test_create_pool_guarded_refunds_beyond_a_year_are_refused_by_both(factory, safeguards, wait, fits):
    terms = FIXED.replaced(refund_wait=wait, collect_wait=wait + 3_600, safeguards=safeguards)
    told = outcome(lambda: factory.create(pack(terms), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS))
    if fits:
        assert (told[0], terms.pack()) == ("done", pack(terms))
    else:
        assert told == ("IncentiveWaitTooLong", {"refundWait": wait, "maximum": 31_622_400})
        with pytest.raises(RuleViolation, match=f"refund_wait \\({wait} s\\) is more than 31622400 s"):
            terms.pack()


@pytest.mark.parametrize("safeguards", [8, 15, 128, 255])
def test_create_pool_unknown_safeguards_are_refused(factory, safeguards):
    incentive = pack(FIXED.replaced(safeguards=safeguards))

    assert refusal(factory, incentive, pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS) == (
        "IncentiveSafeguardsUnknown",
        {"safeguards": safeguards},
    )


@pytest.mark.parametrize(("price_rule", "leftover_rule"), [(len(PRICES), 0), (255, 0), (0, 2), (1, 255), (255, 2)])
def test_create_pool_unknown_rule_is_refused(factory, price_rule, leftover_rule):
    incentive = pack(FIXED.replaced(price_rule=price_rule, leftover_rule=leftover_rule))

    assert refusal(factory, incentive, pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS) == (
        "IncentiveRuleUnknown",
        {"priceRule": price_rule, "leftoverRule": leftover_rule},
    )


@pytest.mark.parametrize(
    "parameters",
    [
        DECAYING.replaced(weight_or_cost=0),
        DECAYING.replaced(step=0),
        DECAYING.replaced(weight_or_cost=MAX_AMOUNT // WEIGHT_FACTOR + 1),
        DECAYING.replaced(weight_or_cost=MAX_AMOUNT),
        DECAYING.replaced(step=MAX_LOWEST_PRICE + 1),
        FIXED.replaced(weight_or_cost=0),
        FIXED.replaced(weight_or_cost=MAX_LOWEST_PRICE + 1),
        FIXED.replaced(step=1),
    ],
)
def test_create_pool_price_out_of_range_is_refused(factory, parameters):
    assert refusal(factory, pack(parameters), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS) == (
        "IncentivePriceOutOfRange",
        {"weightOrCost": parameters["weight_or_cost"], "step": parameters["step"]},
    )


@pytest.mark.parametrize("length", [0, 34, 38, 40])
def test_create_pool_incentive_of_another_length_is_refused(factory, length):
    assert refusal(factory, bytes(length), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS) == (
        "IncentiveLengthInvalid",
        {"length": length, "expected": 39},
    )


# THE MODEL


def test_create_pool_chunks_among_the_model_parameters_are_refused(factory):
    """They would be read in place of the weights that the pool is sealed with."""
    others = bytes.fromhex(factory.store_chunk(WEIGHTS)[2:])
    assert refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0) + others, tail=WEIGHTS) == (
        "ModelParametersLengthInvalid",
        {"length": 32, "expected": 12},
    )


@pytest.mark.parametrize(("num_words", "eta0"), [(0, 1), (65_537, 1), (2**24 - 1, 1), (10, 0)])
def test_create_pool_model_parameters_out_of_range_is_refused(factory, num_words, eta0):
    assert refusal(factory, pack(FIXED), pack_model(num_words, eta0, 0), tail=WEIGHTS) == (
        "ModelParametersInvalid",
        {"size": num_words, "other": eta0},
    )


@pytest.mark.parametrize("length", [1, 2, len(WEIGHTS) - 2, len(WEIGHTS) - 1, len(WEIGHTS) + 1, len(WEIGHTS) + 2])
def test_create_pool_chunk_of_the_wrong_length_is_refused(factory, length):
    # lengths are of the code, which has one byte before the weights
    assert refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0), tail=bytes(length)) == (
        "ModelWeightsInvalid",
        {"chunk": 0, "expectedLength": 1 + len(WEIGHTS), "length": 1 + length},
    )


def test_create_pool_without_weights_is_refused(factory):
    assert refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0)) == (
        "ModelChunksInvalid",
        {"chunks": 0, "expected": 1},
    )


@pytest.mark.parametrize("superfluous", [WEIGHTS, b"\0"])
def test_create_pool_chunk_too_many_is_refused(factory, superfluous):
    """It would be sealed with weights that nobody reads."""
    chunks = [factory.store_chunk(WEIGHTS), factory.store_chunk(superfluous)]

    for how in ({"chunks": chunks}, {"chunks": chunks[:1], "tail": superfluous}):
        assert refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0), **how) == (
            "ModelChunksInvalid",
            {"chunks": 2, "expected": 1},
        )


def test_create_pool_second_chunk_missing_is_refused(factory):
    first = factory.store_chunk(bytes(2 * FIRST_CHUNK_WEIGHTS))

    assert refusal(factory, pack(FIXED), pack_model(FIRST_CHUNK_WEIGHTS, 1, 0), [first]) == (
        "ModelChunksInvalid",
        {"chunks": 1, "expected": 2},
    )


def test_create_pool_chunks_in_the_wrong_order_is_refused(factory):
    first, last = factory.store_chunk(bytes(2 * FIRST_CHUNK_WEIGHTS)), factory.store_chunk(bytes(2))

    assert refusal(factory, pack(FIXED), pack_model(FIRST_CHUNK_WEIGHTS, 1, 0), [last, first]) == (
        "ModelWeightsInvalid",
        {"chunk": 0, "expectedLength": 1 + 2 * FIRST_CHUNK_WEIGHTS, "length": 3},
    )


def test_create_pool_chunk_that_could_run_is_refused(factory):
    """Code of the right length that does not start with STOP, such as a delegated account's, might change."""
    runnable = factory.evm.deploy_runtime(DEPLOYER, b"\x5b" + WEIGHTS)

    assert refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0), [runnable]) == (
        "ModelWeightsInvalid",
        {"chunk": 0, "expectedLength": 1 + len(WEIGHTS), "length": 1 + len(WEIGHTS)},
    )


def test_create_pool_chunk_that_is_an_ordinary_account_is_refused(factory):
    name, _ = refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0), [ANN])
    assert name == "ModelWeightsInvalid"


@pytest.mark.parametrize("length", [11, 13])
def test_create_pool_model_of_another_length_is_refused(factory, length):
    model = pack_model(NUM_WORDS, 1, 0)[:length].ljust(length, b"\0")
    assert refusal(factory, pack(FIXED), model, tail=WEIGHTS) == (
        "ModelParametersLengthInvalid",
        {"length": length, "expected": 12},
    )


@pytest.mark.parametrize("length", [0, 24_576])
def test_store_chunk_empty_or_larger_than_code_can_be_is_refused(factory, length):
    with pytest.raises(RevertedError) as caught:
        factory.store_chunk(bytes(length))
    assert (caught.value.name, caught.value.values) == ("ChunkLengthInvalid", {"length": length, "maximum": 24_575})


def test_create_pool_tail_larger_than_code_can_be_is_refused(factory):
    name, _ = refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0), tail=bytes(24_576))
    assert name == "ChunkLengthInvalid"


@pytest.mark.parametrize(("place", "highest"), [(0, 511), (448, 511), (449, 127), (499, 127), (500, 511)])
def test_create_pool_weights_that_nothing_corrects_are_refused_by_both(factory, place, highest):
    """Bias last in the twin; each weight from 1 - highest to highest, where the pool is to be correctable."""
    for weight, fits in ((highest, True), (1 - highest, True), (highest + 1, False), (-highest, False)):
        weights = np.zeros(501, dtype=np.int64)
        weights[place] = weight
        free = SparsePerceptron.from_weights(weights)
        assert factory.create(FIXED.pack(), free.pack_parameters(), tail=free.initial_chunks()[0])
        packed = free.pack_parameters()[:-2] + (2**15 + 100).to_bytes(2, "big")
        told = outcome(
            lambda packed=packed, free=free: factory.create(FIXED.pack(), packed, tail=free.initial_chunks()[0])
        )
        if fits:
            twin = SparsePerceptron.from_code(packed, free.initial_chunks())
            assert told[0] == "done"
            assert (twin.max_features, twin.correctable, twin.pack_parameters()) == (100, 1, packed)
        else:
            assert told == ("ModelWeightOutOfRange", {"index": place, "weight": weight})
            with pytest.raises(WeightsOutOfRange, match="across 0"):
                SparsePerceptron.from_code(packed, free.initial_chunks())


# THE IMPLEMENTATION


def test_create_pool_of_no_contract_is_refused(factory):
    """Its clone would answer every call with success, and keep what it is sent."""
    assert refusal(factory, pack(FIXED), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS, implementation=ANN) == (
        "ImplementationMissing",
        {"implementation": ANN},
    )


def test_initialize_a_second_time_is_refused(factory):
    pool, _ = factory.create(pack(FIXED), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS)

    with pytest.raises(RevertedError) as caught:
        pool.send(ANN, GENESIS, DIRECT, 0, "initialize")
    assert caught.value.name == "PoolAlreadyInitialized"


def test_implementation_itself_cannot_be_initialized(factory):
    with pytest.raises(RevertedError) as caught:
        PoolContract(factory.evm, factory.implementation).send(ANN, GENESIS, DIRECT, 0, "initialize")
    assert caught.value.name == "PoolAlreadyInitialized"


@pytest.mark.parametrize("value", [0, 1, 2**97])
def test_implementation_itself_takes_no_contribution(factory, value):
    """Its parameters are whatever its code spells at their place, its owner too, so it is paused for good."""
    itself = PoolContract(factory.evm, factory.implementation)

    with pytest.raises(RevertedError) as caught:
        itself.contribute(ANN, b"\0\0", 0, 2**256 - 1, value=value, now=GENESIS)
    assert caught.value.name == "ContributionsPaused"


# THE SEAL


def test_create_pool_of_other_weights_than_it_is_sealed_with_is_refused(factory):
    wanted, other = keccak256(WEIGHTS), bytes(20) + b"\0\1"
    model = pack_model(NUM_WORDS, 1, 0)
    for how in ({"tail": other}, {"chunks": [factory.store_chunk(other)]}):
        assert refusal(factory, pack(FIXED), model, **how, weights_hash=wanted) == (
            "WeightsHashMismatch",
            {"actual": keccak256(other), "expected": wanted},
        )


def test_create_pool_seal_runs_over_all_chunks_in_order_and_the_tail(factory):
    words = FIRST_CHUNK_WEIGHTS + 2 * CHUNK_WEIGHTS + 4
    weights = np.arange(words + 1) % 2999
    first, second, third, tail = pack_initial_weights(weights)
    stored = [factory.store_chunk(chunk) for chunk in (first, second, third)]
    model = pack_model(words, 1, 0)
    seal = keccak256(first + second + third + tail)

    swapped = [stored[0], stored[2], stored[1]]
    refused = refusal(factory, pack(FIXED), model, swapped, tail, weights_hash=seal)
    pool, _ = factory.create(pack(FIXED), model, stored, tail, weights_hash=seal)

    assert refused == (
        "WeightsHashMismatch",
        {"actual": keccak256(first + third + second + tail), "expected": seal},
    )
    assert pool.view("digest") == SparsePerceptron.from_weights(weights).digest()


# WHAT A POOL SAYS OF ITSELF


@pytest.mark.parametrize("parameters", [DECAYING, FIXED])
@pytest.mark.parametrize("forwarder", [NO_FORWARDER, FORWARDER])
def test_create_pool_every_parameter_can_be_read_back(parameters, forwarder):
    factory = Factory(forwarder)
    chunk = factory.store_chunk(bytes(range(22)))
    pool, events = factory.create(pack(parameters), pack_model(NUM_WORDS, 3, 77), [chunk], owner=ANN)

    assert [(event.name, event.values) for event in events] == [
        (
            "PoolCreated",
            {
                "pool": pool.address,
                "implementation": factory.implementation,
                "owner": ANN,
                "encoderHash": ENCODER_HASH,
                "weightsHash": keccak256(bytes(range(22))),
                "incentive": pack(parameters),
                "model": pack_model(NUM_WORDS, 3, 77),
                "chunks": (chunk,),
                "token": NO_TOKEN,
            },
        )
    ]
    assert pool.view("owner") == ANN
    assert pool.view("encoderHash") == ENCODER_HASH
    assert pool.view("incentiveId").rstrip(b"\0") == b"self-assessment/1"
    assert pool.view("incentiveParameters") == parameters.numbers
    assert pool.view("modelId").rstrip(b"\0") == SparsePerceptron.MODEL_ID.encode()
    assert pool.view("sampleFormat").rstrip(b"\0") == SparsePerceptron.FORMAT.ID.encode()
    assert pool.view("modelParameters") == (NUM_WORDS, 3, 77, 1024, 0)
    assert pool.view("classCount") == 2
    assert pool.view("weightCount") == NUM_WORDS + 1
    assert pool.view("trustedForwarder") == forwarder
    assert pool.view("isTrustedForwarder", FORWARDER) == (forwarder == FORWARDER)
    assert pool.view("state") == (0, GENESIS, 0, 0)
    # bias first in the chunk, last in the answer
    assert pool.view("weights", 0, 11) == (*(256 * i + i + 1 for i in range(2, 22, 2)), 1)


def test_create_pool_stores_the_tail_and_says_where(factory):
    pool, events = factory.create(pack(FIXED), pack_model(NUM_WORDS, 1, 0), tail=WEIGHTS)

    assert [event.name for event in events] == ["ChunkStored", "PoolCreated"]
    assert events[0].values["length"] == len(WEIGHTS)
    assert pool.view("digest") == SparsePerceptron.from_weights([0] * 11).digest()


def test_pools_address_follows_from_what_it_is_made_of_and_who_made_it():
    """Whatever came before it on the chain, so that a reorganisation puts no other pool there."""
    model = SparsePerceptron.from_weights([0] * 11)
    packed, (tail,) = model.pack_parameters(), model.initial_chunks()

    def made(factory, owner, terms=FIXED):
        return factory.create(terms.pack(), packed, tail=tail, owner=owner)[0].address

    one, other = Factory(), Factory()
    assert one.address == other.address
    anns = [made(one, ANN), made(one, ANN)]
    eves = made(other, address(0xE0))
    different = made(other, ANN, FIXED.replaced(weight_or_cost=7))
    assert [made(other, ANN), made(other, ANN)] == anns
    assert len({*anns, eves, different}) == 4


def test_pools_of_one_factory_do_not_share_anything(factory):
    model = SparsePerceptron.from_weights([0] * 11)
    one, other = factory.create_for(model, FIXED), factory.create_for(model, FIXED)

    one.contribute(ANN, b"\0\0", 1, 10**9, value=10**9, now=GENESIS)

    assert one.view("state")[0] == 1
    assert other.view("state") == (0, GENESIS, 0, 0)
    assert one.view("digest") != other.view("digest") == model.digest()
