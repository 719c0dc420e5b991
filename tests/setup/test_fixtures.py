"""The servers and guards that the other tests rely on."""

import json
import socket
import urllib.request

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text


def test_network_of_a_unit_test_is_blocked() -> None:
    with pytest.raises(RuntimeError, match="socket"), pytest.warns(UserWarning, match="socket"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


@pytest.mark.loopback
def test_network_of_a_loopback_test_ends_at_this_machine() -> None:
    with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"), pytest.warns(UserWarning, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)


@pytest.mark.loopback
def test_network_of_a_loopback_test_reaches_this_machine() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname(), timeout=1):
            pass


def test_postgres_is_real_and_answers(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE stays_here (n int)"))
        assert "PostgreSQL" in str(connection.execute(text("SELECT version()")).scalar_one())
    engine.dispose()


def test_postgres_database_is_new_for_each_test(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT to_regclass('stays_here')")).scalar_one()
    engine.dispose()
    assert tables is None


def test_anvil_runs_with_the_newest_rules(anvil_url: str) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "anvil_nodeInfo", "params": []}).encode()
    request = urllib.request.Request(anvil_url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert json.load(answer)["result"]["hardFork"].lower() == "osaka"


def test_chromium_shows_a_page(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<h1>Earnest</h1>")
    assert page.inner_text("h1") == "Earnest"
