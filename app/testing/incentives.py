"""What every incentive must do, as checks for anybody's pytest.

    @pytest.mark.parametrize("check", incentive_checks(MINE), ids=str)
    def test_my_incentive_conforms(check):
        check()

The checks draw pools with terms of all kinds, always the same ones; they say nothing of a contract, which agreement
tests compare with the incentive.
"""

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from earnest.core.errors import RuleViolation
from earnest.core.incentives import refusals
from earnest.core.incentives.base import SIGNATURES, Incentive, Terms, problem_of
from earnest.core.incentives.ledger import MAX_AMOUNT, totals_of
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.parameters import Parameter
from earnest.core.pool import PoolTwin, Refusal
from earnest.testing.checks import Check, Nonconforming, require

#: Pools that a check draws, and commands that each of them is given.
POOLS, COMMANDS = 40, 120
#: Compiled integers end here.
LIMIT = 2**63
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ELAPSED = (1, 2, 3, 59, 60, 61, 3_600, 86_400, 10**7, 2**40)


# DECLARATIONS


def is_an_incentive(incentive: Incentive) -> None:
    """It has what the registry asks for: functions with the right arguments, and slots for its parameters."""
    problem = problem_of(getattr(incentive, "name", ""), incentive)
    require(problem is None, f"The registry refuses it: {problem}")


def words_are_there(incentive: Incentive) -> None:
    """Pages, quotes and reports find all that they say."""
    words = incentive.words
    for name in ("sentence", "rules", "risks"):
        said = getattr(words, name)
        sentences = (said,) if isinstance(said, str) else said
        require(sentences, f"words.{name} is empty: say it, if it is that there is nothing.")
        for sentence in sentences:
            require(sentence.endswith("."), f"words.{name} says {sentence!r}, which is no sentence.")
    require(words.title, "words.title is empty.")
    for name in ("brief", "agrees", "disagrees"):
        part = getattr(words, name)
        require(
            part and not part.endswith("."), f"words.{name} is {part!r}; it must be the end of a sentence, unended."
        )
    for terms in pools(incentive):
        require(words.late(terms).endswith("."), f"words.late says {words.late(terms)!r}, which is no sentence.")
        leftover = words.leftover(terms)
        require(leftover and not leftover.endswith("."), f"words.leftover is {leftover!r}; leave the full stop out.")


def parameters_are_declared(incentive: Incentive) -> None:
    """Each has a name of its own, words, and a default within its bounds; together the defaults are a pool."""
    names = [one.name for one in incentive.parameters]
    require(len(set(names)) == len(names), f"Two parameters share a name: {', '.join(names)}.")
    by_name = {one.name: one for one in incentive.parameters}
    for one in incentive.parameters:
        require(_NAME.fullmatch(one.name), f"The parameter's name {one.name!r} is not lower-case words joined by _.")
        require(one.words and not one.words.endswith("."), f"The words of {one.name} are {one.words!r}.")
        try:
            one.check(one.default)
        except RuleViolation as error:
            raise Nonconforming(f"The default of {one.name} is refused: {error}") from None
        if one.only_with is not None:
            other = by_name.get(one.only_with[0])
            known = other is not None and one.only_with[1] in other.choices
            require(known, f"{one.name} plays a part only with {one.only_with}, which is no choice of this incentive.")
        require(incentive.moves_money or not one.money, f"{one.name} is about money, which does not move.")
    incentive.terms_of({}).validate()


def bad_parameters_are_refused(incentive: Incentive) -> None:
    """A number beyond a parameter's bounds, and a choice that there is not, are refused with a sentence."""
    terms = incentive.terms_of({})
    for slot in incentive.slots:
        for one in incentive.parameters:
            if one.name not in slot.holds or one.name not in terms.settings:
                continue
            low, high = (0, len(one.choices) - 1) if one.kind == "choice" else (one.low, one.high)
            for bad in (int(low or 0) - 1, int(high or 0) + 1):
                _must_refuse(terms.replaced(**{slot.name: bad}), slot.name, bad)


def _must_refuse(terms: Terms, name: str, bad: int) -> None:
    for act in (terms.validate, terms.pack):
        try:
            act()
        except RuleViolation as error:
            require(str(error).endswith("."), f"{name} {bad} is refused by {str(error)!r}, which is no sentence.")
        else:
            raise Nonconforming(f"{name} {bad} is not refused.")


