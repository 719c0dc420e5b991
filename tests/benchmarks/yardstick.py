"""The yardstick: the first engine, which walks all open contributions at every wake and scores every test sample.

Kept as it was, to measure the fast engine against and to hold its results to; it knows honest agents and flippers only.

Agents wake, contribute and claim, on arrays, by rules compiled from `published_rules`, as `earnest.core` once had them.

Everything is a plain function, readable by both interpreters; `advance` at the end is the compiled one. Python decides
nothing inside: it calls `advance` up to the next second at which it wants to look, and refills draws in between.

One wake of an agent:
1. It takes the next sample of the one shared stream, chooses a label and an offer, and contributes if its offer covers
   the price; otherwise the sample stays for whoever wakes next. It pays the price only, from its credit first.
2. It queues its next wake, unless it has no money left: then it never wakes again.
3. It goes through the open contributions, oldest first: past `collect_wait` it collects, its own it refunds, others'
   it reports. The walk ends at the first one too young to claim; once the data are used up it only collects.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from earnest.core.compilable import compilable
from earnest.core.models import sparse_perceptron as learner
from earnest.simulations import run
from earnest.simulations.agents import streams as agents
from earnest.simulations.agents.streams import AgentStreams, Draws
from earnest.simulations.engine import wakes
from earnest.simulations.engine.world import start_balances
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task
from tests.benchmarks import published_rules as rules

#: What `advance` answers: the clock has reached `until`; an agent needs new draws; nothing can happen any more.
REACHED = 0
DRAWS_NEEDED = 1
FINISHED = 2

#: Positions in `State.counters`.
QUEUED, NEXT_SAMPLE, OLDEST, NEWEST, OPEN, MOVED, BURNED, NOW = range(8)

NONE = -1


class Choices(NamedTuple):
    """The agents' fixed traits, one element an agent."""

    flips: NDArray[np.bool_]
    heeds_accuracy: NDArray[np.bool_]
    margin: NDArray[np.float64]
    mistake_rate: NDArray[np.float64]


@compilable
def takes_part(heeds_accuracy: bool, draw: float, accuracy: float, margin: float) -> bool:
    return not heeds_accuracy or draw < accuracy + margin


@compilable
def chosen_label(label: int, flips: bool, draw: float, mistake_rate: float) -> int:
    return 1 - label if flips != (draw < mistake_rate) else label


class World(NamedTuple):
    """What a run never changes.

    Attributes:
        starts: int64 (samples + 1,), where each sample's features start in `features`.
        features: uint16, the word indices of all samples, one after the other.
        labels: uint8 (samples,), true labels.
        parameters: int64 (6,), as `rules.Parameters`.
        steps: int64 (2,), the learner's eta0 and tau.
        initial_weights: int32 (num_words + 1,), bias last.
        depleted_below: int64 (agents,), the balance in units below which an agent counts as depleted.
        choices: the agents' traits.
    """

    starts: NDArray[np.int64]
    features: NDArray[np.uint16]
    labels: NDArray[np.uint8]
    parameters: NDArray[np.int64]
    steps: NDArray[np.int64]
    initial_weights: NDArray[np.int32]
    depleted_below: NDArray[np.int64]
    choices: Choices


class State(NamedTuple):
    """What a run changes; all money in units, all times in seconds.

    Attributes:
        weights: int32 (num_words + 1,), bias last.
        wallet: int64 (agents,), money outside the pool.
        credit: int64 (agents,), what the pool owes.
        verified: int64 (agents,), refunded contributions.
        depleted_at: int64 (agents,), second of depletion or NONE.
        totals: int64 (4,), see `rules`.
        heap: int64 (agents,), the queue of wakes.
        claimable: int64 (samples,), what is left of each contribution's deposit.
        deposit: int64 (samples,).
        time: int64 (samples,), when it was accepted.
        author: int32 (samples,).
        label: uint8 (samples,), as submitted.
        reported: uint64 (samples, ceil(agents / 64)), one bit an agent that has reported it.
        score: int64 (samples,), the model's score when last looked at.
        scored_at: int64 (samples,), counter MOVED at that moment.
        following: int32 (samples,), the next younger open contribution, or NONE.
        counters: int64 (8,).
    """

    weights: NDArray[np.int32]
    wallet: NDArray[np.int64]
    credit: NDArray[np.int64]
    verified: NDArray[np.int64]
    depleted_at: NDArray[np.int64]
    totals: NDArray[np.int64]
    heap: NDArray[np.int64]
    claimable: NDArray[np.int64]
    deposit: NDArray[np.int64]
    time: NDArray[np.int64]
    author: NDArray[np.int32]
    label: NDArray[np.uint8]
    reported: NDArray[np.uint64]
    score: NDArray[np.int64]
    scored_at: NDArray[np.int64]
    following: NDArray[np.int32]
    counters: NDArray[np.int64]


