"""The incentives' functions by the small number that the registry gives each incentive: for both interpreters.

`refund_refusal(number, p, totals, ...)` is that of the incentive of this number, and so on for each of `Kernels`.
Compiled code gets a chain of comparisons that is written out from the registry, guests included, when it is compiled
first; who is registered must not change afterwards in the same process. A guest whose functions do not compile spoils
no other's run: in the chain another's stand in its place, and whoever asks for its number is told why.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources
from types import ModuleType
from typing import Any

from numba import njit, types
from numba.core.errors import NumbaError
from numba.extending import overload

from earnest.core import dispatch
from earnest.core.dispatch import dispatched
from earnest.core.incentives.base import SIGNATURES, Incentive, Kernels
from earnest.core.incentives.registry import INCENTIVES
from earnest.simulations.errors import EngineError

#: What compiled code passes by name of the argument; whole numbers where nothing is said.
_GIVEN = {
    "p": types.int64[::1], "totals": types.int64[::1], "is_author": types.boolean, "has_reported": types.boolean,
    "agrees": types.uint8,
}  # fmt: skip
_ANSWERS = {"refund_window": "a pair of whole numbers", "report_window": "a pair of whole numbers"} | {
    "burns_leftover": "a truth value"
}


def number_of(name: str) -> int:
    """The number of an incentive.

    Raises:
        EngineError: it is a guest's, and its functions do not compile; the message names it and its package.
        NotRegistered: there is none of this name.
    """
    if name in INCENTIVES.guests() and (problem := problem_of(INCENTIVES[name])):
        package, version = INCENTIVES.provenance(name)
        raise EngineError(f"The incentive {name!r} of the package {package} {version} cannot be simulated: {problem}")
    return INCENTIVES.number(name)


@cache
def problem_of(incentive: Incentive) -> str | None:
    """What keeps an incentive's functions from being compiled, as the end of a sentence; None where nothing does."""
    for name, arguments in SIGNATURES.items():
        signature = tuple(_GIVEN.get(one, types.int64) for one in arguments.split(", "))
        # as the engine compiles it: nothing may allocate
        options: dict[str, Any] = {"_nrt": False}
        made: Any = njit(**options)(getattr(incentive.kernels, name))
        try:
            made.compile(signature)
        except NumbaError as error:
            return f"its function {name} does not compile ({' '.join(str(error).split())[:300]})."
        answer, expected = made.overloads[signature].signature.return_type, _ANSWERS.get(name, "a whole number")
        if not _is(answer, expected):
            return f"its function {name} answers {answer}; it must answer {expected}."
    return None


def _is(answer: Any, expected: str) -> bool:
    if expected == "a truth value":
        return isinstance(answer, types.Boolean)
    if expected == "a whole number":
        return isinstance(answer, types.Integer)
    return isinstance(answer, types.UniTuple) and isinstance(answer.dtype, types.Integer) and answer.count == 2


@lru_cache(maxsize=1)
def _numbered(incentives: tuple[Incentive, ...]) -> Kernels:
    guests = INCENTIVES.guests()
    kept = [incentives[0] if one.name in guests and problem_of(one) else one for one in incentives]
    chains = {
        name: dispatched(name, arguments, [getattr(one.kernels, name) for one in kept])
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
