"""Kept texts: each belongs to the contribution that it came in with, and is deleted by its contributor alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN, Service


def submit_text(world: World, text: str, **more: object) -> int:
    """Contribute a text; returns its index."""
    index: int = world.submit([{"text": text, "label": 1}], **more).json()["items"][0]["index"]
    return index


def text_of(world: World, index: int) -> object:
    """As the contribution itself shows it, which is as the list does."""
    shown = world.service.call("GET", f"{world.path}/contributions/{index}")["text"]
    listed = world.service.call("GET", f"{world.path}/contributions?limit=100")["items"]
    assert [row["text"] for row in listed if row["index"] == index] == [shown]
    return shown


def delete(world: World, index: int, token: str | None) -> int:
    return world.service.ask("DELETE", f"{world.path}/contributions/{index}/text", token=token).status_code


def test_text_is_kept_beside_its_contribution_and_deleted_by_its_contributor(world):
    index = submit_text(world, "w1 w2 w3 some words that are kept")
    place = f"{world.path}/contributions/{index}"
    assert world.service.call("GET", place)["text"] == "w1 w2 w3 some words that are kept"
    assert world.service.ask("DELETE", f"{place}/text", token=world.token).status_code == 204
    after = world.service.call("GET", place)
    assert after["text"] is None
    assert after["sample_hash"]
    # once more changes nothing
    assert world.service.ask("DELETE", f"{place}/text", token=world.token).status_code == 204


def test_text_is_deleted_by_the_operator_and_by_no_other(world):
    index = submit_text(world, "w4 w5 w6 words of somebody")
    place = f"{world.path}/contributions/{index}"
    other = world.service.account("other")
    assert_problem(world.service.ask("DELETE", f"{place}/text", token=other["token"]), 403, "not-contributor")
    assert_problem(world.service.ask("DELETE", f"{place}/text"), 401, "token-invalid")
    assert world.service.call("GET", place)["text"] is not None
    assert world.service.ask("DELETE", f"{place}/text", token=ADMIN).status_code == 204
    assert world.service.call("GET", place)["text"] is None


def test_text_of_a_contribution_that_does_not_exist_is_not_found(world):
    answer = world.service.ask("DELETE", f"{world.path}/contributions/999999/text", token=world.token)
    assert_problem(answer, 404, "contribution-unknown")


def test_text_is_not_kept_when_its_contributor_says_so(world):
    index = submit_text(world, "w7 w8 w9 words that are not kept", keep_text=False)
    assert world.service.call("GET", f"{world.path}/contributions/{index}")["text"] is None


@pytest.fixture(params=["sqlite", "postgres"])
def each_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A pool on a service with either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("world")
        return
    service = Service(tmp_path / "data", DATABASE_URL=request.getfixturevalue("postgres_url"))
    service.start()
    price = {"rule": "fixed", "cost": str(COST)}
    pool = service.deploy(price=price, refund_wait=REFUND_WAIT, collect_wait=COLLECT_WAIT, min_features=0)
    yield World(service, pool, service.account())
    service.stop()


@pytest.mark.loopback
def test_texts_with_one_sample_stay_with_the_contributions_that_brought_them(each_world):
    """Words that the encoder does not know leave no trace in a sample."""
    world = each_world
    other = world.service.account("other")
    texts = [
        ("w10 w11 w12, says the first", world.token),
        ("w10 w11 w12, says the second", other["token"]),
        ("w10 w11 w12, says the first once more", world.token),
        ("w10 w11 w12, says the first", other["token"]),
    ]
    indices = [submit_text(world, text, token=token) for text, token in texts]
    without = world.submit([{"text": texts[0][0], "label": 1}], keep_text=False).json()["items"][0]["index"]
    shown = [world.service.call("GET", f"{world.path}/contributions/{index}") for index in indices]
    assert len({row["sample_hash"] for row in shown}) == 1
    assert [text_of(world, index) for index in indices] == [text for text, _ in texts]
    assert text_of(world, without) is None
    # anyone who holds a text and the encoder can check it
    quoted = world.service.call("POST", f"{world.path}/quotes", {"text": texts[1][0], "label": 1})
    assert quoted["sample_hash"] == shown[1]["sample_hash"]

    assert delete(world, indices[1], world.token) == 403
    assert delete(world, indices[0], other["token"]) == 403
    assert delete(world, indices[0], world.token) == 204
    assert [text_of(world, index) for index in indices] == [None, *(text for text, _ in texts[1:])]
    assert delete(world, indices[3], other["token"]) == 204
    assert [text_of(world, index) for index in indices] == [None, texts[1][0], texts[2][0], None]


def test_texts_of_a_batch_stay_in_its_order_whatever_transactions_it_takes(world):
    # 60 take two transactions; some of them are features, and have no text
    words = [f"w{20 + i % 3} w30 number {i}" for i in range(60)]
    items = [{"features": [i], "label": 1} if i % 4 == 3 else {"text": words[i], "label": 1} for i in range(60)]
    shown = world.submit(items).json()
    assert shown["status"] == "confirmed"
    for position in (0, 1, 3, 4, 49, 50, 51, 57, 59):
        expected = None if position % 4 == 3 else words[position]
        place = f"{world.path}/contributions/{shown['items'][position]['index']}"
        assert world.service.call("GET", place)["text"] == expected


def test_retry_brings_no_deleted_text_back(world):
    first = world.submit([{"text": "w40 w41 and more", "label": 1}], key="text").json()
    assert "more" in first["items"][0]["encoding"]["unknown"]
    index = first["items"][0]["index"]
    assert delete(world, index, world.token) == 204
    again = world.submit([{"text": "w40 w41 and more", "label": 1}], key="text").json()
    # the text is gone, and so is what was made of it
    assert again == {**first, "items": [{**first["items"][0], "encoding": None}]}
    assert text_of(world, index) is None
