"""Starting: what is found again, what is taken up, and what is refused with a reason."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from earnest.contracts.tools.anvil import running_anvil
from tests.fixtures.hanging import hanging_proxy
from tests.fixtures.service import ADMIN, PATIENCE, Service

ROOT = Path(__file__).resolve().parents[2]
# the first key that anvil funds
OPERATOR_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ANOTHER = ("0x" + "ab" * 32,)
PREDICTIONS = {"samples": [{"features": [1, 2, 3]}]}
FIXED = {"rule": "fixed", "cost": str(10**15)}


pytestmark = pytest.mark.loopback


def contribute(service: Service, pool: dict[str, Any], account: dict[str, Any], features: list[int]) -> dict[str, Any]:
    body = {"items": [{"features": features, "label": 1}]}
    shown: dict[str, Any] = service.call("POST", f"/pools/{pool['id']}/submissions", body, account["token"])
    return shown


def change(service: Service, statement: str, *values: object) -> None:
    """Change the database of a service that is stopped."""
    connection = sqlite3.connect(service.folder / "earnest.sqlite")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def stop_process(service: Service) -> None:
    assert service.process is not None
    service.process.terminate()
    service.process.wait(30)


@pytest.fixture(params=["sqlite", "postgres"])
def on_anvil(request: pytest.FixtureRequest, tmp_path: Path, anvil_url: str) -> Iterator[Service]:
    """A service on another node than its own, with either database."""
    settings = {"CHAIN_URL": anvil_url, "OPERATOR_KEY": OPERATOR_KEY}
    if request.param == "postgres":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    made = Service(tmp_path / "data", **settings)
    yield made
    made.stop()


def test_make_run_serves_wherever_the_checkout_lies(service):
    # the set-up was done, by what runs this test
    service.command = ["make", "--directory", ROOT, "--old-file=setup", "run"]
    service.start()
    assert service.call("GET", "/pools")["items"] == []
    for name in ("pages.js", "style.css", "icon.svg"):
        assert service.http.get(f"/static/{name}").status_code == 200, name


# FOUND AGAIN


def test_pool_accounts_and_contributions_are_found_again(service):
    service.start()
    pool, account = service.deploy(price=FIXED), service.account()
    contribute(service, pool, account, [1, 2, 3])
    before = service.call("GET", f"/pools/{pool['id']}")
    service.kill()
    service.start()
    assert service.call("GET", f"/pools/{pool['id']}") == before
    assert contribute(service, pool, account, [1, 2, 4])["status"] == "confirmed"


def test_service_on_another_node_and_either_database(on_anvil):
    on_anvil.start()
    pool, account = on_anvil.deploy(price=FIXED), on_anvil.account()
    assert contribute(on_anvil, pool, account, [1, 2, 3])["status"] == "confirmed"
    assert (
        on_anvil.ask("POST", f"/pools/{pool['id']}/quotes", {"text": "a\0b", "label": 1})
        .json()["type"]
        .endswith("payload-invalid")
    )
    stop_process(on_anvil)
    on_anvil.start()
    found = on_anvil.call("GET", f"/pools/{pool['id']}")
    assert (found["contributions"], found["digest_matches"]) == (1, True)
    assert int(found["escrow"]) == int(found["liabilities"]) == 10**15


def test_deployment_that_was_interrupted_is_carried_out(service):
    service.start()
    pool = service.deploy(price=FIXED)
    stop_process(service)
    change(
        service,
        "INSERT INTO pools (id, chain_id, name, status, request, num_words, created_at) "
        "SELECT 'interrupted', chain_id, name, 'deploying', request, num_words, created_at FROM pools",
    )
    service.start()
    again = service.call("GET", "/pools/interrupted")
    assert again["status"] == "ready"
    assert again["address"] not in (None, pool["address"])


@pytest.mark.slow
def test_deployment_from_a_csv_that_was_interrupted_asks_for_it_again(service):
    service.start()
    service.deploy(price=FIXED)
    stop_process(service)
    change(service, "UPDATE pools SET status = 'deploying', request = json_set(request, '$.has_csv', json('true'))")
    service.start()
    (pool,) = service.call("GET", "/pools")["items"]
    assert pool["status"] == "failed"
    assert "its file" in pool["error"]


# REFUSED


def test_second_service_on_one_folder_is_refused_with_a_sentence(service):
    service.start()
    second = subprocess.run(
        [sys.executable, "-m", "earnest.cli", "serve", "--data-dir", str(service.folder), "--port", "1"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"Another service uses {service.folder}")
    assert service.call("GET", "/pools")["items"] == []


def test_folder_that_cannot_be_used_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    ran = subprocess.run(
        [sys.executable, "-m", "earnest.cli", "serve", "--data-dir", str(tmp_path / "file" / "data")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 1
    assert "cannot be used" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_port_in_use_is_refused(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = subprocess.run(
            [sys.executable, "-m", "earnest.cli", "serve", "--data-dir", str(tmp_path / "data"), "--port", port],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert ran.returncode == 1
    assert "Address already in use" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    # nothing was started for it
    assert not (tmp_path / "data" / "chain.sqlite").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "values", "words"),
    [
        ("UPDATE chains SET genesis_hash = ?", ANOTHER, "genesis"),
        ("UPDATE chains SET chain_id = 5; UPDATE pools SET chain_id = 5", (), "chain 5"),
    ],
)
def test_database_that_does_not_fit_is_not_served(service, statement, values, words):
    service.start()
    service.deploy(price=FIXED)
    stop_process(service)
    for part in statement.split(";"):
        change(service, part, *values)
    service.launch()
    document = service.wait_until_unready()
    assert words in document["detail"], document["detail"]
    assert service.ask("GET", "/pools").status_code == 503


#: Of one pool's encoder alone.
ITS_ENCODER = "WHERE hash = (SELECT encoder_hash FROM pools WHERE name = '{name}')"
#: What is done to a pool, by its name, and what the service says of it.
BROKEN: dict[str, tuple[str, tuple[str, ...], str]] = {
    "Cut off": (f"UPDATE encoders SET content = substr(content, 1, length(content) - 3) {ITS_ENCODER}", (), "encoder"),
    "Changed": (
        f"UPDATE encoders SET content = CAST(replace(content, 'w1', 'w9') AS BLOB) {ITS_ENCODER}", (), "encoder",
    ),
    "Missing": (f"DELETE FROM encoders {ITS_ENCODER}", (), "encoder"),
    "Another": ("UPDATE pools SET code_hash = ? WHERE name = '{name}'", ANOTHER, "code"),
}  # fmt: skip


def test_pool_that_does_not_fit_is_not_served_and_the_others_are(service):
    service.start()
    # of another number of words each, so that none shares its encoder
    broken = {
        name: service.deploy(price=FIXED, name=name, num_words=90 + number)["id"] for number, name in enumerate(BROKEN)
    }
    good, account = service.deploy(price=FIXED), service.account()
    stop_process(service)
    for name, (statement, values, _) in BROKEN.items():
        change(service, statement.format(name=name), *values)
    service.start()
    pools = service.readiness().json()["pools"]
    for name, (_, _, words) in BROKEN.items():
        shown = pools[broken[name]]
        assert words in " ".join(shown["reasons"])
        assert shown["capabilities"] == {"read": False, "predict": False, "submit": False}
        assert service.http.get(f"/readyz?pool={broken[name]}").status_code == 503
        refused = service.ask("POST", f"/pools/{broken[name]}/predictions", PREDICTIONS)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:earnest:problem:not-ready")
        assert words in refused.json()["detail"]
    assert service.http.get(f"/readyz?pool={good['id']}&capability=submit").status_code == 200
    assert service.ask("POST", f"/pools/{good['id']}/predictions", PREDICTIONS).status_code == 200
    assert contribute(service, good, account, [1, 2, 3])["status"] == "confirmed"
    # the list has all
    assert {pool["id"] for pool in service.call("GET", "/pools")["items"]} == {*broken.values(), good["id"]}
    assert service.http.get("/").status_code == 200


@pytest.mark.slow
def test_place_in_the_tables_that_the_chain_does_not_know_is_found_anew(service):
    service.start()
    pool, account = service.deploy(price=FIXED), service.account()
    contribute(service, pool, account, [1, 2, 3])
    stop_process(service)
    change(service, "UPDATE pools SET deployed_block_hash = ?", *ANOTHER)
    change(service, "UPDATE sync_cursors SET block_hash = ?", *ANOTHER)
    change(service, "UPDATE synced_blocks SET block_hash = ?", *ANOTHER)
    service.start()
    shown = service.call("GET", f"/pools/{pool['id']}")
    assert (shown["contributions"], shown["digest_matches"]) == (1, True)
    assert shown["escrow"] == shown["liabilities"] == str(10**15)
    assert contribute(service, pool, account, [1, 2, 4])["status"] == "confirmed"


def test_without_its_node_the_service_predicts_and_shows_and_says_what_it_cannot(tmp_path, anvil_url):
    with hanging_proxy(anvil_url) as proxy:
        service = Service(tmp_path / "data", CHAIN_URL=proxy.url, OPERATOR_KEY=OPERATOR_KEY)
        service.start()
        try:
            pool, account = service.deploy(price=FIXED), service.account()
            contribute(service, pool, account, [1, 2, 3])
            path = f"/pools/{pool['id']}"
            before = service.call("POST", f"{path}/predictions", PREDICTIONS)
            for again in (False, True):
                proxy.vanish()
                if again:
                    stop_process(service)
                    service.launch()
                document = service.wait_until_unready()
                assert document["capabilities"] == {"read": True, "predict": True, "submit": False, "operate": False}
                assert "does not answer" in document["detail"]
                assert service.call("POST", f"{path}/predictions", PREDICTIONS) == before
                assert service.http.get("/readyz?capability=predict").status_code == 200
                shown = service.call("GET", path)
                assert (shown["contributions"], shown["price"], shown["escrow"]) == (1, None, None)
                (row,) = service.call("GET", f"{path}/contributions")["items"]
                assert (row["deposit"], row["actions"]) == (str(10**15), [])
                assert service.http.get("/").status_code == service.http.get(f"/pools/{pool['id']}").status_code == 200
                for where in ("quotes", "submissions"):
                    body = {"features": [1, 2], "label": 1}
                    body = body if where == "quotes" else {"items": [body]}
                    assert service.ask("POST", f"{path}/{where}", body, account["token"]).status_code == 503
                proxy.go_on()
                service.wait_until_ready()
                assert service.call("GET", path)["escrow"] == str(10**15)
            assert contribute(service, pool, account, [1, 2, 4])["status"] == "confirmed"
        finally:
            service.stop()


@pytest.mark.slow
def test_other_chain_at_the_same_address_is_not_served(tmp_path):
    with running_anvil() as url:
        port = int(url.rsplit(":", 1)[1])
        service = Service(tmp_path / "data", CHAIN_URL=url, OPERATOR_KEY=OPERATOR_KEY)
        service.start()
        service.deploy(price=FIXED)
        stop_process(service)
    with running_anvil("--chain-id", "7", port=port):
        service.launch()
        assert "chain 7" in service.wait_until_unready()["detail"]
        service.stop()


def test_node_that_is_gone_is_named_and_waited_for(tmp_path):
    with running_anvil() as url:
        port = int(url.rsplit(":", 1)[1])
    service = Service(tmp_path / "data", CHAIN_URL=url, OPERATOR_KEY=OPERATOR_KEY)
    service.launch()
    assert "does not answer" in service.wait_until_unready()["detail"]
    with running_anvil(port=port):
        service.wait_until_ready()
        service.stop()


# GONE IN THE MIDDLE


def test_chain_that_falls_silent_in_a_submission_decides_it_when_it_is_back(service):
    service.settings["CONFIRM_SECONDS"] = "1"
    service.start()
    pool, account = service.deploy(price=FIXED), service.account()
    chain = service.chain_process()
    os.kill(chain, signal.SIGSTOP)
    try:
        service.http.timeout = 3
        body = {"items": [{"features": [1, 2, 3], "label": 1}]}
        answer = service.ask("POST", f"/pools/{pool['id']}/submissions", body, account["token"])
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] in ("prepared", "sent")
    finally:
        service.http.timeout = 120
        os.kill(chain, signal.SIGCONT)
    body = {"items": [{"features": [1, 2, 3], "label": 1}]}
    until = time.monotonic() + PATIENCE
    while True:
        submissions = service.call("GET", "/submissions", token=account["token"])["items"]
        if not submissions or all(row["status"] in ("confirmed", "failed") for row in submissions):
            break
        assert time.monotonic() < until, submissions
        time.sleep(0.1)
    confirmed = sum(row["status"] == "confirmed" for row in submissions)
    assert confirmed <= 1
    # what was settled in the background is in the tables at the next look at the chain
    while (counted := service.call("GET", f"/pools/{pool['id']}")["contributions"]) != confirmed:
        assert time.monotonic() < until, counted
        time.sleep(0.1)
    path = f"/pools/{pool['id']}/submissions"
    assert service.call("POST", path, body, account["token"])["status"] == "confirmed"
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == confirmed + 1


@pytest.mark.slow
def test_database_that_is_locked_refuses_and_leaves_nothing_half_written(service):
    service.start()
    pool, account = service.deploy(price=FIXED), service.account()
    other = sqlite3.connect(service.folder / "earnest.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    body = {"items": [{"features": [1, 2, 3], "label": 1}]}
    answer = service.ask("POST", f"/pools/{pool['id']}/submissions", body, account["token"])
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:earnest:problem:database-unavailable"
    other.execute("ROLLBACK")
    other.close()
    service.wait_until_ready()
    assert service.call("GET", "/submissions", token=account["token"])["items"] == []
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 0
    assert contribute(service, pool, account, [1, 2, 3])["status"] == "confirmed"


def test_database_that_is_gone_refuses_and_is_used_again_when_it_is_back(tmp_path, postgres_url, anvil_url):
    service = Service(tmp_path / "data", CHAIN_URL=anvil_url, OPERATOR_KEY=OPERATOR_KEY, DATABASE_URL=postgres_url)
    service.start()
    pool, account = service.deploy(price=FIXED), service.account()
    plain = postgres_url.replace("postgresql+psycopg", "postgresql")
    name = plain.rsplit("/", 1)[1].split("?")[0]
    server = psycopg.connect(plain.replace(f"/{name}", "/postgres", 1), autocommit=True)
    server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
    server.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    body = {"items": [{"features": [1, 2, 3], "label": 1}]}
    refused = service.ask("POST", f"/pools/{pool['id']}/submissions", body, account["token"])
    assert refused.status_code == 503, refused.text
    # said before anybody asks for something, and predictions need no database
    until = time.monotonic() + PATIENCE
    while (document := service.wait_until_unready())["capabilities"]["read"]:
        assert time.monotonic() < until, document
        time.sleep(0.1)
    assert "database" in document["detail"]
    assert document["capabilities"] == {"read": False, "predict": True, "submit": False, "operate": False}
    assert service.ask("POST", f"/pools/{pool['id']}/predictions", PREDICTIONS).status_code == 200
    assert service.http.get("/healthz").status_code == 200
    server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    server.close()
    until = time.monotonic() + PATIENCE
    # the thread that follows the chain may notice only now that its connection is gone
    while (
        answer := service.ask("POST", f"/pools/{pool['id']}/submissions", body, account["token"])
    ).status_code == 503:
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)
    assert answer.json()["status"] == "confirmed"
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    service.stop()


# CSV


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("", "first line"),
        ("review,label\nfine,1\n", "text"),
        ("text,label\n", "no rows"),
        ("text,label\n" + "".join(f"fine {i},1\n" for i in range(40)), "class"),
        ("text,label\nfine,maybe\n", "label"),
    ],
)
def test_pool_from_a_bad_csv_fails_with_its_reason(shared_service, csv, words):
    request = {"name": "CSV", "csv": csv, "num_words": 20, "train_size": 10, "held_out_size": 10}
    answer = shared_service.ask("POST", "/pools", request, ADMIN)
    if answer.status_code == 422:
        assert words in answer.text
        return
    pool = answer.json()
    until = time.monotonic() + PATIENCE
    while pool["status"] == "deploying":
        assert time.monotonic() < until
        time.sleep(0.05)
        pool = shared_service.call("GET", f"/pools/{pool['id']}")
    assert pool["status"] == "failed"
    assert words in pool["error"], pool["error"]


def test_pool_from_a_csv_predicts(shared_service):
    lines = [f"good fine word{i % 7},1\nbad poor word{i % 5},0\n" for i in range(60)]
    lines = [line.replace("word", f"n{i} word") for i, line in enumerate(lines)]
    pool = shared_service.deploy(
        dataset=None, csv="text,label\n" + "".join(lines), num_words=20, train_size=60, held_out_size=40
    )
    body = {"samples": [{"text": "good fine"}, {"text": "bad poor"}]}
    found = shared_service.call("POST", f"/pools/{pool['id']}/predictions", body)["predictions"]
    assert [row["label"] for row in found] == [1, 0]