def packing_can_be_read_back(incentive: Incentive) -> None:
    """What a pool's numbers are packed to gives the same numbers again, and so do its settings."""
    for terms in pools(incentive):
        packed = terms.pack()
        require(
            len(packed) == incentive.length, f"{terms.by_slot()} takes {len(packed)} bytes, not {incentive.length}."
        )
        require(incentive.unpack(packed) == terms, f"{terms.by_slot()} is read back as {incentive.unpack(packed)}.")
        again = incentive.terms_of(terms.settings)
        require(again == terms, f"The settings of {terms.by_slot()} give {again.by_slot()}.")


# FUNCTIONS


def price_is_in_range(incentive: Incentive) -> None:
    """It is at least 1 wei and fits in 96 bits, or is 0 where no money moves; it falls where that is said of it."""
    for terms in pools(incentive):
        prices = [terms.price_after(elapsed) for elapsed in _ELAPSED]
        low, high = (1, MAX_AMOUNT) if incentive.moves_money else (0, 0)
        require(all(low <= price <= high for price in prices), f"{terms.by_slot()} costs {prices}.")
        falls = all(later <= earlier for earlier, later in pairwise(prices))
        require(falls or not incentive.price_falls, f"The price of {terms.by_slot()} rises: {prices}.")


def windows_are_in_order(incentive: Incentive) -> None:
    """Refunds open first, reports not before them, collections after both; none moves back for a later contribution."""
    for terms in pools(incentive):
        before: tuple[int, ...] = ()
        for time in (0, 1, 1000, 2**32):
            now, totals = time + 1, totals_of(time)
            refund, report = terms.refund_window(totals, time, now), terms.report_window(totals, time, now)
            collect = terms.collect_from(totals, time, now)
            where = (
                f"Of {terms.by_slot()}, accepted at {time}: refunds {refund}, reports {report}, collections {collect}"
            )
            require(time <= refund[0] <= report[0], f"{where}; reports must not open first.")
            require(
                refund[0] <= refund[1] and report[0] <= report[1], f"{where}; a window must not end before it opens."
            )
            require(collect > max(refund[1], report[1]), f"{where}; collections must open after both windows.")
            edges = (*refund, *report, collect)
            require(all(a <= b for a, b in zip(before, edges, strict=False)), f"{where}; before: {before}.")
            before = edges


def refusals_keep_to_the_windows(incentive: Incentive) -> None:
    """Nothing closed is claimed, no author reports itself, and what is open beyond doubt is not refused."""
    for terms in pools(incentive):
        kernels, p, time = incentive.claims, terms.numbers, 1000
        totals = totals_of(time)
        ends = _edges(terms, time)
        for now in sorted({max(0, end + late) for end in ends for late in (-1, 0, 1)}):
            refund_open = _inside(terms.refund_window(totals, time, now), now)
            report_open = _inside(terms.report_window(totals, time, now), now)
            for agrees in (False, True):
                closed = (
                    kernels.refund_refusal(p, totals, now, time, False, True, agrees),
                    kernels.report_refusal(p, totals, now, time, False, False, 5, False, agrees),
                    kernels.collect_refusal(p, totals, now, time, False),
                )
                require(set(closed) == {refusals.CLOSED}, f"A closed contribution is answered {closed}.")
                own = kernels.report_refusal(p, totals, now, time, True, True, 5, False, agrees)
                require(own != refusals.OK, f"{terms.by_slot()}: an author can report its own contribution at {now}.")
                refund = kernels.refund_refusal(p, totals, now, time, True, True, agrees)
                require((refund == refusals.OK) <= (refund_open and agrees), f"A refund at {now} is answered {refund}.")
                report = kernels.report_refusal(p, totals, now, time, True, False, 5, False, agrees)
                possible = report_open and not agrees
                require((report == refusals.OK) <= possible, f"A report at {now} is answered {report}.")
            early = now < terms.collect_from(totals, time, now)
            collect = kernels.collect_refusal(p, totals, now, time, True)
            require((collect == refusals.OK) <= (not early), f"A collection at {now} is answered {collect}.")


def share_is_of_what_is_left(incentive: Incentive) -> None:
    """A report pays at least 1 wei and at most what is left, or nothing of nothing."""
    draw = random.Random(5)
    for terms in pools(incentive):
        for _ in range(20):
            deposit = draw.choice([1, 2, 3, terms.price_after(1) or 1, MAX_AMOUNT])
            left, total = draw.randint(0, deposit), draw.choice([1, 2, 7, 10**6])
            verified = draw.randint(1, total)
            share = incentive.claims.share_rounded_down(terms.numbers, deposit, left, verified, total)
            fits = 1 <= share <= left if left else share == 0
            require(fits, f"{verified} of {total} verified get {share} of the {left} left of {deposit}.")


