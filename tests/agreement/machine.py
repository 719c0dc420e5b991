"""Random commands, good and bad, for a pool and its twin."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.points import POINTS
from earnest.core.incentives.prices import MAX_LOWEST_PRICE, WEIGHT_FACTOR
from earnest.core.incentives.self_assessment import (
    LEFTOVER_ANYONE,
    LEFTOVER_BURN,
    PRICE_DECAYING,
    PRICE_FIXED,
    SELF_ASSESSMENT,
)
from earnest.core.incentives.windows import ALL_SAFEGUARDS, GUARD, SHORTEST_WINDOW
from earnest.core.keccak import keccak256
from earnest.core.models.class_counts import MAX_SAMPLES, ClassCounts
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Contribution
from earnest.core.pool.events import Collected, Withdrawn
from tests.agreement.contracts import DIRECT, Via, forwarded
from tests.agreement.pair import Pair
from tests.agreement.tokens import PLAIN, TOKENS, TokenRules

#: Around one storage slot of 25 changes, within it, several slots, and where narrow lanes begin.
NUM_WORDS = (
    st.integers(1, 8) | st.sampled_from([23, 24, 25, 26, 49, 50, 51, 449, 450, 481, 482]) | st.integers(100, 600)
)
#: Small ones, which one update turns, larger ones, which it does not, and the ends of int16.
WEIGHTS = st.integers(-3, 3) | st.integers(-60, 60) | st.sampled_from([-(2**15), -(2**15) + 1, 2**15 - 2, 2**15 - 1])

#: As many as the format allows, as often as few.
MOST_FEATURES = st.just(MAX_FEATURES) | st.integers(3, 40)


@st.composite
def parameter_sets(draw: st.DrawFn) -> Terms:
    refund_wait = draw(st.integers(0, 12))
    # the published rules as often as each other set of safeguards
    safeguards = draw(st.just(0) | st.integers(0, ALL_SAFEGUARDS))
    head_start = draw(st.integers(0, 6)) if safeguards else 0
    safe = {"safeguards": safeguards, "head_start": head_start}
    # a guarded pool's windows are an hour at least
    shortest = SHORTEST_WINDOW if safeguards & GUARD else 1
    collect_wait = refund_wait + head_start + shortest + draw(st.integers(0, 14))
    if draw(st.integers(0, 5)) == 0:
        return POINTS.terms(refund_wait, collect_wait, **safe)
    leftover = draw(st.sampled_from([LEFTOVER_BURN, LEFTOVER_ANYONE]))
    if draw(st.booleans()):
        cost = draw(st.integers(1, 4) | st.integers(5, 100) | st.just(10**9) | st.just(MAX_LOWEST_PRICE))
        return SELF_ASSESSMENT.terms(PRICE_FIXED, leftover, refund_wait, collect_wait, cost, 0, **safe)
    weight = draw(st.integers(1, 10) | st.just(10**9) | st.just(MAX_AMOUNT // WEIGHT_FACTOR))
    step = draw(st.integers(1, 10) | st.just(10**9) | st.just(min(weight, MAX_LOWEST_PRICE)))
    return SELF_ASSESSMENT.terms(PRICE_DECAYING, leftover, refund_wait, collect_wait, weight, step, **safe)


@st.composite
def counting_models(draw: st.DrawFn) -> ClassCounts:
    """Two classes, since the machine's labels are 0 and 1; counts up to where a class is full."""
    num_words = draw(st.integers(1, 70))
    samples = draw(st.lists(st.integers(0, 60) | st.integers(MAX_SAMPLES - 5, MAX_SAMPLES), min_size=2, max_size=2))
    shares = draw(st.lists(st.integers(0, 8), min_size=2 * num_words, max_size=2 * num_words))
    counts = [[share * samples[c] // 8 for share in shares[c * num_words : (c + 1) * num_words]] for c in (0, 1)]
    kind = draw(st.sampled_from([NaiveBayes, SparseNearestCentroid]))
    return kind.from_counts(counts, samples, max_features=draw(MOST_FEATURES))


@st.composite
def perceptrons(draw: st.DrawFn) -> SparsePerceptron:
    num_words = draw(NUM_WORDS)
    head = draw(st.lists(WEIGHTS, min_size=min(num_words, 30) + 1, max_size=min(num_words, 30) + 1))
    # bias last; the words beyond the first 30 repeat them
    weights = (head[:-1] * (num_words // len(head[:-1]) + 1))[:num_words] + head[-1:]
    eta0 = draw(st.sampled_from([1, 1, 2, 100, 2**16 - 1]))
    tau = draw(st.sampled_from([0, 0, 1, 5, 2**40 - 1]))
    return SparsePerceptron.from_weights(weights, eta0=eta0, tau=tau, max_features=draw(MOST_FEATURES))


def models() -> st.SearchStrategy[Model]:
    """A model on words, of any kind."""
    return perceptrons() | perceptrons() | counting_models()


class PoolMachine(TokenRules, RuleBasedStateMachine):
    """Every rule gives one command to both; a refused command must be refused alike, and change nothing."""

    pair: Pair
    left_before: list[int]

    @initialize(
        model=models(),
        terms=parameter_sets(),
        forwarder=st.booleans(),
        veterans=st.integers(0, 3),
        token=st.sampled_from(TOKENS),
    )
    def create(self, model: Model, terms: Terms, forwarder: bool, veterans: int, token: str | None) -> None:
        self.pair = Pair(model, terms, forwarder=forwarder, token=token if terms.moves_money else None)
        self.left_before = []
        self.forwarder = forwarder
        self.num_words = model.num_words
        for veteran in self.pair.people[:veterans]:
            self._verify(veteran)

    # TIME

    @rule(seconds=st.integers(0, 5))
    def pass_time(self, seconds: int) -> None:
        self.pair.now += seconds

    @precondition(lambda self: self.pair.twin.contributions)
    @rule(data=st.data())
    def pass_time_to_the_edge_of_a_window(self, data: st.DataObject) -> None:
        rules = self.pair.twin.terms
        time = self._contribution(data).time
        waits = (rules["refund_wait"], self._report_wait(), rules["collect_wait"], self._collect_wait())
        edges = [time + wait + late for wait in waits for late in (0, 1)]
        self.pair.now = max(self.pair.now, data.draw(st.sampled_from(edges)))

    # PAYING IN

    @rule(data=st.data(), agreeing=st.booleans())
    def contribute(self, data: st.DataObject, agreeing: bool) -> None:
        caller, via = self._caller(data)
        due = self.pair.twin.price(self.pair.now)
        sample = self._sample(data)
        predicted, _ = self.pair.twin.predict(sample)
        label = predicted if agreeing else 1 - predicted
        self.pair.contribute(caller, sample, label, 2**256 - 1, value=self._enough(caller, due), via=via)

    @rule(data=st.data(), faults=st.sets(st.sampled_from(["label", "price", "sample", "value"]), min_size=1))
    def contribute_on_bad_terms(self, data: st.DataObject, faults: set[str]) -> None:
        caller, via = self._caller(data)
        due = self.pair.twin.price(self.pair.now)
        self.pair.contribute(
            caller,
            self._bad_sample(data) if "sample" in faults else self._sample(data),
            data.draw(st.sampled_from([2, 7, 2**16 - 1])) if "label" in faults else data.draw(st.integers(0, 1)),
            max(0, due - 1) if "price" in faults else due,
            value=self._value(data, caller, due) if "value" in faults else self._enough(caller, due),
            via=via,
        )

    @rule(data=st.data(), size=st.integers(1, 6), spoilt=st.booleans(), committed=st.booleans())
    def contribute_batch(self, data: st.DataObject, size: int, spoilt: bool, committed: bool) -> None:
        caller, via = self._caller(data)
        samples = [self._sample(data) for _ in range(size)]
        labels = data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
        twin = self.pair.twin
        prices = [twin.price(self.pair.now)] + [twin.price_after(1)] * (size - 1)
        max_price, value = max(prices), self._enough(caller, sum(prices))
        if spoilt:
            place = data.draw(st.integers(0, size - 1))
            fault = data.draw(st.sampled_from(["sample", "label", "price", "payment", "count", "empty"]))
            note(f"spoilt: {fault} at {place}")
            match fault:
                case "sample":
                    samples[place] = self._bad_sample(data)
                case "label":
                    labels[place] = 2
                case "price":
                    max_price = max(0, prices[place] - 1)
                case "payment":
                    value = self._value(data, caller, sum(prices))
                case "count":
                    labels = labels[:-1]
                case "empty":
                    samples, labels = [], labels[: data.draw(st.integers(0, 1))]
        verb = self.pair.commit_batch if committed else self.pair.contribute_batch
        verb(caller, samples, labels, max_price, value=value, via=via)

    @rule(data=st.data(), size=st.integers(0, 97))
    def commit_a_batch_of_any_size(self, data: st.DataObject, size: int) -> None:
        caller, via = self._caller(data)
        sample = self._sample(data)
        twin = self.pair.twin
        prices = [twin.price(self.pair.now)] + [twin.price_after(1)] * (size - 1)
        labels = [data.draw(st.integers(0, 1))] * size
        value = self._enough(caller, sum(prices[:size]))
        self.pair.commit_batch(caller, [sample] * size, labels, max(prices), value=value, via=via)

    # CLAIMS

    @precondition(lambda self: self._open())
    @rule(data=st.data(), by_author=st.sampled_from([True, True, True, False]), in_time=st.booleans())
    def refund(self, data: st.DataObject, by_author: bool, in_time: bool) -> None:
        what = self._contribution(data, agreeing=True)
        if in_time:
            self._wait_for(what, self.pair.twin.terms["refund_wait"])
        caller, via = self._caller(data, [what.contributor] if by_author else [])
        self.pair.refund(caller, what, self.pair.samples[what.index], via=via)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), by_verified=st.sampled_from([True, True, True, False]), in_time=st.booleans())
    def report(self, data: st.DataObject, by_verified: bool, in_time: bool) -> None:
        what = self._contribution(data, agreeing=False)
        if in_time:
            self._wait_for(what, self._report_wait())
        verified = [person for person in self.pair.people if self.pair.twin.account(person)[1]]
        caller, via = self._caller(data, [p for p in verified if p != what.contributor] if by_verified else [])
        self.pair.report(caller, what, self.pair.samples[what.index], via=via)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), rounds=st.integers(1, 2))
    def report_by_everybody(self, data: st.DataObject, rounds: int) -> None:
        what = self._contribution(data, agreeing=False)
        self._wait_for(what, self._report_wait())
        for caller in data.draw(st.permutations(self.pair.people)) * rounds:
            self.pair.report(caller, what, self.pair.samples[what.index])

    @precondition(lambda self: self._open())
    @rule(data=st.data(), in_time=st.booleans())
    def collect(self, data: st.DataObject, in_time: bool) -> None:
        what = self._contribution(data)
        if in_time:
            self._wait_for(what, self._collect_wait())
        caller, via = self._caller(data)
        self.pair.collect(caller, what, self.pair.sample_hash(what.index), via=via)

    @precondition(lambda self: self.pair.twin.contributions)
    @rule(data=st.data(), verb=st.sampled_from(["refund", "report", "collect"]))
    def claim_by_a_lie(self, data: st.DataObject, verb: str) -> None:
        what = self._contribution(data)
        sample = self.pair.samples[what.index]
        caller, via = self._caller(data, [what.contributor])
        lies: dict[str, st.SearchStrategy[Any]] = {
            "index": st.integers(0, len(self.pair.samples) + 1) | st.just(2**256 - 1),
            "contributor": st.sampled_from(self.pair.people),
            "label": st.sampled_from([0, 1, 2, 2**16 - 1]),
            "time": st.sampled_from([0, what.time - 1, what.time + 1, 2**40 - 1]),
            "deposit": st.sampled_from([0, what.deposit + 1, MAX_AMOUNT]),
            "sample": st.sampled_from([*self.pair.samples, b"", b"\x00"]),
        }
        field = data.draw(st.sampled_from(sorted(lies)))
        lie = data.draw(lies[field])
        if field == "sample":
            sample = lie
        else:
            known = {name: getattr(what, name) for name in Contribution.__dataclass_fields__}
            what = Contribution(**(known | {field: lie}))
        note(f"lie: {field}")
        getattr(self.pair, verb)(caller, what, keccak256(sample) if verb == "collect" else sample, via=via)

    @precondition(lambda self: self.pair.batches)
    @rule(data=st.data(), verb=st.sampled_from(["refund", "report", "collect"]), spoilt=st.booleans())
    def claim_from_batch(self, data: st.DataObject, verb: str, spoilt: bool) -> None:
        first = data.draw(st.sampled_from(sorted(self.pair.batches)), label="batch")
        count = self.pair.batches[first]
        index = first + data.draw(st.integers(0, count - 1), label="place")
        twin = self.pair.twin
        what, sample = twin.contributions[index], self.pair.samples[index]
        proof = twin.batch_proof(first, count, index)
        waits = {"collect": self._collect_wait(), "report": self._report_wait()}
        self._wait_for(what, waits.get(verb, twin.terms["refund_wait"]))
        verified = [person for person in self.pair.people if twin.account(person)[1] and person != what.contributor]
        caller, via = self._caller(data, [what.contributor] if verb == "refund" else verified)
        if spoilt:
            fault = data.draw(st.sampled_from(["shorter", "longer", "other", "first", "sample", "deposit"]))
            note(f"spoilt: {fault}")
            match fault:
                case "shorter":
                    proof = proof[:-1]
                case "longer":
                    proof = [*proof, bytes(32)]
                case "other":
                    proof = proof[::-1]
                case "first":
                    first = data.draw(st.integers(0, len(self.pair.samples) + 1) | st.just(2**256 - 1))
                case "sample":
                    sample = data.draw(st.sampled_from([*self.pair.samples, b""]))
                case "deposit":
                    what = Contribution(what.index, what.contributor, what.label, what.time, what.deposit + 1)
        known = keccak256(sample) if verb == "collect" else sample
        self.pair.claim_from_batch(verb, caller, what, known, first, proof, via=via)

    # THE OWNER

    @rule(
        data=st.data(),
        verb=st.sampled_from(["pause", "unpause", "unpause", "unpause", "transfer_ownership", "accept_ownership"]),
        by_owner=st.booleans(),
    )
    def owner_verb(self, data: st.DataObject, verb: str, by_owner: bool) -> None:
        entitled = self.pair.twin.pending_owner if verb == "accept_ownership" else self.pair.twin.owner
        caller = entitled if by_owner else data.draw(st.sampled_from(self.pair.people))
        if int(caller, 16) == 0:
            caller = self.pair.people[0]
        arguments = [data.draw(st.sampled_from(self.pair.people))] if verb == "transfer_ownership" else []
        self.pair.owner_verb(verb, caller, *arguments)

    # PAYING OUT

    @precondition(lambda self: self._owed())
    @rule(data=st.data(), with_credit=st.sampled_from([True, True, True, False]))
    def withdraw(self, data: st.DataObject, with_credit: bool) -> None:
        caller, via = self._caller(data, self._owed() if with_credit else [])
        self.pair.withdraw(caller, via=via)

    @precondition(lambda self: self.pair.twin.contributions)
    @rule(amount=st.integers(1, 10**18))
    def force_ether(self, amount: int) -> None:
        self.pair.force_ether(amount)

    # WHAT HOLDS

    @invariant()
    def views_agree(self) -> None:
        if hasattr(self, "pair"):
            weights = tuple(self.pair.twin.model.weights_.tolist())
            assert self.pair.contract.view("weights", 0, len(weights)) == weights

    @invariant()
    def money_is_conserved(self) -> None:
        """Paid out plus burned never exceeds what was paid in; nothing claimable ever grows; what has something left
        is open, so that somebody may claim it, now or after the last window."""
        if not hasattr(self, "pair"):
            return
        twin = self.pair.twin
        burned = sum(event.amount for event in twin.events if isinstance(event, Collected) and event.burned)
        paid_in = self.pair.paid_in
        paid_out = sum(event.amount for event in twin.events if isinstance(event, Withdrawn))
        assert paid_out + burned + twin.state()[2] == paid_in
        left = [twin.left_to_claim(index) for index in range(len(twin.contributions))]
        assert all(now <= before for now, before in zip(left, self.left_before, strict=False))
        assert all(now <= what.deposit for now, what in zip(left, twin.contributions, strict=True))
        assert all(twin.is_open(index) for index, amount in enumerate(left) if amount)
        self.left_before = left

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check_everything()
            self._claim_what_is_left()

    # HELPERS

    def _claim_what_is_left(self) -> None:
        """After the last window anybody may clear anything, and every account its credit: the escrow ends at 0."""
        pair = self.pair
        if pair.token is not None:
            pair.token.behave(PLAIN)
        if pair.twin.paused:
            # while it is, windows go on getting longer
            assert pair.owner_verb("unpause", pair.twin.owner)[0] == "done"
        pair.now += self._collect_wait() + 1
        for what in pair.twin.contributions:
            if not pair.twin.is_open(what.index):
                continue
            known = pair.sample_hash(what.index)
            first = pair.twin.batch_of(what.index)
            if first is None:
                assert pair.collect(pair.people[0], what, known)[0] == "done"
            else:
                proof = pair.twin.batch_proof(first, pair.batches[first], what.index)
                claim = pair.claim_from_batch("collect", pair.people[0], what, known, first, proof)
                assert claim[0] == "done"
        for person in pair.people:
            if pair.twin.account(person)[0]:
                assert pair.withdraw(person)[0] == "done"
        assert pair.twin.state()[2] == pair.twin.account(pair.refuser)[0]

    def _verify(self, veteran: str) -> None:
        sample = pack_sample([0])
        label, _ = self.pair.twin.predict(sample)
        due = self.pair.twin.price(self.pair.now)
        _, index = self.pair.contribute(veteran, sample, label, due, value=self._enough(veteran, due))
        what = self.pair.twin.contributions[index]
        self._wait_for(what, self.pair.twin.terms["refund_wait"])
        self.pair.refund(veteran, what, sample)
        self.pair.withdraw(veteran)

    def _caller(self, data: st.DataObject, candidates: list[str] | None = None) -> tuple[str, Via]:
        everybody = [*self.pair.people, self.pair.refuser] if self.forwarder else self.pair.people
        caller = data.draw(st.sampled_from(candidates or everybody), label="caller")
        if self.forwarder and (caller == self.pair.refuser or data.draw(st.booleans(), label="forwarded")):
            return caller, forwarded(caller)
        lie = data.draw(st.sampled_from([None, None, *self.pair.people]), label="appended without being trusted")
        return caller, DIRECT if lie is None else Via(suffix=bytes.fromhex(lie[2:]))

    def _owed(self) -> list[str]:
        return [holder for holder in [*self.pair.people, self.pair.refuser] if self.pair.twin.account(holder)[0]]

    def _open(self) -> list[Contribution]:
        twin = self.pair.twin
        return [what for what in twin.contributions if twin.is_open(what.index) and twin.batch_of(what.index) is None]

    def _contribution(self, data: st.DataObject, agreeing: bool | None = None) -> Contribution:
        """Any contribution; more often than not an open one, with which the model agrees or disagrees as wanted."""
        twin = self.pair.twin
        wanted = [
            what
            for what in self._open()
            if agreeing in (None, twin.predict(self.pair.samples[what.index])[0] == what.label)
        ]
        chosen_from = [wanted, wanted, twin.contributions] if wanted else [twin.contributions]
        return data.draw(st.sampled_from(data.draw(st.sampled_from(chosen_from))), label="contribution")

    def _report_wait(self) -> int:
        return self.pair.twin.terms["refund_wait"] + self.pair.twin.terms["head_start"]

    def _collect_wait(self) -> int:
        return self.pair.twin.terms["collect_wait"] + self.pair.twin.pauses()[2]

    def _wait_for(self, what: Contribution, wait: int) -> None:
        self.pair.now = max(self.pair.now, what.time + wait + 1)

    def _sample(self, data: st.DataObject) -> bytes:
        words = st.integers(0, self.num_words - 1) | st.integers(0, min(3, self.num_words - 1))
        chosen = data.draw(st.sets(words, min_size=1, max_size=min(self.num_words, 12)), label="words")
        return pack_sample(sorted(chosen))

    def _bad_sample(self, data: st.DataObject) -> bytes:
        fault = data.draw(
            st.sampled_from(["empty", "odd", "long", "misordered", "repeated", "out of range", "random"]),
            label="bad sample",
        )
        good = self._sample(data)
        match fault:
            case "empty":
                return b""
            case "odd":
                return good + b"\x00"
            case "long":
                return pack_sample(range(MAX_FEATURES + data.draw(st.integers(1, 3))))
            case "misordered":
                return pack_sample([1, 0]) if self.num_words > 1 else pack_sample([0, 0])
            case "repeated":
                return good + good[-2:]
            case "out of range":
                word = st.sampled_from([self.num_words, self.num_words + 1, 2**16 - 1])
                beyond = pack_sample([data.draw(word)])
                return good + beyond if data.draw(st.booleans()) else beyond + good
            case _:
                return data.draw(st.binary(max_size=12))

    def _enough(self, caller: str, due: int) -> int:
        """Coin to send: none where the pool takes tokens."""
        return 0 if self.pair.token is not None else max(0, due - self.pair.twin.account(caller)[0])

    def _value(self, data: st.DataObject, caller: str, due: int) -> int:
        enough = self._enough(caller, due)
        room = MAX_AMOUNT - self.pair.twin.state()[2]
        values = [0, enough, max(0, enough - 1), enough + 1, enough + 10**9, room, room + 1, 2**100]
        return data.draw(st.sampled_from(values), label="value")
