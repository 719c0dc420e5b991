"""Open the database, and bring its schema up to date."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

#: Seconds that a writer of SQLite waits for its turn before it gives up and the request is answered with 503.
QUEUE_SECONDS = 10
#: Seconds in which a server of PostgreSQL must take a connection.
CONNECT_SECONDS = 5
#: Connections are kept for as many threads as are busy usually; more are opened for more, and none waits long for one.
_POOL: dict[str, int] = {"pool_size": 12, "max_overflow": 60, "pool_timeout": 5}
#: Execution option of an engine whose transactions only read.
READER = "earnest_reader"

MIGRATIONS = Path(__file__).parent / "migrations"


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL.

    SQLite runs in WAL mode with `synchronous=FULL`: readers do not wait for the writer, and what was committed survives
    a power cut. Every connection is a writer's unless it asked to be a reader (`READER`): its transactions begin with
    BEGIN IMMEDIATE, so that what a writer reads cannot be changed under it, and DDL rolls back like everything else.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS}, **_POOL)
    engine = create_engine(url, connect_args={"timeout": QUEUE_SECONDS}, **_POOL)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, record: Any) -> None:
        # the driver's own BEGIN comes late, only before some statements, and never before DDL: we say it ourselves
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get(READER, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def upgrade(engine: Engine) -> None:
    """Apply every migration that the database lacks; does nothing the second time."""
    config = _config()
    # one transaction: a kill in the middle leaves the schema as it was
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the database has every migration of this version, and none of a later one."""
    return _heads_of(engine) == set(ScriptDirectory.from_config(_config()).get_heads())


def is_later(engine: Engine) -> bool:
    """Whether the database has a migration that this version does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return not _heads_of(engine) <= known


def _heads_of(engine: Engine) -> set[str]:
    """The database's newest migrations; none of an empty one."""
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


class Sessions:
    """The database's sessions; one commit for each request or block range, at the edge.

    `sessions()` reads: it sees one state of the database and waits for nobody. `sessions.begin()` writes: it commits at
    the end of its block, or changes nothing, and queues behind other writers (on SQLite).

    Attributes:
        engine: the database's.
        version: changes with every commit of this process, and with `touch`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._versions = count(1)
        self.version = 0
        self._writers = sessionmaker(engine, expire_on_commit=False)
        event.listen(self._writers, "after_commit", lambda _: self.touch())
        self._readers = sessionmaker(engine.execution_options(**{READER: True}), expire_on_commit=False)

    def __call__(self) -> Session:
        """A session that reads."""
        return self._readers()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that reads, whose statements all see one state of the database while another process writes."""
        with self._readers() as session:
            if self.engine.dialect.name == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def begin(self) -> AbstractContextManager[Session]:
        """A session that writes, in one transaction."""
        return self._writers.begin()

    def touch(self) -> None:
        """What answers follow from has changed, beside the tables too."""
        # one step of the interpreter: no two threads get the same
        self.version = next(self._versions)


def make_sessions(engine: Engine) -> Sessions:
    """Both kinds of sessions on an engine."""
    return Sessions(engine)
