"""What agents of all registered behaviours choose, by the number of their behaviour: for both interpreters.

Compiled code gets a chain of comparisons that is written out from the registry, guests included, when it is compiled
first; who is registered must not change afterwards in the same process.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from earnest.core import dispatch
from earnest.core.dispatch import dispatched
from earnest.simulations.agents import behaviour
from earnest.simulations.agents.behaviour import Behaviour, View
from earnest.simulations.agents.registry import BEHAVIOURS


def choose(kind: int, view: View, knobs: NDArray[np.float64]) -> int:
    """The action of an agent.

    Args:
        kind: the number of its behaviour.
        view: what it sees.
        knobs: float64, its knobs' values, in the order of `Behaviour.knobs`; what comes after them is not looked at.
    """
    return int(_chosen(BEHAVIOURS.values())(kind, view, knobs))


@overload(choose, strict=False)
def _compiled_choose(kind: Any, view: Any, knobs: Any) -> Any:
    return _chosen(BEHAVIOURS.values())


def sources() -> tuple[ModuleType | str, ...]:
    """What `choose` is made of, for the fingerprint of what is compiled with it."""
    guests = BEHAVIOURS.sources()
    return (
        dispatch,
        behaviour,
        *(
            f"{name} {guests[name]}" if name in guests else sys.modules[thing.choose.__module__]
            for name, thing in BEHAVIOURS.items()
        ),
    )


@lru_cache(maxsize=1)
def _chosen(behaviours: tuple[Behaviour, ...]) -> Callable[..., int]:
    given = [", ".join(["view", *_knobs(one)]) for one in behaviours]
    return dispatched("choose", "view, knobs", [one.choose for one in behaviours], given)


def _knobs(one: Behaviour) -> list[str]:
    values = [f"knobs[{place}]" for place in range(len(one.knobs))]
    return [f"int({value})" if knob.kind == "whole" else value for value, knob in zip(values, one.knobs, strict=True)]
