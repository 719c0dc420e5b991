"""The model mirror: a pool's learner, replayed from the tables, at the block of the pool's cursor."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from earnest.core.models.model import Learner
from earnest.core.models.registry import LEARNERS
from earnest.db.tables import Contribution, ModelSnapshot, Pool


def restore_mirror(session: Session, pool: Pool, block_number: int) -> Learner:
    """The model at the end of a block: the latest snapshot up to it, and the contributions since.

    O(contributions since the snapshot), which `earnest.sync.pool_sync` bounds.
    """
    snapshot = session.scalar(
        select(ModelSnapshot)
        .where(ModelSnapshot.pool_id == pool.id, ModelSnapshot.block_number <= block_number)
        .order_by(ModelSnapshot.block_number.desc())
        .limit(1)
    )
    if pool.model is None or pool.initial_state is None:
        raise ValueError(f"Pool {pool.id} has no initial model.")
    state = snapshot.state if snapshot is not None else pool.initial_state
    model = LEARNERS[pool.model].from_bytes(state)
    later = session.execute(
        select(Contribution.sample, Contribution.label)
        .where(
            Contribution.chain_id == pool.chain_id,
            Contribution.pool_address == pool.address,
            Contribution.index >= model.accepted_,
            Contribution.block_number <= block_number,
        )
        .order_by(Contribution.index)
    )
    for sample, label in later:
        model.learn_one(model.sample_from_bytes(sample), label)
    return model
