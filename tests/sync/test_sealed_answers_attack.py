"""What a sealed judge of three classes said of a contribution: the tables say it as it was, or say nothing."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from earnest.contributions.schemas import shown_prediction
from earnest.core.incentives.sealed import AGREED
from earnest.core.models.model import NOT_PREDICTED
from earnest.db.queries.contributions import newest_rows
from earnest.db.queries.overviews import latest_answers, latest_fates
from earnest.db.tables import Contribution, Pool, SyncCursor
from earnest.sync.projection import Projection
from earnest.sync.undoing import undo_after
from tests.fixtures.pools import OTHER
from tests.fixtures.sealed_pools import VectorsWorld


def test_a_label_that_the_judge_of_three_classes_contradicts_is_told_as_the_judge_said(vectors_world: VectorsWorld):
    """A disagreement leaves two classes that the judge may have said: neither follows from the label."""
    world = vectors_world
    said = {}
    for number in range(12):
        sample = world.sample(number)
        judged = world.said(sample)
        for label in set(range(3)) - {judged}:
            made = world.give(sample, label, OTHER)
            assert made.outcome != AGREED
            said[made.index] = judged
    world.sync().catch_up()
    with world.sessions() as session:
        rows = session.scalars(select(Contribution)).all()
    assert len(rows) == len(said) == 24
    wrong = [
        (row.index, row.label, row.predicted) for row in rows if row.predicted not in (said[row.index], NOT_PREDICTED)
    ]
    assert wrong == []


def test_an_account_that_the_judge_always_contradicts_is_not_shown_as_one_that_agrees(vectors_world: VectorsWorld):
    """Of twelve wrong labels, all contradicted, twelve are shown as asked and none as agreed, whatever they were."""
    world = vectors_world
    number = given = 0
    while given < 6:
        sample, number = world.sample(number), number + 1
        if world.said(sample) != 2:
            world.give(sample, 2, OTHER)
            given += 1
    world.sync().catch_up()
    with world.sessions() as session:
        pool = session.get_one(Pool, world.pool_id)
        answers = latest_answers(session, pool, [OTHER.address], 100)[OTHER.address]
        told = {pair: count for pair, count in answers.items() if pair[1] != NOT_PREDICTED}
    assert sum(told.values()) == given
    assert not any(label == answer for label, answer in told)


def test_answers_survive_a_reorganisation_and_are_the_same_from_zero(vectors_world: VectorsWorld):
    """Whoever rebuilds its tables has the judge of each epoch, of snapshots and of the chain's beginning."""
    world = vectors_world
    for number in range(4):
        sample = world.sample(number)
        world.give(sample, world.another(sample), OTHER)
    world.live()
    sync = world.sync()
    sync.catch_up()
    kept = world.rpc("evm_snapshot")
    world.seal()
    sample = world.sample(50)
    world.give(sample, world.another(sample), OTHER)
    sync.catch_up()
    assert world.rpc("evm_revert", kept) is True
    for _ in range(8):
        world.rpc("evm_mine")
    sync.catch_up()
    # in the other chain, it comes before the seal
    judged = world.said(sample)
    made = world.give(sample, world.another(sample), OTHER)
    world.seal()
    world.give(sample, world.another(sample), OTHER)
    sync.catch_up()
    rows = answers(world)
    assert rows[made.index] == (made.label, judged)
    assert all(said != NOT_PREDICTED for _, said in rows.values())
    with world.sessions.begin() as session:
        pool = session.get_one(Pool, world.pool_id)
        undo_after(session, pool, -1)
        cursor = session.get_one(SyncCursor, world.pool_id)
        cursor.block_number, cursor.block_hash = pool.deployed_block, pool.deployed_block_hash
    assert answers(world) == {}
    # all at once, seals among what is taken in
    world.sync().catch_up()
    assert answers(world) == rows


def test_where_only_the_disagreement_is_known_it_is_counted_all_the_same(vectors_world: VectorsWorld):
    """Without the judge, the tables say that nobody knows the class; figures say that it was another one."""
    world = vectors_world
    for number in range(6):
        sample = world.sample(number)
        world.give(sample, world.said(sample) if number < 2 else world.another(sample), OTHER)
    with world.sessions.begin() as session:
        pool = session.get_one(Pool, world.pool_id)
        logs = world.gateway.logs([world.address], pool.deployed_block, world.gateway.head().number)
        projection = Projection(session, pool, logs)
        assert [projection.take(log) for log in logs] == [True] * 6
        projection.write()
        assert [said == NOT_PREDICTED for _, said in rows_of(session).values()] == [False] * 2 + [True] * 4
        assert {shown_prediction(said) for _, said in rows_of(session).values() if said == NOT_PREDICTED} == {None}
        told = latest_answers(session, pool, [OTHER.address], 100)[OTHER.address]
        assert sorted(label == said for label, said in told.elements()) == [False] * 4 + [True] * 2
        assert all(said != NOT_PREDICTED for _, said in told)
        assert [row.label == row.predicted for row in newest_rows(session, pool, 100)] == [False] * 4 + [True] * 2
        assert NOT_PREDICTED not in {row.predicted for row in newest_rows(session, pool, 100)}
        session.execute(update(Contribution).values(status="settled"))
        assert [label == said for label, said, _ in latest_fates(session, pool, 100)] == [False] * 4 + [True] * 2


def answers(world: VectorsWorld) -> dict[int, tuple[int, int]]:
    with world.sessions() as session:
        return rows_of(session)


def rows_of(session: Session) -> dict[int, tuple[int, int]]:
    """Label and the judge's class, by index."""
    rows = session.scalars(select(Contribution).order_by(Contribution.index))
    return {row.index: (row.label, row.predicted) for row in rows}
