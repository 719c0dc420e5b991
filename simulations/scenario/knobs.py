"""Knobs: what can be set of a scenario and of agents, each declared once, where it belongs.

A knob of the scenario itself, or of a group of agents, is a field of its class, made by `knob`. A knob of something
that is chosen by name (a data set, a model, an incentive, a behaviour) is declared by that thing, be it ours or a
guest's. Both declarations are a `Parameter`; checks, types, masking, names in reports and the lists for the
documentation are made of them.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, fields
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from earnest.core.errors import RuleViolation
from earnest.core.parameters import Kind, Parameter
from earnest.core.registry import Registry
from earnest.core.renamed import new_knobs
from earnest.simulations.errors import ScenarioError

#: Most coins that anything costs.
MAX_COINS = 10**12
_KNOB = "knob"
#: Columns that every row has, beside the knobs.
_COLUMNS = frozenset(("scenario", "seed", "run", "sweep", "guests"))
#: The fields that hold the values of the knobs of what was chosen, and the names of those that somebody set.
SETTINGS, NAMED = "settings", "named"


def reserved() -> frozenset[str]:
    """Names that no knob of a guest can have: of fields of scenarios and groups, and of every row's columns."""
    return _reserved(tuple(Knobs.__subclasses__()))


@cache
def _reserved(kinds: tuple[type["Knobs"], ...]) -> frozenset[str]:
    return _COLUMNS.union(one.name for kind in kinds for one in fields(kind))


class Choices(Protocol):
    """Things by name: a registry, or a dictionary."""

    def __iter__(self) -> Iterator[str]:
        """The names."""

    def __contains__(self, name: object) -> bool:
        """Whether there is something of this name."""

    def __getitem__(self, name: str) -> Any:
        """What has this name."""


def _refused(things: Choices) -> list[str]:
    """Why things of other packages were left out; none where they are not of a registry."""
    return list(things.refused().values()) if isinstance(things, Registry) else []


class Chooser(NamedTuple):
    """A knob that chooses something which has knobs of its own.

    Attributes:
        knob: its name.
        things: that it chooses from.
        knobs_of: those of one of them.
        before: the field before which they stand in rows; None for the end.
    """

    knob: str
    things: Choices
    knobs_of: Callable[[Any], Iterable[Parameter]]
    before: str | None

    def declared(self) -> dict[str, Parameter]:
        """The knobs of all things, by name; of those that several have, the first one's declaration.

        What a guest calls like something that is there already is left out; see `clash`.
        """
        found: dict[str, Parameter] = {}
        taken = reserved()
        for name in self.things:
            for one in self.knobs_of(self.things[name]):
                if one.name not in taken:
                    found.setdefault(one.name, in_coins(one))
        return found

    def clash(self, chosen: str) -> str:
        """Why a thing cannot be used, because of what it calls its knobs; empty where it can."""
        known, taken = self.declared(), reserved()
        for one in self.knobs_of(self.things[chosen]):
            if one.name in taken:
                return f"its knob {one.name} has the name of something that every scenario or row has"
            if known[one.name].kind != in_coins(one).kind:
                return f"its knob {one.name} is of another kind than that of {self.owners(one.name)[0]}"
        return ""

    def owners(self, knob: str) -> list[str]:
        """The names of the things that have a knob."""
        return [name for name in self.things if any(one.name == knob for one in self.knobs_of(self.things[name]))]


def in_coins(parameter: Parameter) -> Parameter:
    """An amount of a pool's, in whole coins."""
    if parameter.kind != "amount" or parameter.unit == "coins":
        return parameter
    high = MAX_COINS if parameter.high is None else min(parameter.high, MAX_COINS)
    return dataclasses.replace(parameter, unit="coins", high=high)


