"""The migration that calls the sweeps' table after them keeps what is in it, and leaves no former name behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, select, text

from earnest.db.engine import MIGRATIONS, make_engine, make_sessions
from earnest.db.tables import Sweep

ROW = (
    "INSERT INTO studies (id, sequence, name, request, plan, runs, status, done, failed_runs, idempotency_key, "
    "request_hash, created_at) VALUES ('a', 1, 'Words', '{}', '{\"seeds\": [1]}', 3, 'queued', 0, 0, 'key', 'x', 9)"
)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    made = make_engine(on_disk if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield made
    made.dispose()


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def names_in(engine: Engine, table: str) -> set[str | None]:
    found = inspect(engine)
    listed = [found.get_pk_constraint(table), *found.get_unique_constraints(table), *found.get_indexes(table)]
    return {each["name"] for each in listed} - {None}


def test_rows_are_kept_there_and_back(engine: Engine) -> None:
    migrate(engine, "0005")
    with engine.begin() as connection:
        connection.execute(text(ROW))
    before = names_in(engine, "studies")
    migrate(engine, "0006")
    assert "studies" not in inspect(engine).get_table_names()
    with make_sessions(engine)() as session:
        (kept,) = session.execute(select(Sweep.id, Sweep.plan, Sweep.status)).all()
    assert tuple(kept) == ("a", {"seeds": [1]}, "queued")
    after = names_in(engine, "sweeps")
    assert {str(name).replace("sweeps", "studies") for name in after} == before
    assert not any("studies" in str(name) for name in after)
    migrate(engine, "0005", down=True)
    assert names_in(engine, "studies") == before
    with engine.begin() as connection:
        assert connection.execute(text("SELECT name FROM studies")).scalars().all() == ["Words"]
