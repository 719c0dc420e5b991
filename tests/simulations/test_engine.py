"""The engine against a plain loop over the pool's twin, against its own interpreted source, and its books."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.core.incentives import self_assessment as rules
from app.core.learning.samples import pack_sample
from app.core.learning.sparse_perceptron import SparsePerceptron
from app.core.pool import PoolTwin, Refusal
from simulations import agents, engine, run
from simulations.agents import AgentStreams, choices_of
from simulations.engine import Draws, State, World
from simulations.scenario import AgentGroup, Scenario
from simulations.task import Task

Advance = Callable[[World, State, Draws, float, int], int]


def final_state(scenario: Scenario, task: Task, seed: int, accuracy: float, advance: Advance) -> State:
    """The state once all wakes up to the last day are through, the accuracy held fixed."""
    world = run._world(scenario, task)
    streams = AgentStreams(scenario, seed)
    state = engine.new_state(world, run._start_balances(scenario), streams.first_waits)
    while advance(world, state, streams.draws, accuracy, scenario.max_days * 86_400) == engine.DRAWS_NEEDED:
        streams.refill()
    return state


class PlainLoop:
    """The same agents at the contract's twin, written for reading: every claim is sent, the twin refuses."""

    def __init__(self, scenario: Scenario, task: Task, seed: int) -> None:
        self.scenario, self.task = scenario, task
        self.choices = choices_of(scenario)
        self.draws = AgentStreams(scenario, seed, block=5000)
        model = SparsePerceptron.from_weights(task.initial_weights, eta0=scenario.eta0, tau=scenario.tau)
        self.pool = PoolTwin(model, scenario.parameters, created=0)
        self.wallets = run._start_balances(scenario).tolist()
        self.starts = list(self.wallets)
        self.depleted_at = [engine.NONE] * len(self.wallets)
        self.open: list[int] = []
        self.samples: list[bytes] = []
        self.refused: set[str] = set()

    def balance(self, agent: int) -> int:
        return self.wallets[agent] + self.pool.account(str(agent))[0]

    def play(self, accuracy: float) -> None:
        turns = [0] * len(self.wallets)
        queue = sorted((int(wait), agent) for agent, wait in enumerate(self.draws.first_waits))
        last = self.scenario.max_days * 86_400
        while queue and queue[0][0] <= last and not (self.exhausted() and not self.open):
            now, agent = queue.pop(0)
            turn, turns[agent] = turns[agent], turns[agent] + 1
            if not self.exhausted() and self.balance(agent) > 0:
                self.contribute(now, agent, turn, accuracy)
            if self.balance(agent) > 0:
                queue = sorted([*queue, (now + int(self.draws.draws.wait[agent, turn]), agent)])
            self.claim(now, agent)

    def exhausted(self) -> bool:
        return len(self.samples) == len(self.task.stream.labels)

    def contribute(self, now: int, agent: int, turn: int, accuracy: float) -> None:
        draws, choices = self.draws.draws, self.choices
        if choices.heeds_accuracy[agent] and not draws.participation[agent, turn] < accuracy + choices.margin[agent]:
            return
        if now == self.pool.state()[1]:
            return
        index = len(self.samples)
        stream = self.task.stream
        label = int(stream.labels[index])
        flips = bool(choices.flips[agent]) ^ bool(draws.mistake[agent, turn] < choices.mistake_rate[agent])
        label = 1 - label if flips else label
        sample = pack_sample(stream.features[stream.starts[index] : stream.starts[index + 1]])
        value = max(0, self.pool.price(now) - self.pool.account(str(agent))[0])
        offer = min(int(draws.deposit[agent, turn]), self.balance(agent))
        try:
            self.pool.contribute(str(agent), sample, label, offer, value=value, now=now)
        except Refusal as refusal:
            self.refused.add(refusal.name)
            return
        self.wallets[agent] -= value
        self.samples.append(sample)
        self.open.append(index)
        if self.depleted_at[agent] == engine.NONE and 100 * self.balance(agent) < self.starts[agent]:
            self.depleted_at[agent] = now

    def claim(self, now: int, agent: int) -> None:
        pool, exhausted = self.pool, self.exhausted()
        for index in list(self.open):
            contribution = pool.contributions[index]
            age = now - contribution.time
            if age <= (self.scenario.collect_wait if exhausted else self.scenario.refund_wait):
                break
            try:
                if age > self.scenario.collect_wait:
                    pool.collect(str(agent), contribution, keccak(self.samples[index]), now=now)
                elif contribution.contributor == str(agent):
                    pool.refund(str(agent), contribution, self.samples[index], now=now)
                else:
                    pool.report(str(agent), contribution, self.samples[index], now=now)
            except Refusal as refusal:
                self.refused.add(refusal.name)
            if pool.claimable(index)[0] == 0:
                self.open.remove(index)


