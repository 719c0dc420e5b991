"""What somebody wants advice on: data, who is expected to come, what must not happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from earnest.core.errors import RuleViolation
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import MODELS
from earnest.core.parameters import Parameter
from earnest.core.prospect import ATTACKERS, MOST_NAMED, PROSPECT
from earnest.data.registry import DATASETS
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.errors import AdviceError

_PRICE = Parameter("prices", "real", "a price to try", 0.000001, 10_000)


@dataclass(frozen=True)
class Question:
    """A question; made by `question_of`.

    Attributes:
        dataset: name of the data set.
        options: knobs of the data set, such as a file's columns, by name.
        models: to try; none for the first that takes the data.
        attackers: kinds of agents that are out to do harm, each simulated on its own.
        prices: in ether, of a contribution whose label agrees; none for some that fit the deposit.
        yours: the incentive, and its settings, of a choice of the asker's own; amounts in wei. None for none.
        expected: a value for each of `PROSPECT`, by name.
    """

    dataset: str
    options: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    attackers: tuple[str, ...] = ATTACKERS
    prices: tuple[float, ...] = ()
    yours: tuple[str, Mapping[str, Any]] | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """A value of `PROSPECT`."""
        return self.expected[name]

    @property
    def harmful(self) -> int:
        """Attackers, in whole people."""
        count: int = round(self["contributors"] * self["share"])
        return count

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of each choice's runs."""
        return tuple(range(self["seed"], self["seed"] + self["seeds"]))

    def told(self) -> dict[str, Any]:
        """The question as a table that `question_of` takes."""
        told: dict[str, Any] = {"dataset": self.dataset, "options": dict(self.options), "models": list(self.models)}
        told |= {"attackers": list(self.attackers), "prices": list(self.prices)}
        if self.yours is not None:
            told["yours"] = {"incentive": self.yours[0], "settings": dict(self.yours[1])}
        return told | dict(self.expected)


def question_of(table: Mapping[str, Any]) -> Question:
    """A question from a table; what is left out, or null, has its default.

    Raises:
        AdviceError: a member is unknown, of another kind, out of bounds or does not go with another one.
    """
    own = {one.name: one for one in PROSPECT}
    lists = ("models", "attackers", "prices")
    for name in table:
        if name not in (*own, *lists, "dataset", "options", "yours"):
            raise AdviceError(f"There is no {name!r} in a question; there are dataset, options, {', '.join(lists)}, "
                              f"yours, {', '.join(own)}.")  # fmt: skip
    expected = {name: one.default if table.get(name) is None else table[name] for name, one in own.items()}
    given = {name: table.get(name) for name in lists}
    try:
        for name, one in own.items():
            one.check(expected[name])
        question = Question(
            _known("dataset", table.get("dataset"), tuple(DATASETS)),
            _options(table),
            tuple(_known("model", one, tuple(MODELS)) for one in _listed("models", given["models"])),
            tuple(_attacker(one) for one in _listed("attackers", given["attackers"], ATTACKERS)),
            tuple(_price(one) for one in _listed("prices", given["prices"])),
            _yours(table.get("yours")),
            expected,
        )
    except RuleViolation as error:
        raise AdviceError(str(error)) from None
    _check(question)
    return question


def _check(question: Question) -> None:
    if question["share"] and not question.harmful:
        raise AdviceError(
            f"share is {question['share']} of {question['contributors']} contributors, which is nobody: raise one of "
            "them, or ask without attackers (share 0)."
        )
    if question["budget"] < question["deposit"]:
        raise AdviceError(
            f"budget is {question['budget']:g} ETH and deposit {question['deposit']:g}: whoever has less than one "
            "deposit never contributes; raise the budget."
        )
    if question["share"] and not question.attackers:
        raise AdviceError("attackers names none, and share is above 0: name a kind, or ask with share 0.")


def _listed(name: str, given: Any, default: Sequence[Any] = ()) -> Sequence[Any]:
    if given is None:
        return default
    if not isinstance(given, (list, tuple)) or len(given) > MOST_NAMED:
        raise AdviceError(f"{name} must be a list of at most {MOST_NAMED}.")
    if any(one in given[:place] for place, one in enumerate(given)):
        raise AdviceError(f"{name} names something twice: name it once.")
    return given


def _known(kind: str, given: Any, names: Sequence[str]) -> str:
    if not isinstance(given, str) or given not in names:
        said = "is missing" if given is None else f"is {str(given)[:60]!r}"
        raise AdviceError(f"{kind} {said}; it must be one of {', '.join(names)}.")
    return given


def _attacker(given: Any) -> str:
    return _known("attackers", given, [name for name, kind in BEHAVIOURS.items() if kind.harms])


def _price(given: Any) -> float:
    _PRICE.check(given)
    return float(given)


def _options(table: Mapping[str, Any]) -> dict[str, Any]:
    given = table.get("options") or {}
    knobs = {knob.name: knob for knob in DATASETS[table["dataset"]].knobs}
    if not isinstance(given, Mapping) or not set(given) <= set(knobs):
        there = f"there are {', '.join(knobs)}" if knobs else "it has none"
        raise AdviceError(f"options must be a table of options of the data set {table['dataset']}; {there}.")
    for name, value in given.items():
        knobs[name].check(value)
    return dict(given)


def _yours(given: Any) -> tuple[str, dict[str, Any]] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) - {"incentive", "settings"}:
        raise AdviceError("yours must be a table of incentive and settings.")
    incentive = INCENTIVES[_known("yours.incentive", given.get("incentive"), tuple(INCENTIVES))]
    settings, own = given.get("settings") or {}, {one.name: one for one in incentive.parameters}
    if not isinstance(settings, Mapping) or not set(settings) <= set(own):
        raise AdviceError(f"yours.settings must be a table of rules of {incentive.name}: {', '.join(own)}.")
    found = {}
    for name, value in settings.items():
        found[name] = _wei(name, value) if own[name].kind == "amount" else value
        own[name].check(found[name])
    return incentive.name, found


def _wei(name: str, value: Any) -> int:
    """An amount as the API writes it."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 29:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise AdviceError(f"yours.settings: {name} is {str(value)[:60]!r}; an amount is a string of digits, in wei.")
