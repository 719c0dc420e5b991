"""A pool whose judge is sealed and its twin agree on everything that can be seen, after any commands."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from earnest.core.errors import SampleInvalid
from earnest.core.incentives.base import Terms
from earnest.core.incentives.judge import SNAPSHOT
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.reference import reference_size
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.core.models.class_counts import MAX_CLASSES, MAX_SAMPLES
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import MAX_COUNT, DenseNearestCentroid
from earnest.core.models.dense_perceptron import MAX_WEIGHT, DensePerceptron
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.sealed_contribution import SealedContribution
from tests.agreement import evm
from tests.agreement.contracts import DIRECT, Via, forwarded
from tests.agreement.sealed import SealedPair
from tests.agreement.tokens import TOKENS, TokenRules

STEPS = 50
EXAMPLES = 80 if evm.IS_FAST else 8
FEW = 12 if evm.IS_FAST else 3
IMPLEMENTATIONS = {
    SparsePerceptron: "SealedAssessedSparsePerceptron",
    SparseMarginPerceptron: "SealedAssessedSparseMarginPerceptron",
    DensePerceptron: "SealedAssessedDensePerceptron",
    DenseMarginPerceptron: "SealedAssessedDenseMarginPerceptron",
    NaiveBayes: "SealedAssessedNaiveBayes",
    SparseNearestCentroid: "SealedAssessedSparseNearestCentroid",
    DenseNearestCentroid: "SealedAssessedDenseNearestCentroid",
}
#: Around where lanes and their slots begin and end.
NUM_WORDS = st.integers(1, 8) | st.sampled_from([24, 25, 26, 449, 450, 451, 481, 482, 483]) | st.integers(100, 600)
#: Around where blocks of a row end: fifteen and thirty numbers, the bias among them.
DIMENSIONS = st.integers(1, 4) | st.sampled_from([13, 14, 15, 16, 28, 29, 30, 31, 44, 45]) | st.integers(1, 64)
#: Around where slots of counts end.
COUNTED_WORDS = st.integers(1, 5) | st.sampled_from([15, 16, 17, 31, 32, 33, 63, 64, 65]) | st.integers(1, 100)
SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@st.composite
def rule_sets(draw: st.DrawFn) -> Terms:
    wait = draw(st.integers(1, 3))
    risk = wait + draw(st.integers(0, 2))
    rate, cost = draw(st.integers(1, 3)), draw(st.integers(0, 4))
    agreed = draw(st.integers(1, 20) | st.just(10**9) | st.just(MAX_AMOUNT // 9))
    promised = agreed * draw(st.integers(1, 3))
    return SEALED_ASSESSMENT.terms(
        epoch_length=draw(st.sampled_from([3_600, 3_601, 86_400])),
        wait_seals=wait,
        risk_seals=risk,
        learn_seals=risk + draw(st.integers(0, 2)),
        rate=rate,
        learning_cost=cost,
        most_standing=max(rate, cost) + draw(st.integers(0, 4)),
        gate=draw(st.sampled_from([0, 50, 2**32 - 1, 2**32 - 1])),
        averaging=draw(st.sampled_from([1, 2, 3, 7, 16, 255])),
        judge_shift=draw(st.integers(0, 6)),
        most_features=draw(st.sampled_from([0, 0, 5, 160])),
        agreed_price=agreed,
        promised_price=promised,
        risk_price=promised + draw(st.sampled_from([1, promised])),
        seal_bounty=draw(st.sampled_from([0, 1, agreed, MAX_AMOUNT])),
    )


@st.composite
def perceptrons(draw: st.DrawFn, shift: int) -> SparsePerceptron:
    """Either perceptron, with weights up to what the judge can hold."""
    num_words = draw(NUM_WORDS)
    most = 2**15 // 2**shift
    ends = st.sampled_from([-most, 1 - most, most - 2, most - 1])
    some = st.integers(-3, 3) | st.integers(-min(60, most), min(60, most - 1)) | ends
    head = draw(st.lists(some, min_size=min(num_words, 30) + 1, max_size=min(num_words, 30) + 1))
    weights = (head[:-1] * (num_words // len(head[:-1]) + 1))[:num_words] + head[-1:]
    step = {"eta0": draw(st.sampled_from([1, 3, 3, 100, 2**16 - 1])), "tau": draw(st.sampled_from([0, 0, 5]))}
    if draw(st.booleans()):
        return SparsePerceptron.from_weights(weights, **step)
    bounds = sorted(draw(st.lists(st.integers(1, 30) | st.just(2**16 - 1), min_size=4, max_size=4)))
    named = {f"shift_{place + 1}": bound for place, bound in enumerate(bounds)}
    return SparseMarginPerceptron.from_weights(
        weights, **step, theta=draw(st.sampled_from([0, 20, 2**32 - 1])), **named
    )


@st.composite
def perceptrons_on_vectors(draw: st.DrawFn, shift: int, most_classes: int) -> Model:
    """Either perceptron on vectors, of two classes or of more, with weights up to what the judge can hold."""
    dimensions = draw(DIMENSIONS)
    classes = draw(st.integers(2, most_classes))
    rows = 1 if classes == 2 else classes
    most = (MAX_WEIGHT + 1) >> shift
    some = st.integers(-900, 900) | st.sampled_from([-most, 1 - most, most - 2, most - 1])
    drawn = draw(st.lists(some, min_size=1, max_size=40))
    weights = np.resize(np.array(drawn, dtype=np.int64), (rows, dimensions + 1))
    scale = draw(st.sampled_from([1, 100, 4096, 2**15 - 1]))
    step = {"eta0": draw(st.sampled_from([1, 16, 2**16 - 1])), "tau": draw(st.sampled_from([0, 5])), "scale": scale}
    if classes == 2 and draw(st.booleans()):
        return DensePerceptron.from_weights(weights[0], **step, max_length=draw(st.sampled_from([0, scale, 2**24 - 1])))
    return DenseMarginPerceptron.from_weights(weights, **step, theta=draw(st.sampled_from([0, 64 * scale**2, 2**47])))


@st.composite
def counts(draw: st.DrawFn) -> Model:
    """Either model that counts words, of two classes or of more, with classes that are empty, full or nearly so."""
    num_words, classes = draw(COUNTED_WORDS), draw(st.just(2) | st.integers(2, MAX_CLASSES))
    some = st.integers(0, 9) | st.integers(0, 600) | st.sampled_from([MAX_SAMPLES - 2, MAX_SAMPLES])
    samples = np.array(draw(st.lists(some, min_size=classes, max_size=classes)))
    drawn = draw(st.lists(st.integers(0, MAX_SAMPLES) | st.integers(0, 9), min_size=1, max_size=40))
    words = np.minimum(np.resize(np.array(drawn), (classes, num_words)), samples[:, np.newaxis])
    kind = draw(st.sampled_from([NaiveBayes, SparseNearestCentroid]))
    return kind.from_counts(words, samples, max_features=draw(st.sampled_from([MAX_FEATURES, 6])))


@st.composite
def centroids(draw: st.DrawFn) -> Model:
    """Nearest centroid on vectors, with classes that are empty, full or nearly so."""
    dimensions, classes = draw(DIMENSIONS), draw(st.just(2) | st.integers(2, 16))
    some = st.integers(0, 9) | st.integers(0, 600) | st.sampled_from([MAX_COUNT - 1, MAX_COUNT])
    samples = np.array(draw(st.lists(some, min_size=classes, max_size=classes)))
    numbers = st.integers(-900, 900) | st.sampled_from([-(2**15), 2**15 - 1])
    means = np.resize(np.array(draw(st.lists(numbers, min_size=1, max_size=40))), (classes, dimensions))
    sums = means * samples[:, np.newaxis]
    scale = draw(st.sampled_from([1, 100, 4096, 2**15 - 1]))
    return DenseNearestCentroid.from_sums(
        sums - np.sign(sums) * (samples[:, np.newaxis] // 2),
        samples,
        scale=scale,
        max_length=draw(st.sampled_from([0, scale, 2**24 - 1])),
    )


class SealedMachine(TokenRules, RuleBasedStateMachine):
    """Every rule gives one command to both; a refused command must be refused alike, and change nothing."""

    pair: SealedPair
    #: Of blocks, in wei.
    BASE_FEES: st.SearchStrategy[int] = st.just(0)

    @initialize(data=st.data(), terms=rule_sets(), forwarder=st.booleans(), token=st.sampled_from(TOKENS))
    def create(self, data: st.DataObject, terms: Terms, forwarder: bool, token: str | None) -> None:
        # no token is paid for a seal
        terms = self._terms(terms if token is None else terms.replaced(seal_bounty=0))
        model = self._model(data, terms["judge_shift"])
        self.model, self.classes = model, model.class_count
        ends = st.sampled_from([-(2**15), 2**15 - 1])
        head = data.draw(st.lists(st.integers(-99, 99) | ends, min_size=2, max_size=9))
        reference = np.resize(np.array(head, dtype=np.int32), reference_size(model))
        base_fee = data.draw(self.BASE_FEES, label="base fee")
        self.pair = SealedPair(
            IMPLEMENTATIONS[type(model)], model, reference, terms, forwarder=forwarder, base_fee=base_fee, token=token
        )
        self.forwarder = forwarder

    @rule(seconds=st.integers(0, 6))
    def pass_time(self, seconds: int) -> None:
        self.pair.now += seconds

    @rule(data=st.data(), agreeing=st.booleans(), times=st.integers(1, 4))
    def contribute(self, data: st.DataObject, agreeing: bool, times: int) -> None:
        caller, via = self._caller(data)
        sample = self._sample(data)
        predicted = self.pair.twin.predict(sample)
        label = predicted if agreeing else (predicted + data.draw(st.integers(1, self.classes - 1))) % self.classes
        for _ in range(times):
            price = self.pair.twin.quote(caller, sample, label).price if self._fits(sample) else 0
            value = self._enough(caller, price)
            self.pair.contribute(caller, sample, label, 2**256 - 1, value=value, via=via)
        if self._fits(sample):
            quote = self.pair.twin.quote(caller, sample, label)
            assert self.pair.contract.view("quote", caller, sample, label) == tuple(quote)
        assert self.pair.contract.view("predict", sample)[0] == predicted

    @rule(data=st.data(), faults=st.sets(st.sampled_from(["label", "price", "sample", "value"]), min_size=1))
    def contribute_on_bad_terms(self, data: st.DataObject, faults: set[str]) -> None:
        caller, via = self._caller(data)
        sample = self._sample(data)
        label = data.draw(self._labels())
        price = self.pair.twin.quote(caller, sample, label).price if self._fits(sample) else 1
        credit, _ = self.pair.twin.account(caller)
        room = MAX_AMOUNT - self.pair.twin.balance
        values = [0, max(0, price - credit), max(0, price - credit - 1), price, price + 9, room + 1]
        self.pair.contribute(
            caller,
            self._bad_sample(data, sample) if "sample" in faults else sample,
            data.draw(st.sampled_from([self.classes, 2**16 - 1])) if "label" in faults else label,
            price - 1 if "price" in faults else price,
            value=data.draw(st.sampled_from(values)) if "value" in faults else self._enough(caller, price),
            via=via,
        )

    @precondition(lambda self: not self.pair.twin.paused)
    @rule(data=st.data(), several=st.integers(1, 5))
    def live_through_it(self, data: st.DataObject, several: int) -> None:
        """Contributions, the seals that they wait for, their settling, and a seal that takes what they taught."""
        twin, made = self.pair.twin, []
        for _ in range(several):
            caller = data.draw(st.sampled_from(self.pair.people), label="caller")
            sample, label = self._sample(data), data.draw(self._labels())
            if self._fits(sample):
                due = self._enough(caller, twin.quote(caller, sample, label).price)
                if self.pair.contribute(caller, sample, label, 2**256 - 1, value=due)[0] == "done":
                    made.append(twin.contributions[-1])
        self._seal_in_time(twin.terms["wait_seals"])
        for what in made:
            self.pair.settle(what.contributor, what, self.pair.samples[what.index])
        self._seal_in_time(1)

    @precondition(lambda self: self.pair.twin.contributions)
    @rule(data=st.data(), by_author=st.sampled_from([True, True, True, False]))
    def settle(self, data: st.DataObject, by_author: bool) -> None:
        what = self._contribution(data)
        caller, via = self._caller(data, [what.contributor] if by_author else [])
        self.pair.settle(caller, what, self.pair.samples[what.index], via=via)

    @precondition(lambda self: self.pair.twin.contributions)
    @rule(data=st.data())
    def settle_all_that_can_be(self, data: st.DataObject) -> None:
        for what in list(self.pair.twin.contributions):
            if self.pair.twin.commitment(what.index) and what.contributor != self.pair.refuser:
                self.pair.settle(what.contributor, what, self.pair.samples[what.index])

    @precondition(lambda self: self.pair.twin.contributions)
    @rule(data=st.data())
    def settle_by_a_lie(self, data: st.DataObject) -> None:
        what = self._contribution(data)
        sample = self.pair.samples[what.index]
        caller, via = self._caller(data, [what.contributor])
        lies: dict[str, st.SearchStrategy[Any]] = {
            "index": st.integers(0, len(self.pair.samples) + 1) | st.just(2**256 - 1),
            "contributor": st.sampled_from(self.pair.people),
            "label": st.integers(0, self.classes),
            "outcome": st.sampled_from([0, 1, 2, 3, 255]),
            "epoch": st.integers(0, 5) | st.just(2**32 - 1),
            "deposit": st.sampled_from([0, what.deposit + 1, MAX_AMOUNT]),
            "sample": st.sampled_from([*self.pair.samples, b"", b"\x00"]),
        }
        field = data.draw(st.sampled_from(sorted(lies)))
        lie = data.draw(lies[field])
        note(f"lie: {field}")
        if field == "sample":
            sample = lie
        else:
            known = {name: getattr(what, name) for name in SealedContribution.__dataclass_fields__}
            what = SealedContribution(**(known | {field: lie}))
        self.pair.settle(caller, what, sample, via=via)

    @rule(data=st.data(), times=st.integers(1, 4), early=st.sampled_from([False, False, False, True]))
    def seal(self, data: st.DataObject, times: int, early: bool) -> None:
        caller, via = self._caller(data)
        for _ in range(times):
            due = self.pair.twin.sealed_at + self.pair.twin.terms["epoch_length"]
            self.pair.now = max(self.pair.now, due - 1 if early else due)
            self.pair.seal(caller, via=via)

    @rule(data=st.data())
    def fund(self, data: st.DataObject) -> None:
        caller, via = self._caller(data)
        room = MAX_AMOUNT - self.pair.twin.balance
        self.pair.fund(caller, value=data.draw(st.sampled_from([0, 1, 10**9, 10**9, room + 1])), via=via)

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        caller, via = self._caller(data)
        self.pair.withdraw(caller, via=via)

    @rule(
        data=st.data(),
        verb=st.sampled_from(
            [
                ("pause", "pause"),
                *[("unpause", "unpause")] * 3,
                ("transfer_ownership", "transferOwnership"),
                ("accept_ownership", "acceptOwnership"),
            ]
        ),
        by_owner=st.booleans(),
    )
    def owner_verb(self, data: st.DataObject, verb: tuple[str, str], by_owner: bool) -> None:
        twin = self.pair.twin
        entitled = twin.pending_owner if verb[0] == "accept_ownership" else twin.owner
        caller = entitled if by_owner and int(entitled, 16) else data.draw(st.sampled_from(self.pair.people))
        arguments = [data.draw(st.sampled_from(self.pair.people))] if verb[0] == "transfer_ownership" else []
        self.pair.owner_verb(*verb, caller, *arguments)

    @invariant()
    def money_is_conserved(self) -> None:
        if hasattr(self, "pair"):
            twin = self.pair.twin
            at_risk = sum(
                one.deposit for one in twin.contributions if one.outcome == AT_RISK and twin.commitment(one.index)
            )
            assert sum(twin.at_risk(epoch) for epoch in range(twin.epoch + 1)) <= at_risk

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check_everything()

    # HELPERS

    def _seal_in_time(self, times: int) -> None:
        for _ in range(times):
            due = self.pair.twin.sealed_at + self.pair.twin.terms["epoch_length"]
            self.pair.now = max(self.pair.now, due)
            assert self.pair.seal(self.pair.people[0])[0] == "done"

    def _caller(self, data: st.DataObject, candidates: list[str] | None = None) -> tuple[str, Via]:
        everybody = [*self.pair.people, self.pair.refuser] if self.forwarder else self.pair.people
        caller = data.draw(st.sampled_from(candidates or everybody), label="caller")
        if self.forwarder and (caller == self.pair.refuser or data.draw(st.booleans(), label="forwarded")):
            return caller, forwarded(caller)
        lie = data.draw(st.sampled_from([None, None, *self.pair.people]), label="appended without being trusted")
        return caller, DIRECT if lie is None else Via(suffix=bytes.fromhex(lie[2:]))

    def _enough(self, caller: str, price: int) -> int:
        """Coin to send: none where the pool takes tokens."""
        return 0 if self.pair.token is not None else max(0, price - self.pair.twin.account(caller)[0])

    def _contribution(self, data: st.DataObject) -> SealedContribution:
        everything = self.pair.twin.contributions
        still_open = [one for one in everything if self.pair.twin.commitment(one.index)]
        return data.draw(st.sampled_from(data.draw(st.sampled_from([still_open or everything, everything]))))

    def _labels(self) -> st.SearchStrategy[int]:
        return st.integers(0, self.classes - 1)

    def _terms(self, terms: Terms) -> Terms:
        return terms

    def _model(self, data: st.DataObject, shift: int) -> Model:
        return data.draw(perceptrons(shift))

    def _sample(self, data: st.DataObject) -> bytes:
        num_words = self.model.format.width
        words = st.integers(0, num_words - 1) | st.integers(0, min(3, num_words - 1))
        chosen = data.draw(st.sets(words, min_size=1, max_size=min(num_words, 12)), label="words")
        return pack_sample(sorted(chosen))

    def _fits(self, sample: bytes) -> bool:
        try:
            self.model.require_size(self.model.sample_from_bytes(sample))
        except SampleInvalid:
            return False
        most = self.pair.twin.terms["most_features"]
        return not most or len(sample) <= 2 * most

    def _bad_sample(self, data: st.DataObject, good: bytes) -> bytes:
        num_words = self.model.format.width
        match data.draw(st.sampled_from(["empty", "odd", "long", "misordered", "repeated", "out of range", "random"])):
            case "empty":
                return b""
            case "odd":
                return good + b"\x00"
            case "long":
                return pack_sample(range(1024 + data.draw(st.integers(1, 3))))
            case "misordered":
                return pack_sample([1, 0]) if num_words > 1 else pack_sample([0, 0])
            case "repeated":
                return good + good[-2:]
            case "out of range":
                beyond = pack_sample([data.draw(st.sampled_from([num_words, 2**16 - 1]))])
                return good + beyond if data.draw(st.booleans()) else beyond + good
            case _:
                return data.draw(st.binary(max_size=12))


class DearMachine(SealedMachine):
    """The same where gas costs something, so that seals are paid for."""

    BASE_FEES = st.sampled_from([1, 10**4, MAX_AMOUNT // 10**6])


class VectorsMachine(SealedMachine):
    """The same on vectors, between two classes."""

    MOST_CLASSES = 2

    def _model(self, data: st.DataObject, shift: int) -> Model:
        return data.draw(perceptrons_on_vectors(shift, self.MOST_CLASSES))

    def _sample(self, data: st.DataObject) -> bytes:
        model: Any = self.model
        numbers = st.integers(-5, 5) | st.sampled_from([-(2**15), 2**15 - 1, model.scale, -model.scale])
        width = model.dimensions
        drawn = data.draw(st.lists(numbers, min_size=1, max_size=min(width, 6)), label="numbers")
        sample = np.resize(np.array(drawn, dtype=np.int16), width)
        # most are as short as the pool takes them
        if data.draw(st.integers(0, 5), label="shortened"):
            sample = (sample * min(1.0, model.scale / max(1.0, float(np.linalg.norm(sample))))).astype(np.int16)
        return sample.astype(">i2").tobytes()

    def _bad_sample(self, data: st.DataObject, good: bytes) -> bytes:
        bad = [b"", good[:-1], good + b"\0", good + b"\0\0", bytes(2 * self.model.format.width)]
        return data.draw(st.sampled_from(bad))


class CountsMachine(SealedMachine):
    """The same of models that count."""

    def _terms(self, terms: Terms) -> Terms:
        return terms.replaced(**SNAPSHOT)

    def _model(self, data: st.DataObject, shift: int) -> Model:
        return data.draw(counts())


class CentroidsMachine(VectorsMachine):
    """The same of means of vectors, between up to sixteen classes."""

    def _terms(self, terms: Terms) -> Terms:
        return terms.replaced(**SNAPSHOT)

    def _model(self, data: st.DataObject, shift: int) -> Model:
        return data.draw(centroids())


class ClassesMachine(VectorsMachine):
    """The same between up to sixteen classes."""

    MOST_CLASSES = 16


def run(examples: int, steps: int = STEPS, machine: type[SealedMachine] = SealedMachine) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=SLOW_BY_NATURE
        ),
    )


def test_sealed_pool_and_twin_agree_after_random_commands() -> None:
    run(EXAMPLES)


def test_sealed_pool_and_twin_on_vectors_agree_after_random_commands() -> None:
    run(FEW, machine=VectorsMachine)


def test_sealed_pool_and_twin_of_several_classes_agree_after_random_commands() -> None:
    run(FEW, machine=ClassesMachine)


def test_sealed_pool_and_twin_of_models_that_count_agree_after_random_commands() -> None:
    run(FEW, machine=CountsMachine)


def test_sealed_pool_and_twin_of_means_of_vectors_agree_after_random_commands() -> None:
    run(FEW, machine=CentroidsMachine)


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("machine", [VectorsMachine, ClassesMachine, CountsMachine, CentroidsMachine])
def test_other_sealed_pools_and_their_twins_agree_after_long_sequences(machine: type[SealedMachine]) -> None:
    run(150, 100, machine)


@pytest.mark.slow
def test_sealed_pool_and_twin_agree_where_gas_costs_something() -> None:
    run(4, machine=DearMachine)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_sealed_pool_and_twin_agree_after_three_hundred_sequences_of_a_hundred_commands() -> None:
    run(300, 100)
