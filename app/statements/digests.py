"""A model's digests before and after it learned from a contribution."""

from sqlalchemy.orm import Session

from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.synced import samples_from
from earnest.db.tables import Contribution, Pool
from earnest.sync.restored import restore_mirror

#: Before and after; None where the model does not learn at once.
Digests = tuple[str | None, str | None]


def digests_of(session: Session, pool: Pool, row: Contribution) -> Digests:
    """The digests, by learning anew. O(contributions since the snapshot before its block).

    Where the judge is sealed, there are none: the learner learns when a contribution is settled, if at all.
    """
    if terms_of_pool(pool).incentive.is_sealed:
        return None, None
    model = restore_mirror(session, pool, row.block_number - 1).learner
    for sample, label in samples_from(session, pool, model.accepted_, row.block_number):
        if model.accepted_ == row.index:
            break
        model.learn_one(model.sample_from_bytes(sample), label)
    before = "0x" + model.digest().hex()
    model.learn_one(model.sample_from_bytes(row.sample), row.label)
    return before, "0x" + model.digest().hex()
