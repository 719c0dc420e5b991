"""The EVM engine where the judge is sealed: the same agents' decisions, sent to a sealed pool's committed bytecode.

Each call is made on the bytecode, then by the twin's interpreted source; what the one's events tell and the other's
state says has to be the same, call by call, and at every look the contract's own views as well, weight by weight. Some
calls that the rules refuse are sent too, and have to revert with the twin's error. Whatever differs stops the run.
"""

from typing import Any

from earnest.core.incentives import ledger, refusals
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.incentives.sealed_rules import pack_address, rules_chunk
from earnest.core.pool import Refusal
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine import loop, sealed, sealed_book, served
from earnest.simulations.engine.abi import Log, Revert
from earnest.simulations.engine.evm import GENESIS, REFUSED_EVERY, Chain, signed
from earnest.simulations.engine.sealed_book import AWAITED, BUDGET, EPOCH, SEALED_AT, SealedBook
from earnest.simulations.engine.types import ACCEPTED, NONE, PRICE_ABOVE_OFFER, Draws, State, World
from earnest.simulations.engine.world import new_state, start_balances, world_of
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task


class SealedEvmEngine(loop.Runner):
    """Runs a scenario whose judge is sealed on the bytecode.

    Args:
        scenario: all parameters.
        task: data and initial model.
        seed: of all random draws.
        journal: whether to keep all accepted calls, and what taught, in `state.journal`.

    Raises:
        EngineError: pyrevm is missing; later on, the bytecode and the twin disagree.

    Attributes:
        refused: how many calls that the rules refuse were sent, by the error that they reverted with.
    """

    def __init__(self, scenario: Scenario, task: Task, seed: int, *, journal: bool = False) -> None:
        world, streams = world_of(scenario, task), AgentStreams(scenario, seed)
        wallets, kept = start_balances(scenario), sealed.book_of(scenario, world, task)
        super().__init__(world, new_state(world, wallets, streams.first_waits, journal=journal, kept=kept), streams)
        self._terms = scenario.terms
        self._run_until = loop.waking(sealed.LIFE._replace(contribute=self._contribute, claim=self._claim))
        self._chain = Chain(world, wallets.tolist(), scenario, task.derived)
        rules = self._chain.store(rules_chunk(scenario.terms, kept.reference))
        self._chain.create(pack_address(rules))
        self._samples: dict[int, bytes] = {}
        self._authors: dict[int, str] = {}
        self._wakes = 0
        self.refused: dict[str, int] = {}

    def run_until(self, accuracy: float, until: int) -> int:
        """See `loop.waking`."""
        answer = self._run_until(self.world, self.state, self._streams.draws, accuracy, until)
        if answer in (loop.REACHED, loop.FINISHED):
            self._compare()
        return answer

    # CONTRIBUTING

    def _contribute(
        self, world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
    ) -> int:
        now, agent, chain, book = int(now), int(agent), self._chain, state.book
        epoch, credit = int(book.clock[EPOCH]), int(state.credit[agent])
        chosen, case = sealed.offered(world, state, draws, accuracy, now, agent, turn, step)
        data, deposit = b"", int(chosen.price)
        if chosen.fate in (ACCEPTED, PRICE_ABOVE_OFFER):
            packed = self._packed(chosen.sample)
            data = chain.interface.call("contribute", packed, int(chosen.label), int(chosen.offer))
        if chosen.fate != ACCEPTED:
            if chosen.fate == PRICE_ABOVE_OFFER and self._wakes % REFUSED_EVERY == 0:
                refusal = Refusal("PriceAboveMaximum", price=deposit, maxPrice=int(chosen.offer))
                self._expect_refusal(self._caller(agent), data, refusal)
            loop.held_back(state.tally[agent], chosen.fate, step)
            return int(chosen.fate)

        sealed.take(world, state, now, agent, chosen, case)
        slot = book.slots[book.last[agent]]
        value, sender = ledger.value_needed(deposit, credit), chain.addresses[agent]
        if world.choices.renews[agent]:
            # a new account has no credit: what its owner has left elsewhere pays, and was taken out before
            sender = chain.new_account(agent, value := deposit)
        chain.at(now)
        logs = self._sent(sender, data, value)
        self._authors[int(slot.index)] = sender
        told = (int(sender, 16), int(slot.label), case, epoch, deposit, int(slot.standing))
        self._require("Contributed", logs[0], (int(slot.index), *told))
        return int(chosen.fate)

    def _caller(self, agent: int) -> str:
        """Who can offer: where each contribution comes from a new account, one of an agent's that has no standing."""
        made = f"0x{int(self._chain.addresses[agent], 16) + (1 << 100):040x}"
        return made if self.world.choices.renews[agent] else self._chain.addresses[agent]

    def _packed(self, sample: int) -> bytes:
        """As much of a sample as the pool takes."""
        if sample not in self._samples:
            start, end = served.bounds_of(self.world, sample)
            self._samples[sample] = self._chain.model.sample_to_bytes(self.world.features[start:end])
        return self._samples[sample]

    # SEALING AND SETTLING

    def _claim(self, world: World, state: State, now: int, agent: int) -> None:
        """As `sealed`'s own, call by call."""
        now, agent, book = int(now), int(agent), state.book
        kind, p = world.incentive, world.parameters
        self._chain.at(now)
        due = incentive.seal_refusal(kind, p, book.clock[SEALED_AT], now) == refusals.OK
        if due:
            self._seal(now, agent)
        slot, before, epoch = int(book.first[agent]), NONE, int(book.clock[EPOCH])
        while slot != NONE:
            row = book.slots[slot]
            following, standing = int(row.following), sealed.standing_of_author(world, state, slot)
            code = incentive.settle_refusal(kind, p, epoch, row.epoch, row.case, True, True, True, standing)
            if code == refusals.TOO_FEW_SEALS:
                break
            if code == refusals.OK and sealed.settles(world, state, slot):
                self._settle(now, agent, slot)
                sealed_book.close(book, slot, before)
            else:
                before = slot
            slot = following
        if self._wakes % REFUSED_EVERY == 0:
            self._send_refused(now, agent, due=due)
        self._wakes += 1

    def _seal(self, now: int, agent: int) -> None:
        state, book, chain = self.state, self.state.book, self._chain
        budget, credit = int(book.clock[BUDGET]), int(state.credit[agent])
        sealed.seal(self.world, state, now, agent)
        (log, *_) = self._sent(chain.addresses[agent], chain.interface.call("seal"))
        bounty = int(state.credit[agent]) - credit
        burned = int(book.clock[BUDGET]) - budget + bounty
        self._require("Sealed", log, (int(book.clock[EPOCH]), int(chain.addresses[agent], 16), bounty, burned))
        if bounty and self.world.choices.renews[agent]:
            self._sent(chain.addresses[agent], chain.interface.call("withdraw"))

    def _settle(self, now: int, agent: int, slot: int) -> None:
        world, state, chain = self.world, self.state, self._chain
        row = state.book.slots[slot]
        index, deposit = int(row.index), int(row.deposit)
        data, sender = self._settling(slot), self._authors.pop(index)
        sealed.settle(world, state, now, agent, slot)
        (log, *_) = self._sent(sender, data)
        self._require("Settled", log, (index, int(sender, 16), deposit, None, int(row.standing)))
        if world.choices.renews[agent]:
            self._sent(sender, chain.interface.call("withdraw"))
            chain.take_home(agent, sender)

    def _settling(self, slot: int) -> bytes:
        """The call that settles a contribution."""
        what = self._contribution(slot)
        facts = (what.index, what.contributor, what.label, what.outcome, what.epoch, what.deposit)
        return self._chain.interface.call("settle", facts, self._packed(int(self.state.book.slots[slot].sample)))

    def _contribution(self, slot: int) -> SealedContribution:
        row = self.state.book.slots[slot]
        made = (int(row.label), int(row.case), int(row.epoch), int(row.deposit))
        index = int(row.index)
        return SealedContribution(index, self._authors.get(index, self._chain.addresses[int(row.author)]), *made)

    # WHAT IS REFUSED

    def _send_refused(self, now: int, agent: int, *, due: bool) -> None:
        """Send a seal that is too early, and a settling that the rules refuse, and see the bytecode refuse them."""
        book, chain = self.state.book, self._chain
        if not due:
            first = GENESIS + int(book.clock[SEALED_AT]) + self._terms["epoch_length"]
            refusal = Refusal("SealedTooEarly", timestamp=GENESIS + now, **{"from": first})
            self._expect_refusal(chain.addresses[agent], chain.interface.call("seal"), refusal)
        open_slots = [slot for slot in range(len(book.slots)) if book.slots[slot].index != NONE]
        if open_slots:
            slot = open_slots[self._wakes // REFUSED_EVERY % len(open_slots)]
            others = refusal_of(self.world, self.state, slot, self._contribution(slot), chain.addresses[agent])
            if others is not None:
                caller, refused = others
                self._expect_refusal(caller, self._settling(slot), refused)

    # THE BYTECODE

    def _sent(self, sender: str, data: bytes, value: int = 0) -> list[Log]:
        try:
            return self._chain.send(sender, data, value)[1]
        except Revert as revert:
            raise EngineError(
                f"The bytecode refuses with {revert.name}{revert.values} what the twin allows {sender}."
            ) from None

    def _require(self, name: str, log: Log, expected: tuple[int | None, ...]) -> None:
        """Hold an event's first values against the twin's; None for what the twin's state does not tell."""
        found = tuple(log.values[: len(expected)])
        same = all(told is None or told == one for told, one in zip(expected, found, strict=True))
        if log.name != name or not same:
            raise EngineError(f"The bytecode tells {log.name}{found}, the twin {name}{expected}.")

    def _expect_refusal(self, sender: str, data: bytes, refusal: Refusal) -> None:
        expected = {name: int(given, 16) if isinstance(given, str) else given for name, given in refusal.values.items()}
        try:
            self._chain.send(sender, data)
        except Revert as revert:
            if (revert.name, revert.values) == (refusal.name, expected):
                self.refused[revert.name] = self.refused.get(revert.name, 0) + 1
                return
            answer = f"{revert.name}{revert.values}"
        else:
            answer = "no refusal"
        raise EngineError(f"The twin refuses with {refusal.name}{expected}; the bytecode answers {answer}.")

    def _compare(self) -> None:
        """Hold the twin's state against the contract's views: weights of both models, totals, accounts, risks."""
        state, book, chain, renews = self.state, self.state.book, self._chain, self.world.choices.renews
        count = len(state.weights)
        clock, totals = book.clock.tolist(), state.totals.tolist()
        epochs = range(max(0, clock[EPOCH] - self._terms["risk_seals"]), clock[EPOCH] + 1)
        told: dict[str, object] = {
            "weights": state.weights.tolist(),
            "judge": book.judge.tolist(),
            "state": [
                totals[ledger.COUNT],
                clock[EPOCH],
                GENESIS + clock[SEALED_AT],
                totals[ledger.ESCROW],
                clock[BUDGET],
            ],
            "accounts": [
                self._seen(agent, (int(state.credit[agent]), int(book.standing[agent])), int(state.wallet[agent]))
                for agent in range(len(renews))
            ],
            "awaited": [clock[AWAITED]],
            "risks": [int(book.at_risk[sealed_book.place_of(epoch)]) for epoch in epochs],
        }
        held: dict[str, object] = {
            "weights": [signed(word) for word in chain.view("weights", 0, count)[2:]],
            "judge": [signed(word) for word in chain.view("judgeWeights", 0, count)[2:]],
            "state": chain.view("state"),
            "accounts": [
                self._seen(agent, tuple(chain.view("account", address)), chain.balance(agent))
                for agent, address in enumerate(chain.addresses)
            ],
            "awaited": chain.view("awaitedSeals"),
            "risks": [chain.view("atRisk", epoch)[0] for epoch in epochs],
        }
        for what, value in told.items():
            if value != held[what]:
                raise EngineError(f"The bytecode's {what} are not the twin's.")

    def _seen(self, agent: int, account: tuple[int, ...], wallet: int) -> tuple[int, ...]:
        """An account as it is compared: of one that renews itself all its money, wherever it is."""
        return (account[0] + wallet,) if self.world.choices.renews[agent] else (*account, wallet)


def refusal_of(
    world: World, state: State, slot: int, what: SealedContribution, caller: str
) -> tuple[str, Refusal] | None:
    """Who would be refused the settling of an open contribution, and with what: its author, if not, another caller."""
    book, kind, p = state.book, world.incentive, world.parameters
    if not isinstance(book, SealedBook):
        raise EngineError("The judge is not sealed.")
    row, epoch = book.slots[slot], int(book.clock[EPOCH])
    predicted = served.predicted_of(world, state, int(row.sample))
    standing = sealed.standing_of_author(world, state, slot)
    agrees = predicted == row.label
    code = incentive.settle_refusal(kind, p, epoch, row.epoch, row.case, True, True, agrees, standing)
    if code == refusals.TOO_FEW_SEALS:
        first = what.epoch + int(p[1])
        return what.contributor, Refusal("TooFewSeals", index=what.index, epoch=epoch, **{"from": first})
    if code == refusals.JUDGE_DISAGREES and row.case == AT_RISK:
        values = {"index": what.index, "predicted": int(predicted), "label": what.label}
        return what.contributor, Refusal("JudgeDisagrees", **values)
    if caller == what.contributor:
        return None
    return caller, Refusal("NotContributor", index=what.index, caller=caller, contributor=what.contributor)


def evm_engine(scenario: Scenario, task: Task, seed: int, *, journal: bool = False) -> loop.Runner:
    """The engine on the bytecode for a scenario's life of contributions.

    Raises:
        EngineError: pyrevm is missing, or there is no contract of this model under this incentive.
    """
    from earnest.simulations.engine.evm import EvmEngine

    kind: Any = SealedEvmEngine if scenario.terms.incentive.is_sealed else EvmEngine
    runner: loop.Runner = kind(scenario, task, seed, journal=journal)
    return runner
