"""Advice over the API: what is refused before anything starts, and that it is nobody else's."""

import time
from typing import Any

import pytest

from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN, PATIENCE, Service

UNKNOWN = "00000000-0000-0000-0000-000000000000"
OWN = {"csv": "text,label\n" + "".join(f"{'good' if n % 2 else 'bad'} film {n},{n % 2}\n" for n in range(240))}


@pytest.mark.parametrize(
    ("body", "slug", "words"),
    [
        ({}, "payload-invalid", "give one of dataset, csv and file"),
        (OWN | {"dataset": "iris"}, "payload-invalid", "give one of dataset, csv and file"),
        ({"dataset": "iris", "share": 0.7}, "payload-invalid", "/share"),
        ({"dataset": "iris", "out": "/tmp/x"}, "payload-invalid", "/out"),
        # of what the command itself refuses these two: each takes seconds
        ({"dataset": "../../etc/passwd"}, "advice-invalid", "it must be one of clothing-reviews"),
        (OWN | {"options": {"label_column": "stars"}}, "advice-invalid", "stars"),
        ({"file": "%%%"}, "advice-invalid", "no base64"),
    ],
    ids=["nothing", "two sources", "share", "unknown member", "data set", "column", "base64"],
)
def test_question_that_cannot_be_answered_is_refused_in_a_sentence(
    shared_service: Service, body: dict[str, Any], slug: str, words: str
) -> None:
    answer = shared_service.ask("POST", "/advice", body, ADMIN)
    assert_problem(answer, 422, slug)
    assert words in answer.text
    assert str(shared_service.folder) not in answer.text


def test_advice_is_the_operators_and_found_by_its_id_alone(shared_service: Service) -> None:
    assert_problem(shared_service.ask("POST", "/advice", {"dataset": "iris"}), 401, "token-invalid")
    assert_problem(shared_service.ask("GET", f"/advice/{UNKNOWN}"), 401, "token-invalid")
    for which in (UNKNOWN, "x", "%2e%2e"):
        assert_problem(shared_service.ask("GET", f"/advice/{which}", token=ADMIN), 404, "advice-unknown")
    assert_problem(shared_service.ask("POST", f"/advice/{UNKNOWN}/cancel", token=ADMIN), 404, "advice-unknown")
    page = shared_service.http.get(f"/operator?advice={UNKNOWN}", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "There is no such advice any more" in page.text
    assert shared_service.http.get(f"/operator/advice/{UNKNOWN}/events").status_code == 404


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_answer_comes_over_the_api_and_its_pool_can_be_made(shared_service: Service) -> None:
    body = {"dataset": "made-up-reviews", "contributions": 60, "contributors": 10, "train_size": 300,
            "held_out_size": 300, "attackers": ["flipper"], "prices": [0.01], "seeds": 1}  # fmt: skip
    until = time.monotonic() + 3 * PATIENCE
    # another test's question may be on
    while (answer := shared_service.ask("POST", "/advice", body, ADMIN)).status_code == 409:
        assert time.monotonic() < until
        time.sleep(1)
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"].removeprefix("/v1")
    while (shown := shared_service.call("GET", place, token=ADMIN))["status"] == "running":
        assert time.monotonic() < until
        time.sleep(0.5)
    assert shown["status"] == "finished", shown
    checked = shared_service.call("POST", "/pools/check", shown["result"]["pool"], ADMIN)
    assert checked["rules"]["incentive"].startswith(shown["result"]["pool"]["incentive"])
