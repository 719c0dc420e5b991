"""A scenario: all that decides a run but its seed, checked knob by knob.

Amounts are whole coins in a scenario and units (`units_per_coin` to a coin) in the engine; times are seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Terms
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.formats.words import MAX_WORDS
from earnest.core.models.registry import DEFAULT, MODELS
from earnest.core.renamed import new_knob, silently
from earnest.core.scans.registry import SCANS
from earnest.data.registry import DATASETS
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario.fit import left_no_choice, misfit, misfit_of
from earnest.simulations.scenario.groups import MAX_AGENTS, AgentGroup
from earnest.simulations.scenario.knobs import NAMED, SETTINGS, Chooser, Knobs, knob
from earnest.simulations.scenario.overflow import require_room
from earnest.simulations.scenario.share import shared_out

#: When a run ends: once the data are used up and nothing is open, or as soon as all harmful agents are depleted.
STOPS = ("settled", "depleted")
SECONDS_PER_DAY = 86_400
#: Where the incentive's parameters are from: the scenario, or its data, as a new pool's are.
GIVEN, DERIVED = "given", "derived"
#: No scan, and one that flags nothing: what the others are to be held against.
OFF, NOTHING = "off", "nothing"
#: Knobs with the values that a sweep gives them, in order.
Axes = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True, init=False)
class Scenario(Knobs):
    """All that decides a run but its seed; further knobs are those of the data sets, the models and the incentives.

    Where nobody pays, knobs of money play no part, whatever they are: every offer covers the price of 0, balances stay
    as they start, and nobody ever stops for want of money. What agents decide by the accuracy, their standing or the
    last contribution, they decide as ever.

    Attributes:
        name: of the scenario.
        agents: groups in order; an agent's index counts through them.
        description: one sentence.
        seeds: that a sweep runs when it is not told otherwise.
        axes: knobs with their values that a sweep runs when it is not told otherwise; see `with_values`.

    Raises:
        ScenarioError: a knob is out of range; the message names it.
    """

    CHOOSERS: ClassVar[tuple[Chooser, ...]] = (
        Chooser("dataset", DATASETS, lambda dataset: dataset.knobs, before="shuffle_seed"),
        Chooser("model", MODELS, lambda model: model.CHOICES, before="incentive"),
        Chooser("incentive", INCENTIVES, lambda incentive: incentive.parameters, before="units_per_coin"),
    )

    name: str
    agents: tuple[AgentGroup, ...]
    description: str = ""
    dataset: str = knob("choice", "where the samples are from", "imdb", label="data set")
    shuffle_seed: int | None = knob(
        "whole",
        "seed of the samples' order; none for the data set's own, if it has one",
        None,
        0,
        2**32 - 1,
        label="seed of the samples' order",
        optional=True,
    )
    test_size: int | None = knob(
        "whole",
        "samples held out to measure the accuracy; none for all of the data set's own test set, if it has one",
        None,
        1,
        2**31 - 1,
        label="samples held out",
        optional=True,
    )
    num_words: int = knob(
        "whole", "words of the encoder; without effect on a table", 1000, 3, MAX_WORDS, label="number of words"
    )
    train_size: int = knob(
        "whole",
        "samples available in all; the test set does not depend on it",
        25_000,
        2,
        2**31 - 1,
        label="samples in all",
    )
    initial_share: float = knob(
        "real",
        "part of the samples that the model is trained on beforehand",
        0.08,
        0,
        1,
        label="share trained on beforehand",
    )
    model: str = knob("choice", "what learns from the samples", DEFAULT)
    incentive: str = knob("choice", "what contributing costs and brings", "self-assessment")
    parameters: str = knob(
        "choice",
        "given: the incentive's parameters are the scenario's; derived: those that it can derive follow from the data, "
        "as a new pool's do",
        GIVEN,
        choices=(GIVEN, DERIVED),
        label="the incentive's parameters",
    )
    harmful_share: float | None = knob(
        "real",
        "part of all agents that is out to do harm, which sets the counts of the groups; none for the counts as given",
        None,
        0,
        1,
        label="share of harmful agents",
        optional=True,
    )
    units_per_coin: int = knob("whole", "money units in a coin", 1_000_000_000, 1, 10**18, money=True)
    first_evaluation: int = knob(
        "whole", "time from the start until the accuracy is measured first", 10_000, 1, 2**40, "s"
    )
    evaluation_interval: int = knob("whole", "time between further measurements", 200_000, 1, 2**40, "s")
    series_interval: int = knob("whole", "time between rows of the series", 43_200, 1, 2**40, "s")
    max_days: int = knob(
        "whole", "the run ends on this day at the latest", 1000, 1, 1_000_000, "days", label="longest run"
    )
    gas_price: float = knob(
        "real",
        "price of a million gas, for the measure profit_after_gas; agents do not know it",
        0.0,
        0,
        1e9,
        "coins",
    )
    scan: str = knob(
        "choice",
        "what looks at the contributions at the end, so that the initial model learns again what is not flagged; off: "
        "no such look, nothing: one that flags nothing",
        OFF,
        choices=(OFF, NOTHING, *SCANS),
        label="scan",
    )
    scan_rate: float | None = knob(
        "real",
        "share of the contributions that a scan is told is poisoned, where it needs to be told; none for the true one",
        None,
        0,
        0.5,
        label="rate that a scan is told",
        optional=True,
    )
    stop: str = knob(
        "choice",
        "settled: the run ends when the data are used up and nothing is open; depleted: when the harmful agents are",
        "settled",
        choices=STOPS,
    )
    seeds: tuple[int, ...] = tuple(range(1, 11))
    axes: Axes = ()

    def __init__(self, *values: Any, **knobs: Any) -> None:
        super().__init__(*values, **knobs)
        self._leave_no_choice()
        if self.harmful_share is not None:
            self.check_knobs()
            object.__setattr__(self, "agents", shared_out(self.agents, self.harmful_share))
        _check(self)

    def _leave_no_choice(self) -> None:
        """Set what the model leaves no choice in.

        Raises:
            ScenarioError: somebody named another value; where parameters are derived, that would have none.
        """
        fixed = left_no_choice(self.incentive, self.model)
        settings = dict(self.settings)
        if self.parameters != DERIVED:
            named = {name: settings[name] for name in fixed if name in self.named}
            if sentence := misfit_of(named, self.incentive, self.model):
                raise ScenarioError(sentence)
        object.__setattr__(self, NAMED, self.named.difference(fixed))
        object.__setattr__(self, SETTINGS, tuple((settings | fixed).items()))

    @property
    def initial_size(self) -> int:
        """Samples that the model is trained on beforehand."""
        return int(self.train_size * self.initial_share)

    @property
    def agent_count(self) -> int:
        """Agents of all groups."""
        return sum(group.count for group in self.agents)

    @property
    def terms(self) -> Terms:
        """The pool's incentive with its numbers, amounts in units."""
        return INCENTIVES[self.incentive].terms_of(dict(self.settings), self.units_per_coin)

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The same scenario with the values of a sweep's axes.

        `GROUP.KNOB` sets a knob of one group of agents, `agents.KNOB` of all. A knob that plays a part under one value
        of another knob sets that one too, unless it is among the values: `cost` makes the price fixed, `weight` and
        `step` make it decaying.

        Raises:
            ScenarioError: a knob or a group is unknown, or a value out of range.
        """
        knobs: dict[str, Any] = {}
        groups = list(self.agents)
        for name, value in values.items():
            group, dot, own = name.rpartition(".")
            if not dot:
                knobs[new_knob(name)] = value
                continue
            AgentGroup.refuse_unknown((own,), group)
            chosen = [place for place, member in enumerate(groups) if group in ("agents", member.name)]
            if not chosen:
                names = ", ".join(member.name for member in self.agents)
                raise ScenarioError(f"There are no agents {group!r} for {name}; name agents (all), or one of {names}.")
            for place in chosen:
                groups[place] = replace(groups[place], **{own: value})
        # the last rule's first: a cost says more than a weight
        for one in reversed(type(self).all_knobs().values()):
            if one.only_with and one.name in knobs:
                knobs.setdefault(*one.only_with)
        return self.with_knobs(**({"agents": tuple(groups)} | knobs))

    def flat(self) -> dict[str, Any]:
        """Every knob in one flat dictionary; an agent group's are prefixed with its name."""
        row = {"scenario": self.name} | self.values()
        for group in self.agents:
            row |= {f"{group.name}_{name}": value for name, value in group.values().items()}
        return row

    @staticmethod
    def load(name_or_path: str) -> "Scenario":
        """A scenario that ships, by its name, or any other, by the path of its TOML file; see `read.load`."""
        # reading needs the class that is defined here
        from earnest.simulations.scenario.read import load

        return load(name_or_path)

    @classmethod
    def from_flat(cls, row: Mapping[str, Any], names: Sequence[str]) -> Self:
        """The scenario that `flat` made this row of, be it an earlier release's.

        Args:
            row: with every knob.
            names: of the agent groups, in order.

        Raises:
            ScenarioError: a knob is out of range.
        """
        row = silently(row)
        groups = [
            AgentGroup(name, **{own: row[f"{name}_{own}"] for own in AgentGroup.all_knobs() if f"{name}_{own}" in row})
            for name in names
        ]
        kept = {name: row[name] for name in cls.all_knobs() if name in row}
        # earlier releases' rows tell the default of what the model left no choice in
        kept |= left_no_choice(row["incentive"], row["model"])
        return cls(row["scenario"], tuple(groups), **kept)


