"""Reads of the tables stand in one place, app/db/queries, a file for each domain."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The only ones that may read: the queries, and the migrations, which know tables of their own time.
READERS = ("app/db/queries/", "app/db/migrations/")
READING = {"select", "exists", "text", "union", "union_all", "literal_column"}


def reads(source: str) -> Iterator[str]:
    """What in a source reads tables: constructs of SQLAlchemy, and the session's own short cuts."""
    names: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
            yield from (alias.name for alias in node.names if alias.name in READING)
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name == "sqlalchemy"}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if names.get(node.value.id) == "sqlalchemy" and node.attr in READING:
                yield node.attr
            elif node.value.id == "session" and node.attr in {"query", "scalars", "scalar"}:
                yield f"session.{node.attr}"


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import func, select",
        "from sqlalchemy import select as s",
        "import sqlalchemy as sa\nsa.select(1)",
        "session.query(Pool)",
        "session.scalars(chosen)",
    ],
)
def test_reading_of_tables_is_noticed(source: str) -> None:
    assert list(reads(source))


def test_what_only_looks_like_reading_is_left_alone() -> None:
    assert list(reads("import select\nselect.select([], [], [])\nfrom sqlalchemy import delete, update")) == []


def test_tables_are_read_in_the_queries_only(tracked_files: list[Path]) -> None:
    found = {
        str(path): names
        for path in tracked_files
        if path.suffix == ".py" and path.parts[0] == "app" and not str(path).startswith(READERS)
        if (names := sorted(set(reads((ROOT / path).read_text("utf-8")))))
    }
    assert found == {}
