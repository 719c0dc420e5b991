"""Pools over the API: the list, requests that can never work, failed pools, pauses, safeguards."""

import time
from pathlib import Path

import pytest

from tests.fixtures.served_pool import COLLECT_WAIT, REFUND_WAIT, World, assert_problem, ids_of_pools
from tests.fixtures.service import ADMIN, POOL

GOOD = [1, 5, 9]


@pytest.fixture(scope="module")
def three_pools(shared_service):
    """Ids of three pools; the first is at least a second older than the others."""
    first = shared_service.deploy(name="First")["id"]
    time.sleep(1.1)
    return [first, *(shared_service.deploy(name=name)["id"] for name in ("Second", "Third"))]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_of_pools_hold_each_once_the_older_ones_first(shared_service, three_pools, limit):
    found, cursor = [], ""
    while cursor is not None:
        page = shared_service.call("GET", f"/pools?limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        found += [pool["id"] for pool in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert len(found) == len(set(found))
    ours = [pool_id for pool_id in found if pool_id in three_pools]
    assert sorted(ours) == sorted(three_pools)
    assert ours[0] == three_pools[0]


def test_old_name_of_a_data_set_answers_with_a_note(shared_service):
    request = {"name": "x", "dataset": "synthetic", "train_size": 4000, "held_out_size": 1001}
    refused = shared_service.ask("POST", "/pools", request, ADMIN)
    assert_problem(refused, 422, "input-refused", "made-up-reviews has 5000 different texts")
    answer = shared_service.ask("POST", "/pools", request | {"train_size": 300, "held_out_size": 300}, ADMIN)
    assert answer.status_code == 202
    assert "synthetic is called made-up-reviews now" in answer.headers["Warning"]


REVIEWS = "text,label\n" + "".join(f"word{row} good,{row % 2}\n" for row in range(30))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"dataset": "imdb"}, "EARNEST_IMDB_ARCHIVE"),
        ({"dataset": "spam-assassin"}, "spam-assassin needs a folder"),
        ({"dataset": "wine", "model": "dense-nearest-centroid"}, "The table wine has 178 different rows"),
        ({"csv": "text,sentiment\nfine,1\nbad,0\n"}, "no column 'label'"),
        ({"csv": REVIEWS, "train_size": 20, "held_out_size": 11}, "30 different texts"),
        ({"csv": REVIEWS.replace(",0", ",1"), "train_size": 20, "held_out_size": 10}, "two classes"),
        ({"dataset": "made-up-reviews", "train_size": 4000, "held_out_size": 1001}, "5000 different texts"),
        ({"dataset": "movie-reviews", "train_size": 20_000, "held_out_size": 20_000}, "different texts"),
    ],
)
def test_pool_that_can_never_work_is_refused_with_one_sentence_and_leaves_nothing(shared_service, request_, words):
    before = ids_of_pools(shared_service)
    answer = shared_service.ask("POST", "/pools", {"name": "x", **request_}, ADMIN)
    document = assert_problem(answer, 422, "input-refused", words)
    assert document["detail"].count(". ") == 0
    assert ids_of_pools(shared_service) == before


def test_archive_that_is_not_there_is_refused_before_anything_is_written(service, tmp_path):
    service.settings["IMDB_ARCHIVE"] = str(tmp_path / "nowhere.tar.gz")
    service.start()
    answer = service.ask("POST", "/pools", {"name": "x", "dataset": "imdb"}, ADMIN)
    assert_problem(answer, 422, "input-refused", "There is no archive")
    assert service.call("GET", "/pools")["items"] == []


def test_failed_pool_says_why_wherever_it_is_used_and_can_be_deleted(service_without_archive):
    service = service_without_archive
    pool = service.deploy_in_vain()
    # the name of the file, not where it is
    archive = Path(service.settings["IMDB_ARCHIVE"])
    assert archive.name in pool["error"]
    assert str(archive.parent) not in pool["error"]
    path = f"/pools/{pool['id']}"
    token = service.account()["token"]
    sample = {"features": [1, 2]}
    for method, where, body in (
        ("POST", "predictions", {"samples": [sample]}),
        ("POST", "quotes", sample | {"label": 1}),
        ("POST", "submissions", {"items": [sample | {"label": 1}]}),
    ):
        assert_problem(service.ask(method, f"{path}/{where}", body, token), 409, "pool-failed", pool["error"])
    for given in (None, token):
        assert_problem(service.ask("DELETE", path, token=given), 401, "token-invalid")
    assert service.ask("DELETE", path, token=ADMIN).status_code == 204
    assert service.call("GET", "/pools")["items"] == []
    assert_problem(service.ask("DELETE", path, token=ADMIN), 404, "pool-unknown")


