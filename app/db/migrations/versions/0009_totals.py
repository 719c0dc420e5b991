"""Sums are kept beside the rows that they are of, so that no look at a pool or an account adds them up again.

They are computed once from the rows that are there. Amounts are decimal strings, which no database adds up: it is done
here, row by row.
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WEI = sa.String(length=78)
_SUMS = ("deposits", "refunds", "shares", "leftovers")
_OF_VERB = {"refund": "refunds", "report": "shares", "collect": "leftovers"}
_WIDER = {
    "ix_contributions_contributor": ["chain_id", "pool_address", "contributor", "index"],
    "ix_contributions_status": ["chain_id", "pool_address", "status", "index"],
    "ix_contributions_own_status": ["chain_id", "pool_address", "contributor", "status", "index"],
}
#: Rows in memory at a time.
_BY_CHUNKS = {"yield_per": 10_000}

Key = tuple[int, str, str]


def upgrade() -> None:
    op.drop_index("ix_contributions_contributor", "contributions")
    for name, columns in _WIDER.items():
        op.create_index(name, "contributions", columns)
    op.create_table(
        "pool_totals",
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pool_address", sa.String(length=42), nullable=False),
        sa.Column("contributions", sa.BigInteger(), nullable=False),
        sa.Column("open_contributions", sa.BigInteger(), nullable=False),
        sa.Column("open_amount", _WEI, nullable=False),
        sa.Column("credit", _WEI, nullable=False),
        sa.Column("verified", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "pool_address"),
    )
    op.add_column("pool_accounts", sa.Column("contributions", sa.BigInteger(), nullable=False, server_default="0"))
    for name in _SUMS:
        op.add_column("pool_accounts", sa.Column(name, _WEI, nullable=False, server_default="0"))
    op.create_index("ix_pool_accounts_account", "pool_accounts", ["account"])
    op.create_index("ix_pools_address", "pools", ["address"])
    _add_up(op.get_bind())


def _add_up(connection: sa.Connection) -> None:
    accounts: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("contributions", *_SUMS), 0))
    pools: dict[tuple[int, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("contributions", "open_contributions", "open_amount", "credit", "verified"), 0)
    )
    for row in connection.execute(
        sa.text("SELECT chain_id, pool_address, contributor, deposit, claimable, status FROM contributions"),
        execution_options=_BY_CHUNKS,
    ):
        account, pool = accounts[row[0], row[1], row[2]], pools[row[0], row[1]]
        account["contributions"] += 1
        account["deposits"] += int(row[3])
        pool["contributions"] += 1
        if row[5] == "open":
            pool["open_contributions"] += 1
            pool["open_amount"] += int(row[4])
    for row in connection.execute(
        sa.text("SELECT chain_id, pool_address, account, verb, amount FROM claims WHERE NOT burned"),
        execution_options=_BY_CHUNKS,
    ):
        accounts[row[0], row[1], row[2]][_OF_VERB[row[3]]] += int(row[4])
    known = set()
    for row in connection.execute(
        sa.text("SELECT chain_id, pool_address, account, credit, verified FROM pool_accounts"),
        execution_options=_BY_CHUNKS,
    ):
        known.add((row[0], row[1], row[2]))
        pools[row[0], row[1]]["credit"] += int(row[3])
        pools[row[0], row[1]]["verified"] += row[4]
    _write(connection, accounts, pools, known)


def _write(connection: sa.Connection, accounts: Any, pools: Any, known: set[Key]) -> None:
    place = "chain_id = :chain_id AND pool_address = :pool_address AND account = :account"
    for key, sums in accounts.items():
        values = {"chain_id": key[0], "pool_address": key[1], "account": key[2], "contributions": sums["contributions"]}
        values |= {name: str(sums[name]) for name in _SUMS}
        if key in known:
            changes = ", ".join(f"{name} = :{name}" for name in ("contributions", *_SUMS))
            connection.execute(sa.text(f"UPDATE pool_accounts SET {changes} WHERE {place}"), values)
        else:
            values |= {"credit": "0", "verified": 0}
            columns = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(sa.text(f"INSERT INTO pool_accounts ({columns}) VALUES ({marks})"), values)
    for (chain_id, address), sums in pools.items():
        values = {"chain_id": chain_id, "pool_address": address, **sums}
        values |= {name: str(sums[name]) for name in ("open_amount", "credit")}
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(sa.text(f"INSERT INTO pool_totals ({columns}) VALUES ({marks})"), values)


def downgrade() -> None:
    op.drop_index("ix_pools_address", "pools")
    op.drop_index("ix_pool_accounts_account", "pool_accounts")
    with op.batch_alter_table("pool_accounts") as table:
        for name in ("contributions", *_SUMS):
            table.drop_column(name)
    op.drop_table("pool_totals")
    for name in _WIDER:
        op.drop_index(name, "contributions")
    op.create_index("ix_contributions_contributor", "contributions", ["chain_id", "pool_address", "contributor"])