def interpreted_and_compiled_agree(incentive: Incentive) -> None:
    """Each function, compiled by numba, answers what it answers interpreted."""
    compiled = {name: compiled_alone(name, getattr(incentive.kernels, name)) for name in SIGNATURES}
    draw = random.Random(7)
    for terms in pools(incentive, highest=2**28):
        for name, function in compiled.items():
            for _ in range(5):
                values = _arguments(name, terms, draw)
                told = getattr(incentive.kernels, name)(*values.values())
                found = function(*(packed(value) for value in values.values()))
                require(told == found, f"{name}({values}) is {told} interpreted and {found} compiled.")


def proof_holds_at_the_bounds(incentive: Incentive) -> None:
    """With as many contributions as `products` allows below 2^63, compiled prices and shares are still exact."""
    price = compiled_alone("price_rounded_down", incentive.claims.price_rounded_down)
    share = compiled_alone("share_rounded_down", incentive.claims.share_rounded_down)
    for terms in pools(incentive, highest=2**62):
        each = max(incentive.products(terms, 1).values(), default=0)
        if each >= LIMIT:
            continue
        count = (LIMIT - 1) // max(each, 1)
        most = max(incentive.products(terms, count).values(), default=0)
        require(most < LIMIT, f"{count} contributions under {terms.by_slot()} reach {most}: products must grow evenly.")
        # more contributions than that nobody makes
        count, numbers = min(count, 2**40), packed(terms.numbers)
        for elapsed in _ELAPSED:
            exact, found = terms.price_after(elapsed), price(numbers, elapsed)
            require(
                exact == found, f"{terms.by_slot()} costs {exact}, compiled {found}: products leaves something out."
            )
        deposit = terms.price_after(1)
        for verified, total in ((count, count), (1, count), (count // 2 + 1, count)):
            exact = incentive.claims.share_rounded_down(terms.numbers, deposit, deposit, verified, total)
            found = share(numbers, deposit, deposit, verified, total)
            require(exact == found, f"A share is {exact}, compiled {found}: products leaves something out.")


def money_is_conserved(incentive: Incentive) -> None:
    """On the twin: what is claimable and owed is always the escrow, and a refused command changes nothing."""
    for number, terms in enumerate(pools(incentive)):
        draw, world = random.Random(number), _World(terms)
        for _ in range(COMMANDS):
            world.act(draw)
            pool = world.pool
            count, _, escrow, verified = pool.state()
            require(pool.liabilities() == escrow, f"{pool.liabilities()} wei are owed, {escrow} are in escrow.")
            left = [pool.left_to_claim(index) for index in range(count)]
            require(not any(amount < 0 for amount in left), "More than its deposit was taken of a contribution.")
            require(0 <= escrow <= pool.balance, f"The pool owes {escrow} wei and has {pool.balance}.")
            require(sum(pool.account(one)[1] for one in world.PEOPLE) == verified, "Verified counts do not add up.")
            require(count == len(pool.contributions), "The contributions are not as many as are counted.")
            if not incentive.moves_money:
                require(not any(made.deposit for made in pool.contributions), "A deposit was paid; no money moves.")


#: Checks of every incentive.
SHARED: tuple[Callable[[Incentive], None], ...] = (
    is_an_incentive,
    words_are_there,
    parameters_are_declared,
    bad_parameters_are_refused,
    packing_can_be_read_back,
)

#: Checks of one under which contributions have the published life.
CHECKS: tuple[Callable[[Incentive], None], ...] = (
    *SHARED,
    price_is_in_range,
    windows_are_in_order,
    refusals_keep_to_the_windows,
    share_is_of_what_is_left,
    interpreted_and_compiled_agree,
    proof_holds_at_the_bounds,
    money_is_conserved,
)


def incentive_checks(incentive: Incentive) -> list[Check]:
    """The checks of an incentive, by what holds if they pass."""
    from earnest.testing.sealed import SEALED_CHECKS

    checks = (*SHARED, *SEALED_CHECKS) if incentive.is_sealed else CHECKS
    return [Check(check.__name__.replace("_", " "), partial(check, incentive)) for check in checks]


# POOLS


def pools(incentive: Incentive, highest: int | None = None) -> Iterator[Terms]:
    """Terms of all kinds that the incentive allows, always the same ones.

    Args:
        incentive: whose.
        highest: no amount is above it.

    Raises:
        Nonconforming: hardly any draw within the parameters' bounds is allowed.
    """
    draw, found = random.Random(3), 0
    for _ in range(100 * POOLS):
        terms = incentive.terms_of({one.name: _value(one, draw, highest) for one in incentive.parameters})
        try:
            terms.validate()
        except RuleViolation:
            continue
        yield terms
        found += 1
        if found == POOLS:
            return
    raise Nonconforming(f"Of {100 * POOLS} draws within the parameters' bounds only {found} are allowed.")


def _value(one: Parameter, draw: random.Random, highest: int | None) -> Any:
    if one.kind == "choice":
        return draw.choice(one.choices)
    low, high = int(one.low or 0), int(one.high or 0)
    if highest is not None and one.kind == "amount":
        high = max(low, min(high, highest))
    bits = draw.randint(0, (high - low).bit_length())
    return draw.choice(
        [low, high, min(high, low + draw.getrandbits(max(1, bits))), min(high, low + draw.randint(0, 20))]
    )


def _edges(terms: Terms, time: int) -> tuple[int, ...]:
    totals = totals_of(time)
    refund, report = terms.refund_window(totals, time, time), terms.report_window(totals, time, time)
    return (*refund, *report, terms.collect_from(totals, time, time))


def _inside(window: tuple[int, int], now: int) -> bool:
    return window[0] <= now <= window[1]


# COMPILED


def compiled_alone(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as machine code, made for what it is called with; one that cannot be does not conform."""
    # an extra of ours: only this is compiled
    import numba

    made: Callable[..., Any] = numba.njit(function)

    def call(*values: Any) -> Any:
        try:
            return made(*values)
        except numba.core.errors.NumbaError as error:
            raise Nonconforming(f"{name} does not compile: {error}") from None

    return call


def packed(value: Any) -> Any:
    """A value as compiled code takes it: lists of numbers as arrays of int64."""
    return np.array(value, np.int64) if isinstance(value, (list, tuple)) else value


def _arguments(name: str, terms: Terms, draw: random.Random) -> dict[str, Any]:
    """Arguments of a function, by name."""
    time, deposit, total = draw.randint(0, 2**20), draw.randint(1, 2**28), draw.randint(1, 2**20)
    known: dict[str, Any] = {
        "p": terms.numbers,
        "totals": totals_of(draw.randint(0, 2**21)),
        "time": time,
        "now": max(0, draw.choice(_edges(terms, time)) + draw.randint(-1, 1)),
        "elapsed": draw.choice(_ELAPSED),
        "deposit": deposit,
        "left": draw.randint(0, deposit),
        "verified": draw.randint(0 if "refusal" in name else 1, total),
        "total_verified": total,
    }
    booleans = ("is_open", "is_author", "has_reported", "agrees")
    known |= {one: draw.random() < 0.7 for one in booleans}
    return {argument: known[argument] for argument in SIGNATURES[name].split(", ")}


# ON THE TWIN


class _World:
    """A pool under some terms, and people who do what comes to their minds."""

    PEOPLE = ("0x" + "a1" * 20, "0x" + "b2" * 20, "0x" + "c3" * 20)

    def __init__(self, terms: Terms) -> None:
        self.now = 1000
        self.pool = PoolTwin(SparsePerceptron.from_weights([0, 2, -2, 1]), terms, self.now)
        self.samples: list[bytes] = []

    def act(self, draw: random.Random) -> None:
        """Give the pool one command; one that it refuses must leave no trace."""
        before = self._seen()
        try:
            self._command(draw)
        except Refusal as refusal:
            require(self._seen() == before, f"{refusal.name} was refused and yet changed the pool.")

    def _seen(self) -> tuple[Any, ...]:
        pool = self.pool
        accounts = tuple(pool.account(one) for one in self.PEOPLE)
        return pool.state(), accounts, pool.balance, pool.model.digest(), len(pool.events)

    def _command(self, draw: random.Random) -> None:
        pool, who = self.pool, draw.choice(self.PEOPLE)
        self.now += draw.choice([0, 1, 5])
        if not pool.contributions or draw.random() < 0.35:
            sample, price = pack_sample(sorted(draw.sample(range(3), draw.randint(1, 3)))), pool.price(self.now)
            value = max(0, price + draw.choice([-1, 0, 0, 0, 3]))
            pool.contribute(who, sample, draw.randint(0, 1), price, value=value, now=self.now)
            self.samples.append(sample)
            return
        made = draw.choice(pool.contributions)
        if draw.random() < 0.5:
            self.now = max(self.now, draw.choice(_edges(pool.terms, made.time)) + draw.randint(-1, 1))
        sample = self.samples[made.index]
        verb = draw.choice(["refund", "refund", "report", "report", "collect", "withdraw"])
        if verb == "refund":
            pool.refund(draw.choice([who, made.contributor]), made, sample, now=self.now)
        elif verb == "report":
            pool.report(who, made, sample, now=self.now)
        elif verb == "collect":
            pool.collect(who, made, keccak256(sample), now=self.now)
        else:
            pool.withdraw(who)
