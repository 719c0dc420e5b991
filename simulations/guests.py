"""Which things of somebody else's package take part in a run: rows, sweeps and clusters tell them.

Where none does, nothing is told, so that rows and manifests are what they are without this file.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import MODELS
from earnest.core.registry import NotRegistered, Registry
from earnest.data.registry import DATASETS
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.scenario import Scenario

#: The column of a row that names them.
COLUMN = "guests"

#: What a scenario takes from registries, by the registry's kind.
_TAKEN: dict[str, tuple[Registry[Any], Callable[[Scenario], Iterable[str]]]] = {
    DATASETS.kind: (DATASETS, lambda scenario: [scenario.dataset]),
    MODELS.kind: (MODELS, lambda scenario: [scenario.model]),
    INCENTIVES.kind: (INCENTIVES, lambda scenario: [scenario.incentive]),
    BEHAVIOURS.kind: (BEHAVIOURS, lambda scenario: [group.behaviour for group in scenario.agents]),
}


class Guest(NamedTuple):
    """Something of another package.

    Attributes:
        kind: what it is, such as "behaviour".
        name: that scenarios know it by.
        package: that it comes from.
        version: of that package.
        sources: hex digest of that package's sources.
    """

    kind: str
    name: str
    package: str
    version: str
    sources: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.package} {self.version}"


def guests_of(scenario: Scenario) -> list[Guest]:
    """The guests that take part in a scenario, in order."""
    return [
        found(kind, name)
        for kind, (registry, names) in _TAKEN.items()
        for name in sorted(set(names(scenario)) & set(registry.guests()))
    ]


def guests_of_all(scenarios: Iterable[Scenario]) -> list[Guest]:
    """The guests that take part in one of the scenarios, each once, in order."""
    if not any(registry.guests() for registry, _ in _TAKEN.values()):
        return []
    return sorted({guest for scenario in scenarios for guest in guests_of(scenario)})


def column_of(scenario: Scenario) -> dict[str, str]:
    """What a row says of them; nothing where there are none."""
    guests = guests_of(scenario)
    return {COLUMN: "; ".join(map(str, guests))} if guests else {}


def found(kind: str, name: str) -> Guest:
    """A guest as it is installed here.

    Raises:
        NotRegistered: it is not, or it was refused.
    """
    registry, _ = _TAKEN[kind]
    origin = registry.provenance(name)
    return Guest(kind, name, origin.package, origin.version, registry.sources()[name])


def unlike(wanted: Iterable[Guest]) -> list[str]:
    """What is wrong with the guests of this process, for those who want these, each in a clause."""
    clauses = []
    for guest in wanted:
        try:
            here = found(guest.kind, guest.name)
        except NotRegistered as error:
            clauses.append(f"lacks the {guest} ({error})")
            continue
        if (here.package, here.version) != (guest.package, guest.version):
            clauses.append(f"has the {here} instead of the {guest}")
        elif here.sources != guest.sources:
            clauses.append(f"has other sources of the {guest}")
    return clauses
