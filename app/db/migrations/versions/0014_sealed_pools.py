"""Pools whose judge is sealed: their reference and reasons, cases and epochs of contributions, standing, seals."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WEI = sa.String(length=78)


def upgrade() -> None:
    op.add_column("pools", sa.Column("reference", sa.LargeBinary(), nullable=True))
    op.add_column("pools", sa.Column("reasons", sa.JSON(), nullable=True))
    op.add_column("contributions", sa.Column("outcome", sa.Integer(), nullable=True))
    op.add_column("contributions", sa.Column("epoch", sa.BigInteger(), nullable=True))
    op.add_column("contributions", sa.Column("standing", sa.Integer(), nullable=True))
    op.add_column("claims", sa.Column("taught", sa.Boolean(), nullable=True))
    op.add_column("claims", sa.Column("standing", sa.Integer(), nullable=True))
    op.add_column("pool_accounts", sa.Column("standing", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("model_snapshots", sa.Column("judge", sa.LargeBinary(), nullable=True))
    op.add_column("submissions", sa.Column("accept_risk", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "seals",
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pool_address", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealer", sa.String(length=42), nullable=False),
        sa.Column("bounty", _WEI, nullable=False),
        sa.Column("burned", _WEI, nullable=False),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "pool_address", "epoch"),
    )
    op.create_index("ix_seals_block", "seals", ["chain_id", "pool_address", "block_number"])


def downgrade() -> None:
    op.drop_index("ix_seals_block", "seals")
    op.drop_table("seals")
    for table, columns in (
        ("submissions", ("accept_risk",)),
        ("model_snapshots", ("judge",)),
        ("pool_accounts", ("standing",)),
        ("claims", ("taught", "standing")),
        ("contributions", ("outcome", "epoch", "standing")),
        ("pools", ("reference", "reasons")),
    ):
        for column in columns:
            op.drop_column(table, column)
