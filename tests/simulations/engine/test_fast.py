"""The engine against a plain loop over the pool's twin, against its own interpreted source, and its books."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from earnest.core.incentives import ledger
from earnest.core.models import sparse_perceptron as learner
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import PoolTwin, Refusal
from earnest.simulations import run
from earnest.simulations.agents import streams as agents
from earnest.simulations.agents.behaviour import ABSTAIN, ANY_PRICE, CLAIM, COPY, POISON, TRIGGER, View
from earnest.simulations.agents.dispatch import choose
from earnest.simulations.agents.poison import with_poison
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.agents.streams import AgentStreams, choices_of
from earnest.simulations.agents.trigger import trigger_of, with_triggered
from earnest.simulations.engine import book, evaluation, fast, loop, models, types
from earnest.simulations.engine.compiled import fingerprint
from earnest.simulations.engine.fast import FastEngine
from earnest.simulations.engine.types import Draws, Evaluation, State, World
from earnest.simulations.engine.world import new_state, start_balances, world_of
from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.task import Samples, Task
from tests.benchmarks import yardstick
from tests.simulations.conftest import make_samples

Advance = Callable[[World, State, Draws, float, int], int]
PERCEPTRON = models.number_of("sparse-perceptron")
NO_SETTINGS = np.zeros(3, np.int64)
ON_WORDS = fast.compiled_for(PERCEPTRON)


def final_state(
    scenario: Scenario, task: Task, seed: int, accuracy: float, advance: Advance, *, journal: bool = False
) -> State:
    """The state once all wakes up to the last day are through, the accuracy held fixed."""
    world = world_of(scenario, task)
    streams = AgentStreams(scenario, seed)
    state = new_state(world, start_balances(scenario), streams.first_waits, journal=journal)
    while (answer := advance(world, state, streams.draws, accuracy, scenario.max_days * 86_400)) in CALL_AGAIN:
        if answer == loop.DRAWS_NEEDED:
            streams.refill()
        else:
            state = loop.with_room(world, state)
    return state


CALL_AGAIN = {loop.DRAWS_NEEDED, loop.ROOM_NEEDED}


class PlainLoop:
    """The same agents at the contract's twin, written for reading: every claim is sent, the twin refuses."""

    def __init__(self, scenario: Scenario, task: Task, seed: int) -> None:
        self.scenario, self.task = scenario, task
        self.choices = choices_of(scenario)
        self.kinds = [BEHAVIOURS.values()[kind] for kind in self.choices.kind]
        self.draws = AgentStreams(scenario, seed, block=5000)
        model = SparsePerceptron.from_weights(task.initial_weights, eta0=scenario.eta0, tau=scenario.tau)
        self.pool = PoolTwin(model, scenario.terms, created=0)
        self.wallets = start_balances(scenario).tolist()
        self.starts = list(self.wallets)
        self.depleted_at = [types.NONE] * len(self.wallets)
        self.open: list[int] = []
        self.samples: list[bytes] = []
        self.taken = 0
        self.refused: set[str] = set()
        self.rows: list[tuple[int, int, int, int, int | bytes, int]] = []
        self.turns = [0] * len(self.wallets)
        self.queue: list[tuple[int, int]] = []
        self.own: list[list[bool]] = [[] for _ in self.wallets]
        self.crafted = self.packed(with_poison(task, scenario.model))[len(task.stream.labels) :]
        self.crafted_labels = with_poison(task, scenario.model).labels[len(task.stream.labels) :].tolist()
        self.streamed = self.packed(task.stream)
        trigger, known = trigger_of(scenario, task.stream), len(task.stream.labels)
        with_trigger = task.stream if trigger is None else with_triggered(task.stream, task.stream, trigger)
        self.triggered = self.packed(with_trigger)[known:]
        self.triggered_labels = with_trigger.labels[known:].tolist()

    @staticmethod
    def packed(samples: Samples) -> list[bytes]:
        ends = zip(samples.starts[:-1], samples.starts[1:], strict=True)
        return [pack_sample(samples.features[start:end]) for start, end in ends]

    def balance(self, agent: int) -> int:
        return self.wallets[agent] + self.pool.account(str(agent))[0]

    def play(self, accuracy: float) -> None:
        self.queue = sorted((int(wait), agent) for agent, wait in enumerate(self.draws.first_waits))
        last = self.scenario.max_days * 86_400
        while self.queue and self.queue[0][0] <= last and not (self.exhausted() and not self.open):
            now, agent = self.queue.pop(0)
            turn = self.turns[agent]
            self.turns[agent] += 1
            guarded = self.scenario.safeguards in ("guard", "all")
            if guarded:
                self.claim(now, agent)
            prey = self.prey_of(now, agent) if "prey" in self.kinds[agent].asks else None
            for step in range(self.kinds[agent].steps):
                if self.exhausted() or not self.act(now, agent, turn, step, accuracy, prey):
                    break
            if self.balance(agent) > 0:
                self.queue = sorted([*self.queue, (now + int(self.draws.draws.wait[agent, turn]), agent)])
            if not guarded:
                self.claim(now, agent)

    def exhausted(self) -> bool:
        return self.taken == len(self.task.stream.labels)

    def agent_of(self, account: str) -> int:
        """Accounts are called by their agents, and new ones by an f and a number more, which is an address still."""
        return int(account.partition("f")[0])

    def says(self, sample: bytes) -> int:
        return self.pool.model.predict_one(self.pool.model.sample_from_bytes(sample))[0]

    def prey_of(self, now: int, agent: int) -> int | None:
        totals = [0, 0, 0, self.pool.state()[1], 0, 0, 0]
        for index in reversed(self.open):
            one = self.pool.contributions[index]
            first, last = self.scenario.terms.report_window(totals, one.time, now)
            strange = self.choices.team[self.agent_of(one.contributor)] != self.choices.team[agent]
            guarded = self.scenario.safeguards in ("guard", "all") and now == self.pool.state()[1]
            reported = self.pool.has_reported(index, str(agent))
            can = self.pool.account(str(agent))[1] > 0 and first <= now <= last and not reported and not guarded
            if can and strange and self.says(self.samples[index]) == one.label:
                return index
        return None

    def poison(self) -> int | None:
        found = []
        for place, (sample, told) in enumerate(zip(self.crafted, self.crafted_labels, strict=True)):
            words = self.pool.model.sample_from_bytes(sample)
            predicted, value = self.pool.model.predict_one(words)
            if predicted == told:
                found.append((learner.steps_to_flip(NO_SETTINGS, value, words), place))
        return min(found)[1] if found else None

    def trigger(self) -> int | None:
        place = self.taken % len(self.triggered) if self.triggered else None
        return place if place is not None and self.says(self.triggered[place]) == self.triggered_labels[place] else None

    def view(self, agent: int, turn: int, step: int, now: int, accuracy: float) -> View:
        draws, choices, stream = self.draws.draws, self.choices, self.task.stream
        last = self.pool.contributions[-1] if self.pool.contributions else None
        looks = "predicted" in self.kinds[agent].asks
        return View(
            label=int(stream.labels[self.taken]),
            accuracy=accuracy,
            mood=draws.participation[agent, turn],
            luck=draws.mistake[agent, turn],
            verified=self.pool.account(str(agent))[1],
            number=int(choices.number[agent]),
            last_label=last.label if last else -1,
            last_is_own=last is not None and choices.team[self.agent_of(last.contributor)] == choices.team[agent],
            accepted=len(self.own[agent]),
            wrong=self.own[agent].count(False),
            now=now,
            progress=self.taken / len(stream.labels),
            step=step,
            predicted=self.says(self.streamed[self.taken]) if looks else -1,
        )

    def chosen(self, agent: int, view: View) -> int:
        choices = self.choices
        return choose(choices.kind[agent], view, choices.knobs[choices.first_knob[agent] :])

    def pending_of(self, agent: int, now: int, accuracy: float) -> int:
        other = self.queue[0][1] if self.queue else agent
        if self.choices.team[other] == self.choices.team[agent] or self.kinds[other].asks:
            return -1
        action = self.chosen(other, self.view(other, self.turns[other], 0, now, accuracy))
        return action if 0 <= action < COPY else -1

    def act(self, now: int, agent: int, turn: int, step: int, accuracy: float, prey: int | None) -> bool:
        """One step of a wake; whether the agent goes on."""
        kind, view = self.kinds[agent], self.view(agent, turn, step, now, accuracy)
        poison = self.poison() if "poison" in kind.asks else None
        if "pending" in kind.asks:
            view = view._replace(pending=self.pending_of(agent, now, accuracy))
        if prey is not None:
            label = self.pool.contributions[prey].label
            view = view._replace(prey=label, is_turned=self.says(self.samples[prey]) != label)
        if poison is not None:
            view = view._replace(poison=1 - self.crafted_labels[poison])
        trigger = self.trigger() if "trigger" in kind.asks else None
        if trigger is not None:
            view = view._replace(trigger=self.triggered_labels[trigger])
        action = self.chosen(agent, view)
        if action == CLAIM:
            self.claim(now, agent)
            return True
        if action == ABSTAIN or self.balance(agent) == 0 or (kind.steps == 1 and now == self.pool.state()[1]):
            return False
        what, label = action % ANY_PRICE // COPY * COPY, action % COPY
        if what == 0:
            sample, right = self.streamed[self.taken], label == view.label
        elif what == POISON:
            sample, right = self.crafted[poison], False
        elif what == TRIGGER:
            sample, right = self.triggered[trigger], label == view.trigger
        else:
            sample = self.samples[-1 if what == COPY else prey]
            right = label == self.truth(sample)
        value = max(0, self.pool.price(now) - self.pool.account(str(agent))[0])
        offer = self.balance(agent)
        if action < ANY_PRICE:
            offer = min(int(self.draws.draws.deposit[agent, turn]), offer)
        account = f"{agent}f{len(self.samples)}" if kind.renews else str(agent)
        try:
            self.pool.contribute(account, sample, label, offer, value=value, now=now)
        except Refusal as refusal:
            self.refused.add(refusal.name)
            return False
        self.wallets[agent] -= value
        self.own[agent].append(right)
        self.taken += what == 0
        index = len(self.samples)
        self.rows.append((types.CONTRIBUTE, now, index, agent, self.pool.contributions[index].deposit, label))
        self.rows.append((types.TEACH, now, index, agent, sample, label))
        self.open.append(index)
        self.samples.append(sample)
        if self.depleted_at[agent] == types.NONE and 100 * self.balance(agent) < self.starts[agent]:
            self.depleted_at[agent] = now
        return True

    def truth(self, sample: bytes) -> int:
        if sample in self.crafted:
            return int(self.crafted_labels[self.crafted.index(sample)])
        if sample in self.triggered:
            return int(self.triggered_labels[self.triggered.index(sample)])
        return int(self.task.stream.labels[self.streamed.index(sample)])

    def claim(self, now: int, agent: int) -> None:
        pool, exhausted = self.pool, self.exhausted()
        for index in list(self.open):
            contribution = pool.contributions[index]
            author = self.agent_of(contribution.contributor)
            account = contribution.contributor if author == agent else str(agent)
            totals = [0, 0, 0, pool.state()[1], 0, 0, 0]
            left_from = self.scenario.terms.collect_from(totals, contribution.time, now)
            if now < left_from if exhausted else now - contribution.time <= self.scenario.refund_wait:
                break
            try:
                if now >= left_from:
                    amount = pool.collect(account, contribution, keccak(self.samples[index]), now=now)
                    self.rows.append((types.COLLECT, now, index, agent, amount, 0))
                elif author == agent:
                    amount = pool.refund(account, contribution, self.samples[index], now=now)
                    self.rows.append((types.REFUND, now, index, agent, amount, 0))
                elif self.choices.team[author] != self.choices.team[agent]:
                    amount = pool.report(account, contribution, self.samples[index], now=now)
                    left = pool.claimable(index)[0]
                    self.rows.append((types.REPORT, now, index, agent, amount, left))
            except Refusal as refusal:
                self.refused.add(refusal.name)
            if not pool.is_open(index):
                self.open.remove(index)
            if self.kinds[agent].renews and pool.account(account)[0]:
                self.wallets[agent] += pool.withdraw(account)


