"""One process at a time has the claim to a database; it ends with the process, or its connection."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from earnest.db.claim import Claim
from earnest.db.engine import make_engine

HOLD = """
import sys
from earnest.db.claim import Claim
from earnest.db.engine import make_engine
claim = Claim(make_engine(sys.argv[1]))
print(claim.take(), flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    return on_disk if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


def test_claim_is_one_processs_and_ends_when_that_is_killed(url: str, engine: Engine) -> None:
    claim = Claim(engine)
    with subprocess.Popen([sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert not claim.take()
        assert not claim.take()
        other.kill()
        other.wait()
    # the server may take a moment to notice
    for _ in range(100):
        if claim.take():
            break
    assert claim.take()
    claim.give_up()


def test_claim_is_kept_given_up_and_taken_again(engine: Engine) -> None:
    mine, others = Claim(engine), Claim(engine)
    assert mine.take()
    assert mine.take()
    assert not others.take()
    mine.give_up()
    assert others.take()
    assert not mine.take()
    others.give_up()


def test_claim_is_the_processs_whichever_thread_asks(engine: Engine) -> None:
    claim = Claim(engine)
    assert claim.take()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(claim.take).result(30)
    claim.give_up()


def test_claim_whose_connection_was_cut_is_taken_again(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    claim, others = Claim(engine), Claim(engine)
    assert claim.take()
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    for _ in range(100):
        if claim.take():
            break
    assert claim.take()
    assert not others.take()
    claim.give_up()
    engine.dispose()
