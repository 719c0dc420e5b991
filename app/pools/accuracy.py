"""How well a pool's model does, as answers say it."""

from earnest.db.tables import Evaluation, Pool
from earnest.pools.schemas import Accuracy


def accuracy_of(pool: Pool, latest: Evaluation | None) -> Accuracy:
    """The latest accuracy on the held-out set, or why there is none."""
    if latest is not None:
        return Accuracy(
            value=latest.correct / latest.total,
            correct=latest.correct,
            total=latest.total,
            block_number=latest.block_number,
        )
    if pool.held_out is not None:
        return Accuracy(value=None, reason="The model was not measured yet.")
    ready = pool.status == "ready"
    return Accuracy(value=None, reason="The pool has no held-out set." if ready else f"The pool is {pool.status}.")
