"""A pool's policy and its queue for review, over the API: for whom, what gets into it, and what verdicts do."""

import pytest

from earnest.pools.quality.schemas import (
    DoubtShown,
    DoubtsShown,
    DuplicatesShown,
    HabitsShown,
    QualityShown,
)
from earnest.reviews.policy import reasons_of
from earnest.reviews.schemas import PolicyShown
from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN
from tests.pools.test_scans import FILE


def found(**changes):
    values = {
        "newest": 6, "of": 6, "texts": 6, "duplicates": 1, "no_doubts": None,
        "groups": [DuplicatesShown(contributions=2, contributors=1, labels={"0": 2}, similarity=0.9, indices=[1, 4])],
        "doubts": DoubtsShown(
            looked_at=6, accuracy=0.9, found=2,
            items=[
                DoubtShown(index=2, contributor="0xa", label=0, likely=1, confidence=0.05),
                DoubtShown(index=3, contributor="0xb", label=0, likely=1, confidence=0.4),
            ],
        ),
        "contributors": [
            HabitsShown(contributor="0xa", contributions=4, agreed=0.9, agrees=1, seconds_between=1, labels={"0": 4}),
            HabitsShown(contributor="0xb", contributions=2, agreed=0.1, agrees=1, seconds_between=1, labels={"0": 2}),
        ],
    }  # fmt: skip
    return QualityShown(**values | changes)


WHO = {0: "0xa", 1: "0xa", 2: "0xa", 3: "0xb", 4: "0xb", 5: "0xa"}


def test_policy_names_copies_but_the_first_and_labels_below_its_bound():
    reasons = reasons_of(PolicyShown(), found(), WHO)
    assert sorted(reasons) == [2, 4]
    assert "nearly that of contribution #1" in reasons[4][0]
    assert "class 1 is likelier" in reasons[2][0]


def test_policy_can_leave_each_kind_out_and_take_all_of_a_contributor():
    assert reasons_of(PolicyShown(duplicates=False, doubts_below=0), found(), WHO) == {}
    reasons = reasons_of(PolicyShown(duplicates=False, doubts_below=0, agreed_below=0.5, agreed_from=2), found(), WHO)
    assert sorted(reasons) == [3, 4]
    assert "agreed with 10 % of this contributor" in reasons[3][0]
    few = PolicyShown(duplicates=False, doubts_below=0, agreed_below=0.5, agreed_from=3)
    assert reasons_of(few, found(doubts=None), WHO) == {}


@pytest.fixture(scope="module")
def world(shared_service):
    request = {
        "dataset": None, "csv": FILE, "num_words": 200, "train_size": 100, "held_out_size": 100,
        "refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, "price": {"rule": "fixed", "cost": str(COST)},
    }  # fmt: skip
    return World(shared_service, shared_service.deploy(**request), shared_service.account())


def test_policy_and_queue_are_for_the_owner_and_the_operator(world):
    for method, path, body in (
        ("GET", "quality/policy", None),
        ("PUT", "quality/policy", {"newest": 5}),
        ("POST", "reviews", None),
        ("GET", "reviews", None),
        ("PUT", "reviews/0", {"verdict": "fine"}),
    ):
        asked = world.service.ask(method, f"{world.path}/{path}", body)
        assert_problem(asked, 401, "token-invalid")
        asked = world.service.ask(method, f"{world.path}/{path}", body, world.token)
        assert_problem(asked, 403, "quality-not-allowed", "owner")


@pytest.mark.parametrize(
    "policy", [{"newest": 0}, {"newest": 5001}, {"doubts_below": 1.5}, {"agreed_below": -0.1}, {"words": 3}]
)
def test_policy_out_of_bounds_is_refused(world, policy):
    asked = world.service.ask("PUT", f"{world.path}/quality/policy", policy, ADMIN)
    assert_problem(asked, 422, "payload-invalid")


def test_copies_get_into_the_queue_once_and_a_verdict_keeps_them_out(world):
    text = "fine1 great1 day3 place3 number3 and more words here"
    items = [{"text": text, "label": row % 2} for row in range(3)]
    assert world.submit(items).json()["status"] == "confirmed"
    policy = {"newest": 100, "duplicates": True, "doubts_below": 0.1, "agreed_below": 0.0, "agreed_from": 9}
    assert world.service.call("PUT", f"{world.path}/quality/policy", policy, ADMIN) == policy
    assert world.service.call("GET", f"{world.path}/quality/policy", token=ADMIN) == policy

    put = world.service.call("POST", f"{world.path}/reviews", token=ADMIN)
    assert put == {"looked_at": 3, "added": 2, "open": 2}
    queue = world.service.call("GET", f"{world.path}/reviews?limit=1", token=ADMIN)
    (first,) = queue["items"]
    assert (first["index"], first["text"], first["verdict"]) == (1, text, "open")
    assert "nearly that of contribution #0" in first["reasons"][0]
    (second,) = world.service.call("GET", f"{world.path}/reviews?cursor={queue['next']}", token=ADMIN)["items"]
    assert second["index"] == 2

    kept = world.service.call("PUT", f"{world.path}/reviews/1", {"verdict": "wrong", "note": "A copy."}, ADMIN)
    assert (kept["verdict"], kept["note"]) == ("wrong", "A copy.")
    assert kept["reviewed_at"] is not None
    again = world.service.call("POST", f"{world.path}/reviews", token=ADMIN)
    assert again == {"looked_at": 3, "added": 0, "open": 1}
    (wrong,) = world.service.call("GET", f"{world.path}/reviews?verdict=wrong", token=ADMIN)["items"]
    assert wrong["index"] == 1
    # what nobody named can be looked at too, and put back
    assert world.service.call("PUT", f"{world.path}/reviews/0", {"verdict": "open"}, ADMIN)["reviewed_at"] is None
    assert_problem(
        world.service.ask("PUT", f"{world.path}/reviews/77", {"verdict": "fine"}, ADMIN), 404, "review-unknown", "#77"
    )
    for note in ("a\0b", "a\x1bb", "a" * 501):
        asked = world.service.ask("PUT", f"{world.path}/reviews/0", {"verdict": "fine", "note": note}, ADMIN)
        assert_problem(asked, 422, "payload-invalid", "/note")
    acts = {act["action"] for act in world.service.call("GET", "/audit", token=ADMIN)["items"]}
    assert any(action.endswith("/reviews/1") for action in acts)
