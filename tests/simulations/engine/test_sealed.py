"""The engine where the judge is sealed, against a plain loop over the pool's twin and its own interpreted source."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from earnest.core.errors import WeightsOutOfRange
from earnest.core.incentives import ledger
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Refusal
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.core.pool.sealed_twin import SealedPoolTwin
from earnest.simulations import measures, run
from earnest.simulations.agents.behaviour import ABSTAIN, COPY, KEEP, View
from earnest.simulations.agents.dispatch import choose
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.agents.streams import AgentStreams, choices_of
from earnest.simulations.engine import loop, sealed, sealed_book, types
from earnest.simulations.engine.evm import EvmEngine
from earnest.simulations.engine.fast import FastEngine
from earnest.simulations.engine.sealed_evm import SealedEvmEngine, evm_engine
from earnest.simulations.engine.types import State
from earnest.simulations.engine.world import new_state, start_balances, world_of
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task
from tests.simulations.conftest import NUM_WORDS


@pytest.fixture
def task(task: Task) -> Task:
    reference = np.where(np.arange(NUM_WORDS + 1) % 2 == 1, 40, -40).astype(np.int32)
    reference[-1] = 0
    return replace(task, reference=reference)


@pytest.fixture
def scenario(scenario: Scenario) -> Scenario:
    """Epochs of two hours, so that everything happens within 300 contributions."""
    return scenario.with_knobs(
        incentive="sealed-assessment", epoch_length=7200, gate=100, seal_bounty=1, agreed_price=4
    )


def final_state(scenario: Scenario, task: Task, seed: int, accuracy: float, advance: loop.RunUntil) -> State:
    world, streams = world_of(scenario, task), AgentStreams(scenario, seed)
    kept = sealed.book_of(scenario, world, task)
    state = new_state(world, start_balances(scenario), streams.first_waits, kept=kept)
    while (answer := advance(world, state, streams.draws, accuracy, scenario.max_days * 86_400)) != loop.FINISHED:
        if answer == loop.DRAWS_NEEDED:
            streams.refill()
        elif answer == loop.ROOM_NEEDED:
            state = loop.with_room(world, state)
        else:
            break
    return state


class PlainLoop:
    """The same agents at the twin, written for reading: each settles whatever the twin lets it."""

    def __init__(self, scenario: Scenario, task: Task, seed: int) -> None:
        assert task.reference is not None
        self.scenario, self.task, self.choices = scenario, task, choices_of(scenario)
        self.draws = AgentStreams(scenario, seed, block=5000)
        model = SparsePerceptron.from_weights(task.initial_weights, eta0=scenario.eta0, tau=scenario.tau)
        self.pool = SealedPoolTwin(model, task.reference, scenario.terms, created=0)
        self.wallets = start_balances(scenario).tolist()
        self.starts = list(self.wallets)
        self.depleted_at = [types.NONE] * len(self.wallets)
        self.refunds = [0] * len(self.wallets)
        self.wrong = [0] * len(self.wallets)
        self.truths: list[int] = []
        self.open: list[list[SealedContribution]] = [[] for _ in self.wallets]
        self.samples: list[bytes] = []
        self.taken = self.kept = 0
        self.last = -1
        self.refused: set[str] = set()

    def balance(self, agent: int) -> int:
        return self.wallets[agent] + self.pool.account(str(agent))[0]

    def play(self, accuracy: float) -> None:
        turns = [0] * len(self.wallets)
        queue = sorted((int(wait), agent) for agent, wait in enumerate(self.draws.first_waits))
        while (
            queue and queue[0][0] <= self.scenario.max_days * 86_400 and not (self.exhausted() and not any(self.open))
        ):
            now, agent = queue.pop(0)
            turn, turns[agent] = turns[agent], turns[agent] + 1
            self.claim(now, agent)
            if not self.exhausted():
                self.contribute(now, agent, turn, accuracy)
            if self.balance(agent) > 0 or self.open[agent]:
                queue = sorted([*queue, (now + int(self.draws.draws.wait[agent, turn]), agent)])

    def exhausted(self) -> bool:
        return self.taken == len(self.task.stream.labels)

    def claim(self, now: int, agent: int) -> None:
        pool, limit = self.pool, self.scenario.risk_seals
        try:
            pool.seal(str(agent), now=now, cost=0)
        except Refusal as refusal:
            self.refused.add(refusal.name)
        for everybody in self.open:
            everybody[:] = [one for one in everybody if one.outcome != AT_RISK or pool.epoch - one.epoch <= limit]
        for one in list(self.open[agent]):
            try:
                pool.settle(str(agent), one, self.samples[one.index])
            except Refusal as refusal:
                self.refused.add(refusal.name)
            else:
                self.open[agent].remove(one)
                self.refunds[agent] += 1

    def contribute(self, now: int, agent: int, turn: int, accuracy: float) -> None:
        draws, choices, stream, pool = self.draws.draws, self.choices, self.task.stream, self.pool
        index = self.taken
        following = pack_sample(stream.features[stream.starts[index] : stream.starts[index + 1]])
        last = pool.contributions[-1] if pool.contributions else None
        view = View(
            label=int(stream.labels[index]),
            accuracy=accuracy,
            mood=draws.participation[agent, turn],
            luck=draws.mistake[agent, turn],
            verified=self.refunds[agent],
            number=int(choices.number[agent]),
            last_label=last.label if last else -1,
            last_is_own=last is not None and choices.team[int(last.contributor)] == choices.team[agent],
            accepted=sum(int(one.contributor) == agent for one in pool.contributions),
            wrong=self.wrong[agent],
            now=now,
            progress=index / len(stream.labels),
            said=pool.predict(following),
            predicted=pool.predict(following) if BEHAVIOURS.values()[choices.kind[agent]].asks else -1,
            trusted=pool.account(str(agent))[1] >= self.scenario.rate,
        )
        action = choose(choices.kind[agent], view, choices.knobs[choices.first_knob[agent] :])
        if self.balance(agent) == 0 or action == ABSTAIN or now == self.last:
            return
        if action == KEEP:
            self.taken, self.kept = self.taken + 1, self.kept + 1
            return
        copies, label = action >= COPY, action % COPY
        sample = self.samples[-1] if copies else following
        offer = min(int(draws.deposit[agent, turn]), self.balance(agent))
        price = pool.quote(str(agent), sample, label).price
        value = max(0, price - pool.account(str(agent))[0])
        try:
            made = pool.contribute(str(agent), sample, label, offer, value=value)
        except Refusal as refusal:
            self.refused.add(refusal.name)
            return
        self.wallets[agent] -= value
        self.taken += not copies
        self.last = now
        self.open[agent].append(pool.contributions[made])
        self.samples.append(sample)
        self.truths.append(self.truths[-1] if copies else int(stream.labels[index]))
        self.wrong[agent] += label != self.truths[-1]
        if self.depleted_at[agent] == types.NONE and 100 * self.balance(agent) < self.starts[agent]:
            self.depleted_at[agent] = now


def alone(kind: str) -> bool:
    """Whether agents of a kind take one step at a wake, from one account, and look at nobody else's plans."""
    behaviour = BEHAVIOURS[kind]
    return behaviour.steps == 1 and not behaviour.renews and set(behaviour.asks) <= {"predicted"}


