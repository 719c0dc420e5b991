"""The database: writers queue, a migration is whole or not there, and both kinds of database get the same schema."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select, text

from earnest.db.engine import MIGRATIONS, Sessions, make_engine, make_sessions, upgrade
from earnest.db.tables import Base, Chain, Contribution, Evaluation, Implementation, SyncCursor, SyncedBlock

WRITERS, ROUNDS = 4, 25


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'earnest.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.getfixturevalue(request.param)
    return made


def count_up(sessions: Sessions, failures: list[Exception]) -> None:
    try:
        for _ in range(ROUNDS):
            with sessions.begin() as session:
                newest = session.scalar(select(func.max(Chain.chain_id))) or 0
                session.add(Chain(chain_id=newest + 1, genesis_hash="0x"))
    except Exception as error:
        failures.append(error)


def test_writers_queue_so_that_none_loses_an_update(sqlite: Engine) -> None:
    upgrade(sqlite)
    sessions, failures = make_sessions(sqlite), list[Exception]()
    threads = [threading.Thread(target=count_up, args=(sessions, failures)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with sessions() as session:
        assert session.scalars(select(Chain.chain_id).order_by(Chain.chain_id)).all() == list(
            range(1, WRITERS * ROUNDS + 1)
        )


def test_reader_does_not_wait_for_a_writer_and_sees_no_half_of_it(sqlite: Engine) -> None:
    upgrade(sqlite)
    sessions = make_sessions(sqlite)
    with sessions.begin() as writer:
        writer.add(Chain(chain_id=1, genesis_hash="0x"))
        writer.flush()
        with sessions() as reader:
            assert reader.get(Chain, 1) is None
    with sessions() as reader:
        assert reader.get(Chain, 1) is not None


def test_failed_write_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    sessions = make_sessions(engine)

    def write_and_fail() -> None:
        with sessions.begin() as session:
            session.add(Chain(chain_id=1, genesis_hash="0x"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with sessions() as session:
        assert session.get(Chain, 1) is None


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with make_sessions(engine).begin() as session:
        session.add(Chain(chain_id=1, genesis_hash="0x"))
    upgrade(engine)
    with make_sessions(engine)() as session:
        assert session.get(Chain, 1) is not None


def test_migration_to_committed_batches_goes_back_to_each_pools_creation(engine: Engine) -> None:
    """What was synced before does not tell the batches, so it is synced again; a pool in the making has no rows."""
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO chains (chain_id, genesis_hash) VALUES (1, '0x')"))
        for number, (pool, deployed) in enumerate([("a", 7), ("b", None)]):
            connection.execute(
                text(
                    "INSERT INTO pools (id, chain_id, name, status, request, num_words, created_at, deployed_block) "
                    "VALUES (:pool, 1, 'n', 's', '{}', 10, 0, :deployed)"
                ),
                {"pool": pool, "deployed": deployed},
            )
            if number:
                continue
            for block in (7, 9, 12):
                row = {"pool": pool, "block": block, "hash": f"0x{block}"}
                connection.execute(text("INSERT INTO synced_blocks VALUES (:pool, :block, :hash, :block)"), row)
                connection.execute(text("INSERT INTO evaluations VALUES (:pool, :block, 0, 0, 1, 2)"), row)
            connection.execute(text("INSERT INTO sync_cursors VALUES (:pool, :block, :hash, :block)"), row)
            connection.execute(
                text(
                    "INSERT INTO contributions VALUES "
                    "(1, '0xa', 0, '0xb', 1, 1, '5', '5', 'open', :sample, '0x', 9, '0x9', '0x', 0, 9)"
                ),
                {"sample": b"\0\1"},
            )
    upgrade(engine)
    with make_sessions(engine)() as session:
        assert session.scalars(select(Contribution)).all() == []
        cursor = session.get_one(SyncCursor, "a")
        assert (cursor.block_number, cursor.block_hash, cursor.block_time) == (7, "0x7", 7)
        assert session.scalars(select(SyncedBlock.block_number)).all() == [7]
        assert session.scalars(select(Evaluation.block_number)).all() == [7]


def test_migration_to_implementations_by_name_keeps_the_one_that_was_there(engine: Engine) -> None:
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for chain, implementation in ((1, "'0xa'"), (2, "NULL")):
            connection.execute(text(f"INSERT INTO chains VALUES ({chain}, '0x', NULL, {implementation})"))
    upgrade(engine)
    with make_sessions(engine)() as session:
        (kept,) = session.scalars(select(Implementation))
        assert (kept.chain_id, kept.name, kept.address) == (1, "SelfAssessedSparsePerceptron", "0xa")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        assert connection.execute(text("SELECT implementation FROM chains ORDER BY chain_id")).scalars().all() == [
            "0xa",
            None,
        ]


KILLED = """
import os, signal, sys
from sqlalchemy import event
from earnest.db.engine import make_engine, upgrade
engine = make_engine(sys.argv[1])
left = int(sys.argv[2])
@event.listens_for(engine, "after_cursor_execute")
def _kill(connection, cursor, statement, *rest):
    global left
    if statement.lstrip().startswith(("CREATE", "INSERT")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
upgrade(engine)
"""


@pytest.mark.parametrize("statements", [1, 2, 9, 17])
def test_kill_during_the_first_migration_leaves_a_database_that_can_be_upgraded(
    tmp_path: Path, statements: int
) -> None:
    url = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(statements)], check=False)
    assert killed.returncode == -9
    engine = make_engine(url)
    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()
