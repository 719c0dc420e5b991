"""A pool's mirror out of the tables: the latest snapshot, and what happened since."""

from sqlalchemy.orm import Session

from earnest.core.incentives.judge import judge_from
from earnest.core.incentives.sealed_rules import unpack_judge, unpack_reference
from earnest.core.models.registry import by_id
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import contribution
from earnest.db.queries.sealed import count_at, newest_seal, places_between, seals_between, settlings_between
from earnest.db.queries.synced import latest_snapshot, samples_from
from earnest.db.tables import Claim, ModelSnapshot, Pool, Seal
from earnest.sync.mirror import LearnerMirror, Mirror
from earnest.sync.sealed_mirror import SealedMirror


def restore_mirror(session: Session, pool: Pool, block_number: int) -> Mirror:
    """The mirror at the end of a block.

    O(contributions since the snapshot), which `earnest.sync.pool_sync` bounds.

    Raises:
        ValueError: the pool's row does not hold what its mirror starts from.
    """
    if pool.model is None or pool.initial_state is None:
        raise ValueError(f"Pool {pool.id} has no initial model.")
    snapshot = latest_snapshot(session, pool.id, block_number)
    if terms_of_pool(pool).incentive.is_sealed:
        return _sealed(session, pool, snapshot, block_number)
    model = by_id(pool.model).from_bytes(snapshot.state if snapshot is not None else pool.initial_state)
    for sample, label in samples_from(session, pool, model.accepted_, block_number):
        model.learn_one(model.sample_from_bytes(sample), label)
    return LearnerMirror(model)


def go_on(session: Session, pool: Pool, mirror: Mirror, after: int, block_number: int) -> Mirror:
    """The mirror at the end of a block, from one at the end of an earlier block of the same chain.

    O(contributions between the two, and what became of some). The same mirror where nothing between them changes it.
    """
    if isinstance(mirror, SealedMirror):
        return _relived(session, pool, mirror, after, block_number)
    samples = samples_from(session, pool, mirror.accepted, block_number)
    if not samples:
        return mirror
    model = mirror.learner.copy()
    for sample, label in samples:
        model.learn_one(model.sample_from_bytes(sample), label)
    return LearnerMirror(model)


def _sealed(session: Session, pool: Pool, snapshot: ModelSnapshot | None, block_number: int) -> SealedMirror:
    if pool.reference is None or pool.initial_state is None:
        raise ValueError(f"Pool {pool.id} has no reference.")
    terms, start = terms_of_pool(pool), -1 if snapshot is None else snapshot.block_number
    learner = by_id(pool.model or "").from_bytes(pool.initial_state if snapshot is None else snapshot.state)
    if snapshot is None or snapshot.judge is None:
        judge = judge_from(terms, learner.weights_, learner.KERNELS.most_judged)
    else:
        judge = unpack_judge(snapshot.judge, learner.weight_count)
    last = newest_seal(session, pool, start)
    mirror = SealedMirror(
        terms,
        learner,
        judge,
        unpack_reference(pool.reference),
        epoch=0 if last is None else last.epoch,
        accepted=count_at(session, pool, start),
    )
    return _relived(session, pool, mirror, start, block_number)


def _relived(session: Session, pool: Pool, mirror: SealedMirror, start: int, block_number: int) -> SealedMirror:
    """A mirror after what happened between two blocks; the same one where nothing did."""
    rows: list[Claim | Seal] = [
        *settlings_between(session, pool, start, block_number), *seals_between(session, pool, start, block_number)
    ]  # fmt: skip
    happened: list[tuple[tuple[int, int], Claim | Seal | None]] = [
        *(((row.block_number, row.log_index), row) for row in rows),
        *((place, None) for place in places_between(session, pool, start, block_number)),
    ]
    if happened:
        mirror = mirror.copy()
    for _, row in sorted(happened, key=lambda one: one[0]):
        if row is None:
            # the learner's step depends on how many contributions there were
            mirror.accepted += 1
        elif isinstance(row, Seal):
            mirror.seal()
        elif row.taught and (made := contribution(session, pool, row.index)) is not None:
            mirror.learn(made.sample, made.label)
    return mirror
