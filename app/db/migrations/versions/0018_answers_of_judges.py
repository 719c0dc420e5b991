"""What a sealed judge of three or more classes is said to have answered where it disagreed.

Earlier releases wrote "1 - label", which nobody had said. What it said follows from the chain alone; that it disagreed
is in `outcome`.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: Where a model of several classes has their number among its parameters.
_CLASSES_AT = {
    "dense-margin-perceptron/1": 4, "dense-nearest-centroid/1": 1, "naive-bayes/1": 1, "sparse-nearest-centroid/1": 1,
}  # fmt: skip
_NOT_PREDICTED, _AGREED = 2**16 - 1, 0


def upgrade() -> None:
    connection = op.get_bind()
    pools = connection.execute(
        sa.text("SELECT chain_id, address, model, model_parameters FROM pools WHERE address IS NOT NULL")
    )
    for chain_id, address, model, stored in pools.all():
        if model not in _CLASSES_AT or stored is None:
            continue
        parameters = json.loads(stored) if isinstance(stored, str) else stored
        if parameters[_CLASSES_AT[model]] == 2:
            continue
        connection.execute(
            sa.text(
                "UPDATE contributions SET predicted = :nothing WHERE chain_id = :chain AND pool_address = :pool "
                "AND outcome IS NOT NULL AND outcome <> :agreed"
            ),
            {"nothing": _NOT_PREDICTED, "chain": chain_id, "pool": address, "agreed": _AGREED},
        )


def downgrade() -> None:
    """What was said before was not true; the rows stay."""
