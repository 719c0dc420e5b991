"""The table of the sweeps is called after them; it was `studies`."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename("studies", "sweeps")


def downgrade() -> None:
    _rename("sweeps", "studies")


def _rename(old: str, new: str) -> None:
    op.drop_index(f"ix_{old}_status", table_name=old)
    op.rename_table(old, new)
    op.create_index(f"ix_{new}_status", new, ["status"])
    if op.get_bind().dialect.name == "postgresql":
        # SQLite gave them no names
        for end in ("pkey", "sequence_key", "idempotency_key_key"):
            op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {old}_{end} TO {new}_{end}")