# CHECKS


def _check(scenario: Scenario) -> None:
    scenario.check_knobs()
    _check_data(scenario)
    if not 1 <= scenario.initial_size < scenario.train_size:
        raise ScenarioError(
            f"initial_share {scenario.initial_share} of train_size {scenario.train_size} is {scenario.initial_size} "
            "samples; both the initial part and the rest need at least one."
        )
    _check_gas(scenario)
    if not scenario.agents or scenario.agent_count == 0:
        raise ScenarioError("agents is empty; a run needs at least one agent.")
    for group in scenario.agents:
        group.check()
    names = [group.name for group in scenario.agents]
    if len(set(names)) < len(names):
        raise ScenarioError(f"agents share a name in {', '.join(names)}; each group needs its own.")
    if scenario.agent_count > MAX_AGENTS:
        raise ScenarioError(f"count adds up to {scenario.agent_count} agents; at most {MAX_AGENTS} are simulated.")
    try:
        scenario.terms.validate()
    except RuleViolation as error:
        raise ScenarioError(str(error)) from error
    require_room(scenario, scenario.max_days * SECONDS_PER_DAY)


def _check_gas(scenario: Scenario) -> None:
    if scenario.gas_price == 0:
        return
    if not MODELS[scenario.model].GAS_MEASURED:
        known = " or ".join(name for name, model in MODELS.items() if model.GAS_MEASURED)
        raise ScenarioError(f"gas_price needs calls of known gas, which is that of model {known}.")
    if not INCENTIVES[scenario.incentive].gas:
        known = ", ".join(incentive.name for incentive in INCENTIVES.values() if incentive.gas)
        raise ScenarioError(f"gas_price needs calls of known gas, which is that of incentive {known}.")


def _check_data(scenario: Scenario) -> None:
    columns = [scenario.text_column, scenario.label_column]
    if columns[0] == columns[1]:
        raise ScenarioError(f"text_column and label_column are both {columns[0]!r}; name two columns.")
    if sentence := misfit(scenario.dataset, scenario.model):
        raise ScenarioError(sentence)
    dataset = DATASETS[scenario.dataset]
    if scenario.shuffle_seed is None and not dataset.has_order:
        raise ScenarioError(f"shuffle_seed is not set, and dataset {scenario.dataset} has no order of its own.")
    if scenario.test_size is None and not dataset.has_test:
        raise ScenarioError(
            f"test_size is not set, and dataset {scenario.dataset} has no test set of its own: how many are held out?"
        )
