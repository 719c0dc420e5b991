"""How many agents of each group there are, where it is said which part of them is out to do harm."""

from collections.abc import Sequence
from dataclasses import replace

from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario.groups import AgentGroup


def shared_out(groups: Sequence[AgentGroup], harmful_share: float) -> tuple[AgentGroup, ...]:
    """The same groups with as many agents in all, of which this part is harmful, rounded to whole agents.

    Groups of the same kind share in their number as they did before, equally where there were none.

    Raises:
        ScenarioError: no group is of the kind that would get agents.
    """
    total = sum(group.count for group in groups)
    harmful = round(total * harmful_share)
    counts = [0] * len(groups)
    for is_harmful, agents in ((True, harmful), (False, total - harmful)):
        places = [place for place, group in enumerate(groups) if BEHAVIOURS[group.behaviour].harms == is_harmful]
        if not places and agents:
            raise ScenarioError(
                f"harmful_share is {harmful_share}, and no group of agents is "
                f"{'out to do harm' if is_harmful else 'harmless'}: give one a behaviour that is."
            )
        for place, count in zip(places, _parts(agents, [groups[place].count for place in places]), strict=True):
            counts[place] = count
    return tuple(replace(group, count=count) for group, count in zip(groups, counts, strict=True))


def _parts(agents: int, before: list[int]) -> list[int]:
    """So many agents in proportion, the earlier ones getting what does not divide."""
    weights = before if sum(before) else [1] * len(before)
    parts = [agents * weight // sum(weights) for weight in weights]
    for place in range(agents - sum(parts)):
        parts[place] += 1
    return parts
