"""What an incentive is: a rule of money and time, the same functions here as in `Incentive.sol` and `Windows.sol`.

An incentive is one `Incentive` in one file: its functions, which are read interpreted and compiled, its parameters, how
the contract packs them, and its words. Twin, service, pages, engines and reports ask it; none knows one by name. One
of somebody else's is registered by an entry point of the group `earnest.incentives`; without a contract of its own it
runs in the fast engine only.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.incentives.known import Derived, Known
from earnest.core.incentives.ledger import MAX_AMOUNT, elapsed_since
from earnest.core.incentives.refusals import OK
from earnest.core.incentives.sealed import SEALED_SIGNATURES, SealedKernels
from earnest.core.parameters import Parameter

#: A pool's numbers, in the order of `incentiveParameters()`.
Numbers = tuple[int, ...]


@compilable
def unguarded(p: Any, totals: Any, now: int) -> int:
    """Claims are open in every second."""
    return OK


class Kernels(NamedTuple):
    """An incentive's functions: compilable, of integers and of arrays of integers, without anything else.

    `p` holds a pool's numbers in the order of the incentive's slots, `totals` is as in `ledger`, `time` is when the
    contribution was accepted, `now` chain time; all in seconds and wei. Refusals are codes of `refusals`, in the order
    of the contract's checks; the model's answer `agrees` is looked at last, so that it need not be known before.

    Attributes:
        price_rounded_down: (p, elapsed) -> the price `elapsed` seconds (at least 1) after the last accepted
            contribution; at least 1, or always 0 where no money moves.
        refund_window: (p, totals, time, now) -> first and last second in which it can be refunded.
        report_window: (p, totals, time, now) -> first and last second in which it can be reported; not before the
            first of refunds.
        collect_from: (p, totals, time, now) -> first second in which what is left can be collected. Like the windows'
            ends, it never lies earlier for what was accepted later.
        refund_refusal: (p, totals, now, time, is_open, is_author, agrees) -> code.
        report_refusal: (p, totals, now, time, is_open, is_author, verified, has_reported, agrees) -> code;
            `verified` is the reporter's.
        collect_refusal: (p, totals, now, time, is_open) -> code.
        share_rounded_down: (p, deposit, left, verified, total_verified) -> what a report pays of `left`: from 1 to
            `left`, or 0 where nothing is left.
        burns_leftover: (p) -> whether what is left at the end is burned; else whoever collects takes it.
        guard_refusal: (p, totals, now) -> OK, or GUARDED where nothing at all can be claimed in this second; the three
            refusals above answer the same then.
    """

    price_rounded_down: Callable[..., int]
    refund_window: Callable[..., tuple[int, int]]
    report_window: Callable[..., tuple[int, int]]
    collect_from: Callable[..., int]
    refund_refusal: Callable[..., int]
    report_refusal: Callable[..., int]
    collect_refusal: Callable[..., int]
    share_rounded_down: Callable[..., int]
    burns_leftover: Callable[..., bool]
    guard_refusal: Callable[..., int] = unguarded


#: What each of them takes, in order.
SIGNATURES: dict[str, str] = {
    "price_rounded_down": "p, elapsed",
    "refund_window": "p, totals, time, now",
    "report_window": "p, totals, time, now",
    "collect_from": "p, totals, time, now",
    "refund_refusal": "p, totals, now, time, is_open, is_author, agrees",
    "report_refusal": "p, totals, now, time, is_open, is_author, verified, has_reported, agrees",
    "collect_refusal": "p, totals, now, time, is_open",
    "share_rounded_down": "p, deposit, left, verified, total_verified",
    "burns_leftover": "p",
    "guard_refusal": "p, totals, now",
}

#: The lives that a contribution can have, by the type of an incentive's functions, with what each function takes.
LIVES: dict[type, dict[str, str]] = {Kernels: SIGNATURES, SealedKernels: SEALED_SIGNATURES}


@dataclass(frozen=True)
class Slot:
    """One of a pool's numbers, as the contract packs it.

    Attributes:
        name: as in the contract.
        start: first byte in the packing.
        width: bytes.
        parameters: names of those that it holds, of which at most one plays a part at a time; its own by default.
    """

    name: str
    start: int
    width: int
    parameters: tuple[str, ...] = ()

    @property
    def holds(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.parameters or (self.name,)


@dataclass(frozen=True)
class Outcome:
    """One of the things that can become of a contribution, as a quote tells it before anything is paid.

    Attributes:
        name: in two or three words.
        when: a sentence.
        keeps: whether its author has the deposit again.
        status: of the contributions that it happened to, by which cases are counted; None where it is the author's own
            doing, and nothing to be counted.
    """

    name: str
    when: str
    keeps: bool
    status: str | None


def _no_waits(terms: "Terms", case: int, made: int) -> str:
    """No words where contributions do not wait for seals."""
    return ""


@dataclass(frozen=True)
class Words:
    """What pages, quotes and reports say of an incentive; sentences, or parts of one where it says so.

    Attributes:
        title: its name as a heading.
        sentence: what it is.
        brief: what happens, in half a sentence without a full stop.
        rules: what happens, in order.
        risks: what it does not protect from.
        agrees: end of "The model agrees with the label now, so ...".
        disagrees: end of "The model disagrees with the label now: unless later ones persuade it, ...".
        late: of a pool: what becomes of a contribution that nobody claims in time.
        leftover: of a pool: end of "after the windows ...".
        note: what follows the name on a page, after a colon; empty for nothing.
        cases: where the judge is sealed, what to say of a contribution of each of its cases, in their order.
        waits: where the judge is sealed, (terms, case, seals made before it) -> what becomes of an open contribution,
            and from and until which seal; where it is left out, `cases` has to do.
        gated: where the judge is sealed, what to say of a contribution that cannot teach.
        outcomes: what can become of a contribution, the best first; none where a quote says it in a sentence.
    """

    title: str
    sentence: str
    brief: str
    rules: tuple[str, ...]
    risks: tuple[str, ...]
    agrees: str
    disagrees: str
    late: Callable[["Terms"], str]
    leftover: Callable[["Terms"], str]
    note: str = ""
    cases: tuple[str, ...] = ()
    waits: Callable[["Terms", int, int], str] = _no_waits
    gated: str = ""
    outcomes: tuple[Outcome, ...] = ()


def _nothing(terms: "Terms") -> None:
    """No check beyond those of the parameters."""


def _no_products(terms: "Terms", contributions: int) -> dict[tuple[str, ...], int]:
    return {}


@dataclass(frozen=True, eq=False)
class Incentive:
    """An incentive; see the module. Each is one object: two are equal where they are the same.

    Attributes:
        name: as people choose it: lower-case words joined by hyphens.
        version: `incentiveId()` is name and version.
        kernels: its functions; their type says which life contributions have under it: the published one, of
            refunds, reports and collections, or that of `sealed`.
        parameters: what can be set of it.
        slots: a pool's numbers, in the order of `incentiveParameters()`.
        length: bytes of the packing; those that no slot holds are 0.
        words: for people.
        moves_money: whether deposits are paid, returned and lost. Otherwise all amounts are 0.
        check: of a pool: raises `RuleViolation` for what the bounds of single parameters leave open.
        products: of a pool and the most contributions that it will have: what the functions multiply at most, by names
            of the parameters to lower where that reaches 2^63. Compiled code is not run beyond.
        price_falls: whether the price never rises while nobody contributes.
        contract: what names of implementations begin with; None without a contract.
        derives: parameters of a pool from what is known when it is made, see `derivation`; None where its parameters'
            defaults do for every pool.
        derived: names of those that it derives.
        gas: what calls under it cost in the committed snapshot, by call ("agrees", "disagrees", "refund", "report",
            "burn", "anyone"); empty where that was not measured.
    """

    name: str
    version: int
    kernels: Kernels | SealedKernels
    parameters: tuple[Parameter, ...]
    slots: tuple[Slot, ...]
    length: int
    words: Words
    moves_money: bool
    check: Callable[["Terms"], None] = _nothing
    products: Callable[["Terms", int], dict[tuple[str, ...], int]] = _no_products
    price_falls: bool = True
    contract: str | None = None
    derives: Callable[[Known], Derived] | None = None
    derived: tuple[str, ...] = ()
    gas: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What the contract's `incentiveId()` answers."""
        return f"{self.name}/{self.version}"

    @property
    def is_sealed(self) -> bool:
        """Whether contributions have the life of `sealed`."""
        return isinstance(self.kernels, SealedKernels)

    @property
    def claims(self) -> Kernels:
        """Its functions, where contributions have the published life.

        Raises:
            RuleViolation: they have another.
        """
        if not isinstance(self.kernels, Kernels):
            raise RuleViolation(f"Under {self.name} a contribution is settled: there are no reports and collections.")
        return self.kernels

    @property
    def sealed(self) -> SealedKernels:
        """Its functions, where the judge is sealed.

        Raises:
            RuleViolation: there is no such judge.
        """
        if not isinstance(self.kernels, SealedKernels):
            raise RuleViolation(f"Under {self.name} the model judges as it is: there is no sealed judge.")
        return self.kernels

    def require_contract(self) -> str:
        """What names of implementations begin with.

        Raises:
            RuleViolation: it has no contract.
        """
        if self.contract is None:
            raise RuleViolation(
                f"The incentive {self.name} has no contract that pools are made of: it can be simulated in the fast "
                "engine, and neither be deployed nor be run on bytecode."
            )
        return self.contract

    def terms(self, *numbers: int, **named: int) -> "Terms":
        """A pool's terms from its numbers, in order and then by name; what is left out is 0."""
        known = [slot.name for slot in self.slots]
        if len(numbers) > len(known) or set(named) - set(known[len(numbers) :]):
            raise RuleViolation(f"The incentive {self.name} takes {', '.join(known)}, each once.")
        return Terms(self, (*numbers, *(named.get(name, 0) for name in known[len(numbers) :])))

    def terms_of(self, settings: Mapping[str, Any], unit: int = 1) -> "Terms":
        """A pool's terms from what people set.

        Args:
            settings: by name of the parameter; what is left out has its default. Others' are not looked at.
            unit: that amounts are multiplied by.

        Raises:
            RuleViolation: a choice is unknown.
        """
        given = {one.name: settings.get(one.name, one.default) for one in self.parameters}
        numbers = []
        for slot in self.slots:
            found = [one for one in self.parameters if one.name in slot.holds and one.applies(given)]
            if not found:
                numbers.append(0)
            elif found[0].kind == "choice":
                found[0].check(given[found[0].name])
                numbers.append(found[0].choices.index(given[found[0].name]))
            else:
                numbers.append(given[found[0].name] * (unit if found[0].kind == "amount" else 1))
        return Terms(self, tuple(numbers))

    def unpack(self, packed: bytes) -> "Terms":
        """The terms out of `Terms.pack`; whether they are in range is not looked at."""
        numbers = (int.from_bytes(packed[slot.start : slot.start + slot.width], "big") for slot in self.slots)
        return Terms(self, tuple(numbers))


