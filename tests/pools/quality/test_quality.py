"""Advice over the API and by the command: for whom, about how much, and what it finds."""

import pytest
from typer.testing import CliRunner

from earnest import cli
from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN
from tests.fixtures.threads import at_once
from tests.pools.test_scans import FILE


@pytest.fixture(scope="module")
def world(shared_service):
    request = {
        "dataset": None, "csv": FILE, "num_words": 200, "train_size": 100, "held_out_size": 100,
        "refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, "price": {"rule": "fixed", "cost": str(COST)},
    }  # fmt: skip
    return World(shared_service, shared_service.deploy(**request), shared_service.account())


def test_quality_is_for_the_owner_and_the_operator(world):
    path = f"{world.path}/quality"
    assert_problem(world.service.ask("GET", path), 401, "token-invalid")
    assert_problem(world.service.ask("GET", path, token=world.token), 403, "quality-not-allowed", "owner")
    key = world.service.call("POST", "/keys", {"name": "ops", "scopes": ["operate"]}, ADMIN)["key"]
    assert world.service.ask("GET", path, token=key).status_code == 200


@pytest.mark.parametrize("newest", ["0", "-1", "5001", "many"])
def test_number_of_contributions_is_bounded(world, newest):
    assert_problem(
        world.service.ask("GET", f"{world.path}/quality?newest={newest}", token=ADMIN), 422, "payload-invalid"
    )


def test_pool_without_contributions_is_shown_as_empty(world):
    found = world.service.call("GET", f"{world.path}/quality", token=ADMIN)
    assert (found["newest"], found["of"], found["texts"], found["groups"], found["contributors"]) == (0, 0, 0, [], [])
    assert found["doubts"] is None
    assert "at least two classes" in found["no_doubts"]
    assert_problem(world.service.ask("GET", "/pools/nowhere/quality", token=ADMIN), 404, "pool-unknown")


def test_copies_turned_labels_and_habits_are_found(world):
    honest, lazy = world.account, world.service.account("lazy")
    items = [
        {"text": f"{words} day{row % 9} place{row % 7}", "label": label}
        for row in range(80)
        for label, words in ((0, f"dull{row % 5} awful{row % 3}"), (1, f"fine{row % 5} great{row % 3}"))
    ]
    turned = [7, 30]
    for place in turned:
        items[place]["label"] = 1 - items[place]["label"]
    for start in range(0, 160, 40):
        made = world.submit(items[start : start + 40], token=honest["token"])
        assert made.json()["status"] == "confirmed", made.text
    copies = [{"text": "fine1 great1 day3 place3 number3 and more words here", "label": row % 2} for row in range(6)]
    assert world.submit(copies, token=lazy["token"]).json()["status"] == "confirmed"

    found = world.service.call("GET", f"{world.path}/quality", token=ADMIN)
    assert (found["newest"], found["of"], found["texts"], found["duplicates"]) == (166, 166, 166, 5)
    (group,) = found["groups"]
    assert group == {
        "contributions": 6, "contributors": 1, "labels": {"0": 3, "1": 3}, "similarity": 1.0,
        "indices": [160, 161, 162, 163, 164, 165],
    }  # fmt: skip
    doubted = {item["index"] for item in found["doubts"]["items"]}
    assert doubted & set(turned)
    assert doubted <= {*turned, *range(160, 166)}
    assert found["doubts"]["looked_at"] == 166
    first, second = found["contributors"]
    assert (first["contributor"], first["contributions"]) == (honest["address"], 160)
    assert (second["contributor"], second["labels"]) == (lazy["address"], {"0": 3, "1": 3})
    assert 0.5 < first["agrees"] <= 1
    assert second["seconds_between"] == 0

    few = world.service.call("GET", f"{world.path}/quality?newest=6", token=ADMIN)
    assert (few["newest"], few["of"], few["doubts"]) == (6, 166, None)

    environment = {"EARNEST_URL": world.service.url, "EARNEST_TOKEN": ADMIN}
    done = CliRunner().invoke(cli.app, ["quality", world.pool["id"]], env=environment)
    assert done.exit_code == 0, done.output
    assert "166 of 166 contributions, 166 with a text: 5 near-duplicates" in done.output
    assert "doubtful" in done.output
    refused = CliRunner().invoke(
        cli.app, ["quality", world.pool["id"]], env=environment | {"EARNEST_TOKEN": lazy["token"]}
    )
    assert refused.exit_code == 1

    codes = at_once(lambda _: world.service.ask("GET", f"{world.path}/quality", token=ADMIN).status_code)
    assert set(codes) <= {200, 429}
    assert 200 in codes
