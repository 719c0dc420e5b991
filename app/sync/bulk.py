"""Rows written many at a time: a statement a table for each 1,000 rows, whatever the database."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, Update, and_, bindparam, insert, update
from sqlalchemy.orm import Session

from earnest.db.queries.ranges import Row
from earnest.db.tables import Base

#: Most rows of one statement; it bounds what the driver holds of them at once.
BATCH = 1_000
#: What tells a row's key from the values that an update gives its other columns.
_KEY = "key_"


def insert_rows(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that have a value for every column; O(rows)."""
    for start in range(0, len(rows), BATCH):
        session.connection().execute(_insert(table), rows[start : start + BATCH])


def update_rows(session: Session, table: type[Base], rows: Sequence[Row], columns: tuple[str, ...]) -> None:
    """Set these columns of rows that are there, which are found by their key; O(rows)."""
    statement, keys = _update(table), _keys(table)
    for start in range(0, len(rows), BATCH):
        values = [
            {_KEY + key: row[key] for key in keys} | {name: row[name] for name in columns}
            for row in rows[start : start + BATCH]
        ]
        session.connection().execute(statement, values)


def _table(table: type[Base]) -> Table:
    return cast(Table, table.__table__)


def _keys(table: type[Base]) -> list[str]:
    return [column.name for column in _table(table).primary_key]


@cache
def _insert(table: type[Base]) -> Insert:
    return insert(_table(table))


@cache
def _update(table: type[Base]) -> Update:
    # what is set are the columns that the values name
    made = _table(table)
    key: Any = and_(*(made.c[name] == bindparam(_KEY + name) for name in _keys(table)))
    return update(made).where(key)
