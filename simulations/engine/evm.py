"""The EVM engine: the same agents' decisions, sent to the contracts' committed bytecode on pyrevm, in this process.

Weights, credits and standing come from the bytecode's events, wallets from its accounts; at every look the contract's
own views are compared with them. Which claims to send is found by a plain walk over all open contributions, asking the
rules about each; some claims that the rules refuse are sent as well, and have to revert with the twin's error. Whatever
differs stops the run.

pyrevm's traps: `commit()` breaks its journal's depth and is never called, and its gas is not a receipt's.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from earnest.contracts import load_artifact
from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.incentives import ledger, refusals
from earnest.core.keccak import keccak256
from earnest.core.models.model import NOT_PREDICTED
from earnest.core.pool import Contribution, Refusal
from earnest.core.pool.refusal import NEVER, claim_refusal
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.engine import book, loop, models
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine.abi import Interface, Log, Revert, words
from earnest.simulations.engine.compiled import compiled, fingerprint
from earnest.simulations.engine.types import (
    ABSTAINED,
    ACCEPTED,
    COLLECT,
    KEPT_BACK,
    LEARNED,
    NONE,
    REFUND,
    REPORT,
    SAME_SECOND,
    SATURATED,
    Draws,
    State,
    World,
)  # fmt: skip
from earnest.simulations.engine.world import new_state, start_balances, world_of
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task

#: Chain time of second 0.
GENESIS = 1_700_000_000
#: One wake in so many also sends a claim that the rules refuse.
REFUSED_EVERY = 20

_VERBS = {REFUND: "refund", REPORT: "report", COLLECT: "collect"}
_DEPLOYER = f"0x{0xD0:040x}"
#: A factory's argument, an array that is empty; and what its pools are paid in then.
_NO_TOKENS = (32).to_bytes(32, "big") + bytes(32)
_NATIVE_COIN = "0x" + "0" * 40
_FIRST_AGENT = 0xA0 << 32
_FIRST_ACCOUNT = 0xA1 << 32
_REVERTED = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}")

#: What the walk needs to know of an open contribution.
OPEN_ROW = np.dtype([(name, np.int64) for name in ("index", "sample", "time", "deposit", "open", "author", "label")])


@compilable
def refusal_of(world: World, state: State, row: Any, done: bool, now: int, agent: int, verified: int) -> int:
    """Verb and code, as `verb * 64 + code`: what the rules answer this agent's claim of this contribution now."""
    kind, p, totals = world.incentive, world.parameters, state.totals
    time, is_open, is_author = row.time, row.open, row.author == agent
    code = incentive.collect_refusal(kind, p, totals, now, time, is_open)
    if code == refusals.OK:
        return COLLECT * 64
    features = world.features[world.starts[row.sample] : world.starts[row.sample + 1]]
    agrees = (
        models.predict(world.model, state.weights, state.moments, state.scores, world.settings, features)[0]
        == row.label
    )
    if is_author:
        code = incentive.refund_refusal(kind, p, totals, now, time, is_open, is_author, agrees)
        return int(REFUND * 64 + code)
    code = incentive.report_refusal(kind, p, totals, now, time, is_open, is_author, verified, done, agrees)
    return int(REPORT * 64 + code)


