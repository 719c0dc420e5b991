"""The incentives' functions by the small number that the registry gives each incentive: for both interpreters.

`refund_refusal(number, p, totals, ...)` is that of the incentive of this number, and so on for each of `Kernels`.
Compiled code gets a chain of comparisons that is written out from the registry, guests included, when it is compiled
first; who is registered must not change afterwards in the same process.
"""

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from types import ModuleType
from typing import Any

from numba.extending import overload

from earnest.core import dispatch
from earnest.core.dispatch import dispatched
from earnest.core.incentives.base import SIGNATURES, Incentive, Kernels
from earnest.core.incentives.registry import INCENTIVES


@lru_cache(maxsize=1)
def _numbered(incentives: tuple[Incentive, ...]) -> Kernels:
    chains = {
        name: dispatched(name, arguments, [getattr(one.kernels, name) for one in incentives])
        for name, arguments in SIGNATURES.items()
    }
    return Kernels(**chains)


def _by_number(name: str) -> Callable[..., Any]:
    def by_number(number: int, *arguments: Any) -> Any:
        return getattr(_numbered(INCENTIVES.values()), name)(number, *arguments)

    @overload(by_number, strict=False)
    def compiled(number: Any, *arguments: Any) -> Any:
        return getattr(_numbered(INCENTIVES.values()), name)

    return by_number


price_rounded_down = _by_number("price_rounded_down")
refund_window = _by_number("refund_window")
report_window = _by_number("report_window")
collect_from = _by_number("collect_from")
refund_refusal = _by_number("refund_refusal")
report_refusal = _by_number("report_refusal")
collect_refusal = _by_number("collect_refusal")
share_rounded_down = _by_number("share_rounded_down")
burns_leftover = _by_number("burns_leftover")
guard_refusal = _by_number("guard_refusal")


def sources() -> tuple[ModuleType | str, ...]:
    """What these are made of, for the fingerprint of what is compiled with them; in the order of their numbers."""
    files = [file for file in resources.files("earnest.core.incentives").iterdir() if file.name.endswith(".py")]
    ours = (file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name))
    guests = INCENTIVES.sources()
    return dispatch, *ours, *(f"{name} {guests.get(name, '')}" for name in INCENTIVES)
