"""Lists, pages and series cost what they show, however much lies behind them."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from earnest.db.engine import Sessions, make_engine, make_sessions, upgrade
from earnest.db.queries.accounts import standings_of
from earnest.db.queries.contributions import indices_with_sample, page_of_contributions
from earnest.db.queries.pools import evaluations, pool_at, totals_of_pool
from earnest.db.queries.submissions import decided_transactions, undecided_submissions
from earnest.db.queries.synced import samples_from
from earnest.db.tables import Chain, Contribution, Evaluation, Pool

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    made = make_engine(on_disk if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    upgrade(made)
    yield made
    made.dispose()


def with_pool(engine: Engine) -> tuple[Sessions, Pool]:
    sessions = make_sessions(engine)
    pool = Pool(id="p", chain_id=1, address=ADDRESS, name="p", status="ready", request={}, num_words=10, created_at=1)
    with sessions.begin() as session:
        session.add(Chain(chain_id=1, genesis_hash="0x"))
        session.flush()
        session.add(pool)
    return sessions, pool


def measured(sessions: Sessions, blocks: list[int]) -> None:
    with sessions.begin() as session:
        session.add_all(
            Evaluation(pool_id="p", block_number=block, block_time=block, accepted=block, correct=1, total=2)
            for block in blocks
        )


@pytest.mark.parametrize("count", [0, 1, 2, 3, 199, 200, 201, 5_000])
def test_series_is_thinned_evenly_and_keeps_its_ends(engine: Engine, count: int) -> None:
    sessions, _ = with_pool(engine)
    blocks = [7 + 3 * place for place in range(count)]
    measured(sessions, blocks)
    with sessions() as session:
        found = [row.block_number for row in evaluations(session, "p", 200)]
    assert len(found) <= 200
    assert found == sorted(set(found))
    assert set(found) <= set(blocks)
    assert found[:1] + found[-1:] == blocks[:1] + blocks[-1:]
    if count <= 3:
        assert found == blocks
    if count == 5_000:
        gaps = [after - before for before, after in pairwise(found[1:])]
        assert max(gaps) - min(gaps) <= 3


def test_series_with_a_gap_is_thinned_too(engine: Engine) -> None:
    sessions, _ = with_pool(engine)
    measured(sessions, [1, 2, 3, *range(1_000_000, 1_001_000)])
    with sessions() as session:
        found = [row.block_number for row in evaluations(session, "p", 10)]
    assert (found[0], found[-1]) == (1, 1_000_999)
    assert len(found) <= 10


def test_every_list_goes_by_an_index(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'earnest.sqlite'}")
    upgrade(engine)
    sessions, pool = with_pool(engine)
    statements: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append((statement, parameters))

    with sessions() as session:
        for filters in ({}, {"contributor": ADDRESS}, {"status": "open"}, {"contributor": ADDRESS, "status": "open"}):
            page_of_contributions(session, pool, 50, 20, **filters)
        standings_of(session, ADDRESS)
        pool_at(session, ADDRESS)
        totals_of_pool(session, pool)
        evaluations(session, "p", 200)
        decided_transactions(session, pool, 5, 9)
        undecided_submissions(session, ("prepared", "sent"))
    asked = list(statements)
    assert len(asked) >= 10
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            scanned = [
                step for step in plan if step.startswith("SCAN") and "marks" not in step and "CONSTANT" not in step
            ]
            assert scanned == [], (statement, plan)
            if "FROM contributions" in statement:
                assert not any("TEMP B-TREE" in step for step in plan), (statement, plan)
    engine.dispose()


def contributed(sessions: Sessions, count: int) -> None:
    """Contributions, one a block from block 10 on; the samples of the last two are the same."""
    with sessions.begin() as session:
        session.add_all(
            Contribution(
                chain_id=1, pool_address=ADDRESS, index=number, contributor=ADDRESS, label=number % 2, predicted=0,
                deposit=1, claimable=1, status="open", sample=b"", sample_hash=f"0x{min(number, count - 2):064x}",
                block_number=10 + number, block_hash="0x", transaction_hash=f"0x{number:064x}", log_index=0, time=1,
            )
            for number in range(count)
        )  # fmt: skip


def steps_of(engine: Engine, read: Any) -> int:
    """How many thousands of SQLite's instructions something takes that is asked of a session."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    with make_sessions(engine)() as session:
        session.connection().connection.dbapi_connection.set_progress_handler(count, 1_000)  # type: ignore[union-attr]
        read(session)
    return taken


def test_what_quotes_old_models_and_charts_ask_for_does_not_grow_with_the_contributions(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'earnest.sqlite'}")
    upgrade(engine)
    sessions, pool = with_pool(engine)
    contributed(sessions, 20_000)
    assert steps_of(engine, lambda session: indices_with_sample(session, pool, "0x" + "f" * 64, 20)) <= 1
    assert steps_of(engine, lambda session: samples_from(session, pool, 3, 20)) <= 1
    measured(sessions, list(range(20_000)))
    assert steps_of(engine, lambda session: evaluations(session, "p", 4)) <= 2
    with sessions() as session:
        assert list(indices_with_sample(session, pool, f"0x{19_998:064x}", 20)) == [19_999, 19_998]
        assert [label for _, label in samples_from(session, pool, 3, 20)] == [1, 0, 1, 0, 1, 0, 1, 0]
        assert len(samples_from(session, pool, 19_990, 10**6)) == 10
    engine.dispose()