def keccak(data: bytes) -> bytes:
    from earnest.core.keccak import keccak256

    return keccak256(data)


def crowd(scenario: Scenario, count: int) -> Scenario:
    """The same scenario with this many agents of each kind, each slower by that factor."""
    return scenario.with_knobs(
        agents=tuple(
            replace(group, count=count, wait_mean=group.wait_mean * count, wait_deviation=300.0)
            for group in scenario.agents
        )
    )


def open_contributions(state: State) -> list[tuple[int, ...]]:
    slots = state.book.slots
    fields = ("index", "claimable", "time", "label", "deposit", "author")
    return sorted(tuple(int(slot[field]) for field in fields) for slot in slots[slots["index"] >= 0])


def every_kind(scenario: Scenario) -> Scenario:
    return scenario.with_knobs(
        agents=tuple(
            replace(scenario.agents[0], name=kind, behaviour=kind, count=2, wait_mean=4000.0) for kind in BEHAVIOURS
        )
    )


VARIANTS: dict[str, Callable[[Scenario], Scenario]] = {
    "anyone takes the leftovers": lambda scenario: scenario.with_knobs(leftover="anyone"),
    "leftovers are burned": lambda scenario: scenario,
    "fixed price": lambda scenario: scenario.with_knobs(price="fixed", cost=7),
    "coarse money, shares of nothing": lambda scenario: scenario.with_knobs(units_per_coin=1, leftover="anyone"),
    "steps that shrink": lambda scenario: scenario.with_knobs(eta0=9, tau=40),
    "five of each kind": lambda scenario: crowd(scenario, 5),
    "more agents than bits in a word": lambda scenario: crowd(scenario, 40),
    "every kind of agent": every_kind,
    "points": lambda scenario: scenario.with_knobs(incentive="points"),
    "points, five of each kind": lambda scenario: crowd(scenario, 5).with_knobs(incentive="points"),
    "points, every kind of agent": lambda scenario: every_kind(scenario).with_knobs(incentive="points"),
    "points, little time": lambda scenario: scenario.with_knobs(incentive="points", max_days=1),
    "guard": lambda scenario: crowd(scenario, 5).with_knobs(safeguards="guard"),
    "head start": lambda scenario: crowd(scenario, 5).with_knobs(head_start=20_000),
    "guard and head start": lambda scenario: every_kind(scenario).with_knobs(safeguards="guard", head_start=5000),
    "points, guard and head start": lambda scenario: every_kind(scenario).with_knobs(
        safeguards="guard", head_start=10_000, incentive="points"
    ),
    "little time": lambda scenario: scenario.with_knobs(max_days=1),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_engine_does_to_the_unit_what_a_plain_loop_over_the_twin_does(
    scenario: Scenario, task: Task, variant: str, seed: int
) -> None:
    scenario = VARIANTS[variant](scenario)
    state = final_state(scenario, task, seed, 0.7, ON_WORDS.run_until)
    plain = PlainLoop(scenario, task, seed)
    plain.play(0.7)

    members, accepted = range(scenario.agent_count), len(plain.samples)
    assert state.weights.tolist() == plain.pool.model.weights_.tolist()
    assert state.wallet.tolist() == plain.wallets
    assert list(zip(state.credit, state.verified, strict=True)) == [plain.pool.account(str(agent)) for agent in members]
    assert state.depleted_at.tolist() == plain.depleted_at
    assert (
        tuple(state.totals[[ledger.COUNT, ledger.LAST_ACCEPTED, ledger.ESCROW, ledger.TOTAL_VERIFIED]])
        == plain.pool.state()
    )
    assert open_contributions(state) == [
        (index, plain.pool.claimable(index)[0], one.time, one.label, one.deposit, plain.agent_of(one.contributor))
        for index, one in enumerate(plain.pool.contributions)
        if plain.pool.is_open(index)
    ]
    assert accepted > 50
    assert {"ModelDisagrees", "ModelAgrees"} <= plain.refused


@pytest.mark.parametrize("variant", VARIANTS)
def test_journal_has_the_plain_loops_rows_and_keeping_it_changes_nothing(
    scenario: Scenario, task: Task, variant: str
) -> None:
    scenario = VARIANTS[variant](scenario)
    state = final_state(scenario, task, 1, 0.7, ON_WORDS.run_until, journal=True)
    plain = PlainLoop(scenario, task, 1)
    plain.play(0.7)
    packed = plain.packed(Samples(*world_of(scenario, task)[:3]))
    journal = state.journal[: state.counters[types.JOURNALLED]].tolist()
    assert plain.rows == [
        (verb, *where, packed[amount] if verb == types.TEACH else amount, more)
        for verb, *where, amount, more in journal
    ]
    assert {row[0] for row in plain.rows} >= {types.CONTRIBUTE, types.TEACH, types.REFUND, types.REPORT}
    without = final_state(scenario, task, 1, 0.7, ON_WORDS.run_until)
    assert open_contributions(state) == open_contributions(without)
    for name in ("weights", "wallet", "credit", "verified", "depleted_at", "totals", "tally"):
        np.testing.assert_array_equal(getattr(state, name), getattr(without, name), err_msg=name)


@pytest.mark.parametrize(
    "variant",
    ["anyone takes the leftovers", "five of each kind", "points, every kind of agent", "guard and head start"],
)
def test_compiled_engine_does_what_its_interpreted_source_does(scenario: Scenario, task: Task, variant: str) -> None:
    scenario = VARIANTS[variant](scenario)
    compiled = final_state(scenario, task, 3, 0.7, ON_WORDS.run_until)
    interpreted = final_state(scenario, task, 3, 0.7, fast.run_until)
    assert open_contributions(compiled) == open_contributions(interpreted)
    for one, other in zip(compiled[:-1], interpreted[:-1], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("leftover", ["anyone", "burn"])
@pytest.mark.parametrize("seed", range(5))
def test_money_is_conserved_to_the_unit_at_every_look(scenario: Scenario, task: Task, leftover: str, seed: int) -> None:
    scenario = scenario.with_knobs(leftover=leftover)
    world, streams = world_of(scenario, task), AgentStreams(scenario, seed)
    start = start_balances(scenario)
    state = new_state(world, start, streams.first_waits)
    for until in range(0, 20 * 86_400, 7200):
        while (answer := ON_WORDS.run_until(world, state, streams.draws, 0.7, until)) in CALL_AGAIN:
            if answer == loop.DRAWS_NEEDED:
                streams.refill()
            else:
                state = loop.with_room(world, state)
        claimable = np.array([one[1] for one in open_contributions(state)], np.int64)
        escrow, burned = state.totals[ledger.ESCROW], state.counters[types.BURNED]
        assert escrow == claimable.sum() + state.credit.sum()
        assert state.wallet.sum() + escrow + burned == start.sum()
        assert min(state.wallet.min(), state.credit.min()) >= 0
        assert (claimable > 0).sum() == state.book.marks[book.OPEN]
    assert (burned > 0) == (leftover == "burn")


@pytest.mark.parametrize("seed", range(5))
def test_nothing_moves_under_points_but_standing(scenario: Scenario, task: Task, seed: int) -> None:
    scenario = scenario.with_knobs(incentive="points")
    state = final_state(scenario, task, seed, 0.7, ON_WORDS.run_until)
    tally = state.tally.sum(axis=0)
    assert state.wallet.tolist() == start_balances(scenario).tolist()
    assert not state.credit.any()
    assert state.totals[ledger.ESCROW] == state.counters[types.BURNED] == tally[types.PAID] == 0
    # each contribution was closed once, by a refund, by one report, or at the end
    assert state.book.marks[book.OPEN] == 0
    closed = [tally[fate] for fate in (types.REFUNDS, types.REPORTS, types.COLLECTS)]
    assert sum(closed) == tally[types.ACCEPTED] == 300
    assert min(closed) > 0
    assert state.verified.sum() == state.totals[ledger.TOTAL_VERIFIED] == tally[types.REFUNDS]


def test_agent_without_money_never_wakes_again(scenario: Scenario, task: Task, bad: AgentGroup) -> None:
    poor = scenario.with_knobs(agents=(replace(bad, start_balance=7),), price="fixed", cost=7)
    state = final_state(poor, task, 1, 0.7, ON_WORDS.run_until)
    assert state.counters[types.NEXT_SAMPLE] == 1
    assert state.counters[types.QUEUED] == 0


def test_agent_that_cannot_pay_the_price_leaves_the_sample(scenario: Scenario, task: Task, good: AgentGroup) -> None:
    dear = scenario.with_knobs(agents=(good,), price="fixed", cost=501)
    state = final_state(dear, task, 1, 1.0, ON_WORDS.run_until)
    assert state.counters[types.NEXT_SAMPLE] == 0
    assert state.wallet[0] == 500 * dear.units_per_coin


def test_cache_key_changes_with_the_rules_source() -> None:
    assert fingerprint(ledger) != fingerprint(agents)


def test_steps_to_flip_is_the_least_that_can_change_the_models_class() -> None:
    for value in range(-70, 71):
        for features in (1, 3, 10):
            steps = models.steps_to_flip(PERCEPTRON, NO_SETTINGS, np.zeros(features, np.uint16), value)
            against = -1 if learner.predicted_label(value) == 1 else 1

            def after(taken: int, value: int = value, step: int = against * (features + 1)) -> int:
                return learner.predicted_label(value + taken * step)

            assert after(steps - 1) == after(0) != after(steps)


@pytest.mark.parametrize("name", ["paper", "five of each kind", "steps that shrink", "leftovers are burned"])
def test_run_is_the_yardsticks_to_the_last_digit(scenario: Scenario, task: Task, name: str) -> None:
    scenario = VARIANTS.get(name, lambda given: given)(scenario)
    ours, theirs = run.simulate(scenario, task, 6), yardstick.simulate(scenario, task, 6)
    assert [seen.accuracy for seen in ours.observations if seen.measured] == theirs.accuracies
    # the last look may lie beyond the last event; then it is dropped
    assert [seen.balances.tolist() for seen in ours.observations] == theirs.balances
    assert ours.baseline_accuracy == theirs.baseline
    for part in ("weights", "wallet", "credit", "verified", "depleted_at"):
        np.testing.assert_array_equal(getattr(ours.state, part), getattr(theirs.state, part))
    # the yardstick knows no pauses
    np.testing.assert_array_equal(ours.state.totals[: len(theirs.state.totals)], theirs.state.totals)
    assert not ours.state.totals[len(theirs.state.totals) :].any()


def correct(known: Evaluation, weights: np.ndarray) -> int:
    nothing = np.zeros(models.CLASSES, np.int64)
    return ON_WORDS.correct(PERCEPTRON, known, weights, nothing, nothing, nothing)


@pytest.mark.parametrize("words", [40, 64, 65, 300], ids="{} words".format)
def test_evaluation_counts_what_scoring_every_sample_counts(words: int) -> None:
    samples, rng = make_samples(2000, 3, words), np.random.default_rng(5)
    weights = rng.integers(-60, 60, words + 1).astype(np.int32)
    known = evaluation.new_evaluation(*samples, len(weights))
    counts = []
    for change in range(60):
        moved = rng.integers(0, words + 1, 1 + change % 7)
        weights[moved] += rng.integers(-6, 7, len(moved)).astype(np.int32)
        counts.append(correct(known, weights))
        assert counts[-1] == yardstick.correct(weights, *samples)
        if change % 10 == 9:
            assert counts[-1] == correct(known, weights)
    assert len(set(counts)) > 20
    # most of them were not scored again
    assert known.marks[evaluation.SCORED] < 60 * len(samples.labels) / 2


def test_evaluation_survives_weights_that_move_from_one_end_of_their_range_to_the_other() -> None:
    samples = make_samples(200, 3, 100)
    known = evaluation.new_evaluation(*samples, 101)
    for sign in (1, -1, 1):
        weights = np.where(np.arange(101) % 2, sign * 33_000, -sign * 33_000).astype(np.int32)
        assert correct(known, weights) == yardstick.correct(weights, *samples)


def test_evaluation_of_interpreted_source_is_the_compiled_one() -> None:
    samples: Samples = make_samples(100, 3, 100)
    one, other = (evaluation.new_evaluation(*samples, 101) for _ in range(2))
    for shift in (0, 3, 9, 3):
        weights = (np.arange(101) % 5 - 2 + shift * (np.arange(101) % 60 == 7)).astype(np.int32)
        assert correct(one, weights) == evaluation.count_correct(other, weights)


@pytest.mark.parametrize("variant", ["steps that shrink", "five of each kind"])
def test_wheels_of_few_spokes_turn_more_often_and_change_nothing(
    scenario: Scenario, task: Task, variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = VARIANTS[variant](scenario)
    many = final_state(scenario, task, 2, 0.7, ON_WORDS.run_until)
    monkeypatch.setattr(book, "_SPOKES_HELD", 1)
    few = final_state(scenario, task, 2, 0.7, ON_WORDS.run_until)
    assert few.book.wheels.shape[2] < many.book.wheels.shape[2]
    assert open_contributions(few) == open_contributions(many)
    for part in ("weights", "wallet", "credit", "verified", "tally"):
        np.testing.assert_array_equal(getattr(few, part), getattr(many, part))


def test_second_run_of_a_task_starts_from_an_evaluation_that_the_first_did_not_touch(
    scenario: Scenario, task: Task
) -> None:
    first = run.simulate(scenario, task, 1)
    assert run.simulate(scenario, task, 1).observations[-1].accuracy == first.observations[-1].accuracy
    right = yardstick.correct(task.initial_weights, *task.test)
    assert run.simulate(scenario, task, 2).initial_accuracy == right / len(task.test.labels)


def test_open_contributions_take_more_room_as_they_need_it(scenario: Scenario, task: Task) -> None:
    slow = scenario.with_knobs(refund_wait=10 * 86_400, collect_wait=20 * 86_400)
    runner = FastEngine(slow, task, 1)
    assert len(runner.state.book.slots) == 256
    runner.advance(0.9, 9 * 86_400)
    assert runner.state.book.marks[book.OPEN] > 256
    assert len(runner.state.book.slots) == 512
    plain = PlainLoop(slow, task, 1)
    plain.play(0.9)
    runner.advance(0.9, 30 * 86_400)
    assert (runner.state.wallet + runner.state.credit).tolist() == [plain.balance(agent) for agent in (0, 1)]
