"""The migration that adds sums keeps every row, and adds up what is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from earnest.db.engine import make_engine, make_sessions
from earnest.db.tables import PoolAccount, PoolTotals
from tests.db.test_sweeps_migration import migrate

PLACE = "block_number, block_hash, transaction_hash, log_index, time"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    made = make_engine(on_disk if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield made
    made.dispose()


def write(engine: Engine) -> None:
    big = 10**25
    with engine.begin() as connection:
        for index, (who, left, status) in enumerate([("a", big, "open"), ("a", 0, "refunded"), ("b", 3, "open")]):
            connection.execute(
                text(
                    f'INSERT INTO contributions (chain_id, pool_address, "index", contributor, label, predicted, '
                    f"deposit, claimable, status, sample, sample_hash, {PLACE}) VALUES (1, 'p', :index, :who, 1, 1, "
                    ":deposit, :left, :status, :sample, 'h', 1, 'h', 't', 1, 1)"
                ),
                {
                    "index": index, "who": who, "deposit": str(big), "left": str(left), "status": status, "sample": b"",
                },
            )  # fmt: skip
        for log, (who, verb, amount, burned) in enumerate(
            [("a", "refund", big, False), ("c", "report", 5, False), ("c", "collect", 7, True)]
        ):
            connection.execute(
                text(
                    f'INSERT INTO claims (chain_id, pool_address, "index", verb, account, amount, burned, {PLACE}) '
                    "VALUES (1, 'p', 1, :verb, :who, :amount, :burned, 2, 'h', 't', :log, 2)"
                ),
                {"who": who, "verb": verb, "amount": str(amount), "burned": burned, "log": log},
            )
        connection.execute(
            text(
                "INSERT INTO pool_accounts (chain_id, pool_address, account, credit, verified) "
                "VALUES (1, 'p', 'a', :credit, 1), (1, 'p', 'c', '5', 0)"
            ),
            {"credit": str(big)},
        )


def test_rows_are_kept_and_added_up_there_and_back(engine: Engine) -> None:
    migrate(engine, "0008")
    write(engine)
    migrate(engine, "head")
    big = 10**25
    with make_sessions(engine)() as session:
        totals = session.scalars(select(PoolTotals)).one()
        accounts = {row.account: row for row in session.scalars(select(PoolAccount))}
    assert (totals.contributions, totals.open_contributions, totals.open_amount) == (3, 2, big + 3)
    assert (totals.credit, totals.verified, totals.contributors) == (big + 5, 1, 2)
    sums = (totals.deposits, totals.refunds, totals.shares, totals.leftovers, totals.burned)
    assert sums == (3 * big, big, 5, 0, 7)
    shown = {
        who: (row.credit, row.verified, row.contributions, row.deposits, row.refunds, row.shares, row.leftovers)
        for who, row in accounts.items()
    }
    assert shown == {
        "a": (big, 1, 2, 2 * big, big, 0, 0),
        "b": (0, 0, 1, big, 0, 0, 0),
        "c": (5, 0, 0, 0, 0, 5, 0),
    }
    migrate(engine, "0008", down=True)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM pool_accounts")).scalar() == 3
    migrate(engine, "head")
