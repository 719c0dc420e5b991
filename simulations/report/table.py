"""A table of a report, for its page and as CSV."""

import csv
import io
import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table; the CSV holds `raw`.

    Attributes:
        on_page: whether the page shows it too; what another table shows better is left to the CSV.
    """

    name: str
    title: str
    note: str
    head: list[str]
    rows: list[list[str]]
    raw_head: list[str]
    raw: list[list[Any]]
    on_page: bool = True

    @property
    def in_words(self) -> set[int]:
        """The columns of words, which a page begins on the left; the first is one in any case."""
        return {0} | {place for row in self.rows for place, cell in enumerate(row) if cell[:1].isalpha()}

    def as_csv(self) -> bytes:
        """Unrounded, a column a number."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.raw_head)
        writer.writerows(self.raw)
        return file.getvalue().encode()


def plain(value: Any) -> Any:
    """A value of a table as one of Python's, None for a missing one."""
    own = value.item() if hasattr(value, "item") else value
    return None if isinstance(own, float) and math.isnan(own) else own