def knob(
    kind: Kind,
    words: str,
    default: Any = dataclasses.MISSING,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    *,
    label: str = "",
    choices: tuple[str, ...] = (),
    money: bool = False,
    optional: bool = False,
) -> Any:
    """A field of a scenario or of agents that is a knob; see `Parameter` for the arguments."""
    declared = {
        "kind": kind, "words": words, "low": low, "high": high, "unit": unit, "label": label, "choices": choices,
        "money": money, "optional": optional,
    }  # fmt: skip
    return field(default=default, metadata={_KNOB: declared})


@dataclasses.dataclass(frozen=True, init=False)
class Knobs:
    """What has knobs: its own, which are fields, and those of what some of them choose, which are `settings`.

    Attributes:
        settings: name and value of each knob of the things that can be chosen, in the order of their declaration.
        named: those of them that somebody set; the others are as what was chosen has them.
    """

    CHOOSERS: ClassVar[tuple[Chooser, ...]] = ()

    settings: tuple[tuple[str, Any], ...] = field(default=(), kw_only=True)
    # who set a value is no part of what it comes to
    named: frozenset[str] = field(default=frozenset(), kw_only=True, compare=False, repr=False)

    def __init__(self, *values: Any, **knobs: Any) -> None:
        names = [one.name for one in fields(self) if one.name not in (SETTINGS, NAMED)]
        if len(values) > len(names):
            raise TypeError(f"{type(self).__name__} takes at most {len(names)} values without a name.")
        given = dict(zip(names, values, strict=False)) | new_knobs(knobs)
        settings, named = dict(given.pop(SETTINGS, ())), given.pop(NAMED, frozenset())
        for one in fields(self):
            if one.name in (SETTINGS, NAMED):
                continue
            if one.name not in given and one.default is dataclasses.MISSING:
                raise TypeError(f"{type(self).__name__} needs {one.name}.")
            object.__setattr__(self, one.name, given.pop(one.name, one.default))
        kept = {name: value for name, value in settings.items() if name in named}
        object.__setattr__(self, SETTINGS, self._settled(kept, given))
        object.__setattr__(self, NAMED, named.union(given))

    def __getattr__(self, name: str) -> Any:
        """A knob of what was chosen."""
        if name.startswith("__") or name in (SETTINGS, NAMED):
            raise AttributeError(name)
        for known, value in self.settings:
            if known == name:
                return value
        raise AttributeError(f"{type(self).__name__} has no knob {name!r}.")

    # DECLARATIONS

    @classmethod
    def own_knobs(cls) -> dict[str, Parameter]:
        """The knobs that are fields, by name."""
        choosers = {chooser.knob: chooser for chooser in cls.CHOOSERS}
        found = {}
        for one in fields(cls):
            if _KNOB not in one.metadata:
                continue
            default = None if one.default is dataclasses.MISSING else one.default
            found[one.name] = Parameter(name=one.name, default=default, **one.metadata[_KNOB])
            if one.name in choosers:
                found[one.name] = dataclasses.replace(found[one.name], choices=tuple(choosers[one.name].things))
        return found

    @classmethod
    def all_knobs(cls) -> dict[str, Parameter]:
        """All knobs by name, in the order of a row's columns."""
        found: dict[str, Parameter] = {}
        for name, one in cls.own_knobs().items():
            for chooser in cls.CHOOSERS:
                if chooser.before == name:
                    found |= chooser.declared()
            found[name] = one
        for chooser in cls.CHOOSERS:
            if chooser.before is None:
                found |= chooser.declared()
        return found

    @classmethod
    def owned(cls) -> dict[str, Chooser]:
        """The knobs of things that are chosen, by name, with what chooses them."""
        return {name: chooser for chooser in cls.CHOOSERS for name in chooser.declared()}

    def declaration(self, name: str) -> Parameter:
        """A knob as it is declared by what was chosen; as the first thing that has it declares it, if that has not."""
        return self._declarations()[name]

    def _declarations(self) -> dict[str, Parameter]:
        """All knobs as `declaration` has them, in the order of a row's columns."""
        found: dict[str, Parameter] = {}
        for chooser in self.CHOOSERS:
            for one in chooser.knobs_of(chooser.things[getattr(self, chooser.knob)]):
                if one.name not in found:
                    found[one.name] = in_coins(one)
        return type(self).all_knobs() | found

    def has_part(self, name: str) -> bool:
        """Whether what was chosen has this knob, if it is one of those, and lets it play a part."""
        chooser = type(self).owned().get(name)
        if chooser is None:
            return True
        if getattr(self, chooser.knob) not in chooser.owners(name):
            return False
        return self.declaration(name).applies(dict(self.settings))

    # VALUES

    def values(self) -> dict[str, Any]:
        """Every knob by name; a real one is a float even where a whole number was given, so that rows agree in type."""
        found: dict[str, Any] = {}
        for name, one in type(self).all_knobs().items():
            value = getattr(self, name)
            found[name] = float(value) if one.kind == "real" and value is not None else value
        return found

    def with_knobs(self, **knobs: Any) -> Self:
        """The same with some knobs set otherwise.

        Raises:
            ScenarioError: a knob is unknown or out of range.
        """
        given = new_knobs(knobs)
        self.refuse_unknown(given, type(self).__name__)
        return dataclasses.replace(self, **given)

    @classmethod
    def refuse_unknown(cls, table: Iterable[str], where: str) -> None:
        """Refuse names that no knob has.

        Raises:
            ScenarioError: one of them is unknown; says which there are.
        """
        offered = [*cls.own_knobs(), *cls.owned()]
        known = ({one.name for one in fields(cls)} | set(offered)) - {SETTINGS, NAMED}
        for name in table:
            if name not in known:
                # a guest's knob is unknown where the guest was refused: that is then the reason
                refused = [said for chooser in cls.CHOOSERS for said in _refused(chooser.things)]
                sentence = f"{where} has an unknown knob {name!r}; the knobs are {', '.join(sorted(offered))}."
                raise ScenarioError(" ".join([sentence, *refused]))

    def check_knobs(self, prefix: str = "") -> None:
        """Hold every knob to its declaration.

        Args:
            prefix: of the knobs' names in what is said.

        Raises:
            ScenarioError: one is out of range; the message names it.
        """
        values = dict(self.settings)
        for name, one in self._declarations().items():
            try:
                one.check(values[name] if name in values else getattr(self, name), f"{prefix}{name}")
            except RuleViolation as error:
                raise ScenarioError(str(error)) from error

    def _settled(self, settings: Mapping[str, Any], given: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        """The values of the knobs of what can be chosen.

        Args:
            settings: those that were set before.
            given: those that are set anew.

        Raises:
            ScenarioError: what was chosen is unknown, or a knob is.
        """
        where = f"{type(self).__name__} {getattr(self, 'name', '')}".strip()
        self.refuse_unknown(given, where)
        found: dict[str, Any] = {}
        for chooser in self.CHOOSERS:
            chosen = getattr(self, chooser.knob)
            self._require_known(chooser, chosen)
            if clash := chooser.clash(chosen):
                raise ScenarioError(
                    f"The {chooser.knob} {chosen} cannot be used: {clash}; it must be called otherwise."
                )
            own = {one.name: one.default for one in chooser.knobs_of(chooser.things[chosen])}
            for name, one in chooser.declared().items():
                if name in given:
                    found[name] = given[name]
                elif name in settings:
                    found[name] = settings[name]
                else:
                    found[name] = own.get(name, one.default)
        return tuple(found.items())

    def _require_known(self, chooser: Chooser, chosen: Any) -> None:
        refused: dict[str, str] = getattr(chooser.things, "refused", dict)()
        if isinstance(chosen, str) and chosen in refused:
            raise ScenarioError(refused[chosen])
        try:
            type(self).own_knobs()[chooser.knob].check(chosen, self.called(chooser.knob))
        except RuleViolation as error:
            raise ScenarioError(str(error)) from error

    def called(self, name: str) -> str:
        """What a knob is called in what is said of it."""
        return name
