"""Spans, as a real collector gets them: what they tell, what they leave out, and that nobody waits for them."""

import time
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from earnest import telemetry
from earnest.config import SettingsInvalid, read_settings
from earnest.telemetry import span
from tests.fixtures.service import ADMIN, Service
from tests.webhooks.receiver import Receiver, receiving, slow, status

pytestmark = pytest.mark.loopback


@pytest.fixture
def collector() -> Iterator[Receiver]:
    with receiving() as made:
        made.answers = [status(200)]
        yield made
        telemetry.stop()


def base(collector: Receiver) -> str:
    return collector.url.removesuffix("/hook")


def spans(collector: Receiver) -> list[tuple[str, dict[str, object], object]]:
    """Name, facts and the raw span of all that came."""
    found = []
    for request in collector.requests:
        assert request.path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            for scope in resource.scope_spans:
                for one in scope.spans:
                    facts = {
                        each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in one.attributes
                    }
                    found.append((one.name, facts, one))
    return found


def test_nothing_is_made_where_nobody_asked() -> None:
    with span("x", earnest__pool="1") as told:
        told.say(a=1)
        told.rename("y")
        told.idle()


def test_spans_within_each_other_arrive_with_their_facts_and_without_errors_words(collector: Receiver) -> None:
    telemetry.start(base(collector), {"x-key": "secret"})

    def fail() -> None:
        with span("outer", http__route="/v1/pools") as outer:
            outer.rename("GET /v1/pools")
            outer.say(nothing=None, count=3)
            with span("inner"):
                raise ValueError("a hidden word")

    with pytest.raises(ValueError, match="hidden"):
        fail()
    telemetry.stop()
    (inner_name, inner_facts, inner), (name, facts, made) = spans(collector)
    assert (inner_name, name) == ("inner", "GET /v1/pools")
    assert facts == {"http.route": "/v1/pools", "count": 3, "error.type": "ValueError"}
    assert inner_facts == {"error.type": "ValueError"}
    assert inner.parent_span_id == made.span_id
    assert not any(b"hidden" in request.body for request in collector.requests)
    assert collector.requests[0].headers["x-key"] == "secret"


def test_round_in_which_nothing_happened_is_left_out_with_all_that_it_did(collector: Receiver) -> None:
    telemetry.start(base(collector))
    for blocks in (0, 2, 0):
        with span("sync", may_be_idle=True) as told, span(f"chain {blocks}"):
            if not blocks:
                told.idle()
    telemetry.stop()
    assert sorted(name for name, *_ in spans(collector)) == ["chain 2", "sync"]


def test_clients_own_trace_is_taken_up(collector: Receiver) -> None:
    telemetry.start(base(collector))
    with span("request", {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}):
        pass
    with span("request", {"traceparent": "nonsense"}):
        pass
    telemetry.stop()
    first, second = (made for *_, made in spans(collector))
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == ("ab" * 16, "cd" * 8)
    assert second.parent_span_id == b""


def test_collector_that_does_not_answer_holds_nobody_up(collector: Receiver) -> None:
    collector.answers = [slow(8)]
    telemetry.start(base(collector))
    begun = time.monotonic()
    for _ in range(100):
        with span("x"):
            pass
    assert time.monotonic() - begun < 1
    telemetry.stop()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_ENDPOINT", "localhost:4318"),
        ("OTEL_ENDPOINT", "grpc://a:4317"),
        ("OTEL_HEADERS", "no value"),
        ("OTEL_HEADERS", "a=b\n"),
    ],
)
def test_setting_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EARNEST_{name}", value)
    with pytest.raises(SettingsInvalid, match="it must be"):
        read_settings({f"EARNEST_{name}": value})


def test_headers_are_read_from_their_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARNEST_OTEL_HEADERS", "x-key=a=b,other=c d")
    assert read_settings({}).collector_headers == {"x-key": "a=b", "other": "c d"}


def test_service_tells_requests_chain_calls_the_sync_and_transactions_and_no_secrets(
    service: Service, collector: Receiver
) -> None:
    service.settings["OTEL_ENDPOINT"] = base(collector)
    service.start()
    pool = service.deploy()
    account = service.account()
    body = {"items": [{"features": [3, 18], "label": 1}]}
    made = service.call(
        "POST", f"/pools/{pool['id']}/submissions?x=query", body, account["token"], X_Request_ID="my-own-request"
    )
    service.stop()
    found = spans(collector)
    (request,) = [each for each in found if each[1].get("earnest.request_id") == "my-own-request"]
    assert request[0] == "POST /v1/pools/{pool}/submissions"
    assert request[1]["http.response.status_code"] == 201
    (submission,) = [each for each in found if each[1].get("earnest.submission") == made["id"]]
    sent = made["items"][0]["transaction_hash"]
    about = {name for name, facts, _ in found if facts.get("earnest.transaction") == sent}
    assert about >= {"send", "chain eth_getTransactionReceipt"}
    (send,) = [each for name, facts, each in found if name == "send" and facts.get("earnest.transaction") == sent]
    assert send.trace_id == submission[2].trace_id
    rounds = [facts for name, facts, _ in found if name == "sync"]
    assert rounds
    assert all(facts["earnest.blocks"] for facts in rounds if facts["earnest.pools"])
    chain_url = (service.folder / "chain-url").read_text().strip()
    secrets = [ADMIN, account["token"], chain_url.rsplit("/", 1)[1], "query"]
    secrets += [(service.folder / name).read_text().strip() for name in ("operator-key", "keystore-password")]
    for secret in secrets:
        assert len(secret) > 4
        assert not any(secret.encode() in each.body for each in collector.requests), secret
