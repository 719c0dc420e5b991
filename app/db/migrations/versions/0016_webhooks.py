"""Addresses that events are delivered to, each with how far it is."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INDEXED = ("owner", "pool_id", "account", "status", "next_attempt_at", "test_wanted")


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("pool_id", sa.String(length=36), nullable=True),
        sa.Column("account", sa.String(length=42), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("test_wanted", sa.Boolean(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in _INDEXED:
        op.create_index(f"ix_webhooks_{column}", "webhooks", [column])


def downgrade() -> None:
    for column in _INDEXED:
        op.drop_index(f"ix_webhooks_{column}", "webhooks")
    op.drop_table("webhooks")
