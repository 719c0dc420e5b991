"""Submissions at once: nobody is refused for another's sake, and nothing is done twice."""

from tests.fixtures.served_pool import COST, World
from tests.fixtures.threads import AT_ONCE, at_once


def test_submissions_of_one_account_queue(world: World) -> None:
    answers = at_once(lambda i: world.submit([{"features": [i, 50 + i], "label": 1}]).json())
    indices = [item["index"] for answer in answers for item in answer["items"]]
    assert None not in indices
    assert len(set(indices)) == AT_ONCE
    (standing,) = world.service.call("GET", "/accounts/me", token=world.token)["pools"]
    assert (standing["contributions"], standing["deposits"]) == (AT_ONCE, str(COST * AT_ONCE))


def test_same_key_at_once_is_one_contribution(world: World) -> None:
    items = [{"features": [3, 33, 63], "label": 1}]
    answers = at_once(lambda _: world.submit(items, key="at once"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    (standing,) = world.service.call("GET", "/accounts/me", token=world.token)["pools"]
    assert standing["contributions"] == 1


def test_accounts_contribute_side_by_side(world: World) -> None:
    accounts = [world.service.account(f"account {i}") for i in range(AT_ONCE)]
    answers = at_once(
        lambda i: world.submit([{"features": [i, 70 + i], "label": 0}], token=accounts[i]["token"]).json()
    )
    indices = [item["index"] for answer in answers for item in answer["items"]]
    assert len(set(indices)) == AT_ONCE
    assert {answer["status"] for answer in answers} == {"confirmed"}
