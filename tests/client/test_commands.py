"""The commands of whoever uses a service: tables, JSON, files, and the exit codes that the guide names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from earnest.chain.signer import create_keystore
from earnest.client.answers import Token
from earnest.client.commands.output import coins
from tests.fixtures.served_pool import COST, REFUND_WAIT, World


def test_amounts_are_in_ether_or_in_the_pools_token():
    token = Token(address="0x" + "22" * 20, symbol="DEV", decimals=6)
    assert coins(2_500_000, token) == "2.5 DEV"
    assert coins(25 * 10**17, None) == "2.5 ETH"
    assert coins(None, token) == coins(None, None) == "-"


class Shell:
    """Runs the commands as somebody with an account does."""

    def __init__(self, world: World, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "EARNEST_URL": world.service.url,
            "EARNEST_TOKEN": world.token,
            "NO_COLOR": "1",
        }

    def run(self, *words: object, code: int = 0, **changes: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "earnest.cli", *map(str, words)],
            cwd=self.folder, env=self.environment | changes, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: object, **more: int) -> list[dict]:
        return [json.loads(line) for line in self.run(*words, "--json", **more).stdout.splitlines()]


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    return Shell(world, tmp_path)


def rows(folder: Path, lines: list[dict], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_pools_are_listed_and_shown(shell, world):
    assert world.pool["id"] in shell.run("pool", "list").stdout
    (shown,) = shell.json("pool", "show", world.pool["id"])
    assert (shown["name"], shown["price"]) == ("Synthetic", COST)
    assert "0.001 ETH" in shell.run("pool", "show", world.pool["id"]).stdout
    assert "There is no pool nowhere" in shell.run("pool", "show", "nowhere", code=1).stderr


def test_predict_and_quote(shell, world):
    found = shell.json("predict", world.pool["id"], "some words", "and others")
    assert len(found) == 2
    path = rows(shell.folder, [{"features": [3, 9]}, {"features": [4], "label": 1}])
    assert len(shell.json("predict", world.pool["id"], "--file", path)) == 2
    (quote,) = shell.json("quote", world.pool["id"], "some words", "--label", 1)
    assert quote["price"] == COST
    shell.run("predict", world.pool["id"], code=2)


def test_file_is_contributed_claimed_and_withdrawn(shell, world):
    pool = world.pool["id"]
    items = [{"features": [n, n + 40], "label": world.predicted([n, n + 40])} for n in range(12)]
    path = rows(shell.folder, items)
    shell.run("contribute", pool, path, code=1)
    first = shell.json("contribute", pool, path, "--yes")
    assert [row["row"] for row in first] == list(range(1, 13))
    assert {row["status"] for row in first} == {"confirmed"}
    # once more: the same, and nothing is paid again
    assert shell.json("contribute", pool, path, "--yes") == first
    (account,) = shell.json("account")
    assert account["pools"][0]["deposits"] == str(12 * COST)
    assert shell.json("claims", pool) == []
    world.service.advance(REFUND_WAIT + 1)
    due = shell.json("claims", pool)
    assert len(due) == 12
    assert {(claim["verb"], claim["amount"]) for claim in due} == {("refund", COST)}
    done = shell.run("claims", pool, "--take", "--yes")
    assert "12 claims, 0.012 ETH" in done.stdout
    assert "12 claimed" in done.stderr
    assert shell.json("claims", pool) == []
    assert "0.012 ETH paid out" in shell.run("withdraw").stdout
    shell.run("withdraw", code=2)
    entries = shell.json("account", "--statement", pool)
    assert sum(int(entry["amount"]) for entry in entries) == 0


def test_bad_rows_are_listed_before_anything_is_paid(shell, world):
    pool = world.pool["id"]
    good = [{"features": [n, 95], "label": 1} for n in range(4)]
    # the file's own faults, and what only the service knows
    bad = [{"features": [5], "label": "x"}, {"features": [9, 4_000], "label": 1}, {"features": [7], "label": 9}]
    path = rows(shell.folder, [good[0], bad[0], good[1], bad[1], good[2], bad[2], good[3]])
    done = shell.run("contribute", pool, path, "--yes", code=4)
    told = [line.split(":")[0] for line in done.stderr.splitlines() if line.startswith("Row")]
    assert told == ["Row 2", "Row 4", "Row 6"]
    assert "4 of 7 rows can be contributed; nothing was sent" in done.stderr
    (account,) = shell.json("account")
    assert account["pools"] == []
    shell.run("contribute", pool, path, "--check", code=4)
    found = shell.json("contribute", pool, path, "--yes", "--skip-bad")
    assert [row["row"] for row in found] == [1, 3, 5, 7]


def test_key_of_a_keystore_signs(shell, world):
    address, keystore = create_keystore("secret")
    path = shell.folder / "key.json"
    path.write_text(keystore)
    own = {"EARNEST_KEYSTORE": str(path), "EARNEST_KEY_PASSWORD": "secret"}
    assert address in shell.run("account", **own).stdout
    assert "no keystore" in shell.run("account", **own | {"EARNEST_KEY_PASSWORD": "other"}, code=2).stderr
    file = rows(shell.folder, [{"features": [8], "label": 1}])
    # it has no ether: refused before anything is signed
    done = shell.run("contribute", world.pool["id"], file, "--yes", **own, code=1)
    assert done.stderr
    assert "no private key" in shell.run("account", EARNEST_KEY="0x12", code=2).stderr


def test_watch_tells_what_happened_since(shell, world):
    world.contribute([30, 60])
    (event,) = shell.json("watch", world.pool["id"], "--last", 0, "--count", 1)
    # of this pool alone: others live in the same service
    assert (event["pool"], event["index"], event["kind"]) == (world.pool["id"], 0, "contributed")
    shell.run("watch", code=2)


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl", "all.parquet", "model.json"])
def test_export_writes_a_file_whole_or_not_at_all(shell, world, name):
    shell.run("export", world.pool["id"], name)
    assert (shell.folder / name).stat().st_size > 50
    shell.run("export", "nowhere", name, code=1)
    assert [path.name for path in shell.folder.iterdir()] == [name]


def test_exit_codes_are_those_of_the_guide(shell, world):
    pool = world.pool["id"]
    assert shell.run("pool", "list", EARNEST_URL="http://127.0.0.1:9", code=3).stderr.startswith("The service does not")
    shell.run("account", EARNEST_TOKEN="wrong", code=1)
    shell.run("contribute", pool, "missing.csv", code=2)
    shell.run("contribute", pool, rows(shell.folder, [], "empty.csv"), code=2)
    shell.run("export", pool, "all.xlsx", code=2)
    shell.run("nothing", code=2)