def test_pool_that_has_not_failed_cannot_be_deleted(world):
    answer = world.service.ask("DELETE", world.path, token=ADMIN)
    assert_problem(answer, 409, "pool-not-failed", "ready")
    assert world.service.call("GET", world.path)["status"] == "ready"


def test_new_pools_have_all_safeguards_and_say_what_they_do_not_protect_from(shared_service):
    pool = shared_service.deploy(refund_wait=86_400, collect_wait=777_600)
    rules = pool["rules"]
    assert (rules["safeguards"], rules["head_start"]) == ("all", 3_600)
    assert any("141 of 210" in risk for risk in rules["risks"])
    review = {"features": [1], "label": 1}
    quote = shared_service.call("POST", f"/pools/{pool['id']}/quotes", review)
    assert quote["report_from"] == quote["refund_from"] + 3_600
    assert quote["risks"] == rules["risks"]


def test_a_head_start_that_is_not_said_is_at_most_half_of_the_window_and_leaves_an_hour(shared_service):
    for window, head_start in ((7_000, 3_400), (7_200, 3_600), (3_600, 0)):
        pool = shared_service.deploy(refund_wait=60, collect_wait=60 + window)
        assert pool["rules"]["head_start"] == head_start
    published = shared_service.deploy(refund_wait=60, collect_wait=600, safeguards="none", head_start=0)
    assert (published["rules"]["safeguards"], published["rules"]["head_start"]) == ("none", 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"num_words": 1}, "num_words"),
        ({"num_words": 65_537}, "num_words"),
        ({"refund_wait": 600, "collect_wait": 600}, "collect"),
        ({"refund_wait": -1}, "refund_wait"),
        ({"price": {"rule": "fixed", "cost": "0"}}, "cost"),
        ({"price": {"rule": "decaying", "weight": "5", "step": "0"}}, "step"),
        ({"price": {"rule": "auction"}}, "price"),
        ({"dataset": "weather"}, "dataset"),
        ({"leftover": "keep"}, "leftover"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
        ({"dataset": None}, "dataset"),
    ],
)
def test_pool_with_a_bad_parameter_is_refused_by_its_name(world, change, words):
    before = len(world.service.call("GET", "/pools?limit=100")["items"])
    answer = world.service.ask("POST", "/pools", {**POOL, **change}, ADMIN)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert len(world.service.call("GET", "/pools?limit=100")["items"]) == before


@pytest.mark.parametrize("count", [0, 1001])
def test_predictions_are_for_one_to_a_thousand_samples(world, count):
    body = {"samples": [{"features": GOOD}] * count}
    assert_problem(world.service.ask("POST", f"{world.path}/predictions", body), 422, "payload-invalid", "samples")


def test_paused_pool_refuses_contributions_says_so_beforehand_and_pays_claims(shared_service):
    pool = shared_service.deploy(refund_wait=REFUND_WAIT, collect_wait=COLLECT_WAIT)
    world = World(shared_service, pool, shared_service.account())
    index = world.contribute(GOOD)
    assert shared_service.call("POST", f"{world.path}/pause", token=ADMIN)["paused"] is True
    quote = shared_service.call("POST", f"{world.path}/quotes", {"features": GOOD, "label": 1})
    assert quote["paused"] is True
    assert "paused" in quote["risk"]
    (item,) = world.submit([{"features": GOOD, "label": 1}]).json()["items"]
    assert (item["status"], item["error"]["type"]) == ("failed", "urn:earnest:problem:contract-contributions-paused")
    shared_service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", index)["status"] == "confirmed"
    assert shared_service.call("POST", f"{world.path}/unpause", token=ADMIN)["paused"] is False
    world.contribute(GOOD)
