"""Questions: what is left out has its default, what is unfit is refused in a sentence that names it."""

from typing import Any

import pytest

from earnest.core.prospect import ATTACKERS, PROSPECT
from earnest.simulations.advise.question import question_of
from earnest.simulations.errors import AdviceError
from tests.simulations.advise.worlds import table


def test_what_is_left_out_has_its_default_and_the_table_of_a_question_is_a_question() -> None:
    question = question_of({"dataset": "made-up-reviews"})
    assert question.expected == {one.name: one.default for one in PROSPECT}
    assert (question.attackers, question.harmful, question.seeds) == (ATTACKERS, 4, (1, 2, 3, 4, 5))
    again = question_of(question.told())
    assert again == question
    yours = {"incentive": "self-assessment", "settings": {"cost": "5000000000000000", "refund_wait": 7200}}
    kept = question_of(table(yours=yours, prices=[0.01, 0.5], options={"text_column": "review"}))
    assert kept.yours == ("self-assessment", {"cost": 5 * 10**15, "refund_wait": 7200})
    assert question_of(kept.told()) == kept


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"dataset": None}, "dataset is missing; it must be one of clothing-reviews"),
        ({"dataset": "../x"}, "dataset is '../x'; it must be one of"),
        ({"dataset": ["file"]}, "dataset is"),
        ({"data": 1}, "There is no 'data' in a question"),
        ({"share": 0.5}, "share is 0.5; it must be a number from 0 to 0.4"),
        ({"share": float("nan")}, "share is nan"),
        ({"share": 0.01}, "which is nobody: raise"),
        ({"contributors": True}, "contributors is True; it must be a whole number from 2 to 1000"),
        ({"contributions": 10**9}, "contributions is 1000000000"),
        ({"attackers": ["honest"]}, "attackers is 'honest'; it must be one of"),
        ({"attackers": ["flash", "flash"]}, "attackers names something twice"),
        ({"attackers": ["flash"] * 9}, "a list of at most 8"),
        ({"attackers": []}, "attackers names none"),
        ({"attackers": "flash"}, "attackers must be a list"),
        ({"prices": ["1"]}, "prices is '1'; it must be a number"),
        ({"prices": [-1.0]}, "prices is -1.0"),
        ({"models": ["gpt"]}, "model is 'gpt'; it must be one of"),
        ({"budget": 0.01}, "whoever has less than one deposit never contributes"),
        ({"options": {"path": "/etc/passwd"}}, "options must be a table of options of the data set file"),
        ({"options": {"text_column": ""}}, "text_column is ''"),
        ({"yours": {"incentive": "none"}}, "yours.incentive is 'none'"),
        ({"yours": {"incentive": "points", "settings": {"cost": "1"}}}, "rules of points"),
        ({"yours": {"incentive": "self-assessment", "settings": {"cost": "-1"}}}, "a string of digits, in wei"),
        ({"yours": {"incentive": "self-assessment", "settings": {"safeguards": "some"}}}, "safeguards is 'some'"),
        ({"yours": [1]}, "yours must be a table"),
        ({"minutes": 0}, "minutes is 0"),
    ],
)  # fmt: skip
def test_unfit_questions_are_refused_in_a_sentence(members: dict[str, Any], words: str) -> None:
    with pytest.raises(AdviceError) as caught:
        question_of(table(**members))
    assert words in str(caught.value)
