"""Tables, chain and statements are compared to the wei, on both databases; what differs is told."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import update

from earnest.chain.deployment import send_and_wait
from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import Contribution, PoolAccount
from earnest.statements.reconcile import reconcile
from tests.fixtures.pools import COST, OPERATOR, OTHER, World
from tests.sync.test_pool_sync import agreed


@pytest.fixture
def world(either_world: World) -> World:
    made = either_world
    sync = made.sync()
    sync.catch_up()
    sample, other = pack_sample([1, 7, 30]), pack_sample([2, 8])
    key = made.contribute(sample, agreed(sync, sample), value=3 * COST)
    made.contribute(other, 1, OTHER)
    made.contribute(other, 0, OPERATOR)
    made.refund(key, sample)
    send_and_wait(made.gateway, made.gateway.withdraw_call(made.address), OPERATOR)
    sync.catch_up()
    return made


def differences(world: World) -> dict[str, list[str]]:
    found = list(reconcile(world.sessions, world.gateway, world.pool_id))
    assert [check.name for check in found] == ["block", "receipts", "contributions", "statements", "accounts", "pool"]
    assert all(check.compared for check in found)
    return {check.name: check.differences for check in found if check.different}


def test_what_agrees_is_compared_in_full(world):
    assert differences(world) == {}
    checks = {check.name: check.compared for check in reconcile(world.sessions, world.gateway, world.pool_id)}
    assert checks["receipts"] == checks["contributions"] == 3
    assert checks["statements"] == checks["accounts"] == 2


def test_deposit_that_was_changed_is_found(world):
    with world.sessions.begin() as session:
        session.execute(update(Contribution).where(Contribution.index == 1).values(claimable=COST - 1))
    found = differences(world)
    assert set(found) == {"receipts", "contributions", "pool"}
    assert f"contribution 1: tables {COST - 1}, chain {COST}" in found["contributions"]


def test_credit_that_was_changed_is_found(world):
    with world.sessions.begin() as session:
        session.execute(update(PoolAccount).where(PoolAccount.account == OPERATOR.address).values(credit=7))
    found = differences(world)
    assert set(found) == {"statements", "pool"}
    assert OPERATOR.address in found["statements"][0]


def test_contribution_that_is_missing_is_found(world):
    with world.sessions.begin() as session:
        session.delete(session.get_one(Contribution, (world.gateway.chain_id(), world.address, 2)))
    assert "pool" in differences(world)


def test_pool_whose_judge_is_sealed_is_compared_too(sealed_world):
    world = sealed_world
    world.live()
    world.fund(10**16)
    world.seal()
    world.seal()
    world.sync().catch_up()
    assert differences(world) == {}
    with world.sessions.begin() as session:
        session.execute(update(Contribution).where(Contribution.index == 0).values(status="open"))
        session.execute(update(PoolAccount).where(PoolAccount.account == OTHER.address).values(standing=7, credit=7))
    found = differences(world)
    assert set(found) == {"contributions", "statements", "accounts", "pool"}
    assert found["contributions"][0].startswith("contribution 0: ")


def test_command_compares_what_the_settings_name_and_says_so_by_its_exit_code(sqlite_world, tmp_path):
    def command(*more: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"EARNEST_DATA_DIR": str(tmp_path)} | settings
        return subprocess.run(
            [sys.executable, "-m", "earnest.cli", "reconcile", *more], env=environment, capture_output=True, text=True
        )

    sqlite_world.sync().catch_up()
    node = {"EARNEST_CHAIN_URL": sqlite_world.gateway.url}
    done = command(**node)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok      Synthetic contributions: 0 compared" in done.stdout
    assert command("nowhere", **node).returncode == 2
    without = command()
    assert without.returncode == 2
    assert "EARNEST_CHAIN_URL" in without.stderr
    with sqlite_world.sessions.begin() as session:
        session.add(
            PoolAccount(
                chain_id=sqlite_world.gateway.chain_id(), pool_address=sqlite_world.address, account=OTHER.address,
                credit=5, verified=0, contributions=0, deposits=0, refunds=0, shares=0, leftovers=0,
            )
        )  # fmt: skip
    done = command("--json", **node)
    assert done.returncode == 1
    assert '"different": 1' in done.stdout
