"""A text of which the model knows nothing is quoted as such, and refused by pools unless they want it."""

import numpy as np
import pytest

from earnest.core.models.formats.words import Words
from tests.fixtures.served_pool import World, assert_problem

UNKNOWN = "Qwrtpl zzkrvt xxyq."


@pytest.fixture(scope="module")
def usual(shared_service):
    """A pool whose request says nothing of it."""
    return World(shared_service, shared_service.deploy(), shared_service.account())


@pytest.mark.parametrize(("sample", "known"), [([1], 0), ([1, 2], 0), ([0, 1, 2], 0), ([1, 3], 1), ([4, 5, 90], 3)])
def test_words_that_every_text_has_are_not_known_ones(sample, known):
    assert Words(100).known(np.array(sample, dtype=np.uint16)) == known


def test_quote_says_that_the_model_knows_nothing_of_it(usual):
    quote = usual.service.call("POST", f"{usual.path}/quotes", {"text": UNKNOWN, "label": 1})
    assert quote["known_features"] == 0
    assert quote["expected_outcome"] == "refused"
    assert "knows nothing of this text" in quote["risk"]
    assert "should come back" not in quote["risk"]
    assert quote["out_of_vocabulary"] == ["qwrtpl", "zzkrvt", "xxyq"]


@pytest.mark.parametrize("item", [{"text": UNKNOWN, "label": 1}, {"features": [1, 2], "label": 1}])
def test_submission_of_it_is_refused_and_nothing_is_written(usual, item):
    before = usual.facts()
    document = assert_problem(
        usual.submit([{"features": [1, 5, 9], "label": 1}, item]), 422, "sample-too-unknown", "Item 1", "knows nothing"
    )
    assert document["values"] == {"known": 0, "minimum": 1}
    assert usual.facts() == before


def test_predictions_are_free_of_that(usual):
    body = {"samples": [{"text": UNKNOWN}]}
    assert usual.service.ask("POST", f"{usual.path}/predictions", body).status_code == 200


@pytest.mark.parametrize(("least", "taken"), [(0, True), (3, False)])
def test_pool_has_a_minimum_of_its_own(shared_service, least, taken):
    pool = shared_service.deploy(min_features=least)
    assert pool["min_features"] == least
    own = World(shared_service, pool, shared_service.account())
    item = {"text": UNKNOWN, "label": 1} if taken else {"features": [1, 5, 9], "label": 1}
    answer = own.submit([item])
    if taken:
        assert answer.json()["status"] == "confirmed"
        quote = shared_service.call("POST", f"{own.path}/quotes", item)
        assert quote["expected_outcome"] in ("refund", "loss")
        assert "knows nothing" in quote["risk"]
    else:
        assert_problem(answer, 422, "sample-too-unknown", "knows 2 words", "at least 3")
        assert own.submit([{"features": [1, 5, 9, 11], "label": 1}]).json()["status"] == "confirmed"
