"""`earnest demo` exits with 0 on real reviews, whichever are drawn, and says why when it cannot play."""

import re

import pytest
from typer.testing import CliRunner

from earnest.cli import app
from tests.fixtures.service import ADMIN

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4, 5))])
def test_demo_conserves_money_and_rewards_honesty(seed):
    ran = CliRunner().invoke(app, ["demo", "--seed", str(seed)])
    assert ran.exit_code == 0, ran.output
    assert re.search(r"paid in", ran.stdout, re.IGNORECASE)


@pytest.mark.slow
def test_demo_plays_against_a_running_service_too(service):
    service.start()
    ran = CliRunner().invoke(app, ["demo", "--url", service.url, "--admin-token", ADMIN])
    assert ran.exit_code == 0, ran.output
    (pool,) = service.call("GET", "/pools")["items"]
    assert pool["contributions"] == 72
    assert pool["escrow"] == "0"


def test_demo_against_a_silent_address_fails_with_one_sentence():
    ran = CliRunner().invoke(app, ["demo", "--url", "http://127.0.0.1:9", "--admin-token", "x"])
    assert ran.exit_code == 1
    assert ran.stderr.startswith("The demo failed: ")
    assert len(ran.stderr.strip().splitlines()) == 1


def test_demo_against_a_service_asks_for_the_admin_token():
    ran = CliRunner().invoke(app, ["demo", "--url", "http://127.0.0.1:9"])
    assert ran.exit_code == 1
    assert "--admin-token" in ran.stderr
