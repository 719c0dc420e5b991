"""Pools whose deposits are paid in an ERC-20 token."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pools", sa.Column("token", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("pools", "token")
