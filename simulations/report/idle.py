"""Which columns of knobs play no part in which rows, and because of what."""

from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.parameters import Parameter
from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.scenario.knobs import Knobs
from earnest.simulations.scenario.part import of_words

#: Rows have no stubs worth the name.
Rows = Any


def nobody_pays(rows: Rows) -> Rows:
    """Which runs were under an incentive that moves no money; one that is not registered here may."""
    free = [name for name, incentive in INCENTIVES.items() if not incentive.moves_money]
    return rows["incentive"].isin(free)


def choosers(groups: list[str]) -> list[str]:
    """Columns of knobs by which other knobs play a part or none."""
    own = [chooser.knob for chooser in Scenario.CHOOSERS]
    return own + [f"{group}_{chooser.knob}" for group in groups for chooser in AgentGroup.CHOOSERS]


def declared(groups: list[str]) -> dict[str, Parameter]:
    """The declaration of each knob by its column, where there are these groups of agents."""
    found = dict(Scenario.all_knobs())
    for group in groups:
        found |= {f"{group}_{name}": one for name, one in AgentGroup.all_knobs().items()}
    return found


def reasons(rows: Rows, column: str, groups: list[str]) -> dict[str, Rows]:
    """In which rows a knob plays no part, by the column that is the reason; rows without that column have none.

    Args:
        rows: of the runs.
        column: of the knob.
        groups: of agents, all that there are.
    """
    found: dict[str, Rows] = {}
    knob = declared(groups)[column]
    prefix = column.removesuffix(knob.name)
    kind: type[Knobs] = AgentGroup if prefix else Scenario
    if knob.money:
        found["incentive"] = nobody_pays(rows)
    if column == "num_words":
        found["dataset"] = ~rows["dataset"].isin(of_words()) & rows["dataset"].isin(_known(Scenario, "dataset"))
    if (chooser := kind.owned().get(knob.name)) is not None and f"{prefix}{chooser.knob}" in rows:
        chosen = rows[f"{prefix}{chooser.knob}"]
        # of what is not registered here, nobody knows
        left = ~chosen.isin(chooser.owners(knob.name)) & chosen.isin(list(chooser.things))
        reason = f"{prefix}{chooser.knob}"
        found[reason] = found[reason] | left if reason in found else left
    if knob.only_with is not None and f"{prefix}{knob.only_with[0]}" in rows:
        other = f"{prefix}{knob.only_with[0]}"
        found[other] = rows[other] != knob.only_with[1]
    return found


def _known(kind: type[Knobs], knob: str) -> list[str]:
    return [name for chooser in kind.CHOOSERS if chooser.knob == knob for name in chooser.things]


def leave_out(rows: Rows, knobs: list[str], groups: list[str]) -> None:
    """Empty the knobs that play no part in a run, if they differ between runs, and name those that are none by choice.

    Which of two amounts counts is told by the price rule alone: the other one is emptied in any case.
    """
    known = declared(groups)
    masked: dict[str, Rows] = {}
    for column in (knob for knob in knobs if knob in known and knob in rows):
        for mask in reasons(rows, column, groups).values():
            if known[column].only_with is not None or rows[column].nunique() > 1:
                masked[column] = masked[column] | mask if column in masked else mask
    for column, one in known.items():
        if one.optional and column in rows and rows[column].isna().any() and rows[column].notna().any():
            rows[column] = rows[column].astype(object).where(rows[column].notna(), "none")
    for column, mask in masked.items():
        rows[column] = rows[column].mask(mask)
