"""Requests that are never finished hold no sockets for ever, and do not keep the service from ending."""

import socket
import time
from types import SimpleNamespace

import pytest
import uvicorn

from earnest.server.process import HEAD_SECONDS, MAX_CONNECTIONS, PatientServer
from tests.web.raw import exchange, status_of

HALF_A_HEAD = b"POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HALF_A_BODY = HALF_A_HEAD + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"


def connection(cycle=None):
    made = SimpleNamespace(cycle=cycle, closed=False)
    made.transport = SimpleNamespace(close=lambda: setattr(made, "closed", True))
    return made


def watched(*connections):
    server = PatientServer(uvicorn.Config("none"))
    server.server_state.connections = list(map(Key, connections))
    return server


class Key:
    """A connection as a key of dictionaries."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_who_sends_no_head_is_closed_and_who_is_answered_is_not():
    silent, busy, kept = (
        connection(),
        connection(SimpleNamespace(response_complete=False)),
        connection(SimpleNamespace(response_complete=True)),
    )
    server = watched(silent, busy, kept)
    server._close_the_silent(0)
    server._close_the_silent(HEAD_SECONDS)
    assert (silent.closed, busy.closed, kept.closed) == (False, False, False)
    server._close_the_silent(HEAD_SECONDS + 1)
    assert (silent.closed, busy.closed, kept.closed) == (True, False, True)


def test_beyond_the_most_the_oldest_that_ask_nothing_are_closed():
    old, busy = [connection() for _ in range(10)], [connection(SimpleNamespace(response_complete=False))]
    server = watched(*old, *busy)
    server._close_the_silent(0)
    new = [connection() for _ in range(MAX_CONNECTIONS - 1)]
    server.server_state.connections.extend(map(Key, new))
    server._close_the_silent(1)
    assert all(each.closed for each in old)
    assert not any(each.closed for each in [*new, *busy])


@pytest.mark.slow
def test_half_a_body_is_answered_in_the_end(shared_service):
    begun = time.monotonic()
    assert status_of(exchange(shared_service.port, [HALF_A_BODY], timeout=90)) == 408
    assert time.monotonic() - begun > 25


def test_half_sent_requests_do_not_keep_the_service_from_ending(service):
    service.start()
    held = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(9)]
    for place, each in enumerate(held):
        each.sendall((HALF_A_BODY, HALF_A_HEAD, b"")[place % 3])
    time.sleep(1)
    begun = time.monotonic()
    service.process.terminate()
    service.process.wait(20)
    assert time.monotonic() - begun < 20
    for each in held:
        each.close()


def test_connection_that_is_asked_again_and_again_is_kept_however_seldom_it_is_seen_busy():
    busy, silent = connection(), connection()
    server = watched(busy, silent)
    for second in range(60):
        # asked and answered between two looks
        busy.cycle = SimpleNamespace(response_complete=True)
        server._close_the_silent(float(second))
    assert not busy.closed
    assert silent.closed