@dataclass(frozen=True)
class Terms:
    """An incentive with one pool's numbers; amounts in wei, waits in seconds.

    Attributes:
        incentive: whose.
        numbers: in the order of its slots.
    """

    incentive: Incentive
    numbers: Numbers

    def __getitem__(self, slot: str) -> int:
        """A number by its slot's name.

        Raises:
            KeyError: there is none.
        """
        return self.by_slot()[slot]

    def by_slot(self) -> dict[str, int]:
        """The numbers by their slots' names."""
        return {slot.name: number for slot, number in zip(self.incentive.slots, self.numbers, strict=True)}

    def replaced(self, **numbers: int) -> "Terms":
        """The same with some numbers set otherwise."""
        return self.incentive.terms(**(self.by_slot() | numbers))

    @property
    def moves_money(self) -> bool:
        """Whether deposits are paid, returned and lost."""
        return self.incentive.moves_money

    @property
    def settings(self) -> dict[str, Any]:
        """What plays a part, by name of the parameter: names of choices, numbers of the others.

        Raises:
            RuleViolation: a choice's number is unknown.
        """
        numbers, parameters = self.by_slot(), self.incentive.parameters
        slots = {name: slot for slot in self.incentive.slots for name in slot.holds}
        found: dict[str, Any] = {}
        for one in parameters:
            if one.kind == "choice":
                slot = slots[one.name]
                found[one.name] = one.choices[_place(slot, numbers[slot.name], one.choices)]
        found |= {one.name: numbers[slots[one.name].name] for one in parameters if one.kind != "choice"}
        return {one.name: found[one.name] for one in parameters if one.applies(found)}

    def validate(self) -> None:
        """Refuse what the contract refuses at deployment, or what does not fit its packing.

        Raises:
            RuleViolation: one of the numbers is out of range; the message says which and what is allowed.
        """
        settings, parameters = self.settings, {one.name: one for one in self.incentive.parameters}
        for slot, number in zip(self.incentive.slots, self.numbers, strict=True):
            held = [parameters[name] for name in slot.holds if name in settings]
            if not held and number != 0:
                raise RuleViolation(f"{slot.name} is {number}; it plays no part here, pass 0.")
            if held and held[0].kind != "choice" and not held[0].within(number):
                unit = held[0].unit or "wei" * (held[0].kind == "amount")
                bounds = f"{held[0].low} to {held[0].high} {unit}".rstrip()
                raise RuleViolation(f"{held[0].name} is {f'{number} {unit}'.rstrip()}; it must be from {bounds}.")
        self.incentive.check(self)

    def pack(self) -> bytes:
        """What `PoolFactory.createPool` takes as `incentive`.

        Raises:
            RuleViolation: see `validate`.
        """
        self.validate()
        packed = bytearray(self.incentive.length)
        for slot, number in zip(self.incentive.slots, self.numbers, strict=True):
            packed[slot.start : slot.start + slot.width] = number.to_bytes(slot.width, "big")
        return bytes(packed)

    # THE FUNCTIONS, of this pool

    def price_after(self, elapsed: int) -> int:
        """What a contribution costs `elapsed` seconds (at least 1) after the last accepted one, in wei."""
        return self.incentive.claims.price_rounded_down(self.numbers, elapsed)

    def price(self, now: int, last_accepted: int) -> int:
        """What a contribution costs in a block of this timestamp, in wei."""
        return self.price_after(elapsed_since(now, last_accepted))

    def refund_window(self, totals: Sequence[int], time: int, now: int) -> tuple[int, int]:
        """First and last second in which a contribution of `time` can be refunded."""
        return self.incentive.claims.refund_window(self.numbers, totals, time, now)

    def report_window(self, totals: Sequence[int], time: int, now: int) -> tuple[int, int]:
        """First and last second in which a contribution of `time` can be reported."""
        return self.incentive.claims.report_window(self.numbers, totals, time, now)

    def collect_from(self, totals: Sequence[int], time: int, now: int) -> int:
        """First second in which what is left of a contribution of `time` can be collected."""
        return self.incentive.claims.collect_from(self.numbers, totals, time, now)

    @property
    def burns_leftover(self) -> bool:
        """Whether what is left at the end is burned."""
        return bool(self.incentive.claims.burns_leftover(self.numbers))


