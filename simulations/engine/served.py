"""What a pool serves and an agent can ask it: the model that learns, or the judge where that is sealed.

Compiled code is made for the one or for the other, by the type of the state's book: the published life pays nothing for
there being another.
"""

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from earnest.core.compilable import compilable
from earnest.core.incentives.sealed import PROMISED
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine import models
from earnest.simulations.engine.sealed_book import is_sealed
from earnest.simulations.engine.types import NONE, State, World


@compilable
def bounds_of(world: World, sample: int) -> tuple[int, int]:
    """Where a sample's features are; where the judge is sealed as many of its first as a pool takes.

    Of words these are the most frequent ones.
    """
    start, end = int(world.starts[sample]), int(world.starts[sample + 1])
    most = incentive.most_features(world.incentive, world.parameters)
    return start, min(end, start + most) if most > 0 else end


@compilable
def _learner_says(world: World, state: State, sample: int) -> int:
    features = world.features[world.starts[sample] : world.starts[sample + 1]]
    return int(models.predict(world.model, state.weights, state.moments, state.scores, world.settings, features)[0])


@compilable
def _judge_says(world: World, state: State, sample: int) -> int:
    start, end = bounds_of(world, sample)
    features = world.features[start:end]
    return int(
        models.predict(world.model, state.book.judge, state.book.moments, state.scores, world.settings, features)[0]
    )


@compilable
def _nobody_says(world: World, state: State, sample: int) -> int:
    return NONE


@compilable
def _by_standing(world: World, state: State, agent: int) -> bool:
    case = incentive.case_of(world.incentive, world.parameters, False, standing_of(world, state, agent))
    return bool(case == PROMISED)


@compilable
def _never(world: World, state: State, agent: int) -> bool:
    return False


@compilable
def standing_of(world: World, state: State, agent: int) -> int:
    """An agent's standing where the judge is sealed; none where each of its contributions comes from a new account."""
    return 0 if world.choices.renews[agent] else int(state.book.standing[agent])


def predicted_of(world: World, state: State, sample: int) -> int:
    """The class that the pool sees in a sample now."""
    return (_judge_says if is_sealed(state.book) else _learner_says)(world, state, sample)


def said_of(world: World, state: State, sample: int) -> int:
    """The class that a sealed judge sees in a sample; NONE where there is none."""
    return (_judge_says if is_sealed(state.book) else _nobody_says)(world, state, sample)


def is_trusted(world: World, state: State, agent: int) -> bool:
    """Whether an agent has the standing to disagree with a sealed judge without risk."""
    return (_by_standing if is_sealed(state.book) else _never)(world, state, agent)


def _has_judge(state: Any) -> bool:
    """Whether a state's type has a sealed book."""
    return "judge" in state.types[state.fields.index("book")].fields


@overload(predicted_of, strict=False)
def _predicted_of(world: Any, state: Any, sample: Any) -> Callable[..., int]:
    return _judge_says if _has_judge(state) else _learner_says


@overload(said_of, strict=False)
def _said_of(world: Any, state: Any, sample: Any) -> Callable[..., int]:
    return _judge_says if _has_judge(state) else _nobody_says


@overload(is_trusted, strict=False)
def _is_trusted(world: Any, state: Any, agent: Any) -> Callable[..., bool]:
    return _by_standing if _has_judge(state) else _never
