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
from earnest.core.incentives.base import LIVES, Incentive, Kernels
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.incentives.sealed import SealedKernels
from earnest.simulations.errors import EngineError

#: What compiled code passes by name of the argument; whole numbers where nothing is said.
_GIVEN = {
    "p": types.int64[::1], "totals": types.int64[::1], "is_author": types.boolean, "has_reported": types.boolean,
    "agrees": types.uint8, "learner_agrees": types.boolean,
}  # fmt: skip
_ANSWERS = {"refund_window": "a pair of whole numbers", "report_window": "a pair of whole numbers"} | {
    "burns_leftover": "a truth value",
    "may_teach": "a truth value",
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
    for name, arguments in LIVES[type(incentive.kernels)].items():
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


@lru_cache(maxsize=len(LIVES))
def _numbered(life: type, incentives: tuple[Incentive, ...]) -> dict[str, Callable[..., Any]]:
    """The functions of a life by name; its chains hold the incentives of that life alone."""
    guests, numbered = INCENTIVES.guests(), list(enumerate(incentives))
    kept = [
        (number, one.kernels)
        for number, one in numbered
        if isinstance(one.kernels, life) and not (one.name in guests and problem_of(one))
    ]
    numbers = [number for number, _ in kept]
    return {
        name: dispatched(name, arguments, [getattr(kernels, name) for _, kernels in kept], numbers=numbers)
        for name, arguments in LIVES[life].items()
    }


def _by_number(name: str, life: type = Kernels) -> Callable[..., Any]:
    def by_number(number: int, *arguments: Any) -> Any:
        return _numbered(life, INCENTIVES.values())[name](number, *arguments)

    @overload(by_number, strict=False)
    def compiled(number: Any, *arguments: Any) -> Any:
        return _numbered(life, INCENTIVES.values())[name]

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

# of a life whose judge is sealed
case_of = _by_number("case_of", SealedKernels)
deposit_of = _by_number("deposit_of", SealedKernels)
standing_after = _by_number("standing_after", SealedKernels)
settle_refusal = _by_number("settle_refusal", SealedKernels)
standing_settled = _by_number("standing_settled", SealedKernels)
may_teach = _by_number("may_teach", SealedKernels)
teaching_cost = _by_number("teaching_cost", SealedKernels)
expired_epoch = _by_number("expired_epoch", SealedKernels)
seal_refusal = _by_number("seal_refusal", SealedKernels)
moved = _by_number("moved", SealedKernels)
awaited_after = _by_number("awaited_after", SealedKernels)
bounty_of = _by_number("bounty_of", SealedKernels)
most_features = _by_number("most_features", SealedKernels)
judge_of = _by_number("judge_of", SealedKernels)


def sources() -> tuple[ModuleType | str, ...]:
    """What these are made of, for the fingerprint of what is compiled with them; in the order of their numbers."""
    files = [file for file in resources.files("earnest.core.incentives").iterdir() if file.name.endswith(".py")]
    ours = (file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name))
    guests = INCENTIVES.sources()
    return dispatch, *ours, *(f"{name} {guests.get(name, '')}" for name in INCENTIVES)
