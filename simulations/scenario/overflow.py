"""Compiled integers are int64: everything that the engines multiply or add up stays below 2^63."""

from typing import TYPE_CHECKING

from earnest.core.incentives.ledger import totals_of
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.errors import ScenarioError

if TYPE_CHECKING:
    from earnest.simulations.scenario import Scenario

LIMIT = 2**63
#: A normal draw this many deviations above its mean does not happen.
TAIL = 40


def require_room(scenario: "Scenario", last: int) -> None:
    """Prove that no product or sum of the engine reaches 2^63.

    Args:
        scenario: whose knobs are each in range.
        last: second at which a run ends at the latest.

    Raises:
        ScenarioError: one of them would; says which knobs to lower.
    """
    unit = scenario.units_per_coin
    contributions = scenario.train_size - scenario.initial_size
    kinds = [BEHAVIOURS[group.behaviour] for group in scenario.agents]
    if any(kind.copies for kind in kinds):
        # as many as there are seconds, but for those who take several steps in one
        contributions = max(contributions, last * max(kind.steps for kind in kinds))
    terms = scenario.terms
    deposit = max(int(group.deposit_mean + TAIL * group.deposit_deviation) + 1 for group in scenario.agents)
    wait = max(int(group.wait_mean + TAIL * group.wait_deviation) + 1 for group in scenario.agents)
    end = terms.collect_from(totals_of(last + wait), last + wait, last + wait)
    products = {
        f"train_size, max_days, {', '.join(knobs)} and units_per_coin": product
        for knobs, product in terms.incentive.products(terms, contributions).items()
    } | {
        "start_balance, count and units_per_coin": sum(g.start_balance * g.count for g in scenario.agents) * unit,
        "deposit_mean, deposit_deviation and units_per_coin": deposit * unit,
        # a wake is time * agents + agent
        "max_days, wait_mean and count": end * scenario.agent_count,
    }
    for knobs, product in products.items():
        if product >= LIMIT:
            raise ScenarioError(f"{knobs} together reach {product:.3g}, beyond 2^63: lower one of them.")
