"""Groups of agents."""

from dataclasses import dataclass
from typing import Any, ClassVar

from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario.knobs import Chooser, Knobs, knob

MAX_AGENTS = 100_000


@dataclass(frozen=True, init=False)
class AgentGroup(Knobs):
    """Agents of one kind; further knobs are those of the behaviours.

    Attributes:
        name: of the group, used in column names: lower-case letters, digits and underscores.
    """

    CHOOSERS: ClassVar[tuple[Chooser, ...]] = (
        Chooser("behaviour", BEHAVIOURS, lambda behaviour: behaviour.knobs, before=None),
    )

    name: str
    behaviour: str = knob("choice", "kind of the agents")
    count: int = knob("whole", "how many agents", low=0, high=MAX_AGENTS, label="number")
    start_balance: int = knob("amount", "what each starts with", low=1, high=10**18, unit="coins", money=True)
    # a mean of at least 1 makes about half of all draws positive, so redrawing ends
    deposit_mean: float = knob(
        "real",
        "what an agent is ready to pay, drawn anew for each contribution: mean",
        low=1,
        high=1e12,
        unit="coins",
        label="mean deposit",
        money=True,
    )
    deposit_deviation: float = knob(
        "real",
        "what an agent is ready to pay: standard deviation",
        low=0,
        high=1e12,
        unit="coins",
        label="deviation of deposits",
        money=True,
    )
    wait_mean: float = knob("real", "time between an agent's wakes: mean", low=1, high=1e9, unit="s", label="mean wait")
    wait_deviation: float = knob(
        "real", "time between an agent's wakes: standard deviation", low=0, high=1e9, unit="s",
        label="deviation of waits",
    )  # fmt: skip

    def called(self, name: str) -> str:
        """With the group's name before it."""
        return f"{self.name}.{name}"

    def check(self) -> None:
        """Hold every knob to its declaration.

        Raises:
            ScenarioError: one is out of range; the message names it.
        """
        name: Any = self.name
        if not isinstance(name, str) or not name.isidentifier() or name != name.lower():
            raise ScenarioError(f"name {name!r} of agents must be lower-case letters, digits and underscores.")
        self.check_knobs(f"{name}.")
