"""Two services on one database: both answer, one has the claim, writes and sends, and the other takes over from it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.end_to_end.test_start import FIXED, OPERATOR_KEY, PREDICTIONS, contribute, stop_process
from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN, PATIENCE, Service
from tests.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.loopback
COST = 10**15


@pytest.fixture
def pair(tmp_path, postgres_url, anvil_url) -> Iterator[tuple[Service, Service]]:
    """Two services, not started."""
    settings = {
        "CHAIN_URL": anvil_url,
        "OPERATOR_KEY": OPERATOR_KEY,
        "DATABASE_URL": postgres_url,
        "KEYSTORE_PASSWORD": "the-same-for-both",
        "WEBHOOK_PRIVATE": "true",
    }
    first, second = Service(tmp_path / "first", **settings), Service(tmp_path / "second", **settings)
    yield first, second
    first.stop()
    second.stop()


def operates(service: Service) -> bool:
    """Whether a service that is ready says that it has the claim."""
    return bool(service.http.get("/readyz").json()["capabilities"]["operate"])


def wait_until_operating(service: Service) -> None:
    until = time.monotonic() + PATIENCE
    while not operates(service):
        assert time.monotonic() < until
        time.sleep(0.05)


def wait_for_contributions(service: Service, pool: str, count: int) -> dict[str, Any]:
    """What a service says of a pool once its tables have so many; what another one wrote is there after a moment."""
    until = time.monotonic() + PATIENCE
    while True:
        shown: dict[str, Any] = service.call("GET", f"/pools/{pool}")
        if shown["contributions"] >= count:
            return shown
        assert time.monotonic() < until
        time.sleep(0.05)


def test_both_answer_and_the_second_takes_over_when_the_first_is_killed(pair):
    first, second = pair
    first.start()
    pool, account = first.deploy(price=FIXED), first.account()
    contribute(first, pool, account, [1, 2, 3])
    second.start()
    assert (operates(first), operates(second)) == (True, False)
    # what is read and predicted is the same on both, up to the block
    path = f"/pools/{pool['id']}"
    assert second.call("GET", path)["digest"] == first.call("GET", path)["digest"]
    told = [each.call("POST", f"{path}/predictions", PREDICTIONS) for each in pair]
    assert told[0] == told[1]
    assert second.http.get(f"/pools/{pool['id']}").status_code == 200
    # what the second accepts the first sends; the answer waits for the chain, and the tables
    shown = contribute(second, pool, account, [1, 2, 4])
    assert shown["status"] == "confirmed"
    assert second.call("GET", path)["contributions"] == 2
    assert wait_for_contributions(first, pool["id"], 2)["liabilities"] == str(2 * COST)
    # what is the operator's is refused by the second, in a sentence
    for refused, body in (("/chain/time", {"seconds": 5}), ("/pools", {"name": "Another"}), (f"{path}/pause", None)):
        assert_problem(second.ask("POST", refused, body, ADMIN), 503, "not-ready", "has the claim to this database")
    # and so is an account that a page makes, while the page itself goes on
    quote = {"action": "quote", "text": "w001 w002", "label": "1"}
    own = {"Cookie": f"earnest_account={account['token']}"}
    assert second.http.post(f"/pools/{pool['id']}/contribute", data=quote, headers=own).status_code == 200
    assert second.http.get("/operator").status_code == 200
    assert second.http.post("/account", data={"action": "account"}).status_code == 503
    # a pool that the first deploys is served by the second too
    another = first.deploy(name="Another", price=FIXED)
    until = time.monotonic() + PATIENCE
    while second.ask("POST", f"/pools/{another['id']}/predictions", PREDICTIONS).status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    first.kill()
    wait_until_operating(second)
    assert contribute(second, pool, account, [1, 2, 5])["status"] == "confirmed"
    assert second.call("GET", path)["liabilities"] == str(3 * COST)
    # the first comes back, beside the other
    first.start()
    assert (operates(first), operates(second)) == (False, True)
    assert contribute(first, pool, account, [1, 2, 6])["status"] == "confirmed"
    assert first.call("GET", path)["digest"] == second.call("GET", path)["digest"]


@pytest.mark.slow
def test_what_was_handed_on_when_the_sender_was_killed_is_sent_once(pair):
    first, second = pair
    first.start()
    pool = first.deploy(price=FIXED)
    accounts = [first.account(f"contributor {number}") for number in range(4)]
    second.start()

    def stream(number: int) -> list[int]:
        found = []
        for turn in range(8):
            body = {"items": [{"features": [1 + number, 10 + turn], "label": turn % 2}]}
            key = f"contribution {number} {turn}"
            while True:
                path = f"/pools/{pool['id']}/submissions"
                answer = second.ask("POST", path, body, accounts[number]["token"], Idempotency_Key=key)
                if answer.status_code == 201 and answer.json()["status"] == "confirmed":
                    break
                assert answer.status_code in (201, 202, 503), answer.text
                time.sleep(0.05)
            found.append(answer.json()["items"][0]["index"])
        return found

    with ThreadPoolExecutor(4) as threads:
        streams = [threads.submit(stream, number) for number in range(4)]
        time.sleep(1)
        first.kill()
        indices = sorted(index for each in streams for index in each.result(PATIENCE))
    assert indices == list(range(32))
    shown = second.call("GET", f"/pools/{pool['id']}")
    assert shown["contributions"] == 32
    assert shown["escrow"] == shown["liabilities"] == str(32 * COST)


def places(receiver: Receiver) -> list[int]:
    """Of the events that arrived, in the order in which they did."""
    return [request.json["id"] for request in list(receiver.requests) if request.json["type"] == "contributed"]


@pytest.mark.slow
def test_event_is_delivered_once_and_in_order_whoever_was_asked(pair):
    first, second = pair
    with receiving() as receiver:
        first.start()
        pool, account = first.deploy(price=FIXED), first.account()
        second.start()
        hook = second.call("POST", "/webhooks", {"url": receiver.url, "pool": pool["id"]}, ADMIN)
        for number in range(10):
            contribute((first, second)[number % 2], pool, account, [1, 2, 3 + number])
        until = time.monotonic() + PATIENCE
        while len(places(receiver)) < 10:
            assert time.monotonic() < until
            time.sleep(0.05)
        # a test that the second is asked for is sent by the first
        second.call("POST", f"/webhooks/{hook['id']}/tests", None, ADMIN)
        while not any(request.json["type"] == "test" for request in list(receiver.requests)):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert len(places(receiver)) == 10
        assert places(receiver) == sorted(set(places(receiver)))
        stop_process(first)
        wait_until_operating(second)
        for number in range(5):
            contribute(second, pool, account, [1, 2, 20 + number])
        while len(set(places(receiver))) < 15:
            assert time.monotonic() < until + PATIENCE
            time.sleep(0.05)
        time.sleep(1)
        assert len(places(receiver)) == 15
        assert places(receiver) == sorted(set(places(receiver)))


def test_second_service_on_one_file_waits_and_takes_over(tmp_path, anvil_url):
    settings = {
        "CHAIN_URL": anvil_url,
        "OPERATOR_KEY": OPERATOR_KEY,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite'}",
        "KEYSTORE_PASSWORD": "the-same-for-both",
    }
    first, second = Service(tmp_path / "first", **settings), Service(tmp_path / "second", **settings)
    try:
        first.start()
        pool, account = first.deploy(price=FIXED), first.account()
        contribute(first, pool, account, [1, 2, 3])
        second.launch()
        assert "Another service writes to this database" in second.wait_until_unready()["detail"]
        assert second.ask("POST", f"/pools/{pool['id']}/predictions", PREDICTIONS).status_code == 503
        assert second.http.get("/healthz").status_code == 200
        first.kill()
        second.wait_until_ready()
        # with the accounts of the other
        assert contribute(second, pool, account, [1, 2, 5])["status"] == "confirmed"
        assert second.call("GET", f"/pools/{pool['id']}")["liabilities"] == str(2 * COST)
    finally:
        first.stop()
        second.stop()


@pytest.mark.slow
def test_service_with_another_keystore_password_says_so(tmp_path, postgres_url, anvil_url):
    settings = {"CHAIN_URL": anvil_url, "OPERATOR_KEY": OPERATOR_KEY, "DATABASE_URL": postgres_url}
    first, second = Service(tmp_path / "first", **settings), Service(tmp_path / "second", **settings)
    try:
        first.start()
        first.account()
        stop_process(first)
        second.launch()
        assert "EARNEST_KEYSTORE_PASSWORD" in second.wait_until_unready()["detail"]
        # and does not keep the claim from one that has the right one
        first.start()
        wait_until_operating(first)
        assert "EARNEST_KEYSTORE_PASSWORD" in second.wait_until_unready()["detail"]
        stop_process(first)
        stop_process(second)
        second.settings["KEYSTORE_PASSWORD"] = (first.folder / "keystore-password").read_text().strip()
        second.start()
    finally:
        first.stop()
        second.stop()