def new_state(world: World, wallets: NDArray[np.int64], first_waits: NDArray[np.int64]) -> State:
    """The state at second 0: the pool is created, nobody has contributed.

    Args:
        world: of the run.
        wallets: int64 (agents,), start balances in units.
        first_waits: int64 (agents,), second of each agent's first wake.
    """
    members, samples = len(wallets), len(world.labels)
    counters = np.zeros(8, np.int64)
    counters[OLDEST] = counters[NEWEST] = NONE
    heap = np.zeros(members, np.int64)
    for agent in range(members):
        counters[QUEUED] = wakes.push(heap, int(counters[QUEUED]), int(first_waits[agent]) * members + agent)
    return State(
        weights=world.initial_weights.copy(),
        wallet=wallets.copy(),
        credit=np.zeros(members, np.int64),
        verified=np.zeros(members, np.int64),
        depleted_at=np.full(members, NONE, np.int64),
        totals=np.zeros(4, np.int64),
        heap=heap,
        claimable=np.zeros(samples, np.int64),
        deposit=np.zeros(samples, np.int64),
        time=np.zeros(samples, np.int64),
        author=np.zeros(samples, np.int32),
        label=np.zeros(samples, np.uint8),
        reported=np.zeros((samples, (members + 63) // 64), np.uint64),
        score=np.zeros(samples, np.int64),
        scored_at=np.zeros(samples, np.int64),
        following=np.full(samples, NONE, np.int32),
        counters=counters,
    )


@compilable
def run_until(world: World, state: State, draws: Draws, accuracy: float, until: int) -> int:
    """Let all agents act that wake before second `until` or in it.

    Args:
        world: of the run.
        state: changed in place.
        draws: numbers drawn ahead; `used` is moved on.
        accuracy: of the model when last evaluated, which honest agents heed.
        until: second of simulated time.

    Returns:
        REACHED, DRAWS_NEEDED (refill, then call again) or FINISHED.
    """
    counters = state.counters
    members = len(state.wallet)
    block = draws.wait.shape[1]
    while True:
        exhausted = counters[NEXT_SAMPLE] >= len(world.labels)
        if counters[QUEUED] == 0 or (exhausted and counters[OPEN] == 0):
            return FINISHED
        now = state.heap[0] // members
        agent = state.heap[0] % members
        if now > until:
            return REACHED
        turn = draws.used[agent]
        if turn == block:
            return DRAWS_NEEDED
        draws.used[agent] = turn + 1
        counters[NOW] = now
        counters[QUEUED] = wakes.pop(state.heap, counters[QUEUED])

        if not exhausted:
            _maybe_contribute(world, state, draws, accuracy, now, agent, turn)
        if state.wallet[agent] + state.credit[agent] > 0:
            wake = now + draws.wait[agent, turn]
            counters[QUEUED] = wakes.push(state.heap, counters[QUEUED], wake * members + agent)
        _claim(world, state, now, agent)


@compilable
def _maybe_contribute(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int
) -> None:
    """Offer the next sample, if the agent wants to, and have it accepted, if the offer covers the price."""
    choices, totals, counters = world.choices, state.totals, state.counters
    balance = state.wallet[agent] + state.credit[agent]
    willing = takes_part(
        choices.heeds_accuracy[agent], draws.participation[agent, turn], accuracy, choices.margin[agent]
    )
    if balance == 0 or not willing:
        return
    # The pool's clock starts at its creation, in second 0.
    if agents.waits_for_next_second(now, totals[rules.LAST_ACCEPTED]):
        return
    price = rules.price_rounded_down(
        world.parameters[0],
        world.parameters[4],
        world.parameters[5],
        rules.elapsed_since(now, totals[rules.LAST_ACCEPTED]),
    )
    if rules.price_refusal(price, agents.offer(draws.deposit[agent, turn], balance)) != rules.OK:
        return

    index = counters[NEXT_SAMPLE]
    label = chosen_label(
        int(world.labels[index]), choices.flips[agent], draws.mistake[agent, turn], choices.mistake_rate[agent]
    )
    value = rules.value_needed(price, state.credit[agent])
    state.wallet[agent] -= value
    rules.settle_payment(state.credit, totals, agent, price, value)
    _learn(world, state, index, label, totals[rules.COUNT])
    rules.settle_contribution(state.claimable, totals, index, price, now)
    state.deposit[index] = price
    state.time[index] = now
    state.author[index] = agent
    state.label[index] = label
    counters[NEXT_SAMPLE] = index + 1
    if counters[NEWEST] == NONE:
        counters[OLDEST] = index
    else:
        state.following[counters[NEWEST]] = index
    counters[NEWEST] = index
    counters[OPEN] += 1
    if state.depleted_at[agent] == NONE and state.wallet[agent] + state.credit[agent] < world.depleted_below[agent]:
        state.depleted_at[agent] = now


@compilable
def _learn(world: World, state: State, index: int, label: int, accepted: int) -> None:
    """Judge a new contribution, then learn from it where the model was wrong."""
    features = world.features[world.starts[index] : world.starts[index + 1]]
    value = learner.score(state.weights, features)
    # Noted before the update: the update that follows counts as one move since.
    state.score[index] = value
    state.scored_at[index] = state.counters[MOVED]
    if learner.predicted_label(value) != label:
        step = learner.step_rounded_down(world.steps[0], world.steps[1], accepted)
        learner.learn(state.weights, world.initial_weights, features, label, step)
        state.counters[MOVED] += step


@compilable
def _sign_is_known(value: int, moved: int, features: int) -> bool:
    """Whether a score taken before the model moved by `moved` steps in all still tells the class.

    An update moves each weight by at most its step, so the score of n features moves by at most (n + 1) steps.
    """
    drift = moved * (features + 1)
    return learner.predicted_label(value - drift) == learner.predicted_label(value + drift)


@compilable
def _claim(world: World, state: State, now: int, agent: int) -> None:
    """Walk through the open contributions, oldest first, and claim what the rules give this agent now.

    The walk is where a run spends its time: nearly all claims are refused again and again. So the arrays are taken out
    of their tuples once, the checks on numbers come first, and the model is asked only when nothing else refuses (its
    answer is the last check of the rules), and scored only when the steps since could have changed its answer.
    """
    refund_wait, collect_wait, leftover = world.parameters[2], world.parameters[3], world.parameters[1]
    starts, features = world.starts, world.features
    claimable, credit, verified, totals = state.claimable, state.credit, state.verified, state.totals
    times, authors, labels, reported = state.time, state.author, state.label, state.reported
    scores, scored_at, following, counters = state.score, state.scored_at, state.following, state.counters
    weights, deposits = state.weights, state.deposit

    word, bit = agent // 64, np.uint64(1) << np.uint64(agent % 64)
    exhausted = counters[NEXT_SAMPLE] >= len(world.labels)
    moved = counters[MOVED]
    previous = NONE
    index = counters[OLDEST]
    while index != NONE:
        time, left = times[index], claimable[index]
        window = rules.claim_window(time, refund_wait, collect_wait)
        if now < (rules.collect_from(time, collect_wait) if exhausted else window[0]):
            break
        is_author = authors[index] == agent
        done = (reported[index, word] & bit) != 0

        if rules.collect_refusal(now, time, collect_wait, left) == rules.OK:
            amount = rules.settle_collect(claimable, credit, totals, index, agent, leftover)
            if leftover == rules.LEFTOVER_BURN:
                counters[BURNED] += amount
        elif (
            rules.refund_refusal(now, time, refund_wait, collect_wait, left, is_author, True) == rules.OK
            or rules.report_refusal(
                now, time, refund_wait, collect_wait, left, is_author, verified[agent], done, False
            ) == rules.OK
        ):  # fmt: skip
            start, end = starts[index], starts[index + 1]
            if not _sign_is_known(scores[index], moved - scored_at[index], end - start):
                scores[index] = learner.score(weights, features[start:end])
                scored_at[index] = moved
            agrees = learner.predicted_label(scores[index]) == labels[index]
            if rules.refund_refusal(now, time, refund_wait, collect_wait, left, is_author, agrees) == rules.OK:
                rules.settle_refund(claimable, credit, verified, totals, index, agent)
            elif (
                rules.report_refusal(
                    now, time, refund_wait, collect_wait, left, is_author, verified[agent], done, agrees
                ) == rules.OK
            ):  # fmt: skip
                rules.settle_report(claimable, credit, verified, totals, index, agent, deposits[index])
                reported[index, word] |= bit

        after = following[index]
        if claimable[index] > 0:
            previous = index
        else:
            counters[OPEN] -= 1
            if previous == NONE:
                counters[OLDEST] = after
            else:
                following[previous] = after
            if after == NONE:
                counters[NEWEST] = previous
        index = after


@compilable
def count_correct(weights: Any, starts: Any, features: Any, labels: Any) -> int:
    """Samples that the model judges right; O(features of all samples)."""
    correct = 0
    for index in range(len(labels)):
        value = learner.score(weights, features[starts[index] : starts[index + 1]])
        if learner.predicted_label(value) == labels[index]:
            correct += 1
    return correct


@compilable
def learn_all(weights: Any, initial: Any, starts: Any, features: Any, labels: Any, steps: Any) -> None:
    """Contribute every sample once, in order and with its true label; changes `weights`."""
    for index in range(len(labels)):
        sample = features[starts[index] : starts[index + 1]]
        if learner.predicted_label(learner.score(weights, sample)) != labels[index]:
            learner.learn(weights, initial, sample, labels[index], learner.step_rounded_down(steps[0], steps[1], index))


advance = njit(run_until)
correct = njit(count_correct)
train_baseline = njit(learn_all)


class Result(NamedTuple):
    state: State
    accuracies: list[float]
    balances: list[list[int]]
    baseline: float


def simulate(scenario: Scenario, task: Task, seed: int) -> Result:
    """What `run.simulate` does, on this engine."""
    members = [group for group in scenario.agents for _ in range(group.count)]
    flips = np.array([group.behaviour == "flipper" for group in members])
    choices = Choices(
        flips,
        ~flips,
        np.array([group.confidence_margin for group in members]),
        np.array([group.mistake_rate for group in members]),
    )
    wallets = start_balances(scenario)
    steps = np.array([scenario.eta0, scenario.tau], dtype=np.int64)
    parameters = np.array(scenario.terms.numbers[:6], dtype=np.int64)
    world = World(*task.stream, parameters, steps, task.initial_weights, -(-wallets // 100), choices)
    streams = AgentStreams(scenario, seed)
    state = new_state(world, wallets, streams.first_waits)
    accuracies = [correct(state.weights, *task.test) / len(task.test.labels)]
    balances = [wallets.tolist()]
    for until, measures in run.looks(scenario):
        while (answer := advance(world, state, streams.draws, accuracies[-1], until)) == DRAWS_NEEDED:
            streams.refill()
        if answer == FINISHED:
            break
        if measures:
            accuracies.append(correct(state.weights, *task.test) / len(task.test.labels))
        balances.append((state.wallet + state.credit).tolist())
    accuracies.append(correct(state.weights, *task.test) / len(task.test.labels))
    balances.append((state.wallet + state.credit).tolist())
    weights = world.initial_weights.copy()
    train_baseline(weights, world.initial_weights, *task.stream, world.steps)
    return Result(state, accuracies, balances, correct(weights, *task.test) / len(task.test.labels))
