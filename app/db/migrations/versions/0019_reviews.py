"""What a pool's owner has looked at, and the contributions that wait for a look."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pools", sa.Column("review_policy", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "reviews",
        sa.Column("pool_id", sa.String(length=36), sa.ForeignKey("pools.id"), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=False),
        sa.Column("sample_hash", sa.String(length=66), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pool_id", "index"),
    )
    op.create_index("ix_reviews_verdict", "reviews", ["pool_id", "verdict", "index"])


def downgrade() -> None:
    op.drop_index("ix_reviews_verdict", "reviews")
    op.drop_table("reviews")
    op.drop_column("pools", "review_policy")
