"""The scenario of a question: who comes, with how much, for how long; and the same under each kind of attacker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from earnest.core.errors import CoreError
from earnest.simulations.advise import coins
from earnest.simulations.advise.candidates import Candidate
from earnest.simulations.advise.question import Question
from earnest.simulations.advise.samples import Sizes
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario import SECONDS_PER_DAY, AgentGroup, Scenario
from earnest.simulations.sweep.plan import Plan, Point

#: The population without an attacker.
ALONE = "no attacker"
#: Looks at the model while contributions are expected.
LOOKS = 60
#: Days that a run may go on beyond twice those that contributions are expected in: windows close in them.
SPARE_DAYS = 60
#: Spread of what honest contributors are ready to pay; attackers are ready to pay so many times as much, spread so.
SPREAD, ATTACKERS_PAY, ATTACKERS_SPREAD = 0.2, 2.0, 0.06
#: Spread of the time between two wakes.
WAIT_SPREAD = 0.05


def base_of(question: Question, model: str, sizes: Sizes) -> Scenario:
    """A question's scenario for a model, without attackers; the incentive is not chosen yet.

    Raises:
        ScenarioError: the model does not take the data, or a knob is out of range.
    """
    total = sizes.train + sizes.contributed
    wait = max(1.0, question["days"] * SECONDS_PER_DAY * question["contributors"] / question["contributions"])
    look = max(1, question["days"] * SECONDS_PER_DAY // LOOKS)
    shared: dict[str, Any] = {
        "start_balance": coins.coins(question["budget"]), "wait_mean": wait, "wait_deviation": wait * WAIT_SPREAD,
    }  # fmt: skip
    deposit = float(coins.coins(question["deposit"]))
    good = AgentGroup(
        "good", behaviour="honest", count=question["contributors"], deposit_mean=deposit,
        deposit_deviation=deposit * SPREAD, mistake_rate=question["mistakes"], **shared,
    )  # fmt: skip
    kind = question.attackers[0] if question.attackers else "flipper"
    bad = AgentGroup(
        "bad", behaviour=kind, count=0, deposit_mean=deposit * ATTACKERS_PAY,
        deposit_deviation=deposit * ATTACKERS_PAY * ATTACKERS_SPREAD, **shared,
    )  # fmt: skip
    return Scenario(
        "advice",
        (good, bad),
        "What would come of a pool that is not made yet.",
        dataset=question.dataset,
        shuffle_seed=question["split_seed"],
        test_size=sizes.held_out,
        num_words=question["num_words"],
        train_size=total,
        # half a sample more, so that rounding down gives the number that was meant
        initial_share=(sizes.train + 0.5) / total,
        model=model,
        units_per_coin=coins.UNITS_PER_COIN,
        first_evaluation=look,
        evaluation_interval=look,
        series_interval=look,
        max_days=2 * question["days"] + SPARE_DAYS,
        harmful_share=0.0,
        **question.options,
    )


@dataclass(frozen=True)
class AdvicePlan(Plan):
    """What is run: each candidate, alone and under each kind of attacker, under every seed.

    Attributes:
        listed: a point of each.
    """

    listed: tuple[Point, ...] = ()

    @property
    def size(self) -> int:
        """Runs in all."""
        return len(self.listed) * len(self.seeds)

    def points(self) -> Iterator[Point]:
        """Every point, those of a candidate beside each other."""
        return iter(self.listed)


def populations(question: Question) -> tuple[str, ...]:
    """Without an attacker, and with those of each kind."""
    return (ALONE, *(question.attackers if question.harmful else ()))


def plan_of(question: Question, candidates: Sequence[Candidate]) -> AdvicePlan:
    """The runs for candidates.

    Raises:
        ScenarioError: a candidate cannot be run under a kind of attackers; says which.
    """
    listed = []
    for candidate in candidates:
        for kind in populations(question):
            values = {"model": candidate.model, "candidate": candidate.name, "attackers": kind}
            try:
                listed.append(Point(values, _attacked(question, candidate, kind)))
            except (ScenarioError, CoreError) as error:
                raise ScenarioError(f"{candidate.name} under {kind}: {error}") from None
    axes = (
        ("candidate", tuple(f"{one.model}, {one.name}: {sorted(one.settings.items())}" for one in candidates)),
        ("attackers", populations(question)),
    )
    return AdvicePlan(candidates[0].scenario, axes, question.seeds, tuple(listed))


def _attacked(question: Question, candidate: Candidate, kind: str) -> Scenario:
    if kind == ALONE:
        return candidate.scenario
    groups = tuple(
        replace(group, behaviour=kind) if group.name == "bad" else group for group in candidate.scenario.agents
    )
    return candidate.scenario.with_knobs(agents=groups, harmful_share=question["share"])
