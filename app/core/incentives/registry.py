"""The incentives: what ships, and guests of the entry points `earnest.incentives`."""

from functools import cache

from earnest.core.incentives.base import Incentive, problem_of
from earnest.core.registry import GuestRefused, NotRegistered, Registry


def _check(name: str, incentive: Incentive) -> None:
    if problem := problem_of(name, incentive):
        raise GuestRefused(problem)


@cache
def _ours() -> None:
    """Once, however often guests are forgotten."""
    from earnest.core.incentives.points import POINTS
    from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
    from earnest.core.incentives.self_assessment import SELF_ASSESSMENT

    # the order of their numbers in compiled code
    for incentive in (SELF_ASSESSMENT, POINTS, SEALED_ASSESSMENT):
        INCENTIVES.register(incentive.name, incentive)


#: By name.
INCENTIVES: Registry[Incentive] = Registry("incentive", "earnest.incentives", _check, _ours)


def by_id(incentive_id: str) -> Incentive:
    """The incentive by what its contract's `incentiveId()` answers.

    Raises:
        NotRegistered: there is none.
    """
    for incentive in INCENTIVES.values():
        if incentive.id == incentive_id:
            return incentive
    raise NotRegistered(
        f"There is no incentive {incentive_id!r}; there are {', '.join(one.id for one in INCENTIVES.values())}."
    )
