"""Where a pool's deposits went, and how many accounts they came from, beside its other sums.

Amounts are decimal strings, which no database adds up: it is done here, row by row, once.
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WEI = sa.String(length=78)
_SUMS = ("deposits", "refunds", "shares", "leftovers", "burned")
#: Rows in memory at a time.
_BY_CHUNKS = {"yield_per": 10_000}


def upgrade() -> None:
    op.add_column("pool_totals", sa.Column("contributors", sa.BigInteger(), nullable=False, server_default="0"))
    for name in _SUMS:
        op.add_column("pool_totals", sa.Column(name, _WEI, nullable=False, server_default="0"))
    op.create_index("ix_pool_accounts_contributions", "pool_accounts", ["chain_id", "pool_address", "contributions"])
    _add_up(op.get_bind())


def _add_up(connection: sa.Connection) -> None:
    pools: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(("contributors", *_SUMS), 0))
    for row in connection.execute(
        sa.text(
            "SELECT chain_id, pool_address, contributions, deposits, refunds, shares, leftovers FROM pool_accounts"
        ),
        execution_options=_BY_CHUNKS,
    ):
        sums = pools[row[0], row[1]]
        sums["contributors"] += row[2] > 0
        for name, value in zip(_SUMS, row[3:], strict=False):
            sums[name] += int(value)
    for row in connection.execute(
        sa.text("SELECT chain_id, pool_address, amount FROM claims WHERE burned"), execution_options=_BY_CHUNKS
    ):
        pools[row[0], row[1]]["burned"] += int(row[2])
    changes = ", ".join(f"{name} = :{name}" for name in ("contributors", *_SUMS))
    for (chain_id, address), sums in pools.items():
        values: dict[str, Any] = {"chain_id": chain_id, "pool_address": address, "contributors": sums["contributors"]}
        values |= {name: str(sums[name]) for name in _SUMS}
        connection.execute(
            sa.text(f"UPDATE pool_totals SET {changes} WHERE chain_id = :chain_id AND pool_address = :pool_address"),
            values,
        )


def downgrade() -> None:
    op.drop_index("ix_pool_accounts_contributions", "pool_accounts")
    with op.batch_alter_table("pool_totals") as table:
        for name in ("contributors", *_SUMS):
            table.drop_column(name)
