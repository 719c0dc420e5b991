"""What can be taken: every registered incentive with each model, at a few prices; and what cannot, with the reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from earnest.core.errors import CoreError
from earnest.core.incentives.base import Incentive
from earnest.core.incentives.known import Known
from earnest.core.incentives.prices import PRICE
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.incentives.windows import HEAD_START, SAFEGUARDS
from earnest.core.models.registry import MODELS
from earnest.simulations.advise import coins
from earnest.simulations.advise.question import Question
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario import Scenario

#: What a new pool has where nothing is said, other than the declarations' defaults, which are the published rules.
OF_NEW_POOLS: Mapping[str, Any] = {PRICE.name: "fixed", SAFEGUARDS.name: "all", HEAD_START.name: 3_600}
#: Prices that are tried where none is named, in deposits that contributors are ready to pay.
PARTS_OF_DEPOSIT = (0.05, 0.2, 0.5)


@dataclass(frozen=True)
class Candidate:
    """A model, an incentive and its settings.

    Attributes:
        model: its name.
        incentive: its name.
        price: of a contribution whose label agrees, in ether; None where nobody pays, or it is the asker's own.
        scenario: without attackers' kind and share.
        settings: of the incentive, by name of the parameter; amounts in coins.
        derived: names of those that follow from the pool's data.
        reasons: a sentence for each of them that the data decided.
        yours: whether it is the asker's own choice.
    """

    model: str
    incentive: str
    price: float | None
    scenario: Scenario
    settings: Mapping[str, Any]
    derived: tuple[str, ...] = ()
    reasons: tuple[str, ...] = field(default=(), compare=False)
    yours: bool = False

    @property
    def name(self) -> str:
        """As tables call it."""
        if self.yours:
            return f"{self.incentive}, as you have it"
        return self.incentive if self.price is None else f"{self.incentive} at {self.price:g} ETH"


class LeftOut(NamedTuple):
    """What cannot be taken, and why.

    Attributes:
        model: its name.
        incentive: its name.
        reason: a sentence.
    """

    model: str
    incentive: str
    reason: str


#: Says what is known of a pool under a scenario, for a deposit in coins.
Knowing = Callable[[Scenario, int], Known]


def candidates_of(question: Question, bases: Mapping[str, Scenario], knowing: Knowing) -> tuple[
    list[Candidate], list[LeftOut]
]:  # fmt: skip
    """All that can be taken, in the registries' order, the asker's own choice first; and what cannot.

    Args:
        question: says the prices, and that choice.
        bases: a scenario of each model.
        knowing: asked for incentives that derive their parameters.
    """
    found: list[Candidate] = []
    left_out: list[LeftOut] = []
    for model, base in bases.items():
        if question.yours is not None:
            name, settings = question.yours
            try:
                _require_contract(model, INCENTIVES[name])
                found.append(_yours(question, base, INCENTIVES[name], settings, knowing))
            except (CoreError, ScenarioError) as error:
                left_out.append(LeftOut(model, name, f"As you have it: {error}"))
    for model, base in bases.items():
        for name, incentive in INCENTIVES.items():
            try:
                _require_contract(model, incentive)
                prices = prices_of(question) if incentive.moves_money else (None,)
                found += [_candidate(base, incentive, price, knowing) for price in prices]
            except (CoreError, ScenarioError) as error:
                left_out.append(LeftOut(model, name, str(error)))
    return found, left_out


def prices_of(question: Question) -> tuple[float, ...]:
    """In ether: those that are named, or some that fit the deposit."""
    tried = question.prices or tuple(part * question["deposit"] for part in PARTS_OF_DEPOSIT)
    return tuple(dict.fromkeys(coins.ether(coins.coins(price)) for price in tried))


def _require_contract(model: str, incentive: Incentive) -> None:
    """Refuse what no pool can be made of.

    Raises:
        RuleViolation: the incentive has no contract.
        ScenarioError: the model has none, or none under a judge that is sealed.
    """
    incentive.require_contract()
    kind = MODELS[model]
    if kind.CONTRACT is None:
        raise ScenarioError(f"The model {model} has no contract that pools are made of.")
    if incentive.is_sealed and not kind.HAS_JUDGE:
        able = " or ".join(name for name, one in MODELS.items() if one.HAS_JUDGE)
        raise ScenarioError(
            f"The model {model} has no contract under {incentive.name}, whose judge is sealed: {able} have one."
        )


def _usual(incentive: Incentive, least: int) -> dict[str, Any]:
    """Settings of a new pool, whose least amount is this one, and the others as much larger as by default; coins."""
    new = {name: value for name, value in OF_NEW_POOLS.items() if name in {one.name for one in incentive.parameters}}
    settings = {one.name: one.default for one in incentive.parameters} | new
    amounts = {one.name: one.default for one in incentive.parameters if one.kind == "amount" and one.applies(settings)}
    smallest = min((default for default in amounts.values() if default), default=1)
    return settings | {name: default * least // smallest for name, default in amounts.items()}


def _candidate(base: Scenario, incentive: Incentive, price: float | None, knowing: Knowing) -> Candidate:
    least = coins.coins(price or 0)
    settings = _usual(incentive, least)
    # what does not go together is refused before anything is derived
    usual = {one.name: one.default for one in incentive.parameters}
    # a default is nobody's choice: it may not fit a model that leaves none
    own = {name: value for name, value in settings.items() if value != usual[name]}
    scenario = base.with_knobs(incentive=incentive.name, **own)
    derived: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    if incentive.derives is not None:
        made = incentive.derives(knowing(scenario, least))
        settings, derived, reasons = settings | made.settings, tuple(made.settings), made.reasons
        scenario = scenario.with_knobs(**made.settings)
    return Candidate(base.model, incentive.name, price, scenario, settings, derived, reasons)


def _yours(
    question: Question, base: Scenario, incentive: Incentive, given_wei: Mapping[str, Any], knowing: Knowing
) -> Candidate:
    amounts = {one.name for one in incentive.parameters if one.kind == "amount"}
    given = {name: coins.of_wei(value) if name in amounts else value for name, value in given_wei.items()}
    paid = [value for name, value in given.items() if name in amounts and value]
    price = coins.ether(min(paid)) if paid else prices_of(question)[0]
    made = _candidate(base, incentive, price if incentive.moves_money else None, knowing)
    settings = {**made.settings, **given}
    derived = tuple(name for name in made.derived if name not in given)
    return Candidate(
        made.model, made.incentive, None, base.with_knobs(incentive=incentive.name, **settings), settings, derived,
        made.reasons, True,
    )  # fmt: skip
