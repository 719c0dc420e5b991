"""What there is to choose from and to set: lists for people, for the documentation and for other programs."""

from collections.abc import Callable
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import MODELS
from earnest.core.parameters import Parameter
from earnest.core.registry import Registry
from earnest.data.registry import DATASETS
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.measures import MEASURES
from earnest.simulations.scenario import AgentGroup, Scenario, load, shipped_names
from earnest.simulations.scenario.knobs import Chooser, Knobs, in_coins
from earnest.simulations.sweep.plan import all_of

Row = dict[str, Any]


def knobs() -> list[Row]:
    """Everything that can be set: of a scenario, of a group of agents, and of what they choose."""
    return _own(Scenario, "scenario") + _own(AgentGroup, "agents")


def _own(kind: type[Knobs], of: str) -> list[Row]:
    found = []
    owned = kind.owned()
    for name, declared in kind.all_knobs().items():
        if name not in owned:
            found.append(_row(declared, of))
            continue
        # things may share a knob, and may declare it each in its own way
        said: dict[Parameter, list[str]] = {}
        for owner in owned[name].owners(name):
            said.setdefault(_declared_by(owned[name], owner, name), []).append(owner)
        found += [_row(one, f"{owned[name].knob} {', '.join(owners)}") for one, owners in said.items()]
    return found


def _declared_by(chooser: Chooser, owner: str, name: str) -> Parameter:
    return next(in_coins(one) for one in chooser.knobs_of(chooser.things[owner]) if one.name == name)


def _row(declared: Parameter, of: str) -> Row:
    with_ = declared.only_with
    return {
        "name": declared.name,
        "of": of,
        "values": declared.bounds,
        "json_schema": declared.json_schema,
        "unit": declared.unit,
        "default": declared.default,
        "words": declared.words + (f"; where {with_[0]} is {with_[1]}" if with_ else ""),
        "money": declared.money,
    }


def measures() -> list[Row]:
    """Every measure of a run: its column in the rows, and what it says."""
    return [
        {
            "name": measure.column("GROUP"),
            "title": measure.told("GROUP"),
            "unit": measure.unit,
            "low": measure.low if measure.low > float("-inf") else None,
            "high": measure.high if measure.high < float("inf") else None,
            "money": measure.money,
            "words": measure.meaning,
        }
        for measure in MEASURES
    ]


def datasets() -> list[Row]:
    """Every data set."""
    return [
        _from(DATASETS, name)
        | {
            "gives": dataset.gives,
            "classes": dataset.classes,
            "own order": dataset.has_order,
            "own test set": dataset.has_test,
            "needs": {"": "", "archive": "--archive", "data": "--data"}[dataset.needs],
            "words": dataset.words,
            "source": dataset.source,
        }
        for name, dataset in DATASETS.items()
    ]


def models() -> list[Row]:
    """Every model."""
    return [
        _from(MODELS, name)
        | {
            "takes": model.FORMAT.TAKES,
            "most classes": model.MOST_CLASSES,
            "contract": model.CONTRACT or "",
            "words": model.ABOUT,
            "source": model.SOURCE,
        }
        for name, model in MODELS.items()
    ]


def behaviours() -> list[Row]:
    """Every behaviour of agents."""
    return [
        _from(BEHAVIOURS, name)
        | {
            "harms": behaviour.harms,
            "knobs": ", ".join(knob.name for knob in behaviour.knobs),
            "words": behaviour.words,
            "source": behaviour.source,
        }
        for name, behaviour in BEHAVIOURS.items()
    ]


def incentives() -> list[Row]:
    """Every incentive."""
    return [
        _from(INCENTIVES, name)
        | {"money": incentive.moves_money, "contract": incentive.contract or "", "words": incentive.words.sentence}
        for name, incentive in INCENTIVES.items()
    ]


def scenarios() -> list[Row]:
    """Every scenario that ships."""
    return [
        {
            "name": name,
            "axes": ", ".join(knob for knob, _ in scenario.axes),
            "runs": len(scenario.seeds) * _points(scenario),
            "words": scenario.description,
        }
        for name, scenario in ((name, load(name)) for name in shipped_names())
    ]


def _points(scenario: Scenario) -> int:
    count = 1
    for knob, values in scenario.axes:
        count *= len(all_of(scenario, knob, values))
    return count


def _from(registry: Registry[Any], name: str) -> Row:
    package, version = registry.provenance(name)
    return {"name": name, "package": f"{package} {version}"}


#: What can be listed.
LISTS: dict[str, Callable[[], list[Row]]] = {
    "knobs": knobs,
    "measures": measures,
    "datasets": datasets,
    "models": models,
    "incentives": incentives,
    "behaviours": behaviours,
    "scenarios": scenarios,
}
#: What guests bring, of which some may have been refused.
REGISTRIES: dict[str, Registry[Any]] = {
    "datasets": DATASETS, "models": MODELS, "incentives": INCENTIVES, "behaviours": BEHAVIOURS,
}  # fmt: skip
