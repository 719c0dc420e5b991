"""What a sealed judge of three classes said of a contribution: the tables say it as it was, or say nothing."""

from sqlalchemy import select

from earnest.core.incentives.sealed import AGREED
from earnest.core.models.model import NOT_PREDICTED
from earnest.db.queries.overviews import latest_answers
from earnest.db.tables import Contribution, Pool
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
        told = [one for one in latest_answers(session, pool, OTHER.address, 100) if one[1] != NOT_PREDICTED]
    assert len(told) == given
    assert sum(label == answer for label, answer in told) == 0
