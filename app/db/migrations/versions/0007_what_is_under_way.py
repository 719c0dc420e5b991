"""What is under way is found by an index: items by their status, transactions by their block."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_submission_items_status", "submission_items", ["status"])
    op.create_index("ix_transactions_block_number", "transactions", ["block_number"])


def downgrade() -> None:
    op.drop_index("ix_transactions_block_number", "transactions")
    op.drop_index("ix_submission_items_status", "submission_items")
