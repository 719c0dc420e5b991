"""Whom pools believe when it says who called, so that calls can be relayed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pools", sa.Column("forwarder", sa.String(length=42), nullable=True))


def downgrade() -> None:
    op.drop_column("pools", "forwarder")
