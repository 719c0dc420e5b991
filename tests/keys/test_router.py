"""API keys, sessions and what operators did, over the API."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN

KEY = "0x" + "49" * 32


@pytest.fixture
def session(shared_service):
    """A wallet that signed in."""
    host = shared_service.url.removeprefix("http://")
    nonce = shared_service.call("POST", "/sign-in/nonces")
    text = (
        f"{host} wants you to sign in with your Ethereum account:\n{Account.from_key(KEY).address}\n\n\n"
        f"URI: http://{host}/\nVersion: 1\nChain ID: {nonce['chain_id']}\nNonce: {nonce['nonce']}\n"
        "Issued At: 2024-01-01T00:00:00Z"
    )
    signature = Account.sign_message(encode_defunct(text=text), KEY).signature
    body = {"message": text, "signature": "0x" + bytes(signature).hex()}
    made = shared_service.call("POST", "/sign-in", body)
    assert_problem(shared_service.ask("POST", "/sign-in", body), 401, "sign-in-refused", "nonce")
    return made


def test_wallet_that_signed_in_sees_its_account_and_is_prepared_for(world, session):
    token = session["access_token"]
    me = world.service.call("GET", "/accounts/me", token=token)
    assert (me["address"], me["name"]) == (Account.from_key(KEY).address, None)
    shown = world.service.call("POST", f"{world.path}/prepared/withdraw", {}, token)
    assert shown["account"] == me["address"]
    assert world.service.call("GET", "/submissions", token=token)["items"] == []
    items = [{"features": [1, 5], "label": 1}]
    assert_problem(world.submit(items, token=token), 409, "key-not-here", "prepared")


def test_refresh_and_end_over_the_api(shared_service, session):
    again = shared_service.call("POST", "/sign-in/refreshed", {"refresh_token": session["refresh_token"]})
    assert again["session"] == session["session"]
    assert_problem(
        shared_service.ask("POST", "/sign-in/refreshed", {"refresh_token": session["refresh_token"]}),
        401,
        "refresh-reused",
    )
    assert_problem(shared_service.ask("GET", "/accounts/me", token=again["access_token"]), 401, "token-invalid")


def test_session_is_ended_at_once(shared_service, session):
    token = session["access_token"]
    shown = {each["id"]: each["current"] for each in shared_service.call("GET", "/sessions", token=token)["items"]}
    assert [each for each, current in shown.items() if current] == [session["session"]]
    assert shared_service.ask("DELETE", "/sessions/current", token=token).status_code == 204
    assert_problem(shared_service.ask("GET", "/accounts/me", token=token), 401, "token-invalid")


@pytest.mark.parametrize("scopes", [["read"], None], ids=["a key that may only read", "a wallet's session"])
def test_what_may_not_submit_does_nothing_by_a_page_s_cookie_either(world, session, scopes):
    token = session["access_token"]
    if scopes is not None:
        token = world.service.call("POST", "/keys", {"name": "r", "scopes": scopes}, world.token)["key"]
    before = world.service.call("GET", world.path)
    for path, form in (
        ("/account", {"action": "withdraw", "pool": world.pool["id"]}),
        (f"/pools/{world.pool['id']}/contribute", {"action": "submit", "text": "w001 w002", "label": "1"}),
        ("/webhooks", {"action": "add", "url": "https://hooks.example.org/x"}),
        (f"/pools/{world.pool['id']}/quality", {"action": "policy", "newest": "10"}),
    ):
        answer = world.service.http.post(path, data=form, headers={"Cookie": f"earnest_account={token}"})
        assert answer.status_code >= 400, (path, answer.status_code)
        assert "whsec_" not in answer.text
    after = world.service.call("GET", world.path)
    assert (after["contributions"], after["liabilities"]) == (before["contributions"], before["liabilities"])


def test_key_does_what_its_scopes_say_until_it_is_revoked(world):
    made = world.service.call("POST", "/keys", {"name": "reader", "scopes": ["read"]}, world.token)
    assert world.service.call("GET", "/accounts/me", token=made["key"])["address"] == world.account["address"]
    items = [{"features": [1, 5], "label": 1}]
    assert_problem(world.submit(items, token=made["key"]), 403, "scope-missing", "submit")
    (shown,) = [
        key for key in world.service.call("GET", "/keys", token=world.token)["items"] if key["id"] == made["id"]
    ]
    assert shown["last_used_at"] is not None
    assert "key" not in shown
    assert_problem(world.service.ask("GET", "/keys", token=made["key"]), 403, "scope-missing", "API key")
    other = world.service.account("other")
    assert_problem(world.service.ask("DELETE", f"/keys/{made['id']}", token=other["token"]), 404, "key-unknown")
    assert world.service.ask("DELETE", f"/keys/{made['id']}", token=world.token).status_code == 204
    assert_problem(world.service.ask("GET", "/accounts/me", token=made["key"]), 401, "token-invalid")
    submits = world.service.call("POST", "/keys", {"name": "s", "scopes": ["submit"]}, world.token)["key"]
    assert world.submit(items, token=submits).json()["status"] == "confirmed"
    assert_problem(world.service.ask("GET", "/accounts/me", token=submits), 403, "scope-missing")


def test_no_account_makes_a_key_of_the_operators(world):
    body = {"name": "x", "scopes": ["operate"]}
    assert_problem(world.service.ask("POST", "/keys", body, world.token), 403, "scope-missing")
    assert_problem(world.service.ask("POST", "/keys", {"name": "x", "scopes": []}, world.token), 422, "payload-invalid")
    assert_problem(
        world.service.ask("POST", "/keys", {"name": "x", "scopes": ["read"]}, ADMIN), 403, "scope-missing", "operate"
    )


def test_what_operators_change_is_written_down_with_what_came_of_it(world):
    made = world.service.call("POST", "/keys", {"name": "ops", "scopes": ["operate"]}, ADMIN)
    world.service.call("POST", "/chain/time", {"seconds": 1}, made["key"])
    assert_problem(world.service.ask("DELETE", world.path, token=ADMIN), 409, "pool-not-failed")
    assert_problem(world.service.ask("POST", "/chain/time", {"seconds": 1}, world.token), 401, "token-invalid")
    acts = world.service.call("GET", "/audit?limit=2", token=ADMIN)["items"]
    assert [(act["actor"], act["action"], act["outcome"]) for act in acts] == [
        ("operator", f"DELETE /v1{world.path}", "pool-not-failed"),
        (f"operator by key {made['id']}", "POST /v1/chain/time", "done"),
    ]
    assert_problem(world.service.ask("GET", "/audit", token=world.token), 401, "token-invalid")
    assert world.service.ask("DELETE", f"/keys/{made['id']}", token=ADMIN).status_code == 204
    assert_problem(world.service.ask("POST", "/chain/time", {"seconds": 1}, made["key"]), 401, "token-invalid")
