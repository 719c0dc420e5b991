"""Which classifiers take which data: words or the numbers of a table, of two classes or of more."""

from earnest.data import sklearn_tables
from earnest.simulations.engine.models import DENSE_KINDS, KINDS, MOST_CLASSES


def is_dense(classifier: str) -> bool:
    """Whether it learns from the numbers of a table, not from words."""
    return KINDS[classifier] in DENSE_KINDS


def that_take(classes: int, *, dense: bool) -> str:
    """Classifiers on such samples that tell so many classes apart, as a choice in words."""
    return " or ".join(name for name, most in MOST_CLASSES.items() if is_dense(name) == dense and classes <= most)


def misfit(dataset: str, classifier: str) -> str:
    """Why a classifier cannot learn from a data set, and what to set; empty where it can.

    How many classes a file has is known only once it is read; see `too_many`.
    """
    is_table, dense = dataset in sklearn_tables.NAMES, is_dense(classifier)
    more = is_table and dataset not in sklearn_tables.OF_TWO_CLASSES
    takes_more = MOST_CLASSES[classifier] > 2
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
    most = MOST_CLASSES[classifier]
    if classes <= most:
        return ""
    return (
        f"The data have {classes} classes and classifier {classifier} tells {most} apart: set classifier to "
        f"{that_take(classes, dense=is_dense(classifier))}."
    )
