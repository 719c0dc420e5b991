"""Lists, pages and series cost what they show, however much lies behind them."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from earnest.db.engine import Sessions, make_engine, make_sessions, upgrade
from earnest.db.queries.accounts import standings_of
from earnest.db.queries.contributions import indices_with_sample, page_of_contributions, times_of_newest
from earnest.db.queries.overviews import first_after, latest_answers
from earnest.db.queries.pools import evaluations, latest_evaluations, pool_at, totals_of_pool, totals_of_pools
from earnest.db.queries.submissions import decided_transactions, undecided_submissions
from earnest.db.queries.synced import samples_from
from earnest.db.tables import Chain, Contribution, Evaluation, Pool, PoolAccount

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#: What a statement works out itself before it asks for more.
WORKED_OUT = {"CONSTANT", "marks", "ends", "chosen", "between", "accounts"}


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
        found = [row.block_number for row in evaluations(session, ["p"], 200)["p"]]
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
        found = [row.block_number for row in evaluations(session, ["p"], 10)["p"]]
    assert (found[0], found[-1]) == (1, 1_000_999)
    assert len(found) <= 10


def test_series_of_many_pools_are_as_those_of_each(engine: Engine) -> None:
    sessions, _ = with_pool(engine)
    lengths = {"p": 40, "q": 0, "r": 1, "s": 7}
    with sessions.begin() as session:
        session.add_all(
            Pool(id=name, chain_id=1, name=name, status="ready", request={}, num_words=10, created_at=1)
            for name in lengths
            if name != "p"
        )
        session.flush()
        session.add_all(
            Evaluation(pool_id=name, block_number=9 * place, block_time=1, accepted=1, correct=1, total=2)
            for name, length in lengths.items()
            for place in range(length)
        )
    with sessions() as session:
        together = evaluations(session, list(lengths), 5)
        for name, length in lengths.items():
            blocks = [row.block_number for row in together[name]]
            assert blocks == [row.block_number for row in evaluations(session, [name], 5)[name]]
            assert blocks[:1] + blocks[-1:] == ([0, 9 * (length - 1)] if length else [])
            assert {row.pool_id for row in together[name]} <= {name}
        newest = latest_evaluations(session, list(lengths))
        assert {name: row.block_number for name, row in newest.items()} == {"p": 351, "r": 0, "s": 54}


def test_first_after_a_time_is_found_among_equal_ones_too(engine: Engine) -> None:
    sessions, pool = with_pool(engine)
    times = [3, 3, 3, 5, 5, 9, 9, 9, 9, 12]
    contributed(sessions, len(times))
    with sessions.begin() as session:
        for number, time in enumerate(times):
            session.execute(update(Contribution).where(Contribution.index == number).values(time=time))
    with sessions() as session:
        for count in range(len(times) + 1):
            for time in range(14):
                expected = next((place for place in range(count) if times[place] > time), count)
                assert first_after(session, pool, count, time) == expected
        # one that the tables lack is taken for a later one
        assert first_after(session, pool, len(times) + 3, 20) == len(times)
        assert times_of_newest(session, ["p", "elsewhere"]) == {"p": 12}


def test_latest_answers_are_of_each_accounts_newest_contributions(engine: Engine) -> None:
    sessions, pool = with_pool(engine)
    contributed(sessions, 20)
    other, quiet = "0x" + "2" * 40, "0x" + "3" * 40
    with sessions.begin() as session:
        session.execute(update(Contribution).where(Contribution.index % 5 == 0).values(contributor=other))
        session.execute(update(Contribution).where(Contribution.index < 12).values(predicted=1))
        for account in (ADDRESS, other, quiet):
            row = dict.fromkeys(("credit", "verified", "contributions", "deposits", "refunds", "shares"), 0)
            session.add(PoolAccount(chain_id=1, pool_address=ADDRESS, account=account, leftovers=0, standing=0, **row))
    with sessions() as session:
        told = latest_answers(session, pool, [ADDRESS, other, quiet], 6)
    # of the first: 13, 14, 16, 17, 18, 19; of the other all: 0, 5, 10, 15
    assert told[ADDRESS] == {(1, 0): 3, (0, 0): 3}
    assert told[other] == {(0, 1): 2, (1, 1): 1, (1, 0): 1}
    assert told[quiet] == {}


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
        totals_of_pools(session, [pool])
        evaluations(session, ["p"], 200)
        latest_evaluations(session, ["p"])
        times_of_newest(session, ["p"])
        first_after(session, pool, 50, 1)
        latest_answers(session, pool, [ADDRESS], 100)
        decided_transactions(session, pool, 5, 9)
        undecided_submissions(session, ("prepared", "sent"))
    asked = list(statements)
    assert len(asked) >= 10
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            scanned = [step for step in plan if step.startswith("SCAN") and step.split()[1] not in WORKED_OUT]
            assert scanned == [], (statement, plan)
            # what is counted by groups is bounded before
            if "FROM contributions" in statement and "GROUP BY" not in statement:
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
    assert steps_of(engine, lambda session: evaluations(session, ["p"], 4)) <= 2
    assert steps_of(engine, lambda session: times_of_newest(session, ["p"])) <= 1
    assert steps_of(engine, lambda session: first_after(session, pool, 20_000, 0)) <= 2
    assert steps_of(engine, lambda session: latest_answers(session, pool, [ADDRESS], 10)) <= 1
    with sessions() as session:
        assert list(indices_with_sample(session, pool, f"0x{19_998:064x}", 20)) == [19_999, 19_998]
        assert [label for _, label in samples_from(session, pool, 3, 20)] == [1, 0, 1, 0, 1, 0, 1, 0]
        assert len(samples_from(session, pool, 19_990, 10**6)) == 10
    engine.dispose()