def problem_of(name: str, thing: object) -> str | None:
    """What keeps a thing from being an incentive, as the end of a sentence; None when nothing does."""
    if not isinstance(thing, Incentive):
        return f"it must be an earnest.core.incentives.base.Incentive, not {type(thing).__name__}."
    if thing.name != name:
        return f"its own name is {thing.name!r}."
    signatures = LIVES.get(type(thing.kernels))
    if signatures is None:
        return f"its kernels are of type {type(thing.kernels).__name__}; they must be Kernels or SealedKernels."
    for function, arguments in signatures.items():
        kernel = getattr(thing.kernels, function, None)
        if not callable(kernel):
            return f"its kernel {function} is no function."
        given = list(inspect.signature(kernel).parameters)
        if len(given) != len(arguments.split(", ")):
            return f"its kernel {function} takes ({', '.join(given)}); it must take ({arguments})."
    return _problem_of_slots(thing)


def _problem_of_slots(incentive: Incentive) -> str | None:
    held = [name for slot in incentive.slots for name in slot.holds]
    own = [one.name for one in incentive.parameters]
    if sorted(held) != sorted(own):
        return f"its slots hold {', '.join(sorted(held))}; its parameters are {', '.join(sorted(own))}."
    end = 0
    for slot in sorted(incentive.slots, key=lambda slot: slot.start):
        if slot.start < end or slot.width < 1 or slot.start + slot.width > incentive.length:
            return f"its slot {slot.name} lies in another, or beyond {incentive.length} bytes."
        end = slot.start + slot.width
    wide = {name: slot.width for slot in incentive.slots for name in slot.holds}
    for one in incentive.parameters:
        highest = len(one.choices) - 1 if one.kind == "choice" else one.high
        if one.kind not in ("whole", "amount", "choice") or highest is None:
            return f"its parameter {one.name} is neither a choice nor a whole number with bounds."
        if highest >= 256 ** wide[one.name] or (one.kind == "amount" and highest > MAX_AMOUNT):
            return f"its parameter {one.name} reaches {highest}, which does not fit its slot."
    return None


def _place(slot: Slot, number: int, choices: tuple[str, ...]) -> int:
    if 0 <= number < len(choices):
        return number
    offered = [f"{place} ({choice})" for place, choice in enumerate(choices)]
    listed = f"{', '.join(offered[:-1])} or {offered[-1]}" if len(offered) > 1 else offered[0]
    raise RuleViolation(f"{slot.name.replace('_', ' ').capitalize()} {number} is unknown; use {listed}.")
