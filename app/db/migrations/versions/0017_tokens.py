"""Pools whose deposits are paid in an ERC-20 token, and the verbs that they have besides."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pools", sa.Column("token", sa.JSON(none_as_null=True), nullable=True))
    # deposit-permitted is longer than what there was
    _verbs_of_at_most(20, 10)


def downgrade() -> None:
    _verbs_of_at_most(10, 20)
    op.drop_column("pools", "token")


def _verbs_of_at_most(characters: int, before: int) -> None:
    # SQLite keeps texts of any length, and would make the table anew, to which others refer
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(
            "submissions", "verb", existing_type=sa.String(before), type_=sa.String(characters), existing_nullable=False
        )
