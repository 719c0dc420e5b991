"""Which classifiers take which data: words or the numbers of a table, of two classes or of more."""

from earnest.core.models.formats.sample_format import NUMBERS
from earnest.core.models.registry import MODELS
from earnest.data import sklearn_tables


def is_dense(classifier: str) -> bool:
    """Whether it learns from the numbers of a table, not from words."""
    return MODELS[classifier].FORMAT.TAKES == NUMBERS


def that_take(classes: int, *, dense: bool) -> str:
    """Classifiers on such samples that tell so many classes apart, as a choice in words."""
    return " or ".join(
        name for name, model in MODELS.items() if is_dense(name) == dense and classes <= model.MOST_CLASSES
    )


def misfit(dataset: str, classifier: str) -> str:
    """Why a classifier cannot learn from a data set, and what to set; empty where it can.

    How many classes a file has is known only once it is read; see `too_many`.
    """
    is_table, dense = dataset in sklearn_tables.NAMES, is_dense(classifier)
    more = is_table and dataset not in sklearn_tables.OF_TWO_CLASSES
    takes_more = MODELS[classifier].MOST_CLASSES > 2
    classifiers = that_take(3 if more else 2, dense=is_table)
    tables = " or ".join(sklearn_tables.NAMES if takes_more else sklearn_tables.OF_TWO_CLASSES)
    if is_table != dense:
        return (
            f"dataset {dataset} is of {'numbers' if is_table else 'words'} and classifier {classifier} learns from "
            f"{'words' if is_table else 'numbers'}: set "
            + (f"classifier to {classifiers}." if is_table else f"dataset to {tables}.")
        )
    if more and not takes_more:
        return (
            f"classifier {classifier} tells two classes apart and dataset {dataset} has more: set classifier to "
            f"{classifiers}, or dataset to {tables}."
        )
    return ""


def too_many(classes: int, classifier: str) -> str:
    """Why a classifier cannot learn from data of so many classes, and what to set; empty where it can."""
    most = MODELS[classifier].MOST_CLASSES
    if classes <= most:
        return ""
    return (
        f"The data have {classes} classes and classifier {classifier} tells {most} apart: set classifier to "
        f"{that_take(classes, dense=is_dense(classifier))}."
    )
