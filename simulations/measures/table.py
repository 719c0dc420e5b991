"""All measures, and which of them a column of a row is."""

from typing import NamedTuple

from earnest.simulations.measures.measure import Measure
from earnest.simulations.measures.of_group import OF_GROUP
from earnest.simulations.measures.of_run import OF_RUN

#: In the order of a row's columns; those of groups come once a group.
MEASURES: tuple[Measure, ...] = (*OF_RUN, *OF_GROUP)

#: What readers ask for first, in that order.
RANKED: tuple[Measure, ...] = tuple(sorted((one for one in MEASURES if one.rank), key=lambda measure: measure.rank))

_OF_RUN = {measure.name: measure for measure in OF_RUN}
#: Longer names first: a column that ends in one may end in a shorter one too.
_LONGEST_FIRST = sorted(OF_GROUP, key=lambda measure: -len(measure.name))


class Column(NamedTuple):
    """A column as what it is.

    Attributes:
        measure: that stands in it.
        group: of agents; empty for a measure of the whole run.
    """

    measure: Measure
    group: str


def measure_of(column: str) -> Column | None:
    """The measure of a column; None where it is none, or one that there is no more.

    A measure of the whole run comes before one of a group of the same name.
    """
    if column in _OF_RUN:
        return Column(_OF_RUN[column], "")
    for measure in _LONGEST_FIRST:
        group = column.removesuffix(f"_{measure.name}")
        if group and group != column:
            return Column(measure, group)
    return None
