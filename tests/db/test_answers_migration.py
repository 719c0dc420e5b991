"""The migration that takes back what no sealed judge of three or more classes has said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select

from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.model import NOT_PREDICTED, Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.db.engine import MIGRATIONS, make_engine, make_sessions, upgrade
from earnest.db.tables import Contribution, Pool

#: Label, case, what earlier releases wrote, and what is known, of three classes and of two.
ROWS = [
    (2, AGREED, 2, 2, 2),
    (1, PROMISED, 0, NOT_PREDICTED, 0),
    (0, AT_RISK, 1, NOT_PREDICTED, 1),
    (2, AT_RISK, NOT_PREDICTED, NOT_PREDICTED, NOT_PREDICTED),
    # of a pool whose judge is not sealed
    (0, None, 1, 1, 1),
]


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    made = make_engine(on_disk if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield made
    made.dispose()


def pool(number: int, model: Model) -> Pool:
    return Pool(
        id=str(number),
        chain_id=1,
        address=f"0x{number}",
        name="A pool",
        status="ready",
        request={},
        model=model.MODEL_ID,
        model_parameters=model.parameters,
        created_at=0,
    )


def row(address: str, index: int, label: int, outcome: int | None, predicted: int) -> Contribution:
    return Contribution(
        chain_id=1,
        pool_address=address,
        index=index,
        block_number=1,
        block_hash="0x",
        transaction_hash="0x",
        log_index=index,
        time=0,
        contributor="0xa",
        label=label,
        predicted=predicted,
        deposit=0,
        claimable=0,
        status="open",
        sample=b"",
        sample_hash="0x",
        outcome=outcome,
    )


@pytest.mark.loopback
def test_only_what_judges_of_several_classes_did_not_say_is_taken_back(engine: Engine) -> None:
    several: list[Model] = [
        DenseMarginPerceptron(num_classes=3),
        DenseNearestCentroid(num_classes=3),
        NaiveBayes(num_classes=3),
        SparseNearestCentroid(num_classes=3),
    ]
    two: list[Model] = [SparsePerceptron(), DenseMarginPerceptron(num_classes=2), NaiveBayes(num_classes=2)]
    upgrade(engine)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        for number, model in enumerate([*several, *two]):
            session.add(pool(number, model))
            session.add_all(row(f"0x{number}", index, *each[:3]) for index, each in enumerate(ROWS))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0017")
        command.upgrade(config, "head")
    with sessions() as session:
        for number in range(len(several) + len(two)):
            said = session.scalars(
                select(Contribution.predicted)
                .where(Contribution.pool_address == f"0x{number}")
                .order_by(Contribution.index)
            ).all()
            assert list(said) == [each[3 if number < len(several) else 4] for each in ROWS]
