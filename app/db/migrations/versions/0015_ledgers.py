"""An account's contributions, claims and credit are read in the order of the chain, a page at a time."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_contributions_ledger": ("contributions", "contributor"),
    "ix_claims_ledger": ("claims", "account"),
    "ix_credit_events_ledger": ("credit_events", "account"),
}


def upgrade() -> None:
    op.drop_index("ix_claims_account", "claims")
    for name, (table, whose) in _INDEXES.items():
        op.create_index(name, table, ["chain_id", "pool_address", whose, "block_number", "log_index"])


def downgrade() -> None:
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table)
    op.create_index("ix_claims_account", "claims", ["chain_id", "pool_address", "account"])
