"""What a sweep runs: every combination of its axes' values, under every seed."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.core.renamed import new_knob
from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.scenario import AgentGroup, Axes, Scenario, seeds_of
from earnest.simulations.scenario.part import Idle, why_idle

#: Runs that nobody starts by accident.
MANY_RUNS = 100_000
#: What no axis can change.
_FIXED = ("name", "description", "agents", "seeds", "axes")


@dataclass(frozen=True)
class Point:
    """One combination of values.

    Attributes:
        values: by knob, in the order of the axes.
        scenario: with these values.
    """

    values: dict[str, Any]
    scenario: Scenario

    def __str__(self) -> str:
        return ", ".join(f"{knob}={value}" for knob, value in self.values.items()) or self.scenario.name


@dataclass(frozen=True)
class Plan:
    """A sweep before it runs.

    Attributes:
        scenario: that the axes change.
        axes: knobs with their values.
        seeds: of every point.
    """

    scenario: Scenario
    axes: Axes
    seeds: tuple[int, ...]

    @property
    def size(self) -> int:
        """Runs in all."""
        return math.prod(len(values) for _, values in self.axes) * len(self.seeds)

    def points(self) -> Iterator[Point]:
        """Every combination in order, the last axis changing fastest.

        Raises:
            ScenarioError: a combination is impossible; says which.
        """
        for combination in itertools.product(*(values for _, values in self.axes)):
            values = dict(zip((knob for knob, _ in self.axes), combination, strict=True))
            try:
                yield Point(values, self.scenario.with_values(values))
            except ScenarioError as error:
                at = ", ".join(f"{knob}={value}" for knob, value in values.items())
                raise ScenarioError(f"At {at}: {error}") from None


def plan(scenario: Scenario, sets: Sequence[str], seeds: str | None, *, yes: bool) -> Plan:
    """Plan a sweep and check every point of it.

    Args:
        scenario: that the axes change.
        sets: `KNOB=VALUE,VALUE,...`, one an axis; none for the scenario's own axes.
        seeds: how many, or a list with commas; None for the scenario's own.
        yes: whether very many runs are meant.

    Raises:
        ScenarioError: a knob is unknown or out of range, or a seed repeated.
        SweepError: an axis is empty, repeated, repeats a value or plays no part at any point, or there are very many
            runs.
    """
    advice = None if yes else "pass --yes if you mean it, or give fewer values"
    return checked(scenario, tuple(axis(text) for text in sets), None if seeds is None else _seeds(seeds), advice)


def checked(scenario: Scenario, axes: Axes, seeds: tuple[int, ...] | None, advice: str | None) -> Plan:
    """`plan` for axes and seeds that are no texts; none of them for the scenario's own.

    Args:
        scenario: that the axes change.
        axes: as in a scenario.
        seeds: of every point.
        advice: what to do about very many runs; None if they are meant.

    Raises:
        ScenarioError, SweepError: see `plan`.
    """
    named = [(new_knob(knob), values) for knob, values in axes or scenario.axes]
    listed = [(knob, all_of(scenario, knob, values)) for knob, values in named]
    axes = tuple((knob, tuple(_typed(knob, value) for value in values)) for knob, values in listed)
    _check(axes)
    planned = Plan(scenario, axes, scenario.seeds if seeds is None else seeds)
    if planned.size >= MANY_RUNS and advice is not None:
        raise SweepError(f"The grid has {planned.size:,} runs: {advice}.")
    _refuse_idle(planned)
    return planned


def _refuse_idle(planned: Plan) -> None:
    """Check every point, and that each axis plays a part at some of them."""
    reasons: dict[str, list[Idle]] = {knob: [] for knob, _ in planned.axes}
    for point in planned.points():
        for knob in list(reasons):
            if (reason := why_idle(point.scenario, knob)) is None:
                del reasons[knob]
            elif reason not in reasons[knob]:
                reasons[knob].append(reason)
    for knob, found in reasons.items():
        first = found[0]
        used = [reason.value for reason in found if reason.knob == first.knob]
        raise SweepError(
            f"{knob} plays no part under {first.knob} {' or '.join(used)}{first.note}: leave it out, or sweep "
            f"{first.knob}={','.join([first.instead[0], *used])}."
        )


def axis(text: str) -> tuple[str, tuple[Any, ...]]:
    """An axis from `KNOB=VALUE,VALUE,...`.

    Raises:
        SweepError: it is not written like that.
    """
    knob, equals, listed = text.partition("=")
    if not equals or not knob.strip():
        raise SweepError(f"--set {text!r} is no axis: write KNOB=VALUE,VALUE,...")
    return knob.strip(), tuple(_value(part.strip()) for part in listed.split(",") if part.strip())


def _value(text: str) -> Any:
    if text.lower() in ("true", "false", "none"):
        return {"true": True, "false": False, "none": None}[text.lower()]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _typed(knob: str, value: Any) -> Any:
    """A whole number as a float where the knob is a real one, so that 1 and 1.0 are the same value."""
    declared = (AgentGroup if "." in knob else Scenario).all_knobs().get(knob.rpartition(".")[2])
    if value is None and declared is not None and "none" in (declared.choices or ()):
        # a choice of that name, not the absence of one
        return "none"
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and declared is not None and declared.kind == "real" else value


def all_of(scenario: Scenario, knob: str, values: Sequence[Any]) -> Sequence[Any]:
    """All names of a choice that the scenario can have, where it is said to be swept over `all`.

    Names that do not go with the rest of the scenario are left out: an incentive that takes other models, say.
    """
    declared = (AgentGroup if "." in knob else Scenario).all_knobs().get(knob.rpartition(".")[2])
    if list(values) != ["all"] or declared is None or declared.kind != "choice" or "all" in declared.choices:
        return values
    # where there is none, the first is refused with its reason
    return [name for name in declared.choices if _goes_with(scenario, knob, name)] or declared.choices


def _goes_with(scenario: Scenario, knob: str, name: str) -> bool:
    try:
        scenario.with_values({knob: name})
    except ScenarioError:
        return False
    return True


def _check(axes: Axes) -> None:
    seen: set[str] = set()
    for knob, values in axes:
        if not values:
            raise SweepError(f"{knob} has no values: write {knob}=VALUE,VALUE,... or leave it out.")
        if knob in _FIXED:
            raise SweepError(f"{knob} cannot be swept; sweep knobs of the scenario, or GROUP.KNOB for agents.")
        if knob in seen:
            raise SweepError(f"{knob} is given twice: put all its values into one --set.")
        seen.add(knob)
        for place, value in enumerate(values):
            if value in values[:place]:
                raise SweepError(f"{knob} has the value {value} twice: name it once.")


def _seeds(text: str) -> tuple[int, ...]:
    parts = [_value(part.strip()) for part in text.split(",") if part.strip()]
    return seeds_of(parts[0] if len(parts) == 1 and "," not in text else parts)
