"""What happened in pools, in the order in which the sync learned of it, for those who follow a pool or an account."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_events_pool": ["pool_id", "sequence"],
    "ix_events_account": ["account", "sequence"],
    "ix_events_contributor": ["contributor", "sequence"],
}


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pool_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=42)),
        sa.Column("contributor", sa.String(length=42)),
        sa.Column("index", sa.BigInteger()),
        sa.Column("amount", sa.String(length=78)),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66)),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "events", columns)


def downgrade() -> None:
    op.drop_table("events")
