"""Column types that both databases keep exactly."""

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator


class Wei(TypeDecorator[int]):
    """An amount of wei as a decimal string: SQLite's integers end at 2^63, its numerics are floats."""

    impl = String(78)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else str(int(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        """From the database."""
        return None if value is None else int(value)