@compilable
def next_claim(
    world: World, state: State, rows: Any, reported: Any, begin: int, now: int, agent: int, verified: int, spent: bool
) -> int:
    """The first contribution from `begin` on that the agent can claim, as `place * 4 + verb`; -1 if there is none."""
    teams = world.choices.team
    for place in range(begin, len(rows)):
        row = rows[place]
        done = book.has_reported(reported, place, agent)
        answer = refusal_of(world, state, row, done, now, agent, verified)
        if answer % 64 != refusals.OK or (spent and answer // 64 != COLLECT):
            continue
        if answer // 64 == REPORT and teams[row.author] == teams[agent]:
            continue
        return place * 4 + answer // 64
    return -1


def _compiled(sources: int, *, allocates: bool) -> Callable[..., int]:
    """The compiled walk; see `compiled.fingerprint` about the first argument."""

    def walk(
        world: World,
        state: State,
        rows: Any,
        reported: Any,
        begin: int,
        now: int,
        agent: int,
        verified: int,
        spent: bool,
    ) -> int:
        return next_claim(world, state, rows, reported, begin, now, agent, verified, spent) if sources else -1

    return compiled(walk, allocates=allocates)


@cache
def _walk_of(*, allocates: bool) -> Callable[..., int]:
    """The compiled walk; see `models.allocates`. Not before it is needed, so that guests may import this module."""
    return _compiled(fingerprint(*incentive.sources(), models, *models.sources(), book), allocates=allocates)


def _pyrevm() -> ModuleType:
    try:
        import pyrevm
    except ModuleNotFoundError:
        raise EngineError(
            "The evm engine needs pyrevm, which is not installed: run `make setup-dev`, or "
            ".venv/bin/python -m pip install pyrevm==0.3.7 (Python 3.11 or 3.12)."
        ) from None
    module: ModuleType = pyrevm
    return module


class Chain:
    """One pool on one EVM."""

    def __init__(self, world: World, wallets: list[int], scenario: Scenario, derived: Mapping[str, int]) -> None:
        self._pyrevm = _pyrevm()
        self._evm = self._pyrevm.EVM(spec_id="PRAGUE")
        chosen = models.choices(world.model, scenario, derived)
        self.model = models.model_of(world.model, world.initial_weights, world.classes, chosen)
        incentive = scenario.terms.incentive
        try:
            self._implementation = f"{incentive.require_contract()}{self.model.CONTRACT}"
            load_artifact(self._implementation)
        except RuleViolation as error:
            raise EngineError(str(error)) from None
        except FileNotFoundError:
            raise EngineError(f"The model {scenario.model} has no contract under {incentive.name}.") from None
        # of functions that both kinds of pools have, the last one's is called
        kinds = ("IPool", "ISealedPool") if incentive.is_sealed else ("IPool",)
        self.interface = Interface("PoolFactory", "IPoolFactory", self._implementation, *kinds)
        self._made = 0
        self.addresses = [f"0x{_FIRST_AGENT + agent:040x}" for agent in range(len(wallets))]
        self._evm.set_balance(_DEPLOYER, 2**90)
        for address, wallet in zip(self.addresses, wallets, strict=True):
            self._evm.set_balance(address, wallet)
        self.at(0)
        self._factory = self._evm.deploy(_DEPLOYER, load_artifact("PoolFactory").bytecode + _NO_TOKENS)
        self.pool = ""

    def store(self, chunk: bytes) -> str:
        """Store bytes as code; returns where."""
        output, _ = self.send(_DEPLOYER, self.interface.call("storeChunk", chunk), to=self._factory)
        return f"0x{words(output)[0]:040x}"

    def create(self, incentive: bytes) -> None:
        """Create the pool, with what its clone holds of its incentive."""
        no_forwarder = bytes(32)
        implementation = self._evm.deploy(_DEPLOYER, load_artifact(self._implementation).bytecode + no_forwarder)
        chunks = self.model.initial_chunks()
        stored = [self.store(chunk) for chunk in chunks[:-1]]
        parameters = (
            implementation,
            hashlib.sha256(b"no encoder").digest(),
            keccak256(b"".join(chunks)),
            incentive,
            self.model.pack_parameters(),
            _NATIVE_COIN,
        )
        data = self.interface.call("createPool", parameters, stored, chunks[-1])
        output, _ = self.send(_DEPLOYER, data, to=self._factory)
        self.pool = f"0x{words(output)[0]:040x}"

    def at(self, now: int) -> None:
        """Set the clock."""
        self._evm.set_block_env(self._pyrevm.BlockEnv(number=1, timestamp=GENESIS + now))

    def send(self, sender: str, data: bytes, value: int = 0, to: str | None = None) -> tuple[bytes, list[Log]]:
        """Call the pool, or another contract, and keep the changes.

        Raises:
            Revert: the call was reverted, and changed nothing.
        """
        try:
            output = self._evm.message_call(sender, to or self.pool, data, value=value)
        except RuntimeError as error:
            found = _REVERTED.fullmatch(str(error))
            if found is None:
                raise
            raise self.interface.revert(bytes.fromhex(found[1])) from None
        found_logs = []
        for log in self._evm.result.logs:
            topics, content = log.data
            if decoded := self.interface.log(topics, content):
                found_logs.append(decoded)
        return bytes(output), found_logs

    def view(self, function: str, *arguments: Any) -> list[int]:
        """The words that a view answers."""
        return words(self.send(_DEPLOYER, self.interface.call(function, *arguments))[0])

    def new_account(self, agent: int, value: int) -> str:
        """An account that nobody has seen before, with this much of an agent's ether."""
        self._made += 1
        account = f"0x{_FIRST_ACCOUNT + self._made:040x}"
        self._move(self.addresses[agent], account, value)
        return account

    def take_home(self, agent: int, account: str) -> None:
        """All ether of one of an agent's accounts, to that which it started with."""
        if account != self.addresses[agent]:
            self._move(account, self.addresses[agent], int(self._evm.get_balance(account)))

    def _move(self, sender: str, to: str, value: int) -> None:
        held = {one: int(self._evm.get_balance(one)) for one in (sender, to)}
        self._evm.set_balance(sender, held[sender] - value)
        self._evm.set_balance(to, held[to] + value)

    def balance(self, agent: int) -> int:
        """Ether of an agent, in units."""
        return int(self._evm.get_balance(self.addresses[agent]))


class EvmEngine(loop.Runner):
    """Runs a scenario on the bytecode.

    Args:
        scenario: all parameters.
        task: data and initial model.
        seed: of all random draws.
        journal: whether to keep all accepted calls, and what taught, in `state.journal`.

    Raises:
        EngineError: pyrevm is missing; later on, the bytecode and the twin disagree.

    Attributes:
        refused: how many claims and offers that the rules refuse were sent, by the error that they reverted with.
    """

    def __init__(self, scenario: Scenario, task: Task, seed: int, *, journal: bool = False) -> None:
        world, streams = world_of(scenario, task), AgentStreams(scenario, seed)
        wallets = start_balances(scenario)
        super().__init__(world, new_state(world, wallets, streams.first_waits, journal=journal), streams)
        self._terms = scenario.terms
        self._run_until = loop.waking(
            loop.Life(self._contribute, self._claim, self._prey_of, loop.is_guarded, loop.has_money, loop.has_room)
        )
        self._chain = Chain(self.world, wallets.tolist(), scenario, task.derived)
        self._chain.create(scenario.terms.pack())
        self._walk = _walk_of(allocates=models.allocates(self.world.model))
        self._rows = np.zeros(0, np.dtype((np.record, OPEN_ROW)))
        self._reported = np.zeros((0, (len(wallets) + 63) // 64), np.uint64)
        self._samples: dict[int, bytes] = {}
        self._authors: dict[int, str] = {}
        self._wakes = 0
        self.refused: dict[str, int] = {}

    # THE LOOP

    def run_until(self, accuracy: float, until: int) -> int:
        """See `loop.waking`."""
        answer = self._run_until(self.world, self.state, self._streams.draws, accuracy, until)
        if answer in (loop.REACHED, loop.FINISHED):
            self._compare()
        return answer

    # CONTRIBUTIONS

    def _contribute(
        self, world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
    ) -> int:
        agent, tally = int(agent), state.tally[agent]
        chosen = loop.decision_of(world, state, draws, accuracy, now, agent, turn, step)
        if chosen.fate != ACCEPTED:
            loop.held_back(tally, chosen.fate, step)
        if chosen.fate in (loop.CLAIMS, ABSTAINED, SAME_SECOND, KEPT_BACK):
            return chosen.fate
        self._chain.at(int(now))
        sample, label, price, offer = chosen.sample, int(chosen.label), int(chosen.price), int(chosen.offer)
        data = self._chain.interface.call("contribute", self._packed(sample), label, offer)
        value = ledger.value_needed(price, int(state.credit[agent]))
        if chosen.fate == ACCEPTED:
            index, deposit = self._contributed(int(now), agent, sample, label, data, value)
            loop.accepted(world, state, now, index, agent, sample, label, chosen.is_new, deposit)
            loop.taught(state, now, index, agent, sample, label)
        elif self._wakes % REFUSED_EVERY == 0:
            refusal = Refusal("PriceAboveMaximum", price=price, maxPrice=offer)
            sender = self._chain.addresses[agent]
            self._expect_refusal(sender, data, refusal, min(value, int(state.wallet[agent])))
        return chosen.fate

    def _contributed(self, now: int, agent: int, sample: int, label: int, data: bytes, value: int) -> tuple[int, int]:
        """Send a contribution, and learn what its events tell; answers its index and deposit."""
        world, state, totals, tally = self.world, self.state, self.state.totals, self.state.tally[agent]
        sender = self._chain.addresses[agent]
        if world.choices.renews[agent]:
            sender = self._chain.new_account(agent, value)
        logs = self._sent(sender, data, value)
        index, author, _, predicted, deposit, *_ = logs[0].values
        self._authors[index] = sender
        if author != int(sender, 16):
            raise EngineError(f"Contribution {index} came from another account than its author's.")
        state.wallet[agent] = self._chain.balance(agent)
        for log in logs[1:]:
            if log.name == "CreditChanged":
                state.credit[agent] = log.values[1]
        # a model that learns from every sample is not asked for its prediction, and tells none
        if predicted not in (self._predicted(sample), NOT_PREDICTED):
            raise EngineError(f"The bytecode predicts class {predicted} of contribution {index}, the twin another.")
        features = world.features[world.starts[sample] : world.starts[sample + 1]]
        held_back = models.judge_and_learn(
            world.model, state.weights, state.moments, state.scores, world.initial_weights, world.settings, features,
            label, index,
        )  # fmt: skip
        if held_back >= 0:
            tally[SATURATED] += held_back
            tally[LEARNED] += 1
        totals[ledger.ESCROW] += value
        totals[ledger.COUNT] = index + 1
        totals[ledger.LAST_ACCEPTED] = now
        self._append((index, sample, now, deposit, 1, agent, label))
        return index, deposit

    def _append(self, row: tuple[int, ...]) -> None:
        """Add an open contribution."""
        rows, reported = self._rows, self._reported
        self._rows = np.empty(len(rows) + 1, rows.dtype)
        self._rows[:-1], self._rows[-1] = rows, row
        self._reported = np.concatenate([reported, np.zeros((1, reported.shape[1]), np.uint64)])
        self.state.book.marks[book.OPEN] = len(self._rows)

    def _packed(self, sample: int) -> bytes:
        if sample not in self._samples:
            world = self.world
            features = world.features[world.starts[sample] : world.starts[sample + 1]]
            self._samples[sample] = self._chain.model.sample_to_bytes(features)
        return self._samples[sample]

    # CLAIMS

    def _prey_of(self, world: World, state: State, now: int, agent: int) -> tuple[int, int]:
        """See `book.prey_of`."""
        kind, p, totals, teams = world.incentive, world.parameters, state.totals, world.choices.team
        for place in reversed(range(len(self._rows))):
            row, done = self._rows[place], book.has_reported(self._reported, place, agent)
            code = incentive.report_refusal(
                kind, p, totals, now, row.time, row.open, row.author == agent, state.verified[agent], done, 0
            )
            strange = teams[row.author] != teams[agent]
            if code == refusals.OK and strange and self._predicted(int(row.sample)) == row.label:
                return int(row.sample), int(row.label)
        return NONE, NONE

    def _claim(self, world: World, state: State, now: int, agent: int) -> None:
        now, agent, spent, begin = int(now), int(agent), loop.is_exhausted(world, state), 0
        self._chain.at(now)
        while True:
            found = self._walk(
                world, state, self._rows, self._reported, begin, now, agent, state.verified[agent], spent
            )
            if found < 0:
                break
            place, verb = divmod(found, 4)
            self._send_claim(now, agent, place, verb)
            begin = place + 1
        kept = self._rows["open"] > 0
        if not kept.all():
            self._rows, self._reported = self._rows[kept], self._reported[kept]
        state.book.marks[book.OPEN] = len(self._rows)
        if self._wakes % REFUSED_EVERY == 0 and len(self._rows):
            self._send_refused(now, agent, self._wakes // REFUSED_EVERY % len(self._rows))
        self._wakes += 1

    def _call_data(self, verb: int, row: Any) -> tuple[bytes, Contribution]:
        author = self._authors[int(row.index)]
        what = Contribution(int(row.index), author, int(row.label), GENESIS + int(row.time), int(row.deposit))
        sample = self._packed(int(row.sample))
        given = (what.index, what.contributor, what.label, what.time, what.deposit)
        data = self._chain.interface.call(_VERBS[verb], given, keccak256(sample) if verb == COLLECT else sample)
        return data, what

    def _send_claim(self, now: int, agent: int, place: int, verb: int) -> None:
        state, row = self.state, self._rows[place]
        data, _ = self._call_data(verb, row)
        sender = self._account(agent, row)
        log, *_ = self._sent(sender, data)
        amount, left, burned = log.values[2], log.values[3] if verb == REPORT else 0, False
        if verb == REFUND:
            state.verified[agent] += 1
            state.totals[ledger.TOTAL_VERIFIED] += 1
        elif verb == REPORT:
            book.note_report(self._reported, place, agent)
        else:
            burned = log.values[3] != 0
        if burned:
            state.totals[ledger.ESCROW] -= amount
        else:
            state.credit[agent] += amount
        row.open = left > 0
        loop.claimed(self.world, state, verb, now, agent, row, amount, left, burned)
        if self.world.choices.renews[agent] and verb != REPORT:
            self._leave_behind(agent, sender)

    def _account(self, agent: int, row: Any) -> str:
        """The account by which an agent acts on a contribution: on its own, the author's."""
        return self._authors[int(row.index)] if row.author == agent else self._chain.addresses[agent]

    def _leave_behind(self, agent: int, account: str) -> None:
        if loop.left_behind(self.state, agent) > 0:
            self._sent(account, self._chain.interface.call("withdraw"))
        self._chain.take_home(agent, account)

    def _send_refused(self, now: int, agent: int, place: int) -> None:
        """Send what the rules refuse, and see the bytecode refuse it for the same reason."""
        row = self._rows[place]
        done = book.has_reported(self._reported, place, agent)
        verb, code = divmod(
            int(refusal_of(self.world, self.state, row, done, now, agent, int(self.state.verified[agent]))), 64
        )
        data, what = self._call_data(verb, row)
        predicted = self._predicted(int(row.sample)) if code == refusals.MODEL_DISAGREES else 0
        window, caller = self._window(verb, int(row.time), now), self._account(agent, row)
        last_accepted = GENESIS + int(self.state.totals[ledger.LAST_ACCEPTED])
        refusal = claim_refusal(
            code,
            what,
            caller=caller,
            now=GENESIS + now,
            window=window,
            predicted=predicted,
            last_accepted=last_accepted,
        )
        if refusal:
            self._expect_refusal(caller, data, refusal)

    def _window(self, verb: int, time: int, now: int) -> tuple[int, int]:
        """First and last second, in chain time, in which the incentive lets a contribution be claimed so."""
        terms, totals = self._terms, self.state.totals.tolist()
        if verb == COLLECT:
            return GENESIS + terms.collect_from(totals, time, now), NEVER
        window = terms.refund_window if verb == REFUND else terms.report_window
        first, last = window(totals, time, now)
        return GENESIS + first, GENESIS + last

    def _predicted(self, sample: int) -> int:
        """The twin's class of a sample, by its interpreted source."""
        world, state = self.world, self.state
        features = world.features[world.starts[sample] : world.starts[sample + 1]]
        return int(models.predict(world.model, state.weights, state.moments, state.scores, world.settings, features)[0])

    # THE BYTECODE

    def _sent(self, sender: str, data: bytes, value: int = 0) -> list[Log]:
        try:
            return self._chain.send(sender, data, value)[1]
        except Revert as revert:
            raise EngineError(
                f"The bytecode refuses with {revert.name}{revert.values} what the twin allows {sender}."
            ) from None

    def _expect_refusal(self, sender: str, data: bytes, refusal: Refusal, value: int = 0) -> None:
        expected = {name: int(given, 16) if isinstance(given, str) else given for name, given in refusal.values.items()}
        try:
            self._chain.send(sender, data, value)
        except Revert as revert:
            if (revert.name, revert.values) == (refusal.name, expected):
                self.refused[revert.name] = self.refused.get(revert.name, 0) + 1
                return
            answer = f"{revert.name}{revert.values}"
        else:
            answer = "no refusal"
        raise EngineError(f"The twin refuses with {refusal.name}{expected}; the bytecode answers {answer}.")

    def _compare(self) -> None:
        """Hold what the events told against the contract's views."""
        state, chain = self.state, self._chain
        weights = [signed(word) for word in chain.view("weights", 0, len(state.weights))[2:]]
        totals = state.totals.tolist()
        told: dict[str, object] = {
            "weights": state.weights.tolist(),
            "state": [totals[ledger.COUNT], totals[ledger.ESCROW], totals[ledger.TOTAL_VERIFIED]],
            "accounts": list(zip(state.credit.tolist(), state.verified.tolist(), state.wallet.tolist(), strict=True)),
        }
        count, _, escrow, verified = chain.view("state")
        accounts = [
            (*chain.view("account", address), chain.balance(agent)) for agent, address in enumerate(chain.addresses)
        ]
        held = {"weights": weights, "state": [count, escrow, verified], "accounts": accounts}
        for what, value in told.items():
            if value != held[what]:
                raise EngineError(f"The bytecode's {what} are not what its events told.")


def signed(word: int) -> int:
    """A word as a signed number."""
    return word - 2**256 if word >> 255 else word
