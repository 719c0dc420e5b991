"""Which models take which data: words or the numbers of a table, of two classes or of more."""

from earnest.core.models.registry import MODELS
from earnest.data.recipe import NUMBERS
from earnest.data.registry import DATASETS


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
