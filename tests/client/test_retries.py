"""What a client sends again, and what it does not; without a service."""

import asyncio
import json

import httpx
import pytest

from earnest.client import AsyncClient, Client, Refused, Unreachable
from earnest.client import asking as asking_module

POOL = {"id": "p", "name": "Pool", "status": "ready", "chain_id": 1, "price": "1000", "later": "unknown"}
SUBMISSION = {
    "id": "s", "account": "0x", "pool": "p", "verb": "contribute", "status": "confirmed",
    "items": [{"position": 0, "status": "confirmed", "index": 3, "amount": "79228162514264337593543950335"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch):
    monkeypatch.setattr(asking_module, "_pause", lambda tried: 0.0)


class Service:
    """Answers in turn; an exception is raised in place of an answer."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        return httpx.Response(status, json=body, headers=headers[0] if headers else {})

    def client(self, tries: int = 5) -> Client:
        return Client("http://service", token="t", tries=tries, transport=httpx.MockTransport(self))


def problem(status, slug, detail="No."):
    return status, {"type": f"urn:earnest:problem:{slug}", "status": status, "detail": detail}


def test_request_that_makes_something_is_repeated_under_the_same_key():
    service = Service(
        httpx.ReadTimeout("slow"), problem(503, "not-ready"), (429, {}, {"Retry-After": "0"}), (201, SUBMISSION)
    )
    with service.client() as client:
        submission = client.contribute("p", [("A text", 1)])
    assert submission.items[0].amount == 2**96 - 1
    keys = {request.headers["idempotency-key"] for request in service.requests}
    assert len(service.requests) == 4
    assert len(keys) == 1
    assert {request.content for request in service.requests} == {service.requests[0].content}
    assert json.loads(service.requests[0].content)["items"] == [{"text": "A text", "label": 1}]


def test_two_requests_have_two_keys():
    service = Service((201, SUBMISSION), (201, SUBMISSION))
    with service.client() as client:
        for _ in range(2):
            client.contribute("p", [({"features": [1]}, 1)])
    first, second = (request.headers["idempotency-key"] for request in service.requests)
    assert first != second


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_refusal_is_told_at_once_with_its_reason(status):
    service = Service(problem(status, "some-reason", "It cannot be."))
    with service.client() as client, pytest.raises(Refused, match="It cannot be") as caught:
        client.pool("p")
    assert (caught.value.status, caught.value.type) == (status, "some-reason")
    assert len(service.requests) == 1


def test_silence_is_told_after_the_last_try():
    service = Service(*[httpx.ConnectError("refused")] * 3)
    with service.client(3) as client, pytest.raises(Unreachable, match="refused"):
        client.pools()
    assert len(service.requests) == 3


def test_refusal_of_the_last_try_is_the_services_own():
    service = Service(*[problem(503, "not-ready", "Starting.")] * 2)
    with service.client(2) as client, pytest.raises(Refused, match="Starting"):
        client.pools()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"id": 1, "id": 2}', b"[" * 100_000, b"\xff"])
def test_answer_that_is_not_the_apis_is_told_as_one(body):
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body)

    with Client("http://service", transport=httpx.MockTransport(answer)) as client, pytest.raises(Unreachable):
        client.pool("p")


def test_token_follows_no_redirection():
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(307, headers={"Location": "http://elsewhere/"}, json={})

    client = Client("http://service", token="t", transport=httpx.MockTransport(answer))
    with client, pytest.raises(Unreachable):
        client.pool("p")
    assert seen == ["service"]


def test_asynchronous_client_does_the_same():
    service = Service(httpx.ReadTimeout("slow"), (200, POOL))

    async def ask():
        async with AsyncClient("http://service", transport=httpx.MockTransport(service)) as client:
            return await client.pool("p")

    pool = asyncio.run(ask())
    assert (pool.name, pool.price) == ("Pool", 1000)
    assert len(service.requests) == 2
