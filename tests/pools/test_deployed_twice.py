"""A deployment that two processes carry out, since the first has lost its claim without knowing: it ends once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from earnest.config import Settings
from earnest.core.errors import CoreError
from earnest.db.engine import Sessions
from earnest.db.tables import Evaluation, Implementation, Pool
from earnest.pools import deployment
from earnest.pools.schemas import PoolRequest
from earnest.pools.tokens import AllowedTokens
from tests.fixtures.pools import NUM_WORDS, OPERATOR, PUBLISHED, World

REQUEST = PoolRequest.model_validate({
    "name": "Twice", "dataset": "synthetic", "model": "sparse-perceptron", "num_words": NUM_WORDS, "train_size": 200,
    "held_out_size": 200, **PUBLISHED,
})  # fmt: skip


class Deployment:
    """A pool that is being deployed, and what any process does about it."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._settings = world, Settings(data_dir=folder)
        self._tokens = AllowedTokens(world.sessions, world.gateway, OPERATOR, self._settings)
        self.sessions: Sessions = world.sessions
        self.id = deployment.register(self.sessions, world.gateway, self._settings, self._tokens, REQUEST)

    def carry_out(self) -> None:
        deployment.deploy(self.sessions, self._world.gateway, OPERATOR, self._settings, self._tokens, self.id, REQUEST)

    def row(self) -> Pool:
        with self.sessions() as session:
            return session.get_one(Pool, self.id)


@pytest.fixture
def twice(either_world: World, tmp_path: Path) -> Deployment:
    return Deployment(either_world, tmp_path)


def in_the_middle(monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], None]) -> None:
    """Have something happen once, before a step of a deployment."""
    step, done = getattr(deployment, name), []

    def stepped(*given: object, **named: object) -> object:
        if not done:
            done.append(True)
            happens()
        return step(*given, **named)

    monkeypatch.setattr(deployment, name, stepped)


@pytest.mark.parametrize("step", ["deploy_pool", "deploy_implementation"])
def test_pool_that_another_process_has_deployed_meanwhile_stays_as_it_is(twice, monkeypatch, step):
    others: list[str | None] = []

    def other() -> None:
        twice.carry_out()
        others.append(twice.row().address)

    if step == "deploy_implementation":
        # as on a chain on which no pool of this kind has been deployed
        with twice.sessions.begin() as session:
            for row in session.scalars(select(Implementation)):
                session.delete(row)
    in_the_middle(monkeypatch, step, other)
    twice.carry_out()
    row = twice.row()
    assert (row.status, row.error) == ("ready", None)
    assert [row.address] == others
    with twice.sessions() as session:
        measured = select(func.count()).select_from(Evaluation).where(Evaluation.pool_id == twice.id)
        assert session.scalar(measured) == 1


def test_failure_of_who_is_late_is_not_written_over_what_another_process_has_deployed(twice, monkeypatch):
    def fail() -> None:
        twice.carry_out()
        raise CoreError("The data set is gone.")

    in_the_middle(monkeypatch, "deploy_pool", fail)
    twice.carry_out()
    assert (twice.row().status, twice.row().error) == ("ready", None)


def test_failure_nobody_has_seen_to_is_written_down(twice, monkeypatch):
    def fail() -> None:
        raise CoreError("The data set is gone.")

    in_the_middle(monkeypatch, "deploy_pool", fail)
    twice.carry_out()
    assert (twice.row().status, twice.row().error) == ("failed", "The data set is gone.")


def test_pool_that_was_called_failed_meanwhile_is_not_called_ready(twice, monkeypatch):
    """A file is not kept, so that whoever takes over calls the deployment from it failed."""

    def give_up() -> None:
        with twice.sessions.begin() as session:
            pool = session.get_one(Pool, twice.id)
            pool.request = {**pool.request, "has_csv": True}
        assert deployment.interrupted(twice.sessions) == []

    in_the_middle(monkeypatch, "deploy_pool", give_up)
    twice.carry_out()
    assert twice.row().status == "failed"
    assert twice.row().address is None
