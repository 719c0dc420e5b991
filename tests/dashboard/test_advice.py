"""The operator's form and advice: what it asks, how an answer is shown, what of it is taken over."""

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from earnest.accounts.identity import SCOPES, Identity
from earnest.advice.errors import AdviceBusy
from earnest.advice.schemas import AdviceShown
from earnest.core.errors import RuleViolation
from earnest.core.incentives.registry import INCENTIVES
from earnest.dashboard.deploying import fields_of, prospect_of, question_of, request_of, taken
from earnest.dashboard.pages.operator import OperatorPage, _done
from earnest.dashboard.render import render
from tests.advice.stand_in import CANDIDATE, SEALED
from tests.dashboard.test_pages import FRAME

FORM = {
    "incentive": "self-assessment", "name": "Films", "model": "", "dataset": "made-up-reviews", "train_size": "300",
    "price": "fixed", "cost": "0.002", "weight": "0.5", "refund_wait": "7200", "safeguards": "all", "head_start": "",
    "ask_share": "0.3", "ask_seeds": "2", "ask_accuracy": "", "ask_attackers": "flipper, <flash>",
}  # fmt: skip
RESULT: dict[str, Any] = {
    "question": {"seeds": 2}, "meets": True, "best": 0, "sentence": "Take <i>points</i>.", "pool": CANDIDATE["pool"],
    "candidates": [CANDIDATE, SEALED], "cannot_promise": ["Gas is not counted."],
    "left_out": [{"model": "naive-bayes", "incentive": "sealed-assessment", "reason": "It has <no> contract."}],
}  # fmt: skip


def shown(**changes: Any) -> AdviceShown:
    told = {"id": "0" * 36, "status": "finished", "stage": None, "done": 4, "total": 4, "seconds_left": None}
    return AdviceShown(**(told | {"error": None, "created_at": 1, "result": RESULT} | changes))


def page(advice: AdviceShown | None, **given: str) -> str:
    incentive = INCENTIVES["self-assessment"]
    made = OperatorPage(
        capabilities={}, reasons=[], head=1, pools=[], choices={"dataset": ["iris"], "model": [], "incentive": []},
        defaults=("a", "b"), incentive=incentive.name, words=incentive.words, plain=[],
        fields=fields_of(incentive, given), prospect=prospect_of(given), given=given, advice=advice,
    )  # fmt: skip
    return bytes(render(made, replace(FRAME, path="/operator")).body).decode()


def test_form_asks_of_what_is_filled_in_against_all_others() -> None:
    asked = question_of(INCENTIVES["self-assessment"], FORM, "")
    told = asked.model_dump()
    assert (told["dataset"], told["models"], told["train_size"]) == ("made-up-reviews", [], 300)
    assert (told["share"], told["seeds"], told["accuracy"]) == (0.3, 2, None)
    assert told["attackers"] == ["flipper", "<flash>"]
    # what plays no part under the price rule is left out, and so is what is empty
    assert told["yours"] == {
        "incentive": "self-assessment",
        "settings": {"price": "fixed", "cost": "2000000000000000", "refund_wait": 7200, "safeguards": "all"},
    }
    own = question_of(INCENTIVES["points"], FORM | {"model": "naive-bayes"}, "text,label\n")
    assert (own.csv, own.dataset, own.models) == ("text,label\n", None, ["naive-bayes"])
    for wrong in ({"ask_share": "0.9"}, {"ask_seeds": "many"}, {"ask_deposit": "nan"}, {"ask_attackers": "a," * 20}):
        with pytest.raises(ValidationError):
            question_of(INCENTIVES["points"], FORM | wrong, "")
    with pytest.raises(RuleViolation, match="no amount of ether"):
        question_of(INCENTIVES["self-assessment"], FORM | {"cost": "cheap"}, "")


