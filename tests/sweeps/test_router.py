"""Sweeps over the API: refusals before anything starts, events, rows, cancelling."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN, PATIENCE, Service

OWN = {
    "base": "paper", "description": "Made-up texts.", "dataset": "synthetic", "train_size": 600, "test_size": 300,
    "initial_share": 0.25,
}  # fmt: skip
DIGITS = {
    "base": "paper", "dataset": "digits", "model": "dense-nearest-centroid", "shuffle_seed": 1, "train_size": 600,
    "test_size": 300, "initial_share": 0.25,
}  # fmt: skip
#: Too long to end by itself in a test.
LONG = {"name": "Long", "scenario": OWN | {"train_size": 20_000}, "axes": {"num_words": [60, 100]}, "seeds": 400}
UNKNOWN = "00000000-0000-0000-0000-000000000000"


def start(service: Service, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    headers = {"Idempotency_Key": key} if key else {}
    answer = service.ask("POST", "/sweeps", body, ADMIN, **headers)
    assert answer.status_code == 202, answer.text
    shown: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/sweeps/{shown['id']}"
    return shown


def wait(service: Service, sweep: str, true: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    until = time.monotonic() + 3 * PATIENCE
    while not true(shown := service.call("GET", f"/sweeps/{sweep}")):
        assert time.monotonic() < until, shown
        time.sleep(0.1)
    found: dict[str, Any] = shown
    return found


def test_knobs_are_listed_with_what_they_can_be(shared_service: Service) -> None:
    knobs = {(knob["name"], knob["of"]): knob for knob in shared_service.call("GET", "/sweeps/knobs")}
    words = knobs["num_words", "scenario"]
    assert words["json_schema"] == {"type": "integer", "minimum": 3, "maximum": 65_536}
    assert (words["values"], words["default"]) == ("a whole number from 3 to 65,536", 1000)
    assert knobs["deposit_mean", "agents"]["unit"] == "coins"
    assert knobs["signal", "dataset synthetic"]["default"] == 0.5
    assert knobs["cost", "incentive self-assessment"]["money"]


@pytest.mark.parametrize(
    ("body", "slug", "words"),
    [
        (
            {"scenario": "nosuch"},
            "scenario-invalid",
            ("'nosuch'", "name one of attacks, attacks-clothing, attacks-table"),
        ),
        ({"scenario": "../../../etc/passwd"}, "scenario-invalid", ("There is no scenario",)),
        ({"scenario": OWN, "axes": {"words": [3, 4]}}, "scenario-invalid", ("At words=3: ", "unknown knob 'words'")),
        ({"scenario": OWN, "axes": {"num_words": []}}, "sweep-invalid", ("num_words has no values",)),
        ({"scenario": OWN, "axes": ["incentive=points", "cost=1,2"]}, "sweep-invalid", ("cost plays no part",)),
        ({"scenario": OWN, "axes": {"cost": [1, 2]}, "seeds": 5001}, "sweep-too-large", ("10,002 runs", "10,000")),
        ({"scenario": "paper"}, "data-missing", ("EARNEST_IMDB_ARCHIVE", "movie-reviews and synthetic need neither")),
        ({"scenario": OWN | {"dataset": "file", "shuffle_seed": 1}}, "data-missing", ("EARNEST_SWEEP_DATA",)),
        (
            {"scenario": DIGITS | {"model": "dense-perceptron"}},
            "scenario-invalid",
            ("dataset digits has more: set model to dense-margin-perceptron or dense-nearest-centroid",),
        ),
        ({"scenario": OWN | {"data": "/etc/passwd"}}, "scenario-invalid", ("unknown knob 'data'",)),
        ({}, "payload-invalid", ("/scenario",)),
        ({"scenario": OWN, "out": "/tmp/x"}, "payload-invalid", ("/out",)),
        ({"scenario": OWN, "seeds": 0}, "payload-invalid", ("/seeds",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sweep_that_cannot_be_run_is_refused_in_a_sentence_and_nothing_is_queued(
    shared_service: Service, body: dict[str, Any], slug: str, words: tuple[str, ...]
) -> None:
    before = shared_service.call("GET", "/sweeps?limit=100")["items"]
    document = assert_problem(shared_service.ask("POST", "/sweeps", body, ADMIN), 422, slug, *words)
    assert "\n" not in document["detail"]
    after = shared_service.call("GET", "/sweeps?limit=100")["items"]
    assert [sweep["id"] for sweep in after] == [sweep["id"] for sweep in before]


def test_only_the_operator_starts_cancels_resumes_and_deletes(shared_service: Service) -> None:
    account = shared_service.account()["token"]
    for token in (None, "wrong", account):
        for method, path in (
            ("POST", "/sweeps"),
            ("POST", f"/sweeps/{UNKNOWN}/cancel"),
            ("POST", f"/sweeps/{UNKNOWN}/resume"),
            ("DELETE", f"/sweeps/{UNKNOWN}"),
        ):
            answer = shared_service.ask(method, path, {"scenario": OWN} if path == "/sweeps" else None, token)
            assert_problem(answer, 401, "token-invalid", "admin token")


@pytest.mark.parametrize("part", ["", "/events", "/rows", "/report", "/files/runs.csv"])
def test_sweep_that_is_not_there_is_a_problem_even_for_its_events(shared_service: Service, part: str) -> None:
    for which in (UNKNOWN, "nonsense"):
        assert_problem(shared_service.ask("GET", f"/sweeps/{which}{part}"), 404, "sweep-unknown")


def test_long_sweep_is_watched_read_and_cancelled_by_its_operator(shared_service: Service) -> None:
    sweep = start(shared_service, LONG, key="long")["id"]
    assert start(shared_service, LONG, key="long")["id"] == sweep
    assert_problem(
        shared_service.ask("POST", "/sweeps", LONG | {"seeds": 2}, ADMIN, Idempotency_Key="long"),
        409,
        "idempotency-key-reused",
    )
    waiting = start(shared_service, {"name": "Waiting", "scenario": OWN, "axes": {"cost": [1, 2]}, "seeds": 1})["id"]
    assert_problem(shared_service.ask("GET", f"/sweeps/{sweep}/report"), 404, "sweep-file-unknown", "no report")
    assert_problem(shared_service.ask("POST", f"/sweeps/{sweep}/resume", None, ADMIN), 409, "sweep-status")
    assert_problem(shared_service.ask("DELETE", f"/sweeps/{sweep}", None, ADMIN), 409, "sweep-status", "cancel it")

    events: list[tuple[str, dict[str, Any]]] = []
    with shared_service.http.stream("GET", f"/v1/sweeps/{sweep}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in stream.iter_lines():
            kind, _, value = line.partition(": ")
            if kind == "event":
                name = value
            elif kind == "data":
                events.append((name, json.loads(value)))
                if events[-1][1]["done"] >= 3 and events[-1][1]["status"] == "running":
                    assert shared_service.ask("POST", f"/sweeps/{sweep}/cancel", None, ADMIN).status_code == 202
    # the stream ended by itself
    assert [name for name, _ in events[:-1]] == ["progress"] * (len(events) - 1)
    assert events[-1][0] == "end"
    done = [shown["done"] for _, shown in events]
    assert done == sorted(done)
    assert {shown["status"] for _, shown in events} >= {"running", "cancelled"}
    shown = events[-1][1]
    assert (shown["status"], shown["runs"], shown["report"]) == ("cancelled", 800, True)

    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = shared_service.call("GET", f"/sweeps/{sweep}/rows{query}")
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(rows) == shown["done"] >= 3
    assert {row["scenario"] for row in rows} == {"Long"}
    assert len({row["run"] for row in rows}) == len(rows)
    assert_problem(shared_service.ask("GET", f"/sweeps/{sweep}/rows?cursor=x"), 422, "cursor-invalid")

    # the interrupted sweep wrote its tables, and what was finished is reported on
    assert "of the planned runs are not finished" in shared_service.ask("GET", f"/sweeps/{sweep}/report").text
    detail = shared_service.call("GET", f"/sweeps/{sweep}")
    assert {"runs.parquet", "manifest.json"} <= set(detail["files"])
    assert detail["request"]["seeds"] == 400
    answer = shared_service.ask("GET", f"/sweeps/{sweep}/files/runs.parquet")
    assert answer.content[:4] == b"PAR1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in answer.headers["content-disposition"]
    assert_problem(shared_service.ask("GET", f"/sweeps/{sweep}/files/request.json"), 404, "sweep-file-unknown")

    # the next one had its turn only now
    assert wait(shared_service, waiting, lambda shown: shown["started_at"])["started_at"] >= shown["finished_at"]
    shared_service.ask("POST", f"/sweeps/{waiting}/cancel", None, ADMIN)
    wait(shared_service, waiting, lambda shown: shown["finished_at"])
    for each in (sweep, waiting):
        assert shared_service.ask("DELETE", f"/sweeps/{each}", None, ADMIN).status_code == 204
    assert not (shared_service.folder / "sweeps" / sweep).exists()


@pytest.mark.slow
def test_sweep_on_a_table_of_ten_classes_is_run_and_reported(shared_service: Service) -> None:
    sweep = start(shared_service, {"name": "Digits", "scenario": DIGITS, "axes": {"cost": [2]}, "seeds": 2})["id"]
    shown = wait(shared_service, sweep, lambda shown: shown["finished_at"])
    assert (shown["status"], shown["done"], shown["error"], shown["report"]) == ("finished", 2, None, True)
    for row in shared_service.call("GET", f"/sweeps/{sweep}/rows")["items"]:
        assert row["dataset"] == "digits"
        assert row["baseline_accuracy"] > 0.8


@pytest.mark.slow
def test_sweep_over_the_mechanism_runs_and_is_reported(shared_service: Service) -> None:
    body = {"scenario": OWN | {"num_words": 60}, "axes": ["incentive=self-assessment,points"], "seeds": 2}
    sweep = start(shared_service, body)["id"]
    shown = wait(shared_service, sweep, lambda shown: shown["finished_at"])
    assert (shown["status"], shown["done"], shown["report"]) == ("finished", 4, True)
    assert "In 2 of 4 runs nobody pays (incentive points)" in shared_service.ask("GET", f"/sweeps/{sweep}/report").text


def test_finished_sweep_has_a_report_that_can_do_nothing(shared_service: Service) -> None:
    body = {
        "name": "<script>alert(1)</script>",
        "scenario": OWN | {"description": "<img src=x onerror=alert(1)>"},
        "axes": ["num_words=60,100"],
        "seeds": 2,
    }
    sweep = start(shared_service, body)["id"]
    shown = wait(shared_service, sweep, lambda shown: shown["finished_at"])
    assert (shown["status"], shown["done"], shown["error"], shown["report"]) == ("finished", 4, None, True)
    answer = shared_service.ask("GET", f"/sweeps/{sweep}/report")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'", "form-action 'none'"} <= set(policy)
    assert not [part for part in policy if part.startswith(("script-src", "connect-src"))]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
    assert "onerror=alert(1)>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert {"runs.parquet", "series.parquet", "runs.csv", "means.csv"} <= set(shown["files"])
    csv = shared_service.ask("GET", f"/sweeps/{sweep}/files/runs.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert len(csv.text.splitlines()) == 5
    page = shared_service.http.get(f"/sweeps/{sweep}")
    assert "<script>alert" not in page.text
    assert 'sandbox title="Report of &lt;script&gt;' in page.text
