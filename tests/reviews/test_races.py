"""Reviews on either database: two who are quick at the same time, blocks that were replaced, and notes."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import Review
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.reviews import service as room
from earnest.reviews.schemas import PolicyShown, VerdictRequest
from earnest.reviews.service import ReviewService
from earnest.sync.loop import SyncLoop
from tests.fixtures.pools import OTHER, World
from tests.fixtures.threads import at_once

FINE = VerdictRequest(verdict="fine", note="Two lines,\n\tand a tab.")


def reviews_of(world: World, contributions: int) -> ReviewService:
    """The room's service, of a pool with so many contributions."""
    for number in range(contributions):
        world.contribute(pack_sample([1, 7 + number, 30]), 1, OTHER)
    readiness = Readiness()
    readiness.clear("start")
    loop = SyncLoop(world.gateway, world.sessions, readiness, 60)
    loop.add(world.pool_id)
    return ReviewService(world.sessions, PoolService(world.sessions, world.gateway, loop))


def late(monkeypatch: pytest.MonkeyPatch, name: str, nothing: Any) -> list[str]:
    """Let a question find nothing once: it was asked a moment before somebody else wrote. What was asked is noted."""
    ask: Callable[..., Any] = getattr(room, name)
    asked: list[str] = []

    def answer(*given: Any) -> Any:
        asked.append(name)
        return nothing if len(asked) == 1 else ask(*given)

    monkeypatch.setattr(room, name, answer)
    return asked


def test_verdicts_that_are_given_at_once_are_all_taken(either_world: World) -> None:
    reviews = reviews_of(either_world, 2)
    for index in (0, 1):
        found = at_once(lambda _, index=index: reviews.decide(None, either_world.pool_id, index, FINE))
        assert {(one.index, one.verdict, one.note) for one in found} == {(index, "fine", FINE.note)}
    assert reviews.counts(None, either_world.pool_id) == {"fine": 2}


def test_verdict_on_what_somebody_queued_a_moment_ago_is_taken(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = reviews_of(either_world, 1)
    reviews.decide(None, either_world.pool_id, 0, VerdictRequest(verdict="wrong"))
    asked = late(monkeypatch, "review_to_change", None)
    late(monkeypatch, "reviews_to_change", {})
    assert reviews.decide(None, either_world.pool_id, 0, FINE).verdict == "fine"
    assert asked == ["review_to_change"] * 2
    assert reviews.counts(None, either_world.pool_id) == {"fine": 1}


def test_verdict_on_what_a_look_queued_a_moment_ago_keeps_its_reasons(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = reviews_of(either_world, 1)
    policy = PolicyShown(newest=10, duplicates=False, doubts_below=0, agreed_below=1, agreed_from=1)
    reviews.set_policy(None, either_world.pool_id, policy)
    reviews.look(None, either_world.pool_id)
    (queued,), _ = reviews.page(None, either_world.pool_id, "open", None, 10)
    late(monkeypatch, "review_to_change", None)
    found = reviews.decide(None, either_world.pool_id, 0, FINE)
    assert (found.verdict, found.reasons) == ("fine", queued.reasons)
    assert queued.reasons != [room.UNASKED]


def test_look_at_what_another_look_queued_a_moment_ago_adds_nothing(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = reviews_of(either_world, 2)
    policy = PolicyShown(newest=10, duplicates=False, doubts_below=0, agreed_below=1, agreed_from=1)
    reviews.set_policy(None, either_world.pool_id, policy)
    assert reviews.look(None, either_world.pool_id).added == 2
    asked = late(monkeypatch, "reviews_to_change", {})
    again = reviews.look(None, either_world.pool_id)
    assert (again.added, again.open) == (0, 2)
    assert asked == ["reviews_to_change"] * 2


def test_verdicts_on_contributions_that_were_replaced_are_not_counted(either_world: World) -> None:
    reviews = reviews_of(either_world, 2)
    for index in (0, 1):
        reviews.decide(None, either_world.pool_id, index, FINE)
    with either_world.sessions.begin() as session:
        replaced(session, either_world)
    assert reviews.counts(None, either_world.pool_id) == {"fine": 1}
    assert [one.index for one in reviews.page(None, either_world.pool_id, "fine", None, 10)[0]] == [0]


def test_verdict_on_what_took_a_contributions_place_begins_anew(either_world: World) -> None:
    reviews = reviews_of(either_world, 1)
    reviews.decide(None, either_world.pool_id, 0, VerdictRequest(verdict="wrong", note="another's"))
    with either_world.sessions.begin() as session:
        session.get_one(Review, (either_world.pool_id, 0)).sample_hash = "0x" + "00" * 32
    found = at_once(lambda _: reviews.decide(None, either_world.pool_id, 0, VerdictRequest(verdict="fine")))
    assert {(one.verdict, one.note, tuple(one.reasons)) for one in found} == {("fine", None, (room.UNASKED,))}
    assert reviews.counts(None, either_world.pool_id) == {"fine": 1}


def replaced(session: Session, world: World) -> None:
    """As if the second contribution's block was replaced by one with another's."""
    session.get_one(Review, (world.pool_id, 1)).sample_hash = "0x" + "00" * 32


@pytest.mark.parametrize("sign", ["\0", "\x08", "\x0b", "\r", "\x1b", "\x7f", "\x85"])
def test_note_with_a_control_character_is_refused(sign: str) -> None:
    with pytest.raises(ValidationError, match="note"):
        VerdictRequest(verdict="fine", note=f"a{sign}b")


def test_note_is_kept_as_it_was_written(either_world: World) -> None:
    reviews = reviews_of(either_world, 1)
    note = "Ça va,\n\t„so“ 👍"
    assert reviews.decide(None, either_world.pool_id, 0, VerdictRequest(verdict="wrong", note=note)).note == note
