"""The socket that the service listens on."""

import socket

import pytest

from earnest.server.process import _listen


@pytest.mark.loopback
def test_answers_do_not_wait_for_acknowledgements():
    with (
        _listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.loopback
def test_an_address_that_is_taken_is_refused():
    with _listen("127.0.0.1", 0) as listening, pytest.raises(OSError, match="in use"):
        _listen("127.0.0.1", listening.getsockname()[1])