def test_what_is_taken_over_makes_the_pool_that_was_advised() -> None:
    given = taken(FORM, SEALED["pool"])
    assert (given["incentive"], given["price"], given["cost"]) == ("self-assessment", "fixed", "0.005")
    # rules of what was filled in before are gone, the name and the question stay
    assert "weight" not in given
    assert (given["name"], given["ask_share"], given["train_size"]) == ("Films", "0.3", "60")
    made = request_of(INCENTIVES["self-assessment"], given, "").model_dump(mode="json")
    assert made["price"] == {"rule": "fixed", "cost": "5000000000000000"}
    assert made["held_out_size"] == 70
    free = taken(FORM, CANDIDATE["pool"])
    assert "cost" not in free
    assert request_of(INCENTIVES["points"], free, "").incentive == "points"


def test_answer_is_shown_with_names_escaped_and_links_that_need_no_script() -> None:
    text = page(shown())
    assert "Take &lt;i&gt;points&lt;/i&gt;." in text
    assert "<b>points</b>" not in text
    assert "It has &lt;no&gt; contract." in text
    assert f"/operator?advice={'0' * 36}&amp;take=1#deploy" in text
    assert "honest contributors lose up to 30.0% of their deposits" in text
    assert "Gas is not counted." in text
    assert "data-events" not in text
    for field in ("ask_share", "ask_attackers", "ask_budget"):
        assert f'name="{field}"' in text


def test_running_answer_is_followed_and_can_be_stopped_and_a_failed_one_says_why() -> None:
    running = page(shown(status="running", stage="runs", done=1, total=40, seconds_left=300.0, result=None))
    assert f'data-events="/operator/advice/{"0" * 36}/events"' in running
    assert "1 of 40 runs" in running
    assert "about 5 min left" in running
    assert 'value="stop"' in running
    assert "speed is being measured" in page(shown(status="running", stage="speed", result=None))
    assert "no &lt;room&gt;" in page(shown(status="failed", error="no <room>", result=None))
    assert "It was stopped" in page(shown(status="cancelled", result=None))
    assert 'id="advice"' not in page(None)


class Pages:
    """Answers what a page would show."""

    def page(self, incentive: str, given: Any, status: int = 200, **more: Any) -> Any:
        return status, more


class Operator:
    """Whoever asks is the operator; what is asked is remembered."""

    def __init__(self, busy: bool = False) -> None:
        self.asked: list[Any] = []
        self.busy = busy

    def require_admin(self, token: str) -> None:
        assert token == "t"

    @contextmanager
    def acting(self, token: str, what: str) -> Any:
        self.asked.append(what)
        yield Identity(None, frozenset(SCOPES))

    def create(self, question: Any, owner: str, form: dict[str, str]) -> AdviceShown:
        if self.busy:
            raise AdviceBusy("Yours is being answered.")
        self.asked += [question, owner, form]
        return shown()

    def cancel(self, which: str, owner: str) -> None:
        self.asked += [which, owner]


def test_asking_leads_to_the_page_of_the_answer_and_keeps_the_form_without_the_token() -> None:
    operator = Operator()
    answer = _done(Pages(), operator, operator, operator, FORM | {"token": "t", "action": "advise"}, b"")  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/operator?advice={'0' * 36}#advice")
    what, question, owner, form = operator.asked
    assert (what, question.share, owner) == ("POST /operator advise", 0.3, "operator")
    assert form["cost"] == "0.002"
    assert "token" not in form
    assert json.dumps(form)
    stop = {"token": "t", "action": "stop", "advice": "x"}
    answer = _done(Pages(), operator, operator, operator, stop, b"")  # type: ignore[arg-type]
    assert operator.asked[-2:] == ["x", "operator"]
    busy = Operator(busy=True)
    status, more = _done(Pages(), busy, busy, busy, FORM | {"token": "t", "action": "advise"}, b"")  # type: ignore[arg-type]
    assert (status, more["message"]) == (409, "Yours is being answered.")


def test_stand_in_answers_as_the_command_does() -> None:
    source = (Path(__file__).parents[2] / "simulations" / "advise" / "told.py").read_text()
    assert all(f'"{name}"' in source for name in {**RESULT, **CANDIDATE} if name != "question")
