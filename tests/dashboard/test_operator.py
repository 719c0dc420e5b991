"""The operator's form: a file that was checked is not replaced by the data set when the form comes without it."""

from contextlib import nullcontext
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.dashboard.deploying import fields_of
from earnest.dashboard.pages.operator import _done

FORM = {"token": "t", "incentive": "sealed-assessment", "name": "Films", "model": "sparse-perceptron"}
FORM |= {"dataset": "made-up-reviews"}


class Pages:
    """Answers what a page would show."""

    def page(self, incentive: str, given: Any, status: int = 200, **more: Any) -> Any:
        return status, more


class Operator:
    """Whoever asks is the operator; what is deployed is remembered."""

    def __init__(self) -> None:
        self.deployed: list[Any] = []

    def require_admin(self, token: str) -> None:
        assert token == "t"

    def acting(self, token: str, what: str) -> Any:
        return nullcontext()

    def deploy(self, asked: Any) -> str:
        self.deployed.append(asked)
        return "the-id"

    def check(self, asked: Any) -> Any:
        return asked


def done(operator: Operator, content: bytes = b"", **changes: str) -> Any:
    return _done(Pages(), operator, operator, operator, FORM | changes, content)  # type: ignore[arg-type]


def test_file_that_was_checked_has_to_be_chosen_again() -> None:
    operator = Operator()
    for action in ("deploy", "check"):
        status, more = done(operator, action=action, own_file="chinese.csv")
        assert status == 422
        assert more["message"] == "Choose chinese.csv again: browsers do not keep a file."
    assert operator.deployed == []
    done(operator, b"text,label\na,0\nb,1\n", action="deploy", own_file="chinese.csv")
    assert operator.deployed[0].csv is not None
    done(operator, action="deploy")
    assert operator.deployed[1].dataset == "made-up-reviews"


def test_no_field_says_its_unit_twice() -> None:
    labels = {one.name: one.label for incentive in INCENTIVES.values() for one in fields_of(incentive, {})}
    assert labels["wait_seals"] == "Wait seals"
    assert labels["epoch_length"] == "Epoch length, s"
    assert labels["risk_price"] == "Risk price, ETH"
    words = [label.lower().replace(",", "").split() for label in labels.values()]
    assert [label for label in words if len(set(label)) < len(label)] == []
