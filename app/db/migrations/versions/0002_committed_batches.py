"""Committed batches: which contributions share a commitment, and which submissions ask for one.

What earlier versions synced does not say which contributions were committed together, so every pool's chain-derived
rows are dropped and its cursor goes back to the block of its creation: the next start syncs them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Of pools, by chain and address.
_BY_ADDRESS = ("claims", "contributions", "credit_events", "pool_accounts")
#: Of pools, by id; the rows of the block of a pool's creation were written by its deployment, and stay.
_BY_POOL = ("evaluations", "model_snapshots", "synced_blocks")


def upgrade() -> None:
    op.add_column("contributions", sa.Column("batch_first", sa.BigInteger(), nullable=True))
    op.create_index("ix_contributions_batch", "contributions", ["chain_id", "pool_address", "batch_first"])
    op.add_column("submissions", sa.Column("one_commitment", sa.Boolean(), nullable=False, server_default=sa.false()))
    _sync_again()


def _sync_again() -> None:
    for table in _BY_ADDRESS:
        op.execute(f"DELETE FROM {table}")
    for table in _BY_POOL:
        op.execute(
            f"DELETE FROM {table} WHERE block_number > "
            f"(SELECT deployed_block FROM pools WHERE pools.id = {table}.pool_id)"
        )
    for column in ("block_hash", "block_time", "block_number"):
        op.execute(
            f"UPDATE sync_cursors SET {column} = (SELECT {column} FROM synced_blocks "
            "WHERE synced_blocks.pool_id = sync_cursors.pool_id)"
        )


def downgrade() -> None:
    op.drop_column("submissions", "one_commitment")
    op.drop_index("ix_contributions_batch", "contributions")
    op.drop_column("contributions", "batch_first")
