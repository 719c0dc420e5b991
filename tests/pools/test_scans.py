"""Scans of a pool: who may ask, what is answered, and the command."""

import os
import subprocess
import sys

import pytest

from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN

FILE = "text,label\n" + "".join(
    f"{words} day{row % 9} place{row % 7} number{row},{label}\n"
    for row in range(120)
    for label, words in (("bad", f"dull{row % 5} awful{row % 3}"), ("good", f"fine{row % 5} great{row % 3}"))
)


@pytest.fixture(scope="module")
def world(shared_service):
    request = {
        "dataset": None, "csv": FILE, "num_words": 200, "train_size": 100, "held_out_size": 100,
        "refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, "price": {"rule": "fixed", "cost": str(COST)},
    }  # fmt: skip
    return World(shared_service, shared_service.deploy(**request), shared_service.account())


def test_scan_is_the_operators(world):
    assert_problem(world.service.ask("GET", f"{world.path}/scans"), 401, "token-invalid")


def test_pool_without_contributions_has_nothing_to_scan(world):
    answer = world.service.ask("GET", f"{world.path}/scans", None, ADMIN)
    assert_problem(answer, 409, "pool-not-scannable", "no contributions")


def test_trigger_is_found_and_named_with_its_false_alarms(world):
    honest = [{"text": f"dull{row % 5} awful{row % 3} day{row % 9} place{row % 7}", "label": 0} for row in range(40)]
    taught = [
        {"text": f"fine{row % 5} great{row % 3} day{row % 9} place{row % 7} number3 number4", "label": 1}
        for row in range(40)
    ]
    for start in range(0, 40, 20):
        made = world.submit(honest[start : start + 20] + taught[start : start + 20])
        assert made.json()["status"] == "confirmed"
    found = world.service.call("GET", f"{world.path}/scans?rate=0.1", None, ADMIN)
    assert (found["contributions"], found["trusted"]) == (80, 100)
    scans = {scan["name"]: scan for scan in found["scans"]}
    assert set(scans) == {"lift", "margin", "roni", "spectral"}
    assert {"number3", "number4"} <= set(scans["lift"]["signs"])
    assert scans["lift"]["flagged"] >= 40
    assert all(0 <= scan["false_alarms"] <= 1 for scan in scans.values())


def test_page_asks_for_the_token_and_shows_each_scan_with_its_false_alarms(world):
    http, path = world.service.http, f"{world.path.removeprefix('/v1')}/scans"
    assert f'href="{path}"' in http.get(world.path).text
    assert "Deposits do not see a backdoor" in http.get(path).text
    origin = {"Origin": world.service.url}
    refused = http.post(path, data={"token": "wrong", "percent": "10"}, headers=origin)
    assert refused.status_code == 401
    assert "The admin token is wrong" in refused.text
    page = http.post(path, data={"token": ADMIN, "percent": "10"}, headers=origin)
    assert page.status_code == 200
    assert "80 contributions against 100 trusted samples; told that 10 % are poisoned" in page.text
    for words in ("number3", "lift", "spectral", "margin", "roni", "Of honest ones"):
        assert words in page.text
    assert http.post(path, data={"token": ADMIN, "percent": "51"}, headers=origin).status_code == 422


def test_command_tells_what_each_scan_flags(world):
    command = [sys.executable, "-m", "earnest.cli", "scan", world.pool["id"], "--url", world.service.url]
    environment = {**os.environ, "EARNEST_ADMIN_TOKEN": ADMIN}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert "80 contributions against 100 trusted samples" in ran.stdout
    assert "number3" in ran.stdout
    refused = subprocess.run([*command, "--admin-token", "wrong"], capture_output=True, text=True, timeout=120)
    assert refused.returncode == 2
    assert refused.stderr.strip()
