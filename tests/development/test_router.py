"""Faucet and clock of a development chain."""

import httpx
import pytest

from tests.fixtures.served_pool import World, assert_problem
from tests.fixtures.service import ADMIN, POOL
from tests.fixtures.threads import AT_ONCE, at_once


@pytest.mark.parametrize("amount", ["-1", "1.5", "1e18", "0x10", "01", "", str(2**96), True, None, [1]])
def test_malformed_amount_is_refused(world, amount):
    answer = world.service.ask("POST", "/accounts/me/faucet", {"amount": amount}, world.token)
    assert_problem(answer, 422, "payload-invalid", "amount")


@pytest.mark.parametrize("seconds", [0, -1, 10**12, "soon"])
def test_time_moves_forward_by_a_bounded_step(world, seconds):
    answer = world.service.ask("POST", "/chain/time", {"seconds": seconds}, ADMIN)
    assert_problem(answer, 422, "payload-invalid", "seconds")


def test_what_is_shown_once_it_has_moved_is_of_the_new_time(world: World) -> None:
    pool = world.service.deploy(price={"rule": "decaying", "weight": str(10**15), "step": str(10**13)})
    path = f"/pools/{pool['id']}"
    before = int(world.service.call("GET", path)["price"])
    world.service.advance(3_600)
    # asked for at once: what was kept of the former time is not shown
    assert int(world.service.call("GET", path)["price"]) < before


def test_faucet_and_deployment_share_the_operators_account(world: World) -> None:
    deploying = world.service.call("POST", "/pools", POOL, ADMIN)
    before = int(world.service.call("GET", "/accounts/me", token=world.token)["balance"])
    answers: list[httpx.Response] = at_once(
        lambda _: world.service.ask("POST", "/accounts/me/faucet", {"amount": "5"}, world.token)
    )
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE, answers[0].text
    assert int(world.service.call("GET", "/accounts/me", token=world.token)["balance"]) == before + 5 * AT_ONCE
    while deploying["status"] == "deploying":
        deploying = world.service.call("GET", f"/pools/{deploying['id']}")
    assert deploying["status"] == "ready", deploying["error"]
