"""The model mirror: a pool's model, replayed from the tables, at the block of the pool's cursor."""

from sqlalchemy.orm import Session

from earnest.core.models.model import Model
from earnest.core.models.registry import by_id
from earnest.db.queries.synced import latest_snapshot, samples_from
from earnest.db.tables import Pool


def restore_mirror(session: Session, pool: Pool, block_number: int) -> Model:
    """The model at the end of a block: the latest snapshot up to it, and the contributions since.

    O(contributions since the snapshot), which `earnest.sync.pool_sync` bounds.
    """
    snapshot = latest_snapshot(session, pool.id, block_number)
    if pool.model is None or pool.initial_state is None:
        raise ValueError(f"Pool {pool.id} has no initial model.")
    state = snapshot.state if snapshot is not None else pool.initial_state
    model = by_id(pool.model).from_bytes(state)
    for sample, label in samples_from(session, pool, model.accepted_, block_number):
        model.learn_one(model.sample_from_bytes(sample), label)
    return model