def keccak(data: bytes) -> bytes:
    from app.core.learning.keccak import keccak256

    return keccak256(data)


def crowd(scenario: Scenario, count: int) -> Scenario:
    """The same scenario with this many agents of each kind, each slower by that factor."""
    return scenario.with_knobs(
        agents=tuple(
            replace(group, count=count, wait_mean=group.wait_mean * count, wait_deviation=300.0)
            for group in scenario.agents
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
    "little time": lambda scenario: scenario.with_knobs(max_days=1),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_engine_does_to_the_unit_what_a_plain_loop_over_the_twin_does(
    scenario: Scenario, task: Task, variant: str, seed: int
) -> None:
    scenario = VARIANTS[variant](scenario)
    state = final_state(scenario, task, seed, 0.7, engine.advance)
    plain = PlainLoop(scenario, task, seed)
    plain.play(0.7)

    members, accepted = range(scenario.agent_count), len(plain.samples)
    assert state.weights.tolist() == plain.pool.model.weights_.tolist()
    assert state.wallet.tolist() == plain.wallets
    assert list(zip(state.credit, state.verified, strict=True)) == [plain.pool.account(str(agent)) for agent in members]
    assert state.depleted_at.tolist() == plain.depleted_at
    assert (
        tuple(state.totals[[rules.COUNT, rules.LAST_ACCEPTED, rules.ESCROW, rules.TOTAL_VERIFIED]])
        == plain.pool.state()
    )
    assert state.claimable[:accepted].tolist() == [plain.pool.claimable(index)[0] for index in range(accepted)]
    contributions = plain.pool.contributions
    assert state.time[:accepted].tolist() == [contribution.time for contribution in contributions]
    assert state.label[:accepted].tolist() == [contribution.label for contribution in contributions]
    assert state.deposit[:accepted].tolist() == [contribution.deposit for contribution in contributions]
    assert accepted > 50
    assert {"ModelDisagrees", "ModelAgrees"} <= plain.refused


@pytest.mark.parametrize("variant", ["anyone takes the leftovers", "five of each kind"])
def test_compiled_engine_does_what_its_interpreted_source_does(scenario: Scenario, task: Task, variant: str) -> None:
    scenario = VARIANTS[variant](scenario)
    compiled = final_state(scenario, task, 3, 0.7, engine.advance)
    interpreted = final_state(scenario, task, 3, 0.7, engine.run_until)
    for one, other in zip(compiled, interpreted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("leftover", ["anyone", "burn"])
@pytest.mark.parametrize("seed", range(5))
def test_money_is_conserved_to_the_unit_at_every_look(scenario: Scenario, task: Task, leftover: str, seed: int) -> None:
    scenario = scenario.with_knobs(leftover=leftover)
    world, streams = run._world(scenario, task), AgentStreams(scenario, seed)
    start = run._start_balances(scenario)
    state = engine.new_state(world, start, streams.first_waits)
    for until in range(0, 20 * 86_400, 7200):
        while engine.advance(world, state, streams.draws, 0.7, until) == engine.DRAWS_NEEDED:
            streams.refill()
        escrow, burned = state.totals[rules.ESCROW], state.counters[engine.BURNED]
        assert escrow == state.claimable.sum() + state.credit.sum()
        assert state.wallet.sum() + escrow + burned == start.sum()
        assert min(state.wallet.min(), state.credit.min(), state.claimable.min()) >= 0
        assert (state.claimable > 0).sum() == state.counters[engine.OPEN]
    assert (burned > 0) == (leftover == "burn")


def test_agent_without_money_never_wakes_again(scenario: Scenario, task: Task, bad: AgentGroup) -> None:
    poor = scenario.with_knobs(agents=(replace(bad, start_balance=7),), price="fixed", cost=7)
    state = final_state(poor, task, 1, 0.7, engine.advance)
    assert state.counters[engine.NEXT_SAMPLE] == 1
    assert state.counters[engine.QUEUED] == 0


def test_agent_that_cannot_pay_the_price_leaves_the_sample(scenario: Scenario, task: Task, good: AgentGroup) -> None:
    dear = scenario.with_knobs(agents=(good,), price="fixed", cost=501)
    state = final_state(dear, task, 1, 1.0, engine.advance)
    assert state.counters[engine.NEXT_SAMPLE] == 0
    assert state.wallet[0] == 500 * dear.units_per_coin


def test_cache_key_changes_with_the_rules_source() -> None:
    assert engine._fingerprint(rules) != engine._fingerprint(agents)
