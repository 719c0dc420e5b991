"""What goes to the chain is answered at once, and waited for by those who prefer to."""

import time

import pytest

from tests.fixtures.served_pool import assert_problem

PATIENCE = 60


@pytest.fixture(scope="module")
def pool(shared_service):
    return shared_service.deploy()


def post(service, pool, token, features, **headers):
    body = {"items": [{"features": features, "label": 1}]}
    return service.ask("POST", f"/pools/{pool['id']}/submissions", body, token, **headers)


@pytest.mark.parametrize("prefer", ["respond-async", "wait=0", "wait=soon", ""])
def test_without_a_wait_it_is_on_record_and_asked_for_where_it_says(shared_service, pool, prefer):
    token = shared_service.account()["token"]
    answer = post(shared_service, pool, token, [3, 5], Prefer=prefer)
    assert answer.status_code in (201, 202)
    shown = answer.json()
    if answer.status_code == 202:
        assert shown["status"] in ("prepared", "sent")
        assert answer.headers["retry-after"] == "1"
        assert shown["items"][0]["index"] is None
    until = time.monotonic() + PATIENCE
    where = answer.headers["location"]
    assert where == f"/v1/submissions/{shown['id']}"
    while shown["status"] != "confirmed":
        assert time.monotonic() < until
        shown = shared_service.call("GET", where.removeprefix("/v1"), token=token, Prefer=prefer)
        time.sleep(0.05)
    assert shown["items"][0]["index"] is not None


@pytest.mark.parametrize("prefer", ["wait=60", "respond-async, wait=60", 'Wait = "60"'])
def test_who_prefers_to_wait_gets_the_outcome_and_finds_it_in_the_tables(shared_service, pool, prefer):
    token = shared_service.account()["token"]
    answer = post(shared_service, pool, token, [7, 9], Prefer=prefer)
    assert answer.status_code == 201
    assert answer.headers["preference-applied"].startswith("wait=")
    (item,) = answer.json()["items"]
    assert item["status"] == "confirmed"
    assert shared_service.call("GET", f"/pools/{pool['id']}/contributions/{item['index']}")["index"] == item["index"]


def test_longer_than_the_operator_allows_nobody_waits(shared_service, pool):
    token = shared_service.account()["token"]
    answer = post(shared_service, pool, token, [7, 9], Prefer="wait=999999999")
    assert answer.headers["preference-applied"] == "wait=20"


def test_asking_for_anothers_submission_is_refused_without_a_wait(shared_service, pool):
    mine, other = shared_service.account()["token"], shared_service.account()["token"]
    made = post(shared_service, pool, mine, [11, 12]).json()["id"]
    begun = time.monotonic()
    assert_problem(shared_service.ask("GET", f"/submissions/{made}", token=other), 404, "submission-unknown")
    assert time.monotonic() - begun < 5