def every_kind(scenario: Scenario) -> Scenario:
    usual = replace(scenario.agents[0], count=2, wait_mean=4000.0, deposit_mean=80.0)
    return scenario.with_knobs(
        agents=tuple(replace(usual, name=kind, behaviour=kind) for kind in BEHAVIOURS if alone(kind))
    )


def rich(scenario: Scenario) -> Scenario:
    return scenario.with_knobs(agents=tuple(replace(one, deposit_mean=90.0) for one in scenario.agents))


VARIANTS: dict[str, Callable[[Scenario], Scenario]] = {
    "one of each": rich,
    "nobody pays what is at risk": lambda scenario: scenario,
    "blind": lambda scenario: rich(scenario).with_knobs(
        agents=tuple(replace(one, blind=1) for one in rich(scenario).agents), risk_seals=4
    ),
    "every kind of agent": every_kind,
    "steps that shrink": lambda scenario: rich(scenario).with_knobs(eta0=9, tau=40, judge_shift=2, averaging=3),
    "little time": lambda scenario: rich(scenario).with_knobs(max_days=1),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_engine_does_to_the_unit_what_a_plain_loop_over_the_twin_does(
    scenario: Scenario, task: Task, variant: str, seed: int
) -> None:
    scenario = VARIANTS[variant](scenario)
    world = world_of(scenario, task)
    state = final_state(scenario, task, seed, 0.7, sealed.compiled_for(world.model))
    plain = PlainLoop(scenario, task, seed)
    plain.play(0.7)
    pool, book = plain.pool, state.book

    assert state.weights.tolist() == pool.learner.weights_.tolist()
    assert book.judge.tolist() == pool.judge.tolist()
    assert state.wallet.tolist() == plain.wallets
    accounts = [pool.account(str(agent)) for agent in range(scenario.agent_count)]
    assert list(zip(state.credit.tolist(), book.standing.tolist(), strict=True)) == accounts
    assert state.verified.tolist() == plain.refunds
    assert state.depleted_at.tolist() == plain.depleted_at
    epoch, sealed_at, budget, awaited = book.clock.tolist()
    assert awaited == pool.awaited
    assert (state.totals[ledger.COUNT], epoch, sealed_at, state.totals[ledger.ESCROW], budget) == pool.state()
    assert book.marks[sealed_book.OPEN] == sum(map(len, plain.open))
    assert state.tally[:, types.KEPT_BACK].sum() == plain.kept
    assert {"SealedTooEarly", "TooFewSeals"} <= plain.refused


def test_compiled_engine_does_what_its_interpreted_source_does(scenario: Scenario, task: Task) -> None:
    scenario = every_kind(scenario).with_knobs(train_size=120, initial_share=0.1)
    world = world_of(scenario, task)
    compiled = final_state(scenario, task, 3, 0.7, sealed.compiled_for(world.model))
    interpreted = final_state(scenario, task, 3, 0.7, sealed.run_until)
    for one, other in zip(compiled[:-1], interpreted[:-1], strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(compiled.book, interpreted.book, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("seed", range(3))
def test_money_is_conserved_and_whoever_follows_the_quote_loses_nothing(
    scenario: Scenario, task: Task, seed: int
) -> None:
    scenario = rich(scenario).with_knobs(
        agents=(replace(scenario.agents[0], mistake_rate=0.0), rich(scenario).agents[1])
    )
    world = world_of(scenario, task)
    state = final_state(scenario, task, seed, 0.7, sealed.compiled_for(world.model))
    start, burned = start_balances(scenario), state.counters[types.BURNED]
    budget, bounties = state.book.clock[sealed_book.BUDGET], state.credit.sum() + state.wallet.sum() - start.sum()
    assert state.book.marks[sealed_book.OPEN] == 0
    assert state.totals[ledger.ESCROW] == state.credit.sum()
    assert bounties == -budget
    # simulated gas is free, and so are seals
    assert 0 < budget == burned == state.tally[1, types.LOST]
    assert state.wallet[0] + state.credit[0] >= start[0]
    assert state.tally[0, types.LOST] == 0


def test_row_says_when_the_money_is_gone_and_what_was_kept_back(scenario: Scenario, task: Task) -> None:
    good, bad = scenario.agents
    scenario = scenario.with_knobs(
        agents=(good, replace(bad, start_balance=40)),
        agreed_price=1,
        promised_price=1,
        risk_price=10,
        seal_bounty=0,
        rate=25,
        most_standing=30,
    )
    outcome = run.simulate(scenario, task, 1)
    row = measures.row_of(scenario, task, 1, outcome)
    assert row["bad_depletion_day"] < row["bad_gone_day"] < row["days"]
    assert row["good_gone_day"] is None
    assert row["honest_loss"] == 0
    assert row["kept_back"] > 0
    # what is served is the judge, which starts as the model at hand-over
    assert row["initial_accuracy"] == run.measure(task.initial_weights, task.test)
    assert row["final_accuracy"] == run.measure(outcome.state.book.judge, task.test)


def test_published_engine_on_bytecode_plays_no_sealed_pool(scenario: Scenario, task: Task) -> None:
    assert isinstance(evm_engine(scenario, task, 1), SealedEvmEngine)
    published = scenario.with_knobs(incentive="self-assessment")
    assert isinstance(evm_engine(published, task, 1), EvmEngine)


def test_judge_of_a_model_that_counts_is_a_snapshot(scenario: Scenario) -> None:
    assert (scenario.terms["averaging"], scenario.terms["judge_shift"]) != (1, 0)
    terms = scenario.with_knobs(model="naive-bayes").terms
    assert (terms["averaging"], terms["judge_shift"]) == (1, 0)


def test_task_without_a_reference_and_weights_beyond_the_judge_are_refused(scenario: Scenario, task: Task) -> None:
    with pytest.raises(EngineError, match="The task has no reference"):
        FastEngine(scenario, replace(task, reference=None), 1)
    heavy = replace(task, initial_weights=np.full(NUM_WORDS + 1, 2_100, np.int32))
    with pytest.raises(WeightsOutOfRange, match=r"Weight 0 is 2100, which times 2\^4 .* lower judge_shift to 3"):
        FastEngine(scenario, heavy, 1)
