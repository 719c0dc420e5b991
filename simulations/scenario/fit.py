"""What goes with a model: data, of words or of numbers, of two classes or of more; and an incentive's parameters."""

from collections.abc import Mapping
from typing import Any

from earnest.core.errors import RuleViolation
from earnest.core.incentives.judge import SNAPSHOT, require_judge
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import MODELS
from earnest.data.recipe import NUMBERS
from earnest.data.registry import DATASETS

#: The incentives' parameter that bounds a sample's numbers.
_MOST_FEATURES = "most_features"


def that_take(classes: int, given: str) -> str:
    """Models on what is given, texts or numbers, that tell so many classes apart, as a choice in words."""
    return " or ".join(
        name for name, model in MODELS.items() if given == model.FORMAT.TAKES and classes <= model.MOST_CLASSES
    )


def misfit(dataset: str, model: str) -> str:
    """Why a model cannot learn from a data set, and what to set; empty where it can.

    How many classes a file has is known only once it is read; see `too_many`.
    """
    found, taken = DATASETS[dataset], MODELS[model].FORMAT.TAKES
    is_table, most = found.gives == NUMBERS, MODELS[model].MOST_CLASSES
    # of a file, only reading it tells
    classes = found.classes or 2
    models = that_take(classes, found.gives)
    tables = " or ".join(
        name for name, table in DATASETS.items() if table.gives == NUMBERS and (table.classes or 2) <= most
    )
    if found.gives != taken:
        return (
            f"dataset {dataset} is of {'numbers' if is_table else 'words'} and model {model} learns from "
            f"{'words' if is_table else 'numbers'}: set "
            + (f"model to {models}." if is_table else f"dataset to {tables}.")
        )
    if classes > most:
        return (
            f"model {model} tells {'two' if most == 2 else most} classes apart and dataset {dataset} has "
            f"{'more' if most == 2 else classes}: set model to "
            f"{models}, or dataset to {tables}."
        )
    return ""


def too_many(classes: int, model: str) -> str:
    """Why a model cannot learn from data of so many classes, and what to set; empty where it can."""
    most = MODELS[model].MOST_CLASSES
    if classes <= most:
        return ""
    return (
        f"The data have {classes} classes and model {model} tells {most} apart: set model to "
        f"{that_take(classes, MODELS[model].FORMAT.TAKES)}."
    )


def left_no_choice(incentive: str, model: str) -> dict[str, int]:
    """Parameters of an incentive that a model leaves no choice in, with their values.

    Where all samples have as many numbers nothing bounds them, and a judge that can be no mean is a snapshot.
    """
    found: dict[str, int] = {}
    if INCENTIVES[incentive].is_sealed and not MODELS[model].KERNELS.is_linear:
        found |= SNAPSHOT
    if MODELS[model].FORMAT.SAME_LENGTH and _MOST_FEATURES in {one.name for one in INCENTIVES[incentive].parameters}:
        found[_MOST_FEATURES] = 0
    return found


def misfit_of(named: Mapping[str, Any], incentive: str, model: str) -> str:
    """Why values that somebody named do not go with a model, and what to set; empty where they do.

    Args:
        named: of an incentive's parameters, by name.
        incentive: its name.
        model: its name.
    """
    fixed = left_no_choice(incentive, model)
    other = {name: named[name] for name, value in fixed.items() if name in named and named[name] != value}
    if _MOST_FEATURES in other:
        return (
            f"{_MOST_FEATURES} is {other[_MOST_FEATURES]}: all samples of the model {model} have as many numbers: set "
            "it to 0, or leave it out."
        )
    if not other:
        return ""
    of = INCENTIVES[incentive]
    usual = {one.name: one.default for one in of.parameters}
    try:
        # in the sentence of whoever makes a pool; of the model's kind, since there is none yet
        require_judge(MODELS[model](), of.terms_of(usual | SNAPSHOT | other))
    except RuleViolation as error:
        return str(error)
    return ""
