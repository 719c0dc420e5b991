"""Streams of events over HTTP: live, replayed, bounded, ended."""

import time

import httpx
import pytest

from tests.events.streams import Listener, Received, received, stream
from tests.fixtures.served_pool import REFUND_WAIT, World, assert_problem
from tests.fixtures.service import Service


def of_index(events: list[Received], index: int) -> list[Received]:
    return [event for event in events if event.data.get("index") == index]


def test_pool_and_account_are_told_what_happens_as_it_happens(world: World) -> None:
    pool = Listener(world.service, f"{world.path}/events")
    account = Listener(world.service, f"/accounts/{world.account['address']}/events")
    index = world.contribute([3, 18, 44])
    world.service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", index)["status"] == "confirmed"
    told = account.until(2)
    assert [event.kind for event in told] == ["contributed", "refunded"]
    contributed, refunded = (event.data for event in told)
    assert contributed["pool"] == world.pool["id"]
    assert contributed["amount"] == refunded["amount"] == str(10**15)
    assert contributed["facts"]["label"] == contributed["facts"]["predicted"]
    assert refunded["contributor"] is None
    until = time.monotonic() + 20
    while len(of_index(pool.events, index)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert [event.kind for event in of_index(pool.events, index)] == ["contributed", "refunded"]
    # the model learned from nothing here, and its accuracy is measured all the same
    assert "evaluated" in {event.kind for event in pool.events}
    places = [int(event.id) for event in pool.events]
    assert places == sorted(set(places))


def test_who_comes_back_is_told_what_it_missed_once_and_in_order(world: World) -> None:
    path = f"/accounts/{world.account['address']}/events"
    live = Listener(world.service, path)
    first = world.contribute([5, 21])
    last = live.until(1)[0].id
    second, third = world.contribute([6, 22]), world.contribute([7, 23])
    live.until(3)
    again = Listener(world.service, path, last).until(2)
    assert [event.data["index"] for event in again] == [second, third]
    assert again == live.events[1:3]
    assert first < second < third


@pytest.mark.parametrize("last", [str(2**62)])
def test_who_names_an_event_that_nobody_has_is_told_to_look_anew(world: World, last: str) -> None:
    (event,) = Listener(world.service, f"{world.path}/events", last).until(1)
    assert event.kind == "reset"
    assert int(event.id) < 2**62


@pytest.mark.parametrize("last", ["-1", "x", "1.5", str(2**63), ""])
def test_last_event_that_is_no_number_is_refused(world: World, last: str) -> None:
    answer = world.service.http.get(f"/v1{world.path}/events", headers={"Last-Event-ID": last})
    assert_problem(answer, 422, "payload-invalid")


def test_unknown_pool_and_malformed_address_are_refused_before_the_stream(world: World) -> None:
    assert_problem(world.service.ask("GET", "/pools/nowhere/events"), 404, "pool-unknown")
    assert_problem(world.service.ask("GET", "/accounts/0x12/events"), 422, "address-invalid")


def test_stream_is_no_page_and_is_stored_nowhere(world: World) -> None:
    with stream(world.service, f"{world.path}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] in ("no-cache", "no-store")
        assert answer.headers["x-content-type-options"] == "nosniff"
        lines = answer.iter_lines()
        assert next(lines) == ": open"
        assert next(lines).startswith("id: ")


def test_open_streams_hold_nobody_up_are_bounded_and_end_with_the_service(service: Service) -> None:
    service.settings["PUBLIC_HOSTS"] = "127.0.0.1"
    service.start()
    pool = service.deploy()
    listeners = [Listener(service, f"/pools/{pool['id']}/events") for _ in range(20)]
    begun = time.monotonic()
    for _ in range(20):
        service.call("GET", f"/pools/{pool['id']}")
    assert time.monotonic() - begun < 10
    refused = service.ask("GET", f"/pools/{pool['id']}/events")
    assert_problem(refused, 429, "too-many-streams", "at most 20")
    assert refused.headers["retry-after"] == "10"
    service.account()
    begun = time.monotonic()
    service.stop()
    assert time.monotonic() - begun < 20
    for listener in listeners:
        listener.wait_for_end(5)


def test_closed_stream_makes_room_for_another(world: World) -> None:
    for _ in range(30):
        with stream(world.service, f"{world.path}/events") as answer:
            assert next(answer.iter_lines()) == ": open"
    with httpx.Client(base_url=world.service.url, timeout=30, trust_env=False) as http:
        assert http.get("/healthz").status_code == 200


def test_reader_of_events_passes_comments_over() -> None:
    lines = [": open", "id: 4", "", ": ping", "", "event: credit", 'data: {"a":', "data: 1}", "id: 5", ""]
    assert list(received(iter(lines))) == [Received("credit", "5", {"a": 1})]
