"""A question from what is asked to its answer: whose it is, how far it is, and whatever may go wrong."""

import base64
import json
import time

import pytest
from pydantic import ValidationError

from earnest.advice.errors import AdviceBusy, AdviceEnded, AdviceInvalid, AdviceUnknown
from earnest.advice.schemas import AdviceRequest
from earnest.advice.service import KEPT
from earnest.core.prospect import PROSPECT
from earnest.sweeps.errors import CheckFailed, SimulationsMissing
from tests.advice.conftest import PATIENCE, World


def test_answer_is_there_once_the_command_has_ended_and_for_who_asked_alone(world: World) -> None:
    shown = world.ask()
    assert shown.status in ("running", "finished")
    ended = world.ended(shown)
    assert (ended.status, ended.error, ended.done) == ("finished", None, 4)
    assert ended.result is not None
    assert ended.result["sentence"] == "Take <i>points</i>."
    with pytest.raises(AdviceUnknown):
        world.advices.show(shown.id, "eve")
    with pytest.raises(AdviceUnknown):
        world.advices.cancel(shown.id, "eve")
    # a page's address is drawn: whoever has it was given it
    assert world.advices.by_link(shown.id)[1] == {"name": "mine"}
    # and the next service finds it
    world.start_service()
    assert world.advices.show(shown.id, "ada") == ended


@pytest.mark.parametrize("which", ["", "..", "../../etc", "x" * 200, "00000000-0000-0000-0000-000000000000", "\0"])
def test_ids_that_are_none_lead_nowhere(world: World, which: str) -> None:
    with pytest.raises(AdviceUnknown):
        world.advices.show(which, "ada")
    with pytest.raises(AdviceUnknown):
        world.advices.by_link(which)


def test_question_reaches_the_command_without_settings_and_with_its_file(world: World) -> None:
    first = world.ended(world.advices.create(AdviceRequest(csv="text,label\n"), "ada"))
    packed = base64.b64encode(b"numbers").decode()
    second = world.ended(world.advices.create(AdviceRequest(file=packed, seeds=3), "ada"))
    assert [one.result["sentence"] for one in (first, second) if one.result] == ["text,label\n", "numbers"]
    asked = json.loads((world.folder / second.id / "question.json").read_text())
    assert asked["seeds"] == 3
    assert {"csv", "file", "dataset"} & set(asked) == set()
    environment = json.loads((world.folder / second.id / "environment.json").read_text())
    assert not [name for name in environment if name.startswith("EARNEST_")]


def test_one_question_is_at_a_time_and_can_be_cancelled(world: World) -> None:
    slow = world.ask("slow")
    with pytest.raises(AdviceBusy, match="Yours is being answered"):
        world.ask()
    with pytest.raises(AdviceBusy, match="Another operator's question is being answered"):
        world.ask(owner="eve")
    until = time.monotonic() + PATIENCE
    while (now := world.advices.show(slow.id, "ada")).stage != "runs":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert (now.status, now.done, now.total, now.result) == ("running", 1, 4, None)
    world.advices.cancel(slow.id, "ada")
    while world.advices._of(slow.id).process.alive():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert world.advices.show(slow.id, "ada").status == "cancelled"
    with pytest.raises(AdviceEnded):
        world.advices.cancel(slow.id, "ada")
    assert world.ended(world.ask()).status == "finished"


def test_question_that_the_simulations_refuse_is_refused_in_their_words_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(AdviceInvalid) as caught:
        world.ask("unfit")
    assert str(world.folder.parent) not in caught.value.detail
    assert "is unfit" in caught.value.detail
    with pytest.raises(CheckFailed):
        world.ask("strange")
    with pytest.raises(SimulationsMissing, match="pip install"):
        world.ask("extra")
    with pytest.raises(AdviceInvalid, match="no base64"):
        world.advices.create(AdviceRequest(file="%%%"), "ada")
    assert list(world.folder.iterdir()) == []


def test_what_stopped_an_answer_is_told_without_places_on_this_machine(world: World) -> None:
    broken = world.ended(world.ask("broken"))
    assert (broken.status, broken.error) == ("failed", "the folder/x: there is no room.")
    dead = world.ended(world.ask("dead"))
    assert dead.status == "failed"
    assert dead.error == "its process ended and said nothing, as when memory runs out: ask again"


def test_disk_without_room_is_told_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_text", full)
        with pytest.raises(CheckFailed, match="could not be taken"):
            world.ask()
    assert list(world.folder.iterdir()) == []


def test_oldest_answers_are_forgotten(world: World) -> None:
    for number in range(KEPT + 2):
        place = world.folder / f"00000000-0000-0000-0000-{number:012d}"
        place.mkdir(parents=True)
        (place / "asked.json").write_text(json.dumps({"owner": "ada", "created_at": 1, "form": {}}))
    world.ended(world.ask())
    assert len(list(world.folder.iterdir())) == KEPT


def test_requests_have_the_bounds_of_what_can_be_asked() -> None:
    fields = AdviceRequest.model_fields
    assert {one.name for one in PROSPECT} <= set(fields)
    assert AdviceRequest(dataset="x").model_dump()["share"] == 0.2
    for wrong in (
        {}, {"dataset": "x", "csv": "y"}, {"dataset": "x", "share": 0.5}, {"dataset": "x", "share": float("nan")},
        {"dataset": "x", "contributors": "many"}, {"dataset": "x", "contributions": 10**9}, {"dataset": "x" * 300},
        {"dataset": "x", "attackers": ["flash"] * 9}, {"dataset": "x", "prices": [0]}, {"dataset": "x", "out": "/tmp"},
        {"dataset": "x", "yours": {"incentive": "points", "settings": {"a": 1.5}}},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            AdviceRequest.model_validate(wrong)
