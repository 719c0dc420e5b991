"""Samples that share a commitment."""

import pytest

from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, deploy_pool, samples
from tests.fixtures.service import Service


@pytest.fixture
def world(shared_service: Service) -> World:
    """On a pool of this test's own: what others taught a shared one decides which refunds succeed."""
    return World(shared_service, deploy_pool(shared_service), shared_service.account())


def test_samples_that_share_a_commitment_cost_less_and_are_claimed_by_every_verb(world):
    one_each = world.submit(samples(world, 5, offset=400)).json()
    shared = world.submit(samples(world, 5, offset=410), one_commitment=True).json()
    assert shared["status"] == "confirmed"
    gas = [found["items"][0]["gas_used"] for found in (one_each, shared)]
    assert gas[1] < gas[0]
    first = shared["items"][0]["index"]
    for item in shared["items"]:
        shown = world.service.call("GET", f"{world.path}/contributions/{item['index']}")
        assert shown["batch_first"] == first
        assert shown["claimable"] == str(COST)
    other = world.service.account("reporter")
    standing = world.contribute([9, 17], token=other["token"])
    # the last of it is made wrong, whatever the model learns from it
    wrong_features = [44, 54, 64, 74]
    wrong = world.submit(
        [{"features": wrong_features, "label": 1 - world.predicted(wrong_features)}] * 2, one_commitment=True
    ).json()["items"][0]["index"]
    world.service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", standing, other["token"])["status"] == "confirmed"
    for item in shared["items"][:2]:
        assert world.claim("refund", item["index"])["status"] == "confirmed"
    verb = "report" if world.predicted(wrong_features) != label_of(world, wrong) else "refund"
    assert world.claim(verb, wrong, other["token"] if verb == "report" else None)["status"] == "confirmed"
    world.service.advance(COLLECT_WAIT)
    forgotten = shared["items"][4]["index"]
    assert world.claim("collect", forgotten, other["token"])["status"] == "confirmed"
    assert world.service.call("GET", f"{world.path}/contributions/{forgotten}")["status"] == "collected"
    facts = world.facts()
    assert facts["escrow"] == facts["liabilities"]


def label_of(world: World, index: int) -> int:
    label: int = world.service.call("GET", f"{world.path}/contributions/{index}")["label"]
    return label
