"""One request to a stranger's address: where it goes, how long it lasts, what is read of the answer."""

import socket
import ssl
import time
from pathlib import Path

import pytest

from earnest.webhooks.posting import Poster
from tests.webhooks.receiver import dripping, endless, receiving, slow, status

CERTIFICATE = Path(__file__).with_name("hooks.example.pem")

pytestmark = pytest.mark.loopback


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


def post(url, *, allow_private=True, **more):
    with Poster(url, allow_private=allow_private, **more) as poster:
        return poster.post(b"{}", {"webhook-id": "1"})


def test_request_arrives_as_it_was_sent(receiver):
    outcome = post(receiver.url + "?a=1")
    assert (outcome.status, outcome.error, outcome.is_final) == (204, None, False)
    (request,) = receiver.requests
    assert (request.path, request.body) == ("/hook?a=1", b"{}")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == receiver.url.split("/")[2]
    assert "authorization" not in request.headers


def test_private_address_is_refused_and_nothing_is_sent(receiver):
    outcome = post(receiver.url, allow_private=False)
    assert outcome.status is None
    assert "not a public host" in outcome.error
    assert receiver.connections == 0


def test_connection_goes_to_the_address_that_was_looked_at_and_names_are_asked_for_once(receiver):
    asked = []

    def resolver(host, port):
        asked.append((host, port))
        return ["127.0.0.1"]

    port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
    with Poster(f"http://hooks.example:{port}/x", allow_private=True, resolver=resolver) as poster:
        for _ in range(3):
            assert poster.post(b"{}", {}).error is None
    assert asked == [("hooks.example", port)]
    assert {request.headers["host"] for request in receiver.requests} == {f"hooks.example:{port}"}
    assert receiver.connections == 1


def test_name_that_changes_its_address_between_two_questions_reaches_nobody(receiver):
    # the first answer is a public one, which is what a check would see; the second is this machine
    answers = [["127.0.0.1"], ["203.0.113.1"]]
    port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
    for _ in range(2):
        outcome = post(f"http://rebinding.example:{port}/", allow_private=False, resolver=lambda *_: answers.pop())
        assert "not a public host" in outcome.error
    assert receiver.connections == 0


def test_name_that_nobody_knows_is_told(receiver):
    def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    assert "cannot be resolved" in post("http://a.example/", resolver=unknown).error


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(receiver, code):
    receiver.answers = [status(code, Location=receiver.url + "/other")]
    outcome = post(receiver.url)
    assert (outcome.status, "not followed" in outcome.error) == (code, True)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(("code", "final"), [(400, False), (404, False), (410, True), (429, False), (500, False)])
def test_answer_that_is_no_success_is_a_failure(receiver, code, final):
    receiver.answers = [status(code)]
    outcome = post(receiver.url)
    assert (outcome.status, outcome.is_final) == (code, final)
    assert str(code) in outcome.error


@pytest.mark.parametrize("answer", [slow(3), dripping(3)])
def test_receiver_that_takes_too_long_is_left(receiver, answer):
    receiver.answers = [answer]
    begun = time.monotonic()
    outcome = post(receiver.url, seconds=0.5)
    assert time.monotonic() - begun < 2
    assert outcome.status is None
    assert "no answer" in outcome.error


def test_answer_without_end_is_not_read(receiver):
    receiver.answers = [endless, status(204)]
    begun = time.monotonic()
    with Poster(receiver.url, allow_private=True) as poster:
        assert poster.post(b"{}", {}).error is None
        assert poster.post(b"{}", {}).status == 204
    assert time.monotonic() - begun < 5
    assert receiver.connections == 2


def test_certificate_is_checked_against_the_name_though_the_address_was_looked_up_before():
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    with receiving(CERTIFICATE) as receiver:
        port = receiver.url.rsplit(":", 1)[1].split("/")[0]

        def ask(host, context):
            url = f"https://{host}:{port}/x"
            return post(url, resolver=lambda *_: ["127.0.0.1"], context=context, seconds=3)

        assert ask("hooks.example", trusting).status == 204
        # another's name, and a certificate that no known authority stands for
        for outcome in (ask("other.example", trusting), ask("hooks.example", None)):
            assert "no answer" in outcome.error
        assert [request.headers["host"] for request in receiver.requests] == [f"hooks.example:{port}"]


def test_receiver_that_is_not_there_and_one_that_speaks_otherwise_are_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert "no answer" in post(f"http://127.0.0.1:{port}/").error
    with receiving() as plain:
        # TLS is asked of one that has none
        assert "no answer" in post(plain.url.replace("http:", "https:"), seconds=2).error
