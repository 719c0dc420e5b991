"""A copy of the embedded default while it runs: what it holds is a service that adds up."""

import sqlite3
import stat
import threading
import time
from typing import Any

import pytest
from typer.testing import CliRunner

from earnest.cli import app
from earnest.server.backup import BackupRefused, backup, restore
from tests.fixtures.service import PATIENCE, Service


def features(number):
    return [1 + number % 40, 50 + number // 40]


def settled(service: Service, account: dict[str, Any]) -> list[dict[str, Any]]:
    """An account's submissions, once none is under way: a service settles them beside its first answers."""
    until = time.monotonic() + PATIENCE
    while True:
        found: list[dict[str, Any]] = service.call("GET", "/submissions?limit=100", token=account["token"])["items"]
        if all(submission["status"] not in ("prepared", "sent") for submission in found):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.1)


def caught_up(service: Service, pool: str, contributions: int) -> dict[str, Any]:
    """The pool, once its events are in the tables: a receipt confirms a submission before they are."""
    until = time.monotonic() + PATIENCE
    while True:
        shown: dict[str, Any] = service.call("GET", f"/pools/{pool}")
        if shown["contributions"] >= contributions or time.monotonic() > until:
            return shown
        time.sleep(0.1)


def test_copy_that_is_made_under_load_settles_and_adds_up(service, tmp_path):
    service.start()
    pool, ada = service.deploy(min_features=0), service.account()
    stop, sent = threading.Event(), []

    def contribute() -> None:
        while not stop.is_set():
            items = [{"features": features(len(sent)), "label": 1}]
            sent.append(service.ask("POST", f"/pools/{pool['id']}/submissions", {"items": items}, ada["token"]))

    thread = threading.Thread(target=contribute)
    thread.start()
    try:
        while len(sent) < 5:
            stop.wait(0.05)
        target = tmp_path / "copy.tar.gz"
        done = CliRunner().invoke(app, ["backup", str(target), "--data-dir", str(service.folder)])
    finally:
        stop.set()
        thread.join()
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    service.kill()

    done = CliRunner().invoke(app, ["restore", str(target), "--data-dir", str(tmp_path / "again")])
    assert done.exit_code == 0, done.output
    other = Service(tmp_path / "again")
    try:
        other.start()
        submissions = settled(other, ada)
        confirmed = sum(submission["status"] == "confirmed" for submission in submissions)
        shown = caught_up(other, pool["id"], confirmed)
        assert 5 <= shown["contributions"] <= len(sent)
        assert shown["escrow"] == shown["liabilities"]
        assert shown["digest_matches"] is True
        assert confirmed == shown["contributions"]
        answer = other.ask(
            "POST", f"/pools/{pool['id']}/submissions", {"items": [{"features": [2, 90], "label": 1}]}, ada["token"]
        )
        assert answer.json()["status"] == "confirmed"
    finally:
        other.stop()


def test_what_is_in_the_way_is_not_written_over(tmp_path):
    with pytest.raises(BackupRefused, match="holds no database"):
        backup(tmp_path, tmp_path / "x.tar.gz")
    (tmp_path / "earnest.sqlite").touch()
    (tmp_path / "x.tar.gz").touch()
    with pytest.raises(BackupRefused, match="exists already"):
        backup(tmp_path, tmp_path / "x.tar.gz")
    with pytest.raises(BackupRefused, match="not empty"):
        restore(tmp_path / "x.tar.gz", tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\0"])
def test_file_that_is_no_copy_is_refused(tmp_path, content):
    (tmp_path / "x.tar.gz").write_bytes(content)
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "x.tar.gz"), "--data-dir", str(tmp_path / "new")])
    assert done.exit_code == 1
    assert "no copy" in done.output
    assert (
        CliRunner().invoke(app, ["restore", str(tmp_path / "none"), "--data-dir", str(tmp_path / "new")]).exit_code == 1
    )


def test_folder_that_cannot_be_written_is_not_laid_to_the_copys_charge(tmp_path):
    data, target = tmp_path / "data", tmp_path / "copy.tar.gz"
    data.mkdir()
    sqlite3.connect(data / "earnest.sqlite").close()
    backup(data, target)
    (tmp_path / "file").touch()
    done = CliRunner().invoke(app, ["restore", str(target), "--data-dir", str(tmp_path / "file" / "new")])
    assert done.exit_code == 1
    assert "Not a directory" in done.output
    assert "no copy" not in done.output


def test_service_on_other_databases_is_copied_by_their_own_means(tmp_path, monkeypatch):
    monkeypatch.setenv("EARNEST_CHAIN_URL", "http://127.0.0.1:1")
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "x"), "--data-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert "EARNEST_CHAIN_URL" in done.output
