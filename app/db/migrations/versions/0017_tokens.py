"""Pools whose deposits are paid in an ERC-20 token, and the verbs that they have besides."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pools", sa.Column("token", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("submissions") as table:
        # deposit-permitted is longer than what there was
        table.alter_column("verb", existing_type=sa.String(10), type_=sa.String(20), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("submissions") as table:
        table.alter_column("verb", existing_type=sa.String(20), type_=sa.String(10), existing_nullable=False)
    op.drop_column("pools", "token")
