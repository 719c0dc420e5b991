"""Implementations by name: a chain may have one for each model under each incentive.

Until here each chain had one, of the sparse perceptron under self-assessment; it is kept under its name.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FIRST = "SelfAssessedSparsePerceptron"


def upgrade() -> None:
    op.create_table(
        "implementations",
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.chain_id"]),
        sa.PrimaryKeyConstraint("chain_id", "name"),
    )
    op.execute(
        "INSERT INTO implementations (chain_id, name, address) "
        f"SELECT chain_id, '{_FIRST}', implementation FROM chains WHERE implementation IS NOT NULL"
    )
    op.drop_column("chains", "implementation")


def downgrade() -> None:
    op.add_column("chains", sa.Column("implementation", sa.String(length=42), nullable=True))
    op.execute(
        "UPDATE chains SET implementation = (SELECT address FROM implementations "
        f"WHERE implementations.chain_id = chains.chain_id AND implementations.name = '{_FIRST}')"
    )
    op.drop_table("implementations")
