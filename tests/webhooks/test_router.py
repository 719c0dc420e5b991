"""Webhooks over the API: whose, how many, to where; delivered by a real service, across its death."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from typer.testing import CliRunner

from earnest import cli
from tests.fixtures.served_pool import assert_problem, deploy_pool
from tests.fixtures.service import ADMIN, Service
from tests.fixtures.threads import at_once
from tests.webhooks.receiver import receiving, status

URL = "https://hooks.example.org/earnest"


def make(world, token=None, **body):
    return world.service.ask("POST", "/webhooks", {"url": URL, **body}, token or world.token)


def test_account_makes_lists_enables_and_removes_its_own_webhooks(world):
    made = make(world).json()
    assert made["secret"].startswith("whsec_")
    assert (made["account"], made["pool"], made["status"]) == (world.account["address"], None, "active")
    (shown,) = world.service.call("GET", "/webhooks", token=world.token)["items"]
    assert "secret" not in shown
    path = f"/webhooks/{made['id']}"
    assert world.service.call("GET", path, token=world.token) == shown
    assert world.service.call("POST", f"{path}/enable", token=world.token)["status"] == "active"
    assert world.service.call("GET", f"{path}/deliveries", token=world.token) == {"items": []}
    assert world.service.ask("DELETE", path, token=world.token).status_code == 204
    assert world.service.call("GET", "/webhooks", token=world.token)["items"] == []


def test_webhook_of_another_is_unknown_by_every_route(world):
    path = f"/webhooks/{make(world).json()['id']}"
    other = world.service.account("other")["token"]
    for token in (other, ADMIN):
        for method, route in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/enable"),
            ("POST", "/tests"),
            ("GET", "/deliveries"),
        ):
            assert_problem(world.service.ask(method, path + route, token=token), 404, "webhook-unknown")
    assert_problem(world.service.ask("GET", path), 401, "token-invalid")
    assert_problem(world.service.ask("POST", "/webhooks", {"url": URL}), 401, "token-invalid")


def test_events_are_for_those_whom_they_concern_and_all_for_the_operator(world):
    other = world.service.account("other")
    assert_problem(make(world, account=other["address"]), 403, "webhook-not-allowed", "one's own")
    assert_problem(make(world, pool=world.pool["id"]), 403, "webhook-not-allowed", "owner")
    assert_problem(make(world, ADMIN), 403, "webhook-not-allowed", "name a pool")
    of_pool = make(world, ADMIN, pool=world.pool["address"]).json()
    of_account = make(world, ADMIN, account=other["address"].lower()).json()
    assert (of_pool["pool"], of_account["account"]) == (world.pool["id"], other["address"])
    both = make(world, ADMIN, pool=world.pool["id"], account=other["address"])
    assert_problem(both, 422, "payload-invalid", "not both")
    assert_problem(make(world, ADMIN, pool="nowhere"), 404, "pool-unknown")
    assert_problem(make(world, ADMIN, account="0x12"), 422, "address-invalid")
    acts = world.service.call("GET", "/audit", token=ADMIN)["items"]
    assert {"POST /v1/webhooks"} <= {act["action"] for act in acts}
    for made in (of_pool, of_account):
        assert world.service.ask("DELETE", f"/webhooks/{made['id']}", token=ADMIN).status_code == 204
    last = world.service.call("GET", "/audit", token=ADMIN)["items"][0]
    assert (last["action"], last["outcome"]) == (f"DELETE /v1/webhooks/{of_account['id']}", "done")


def test_owner_of_a_pool_has_its_events_delivered(world):
    # the pools of this service are the operator account's, which is none of the managed ones: a session of its own
    from eth_account import Account
    from eth_account.messages import encode_defunct

    key = (world.service.folder / "operator-key").read_text().strip()
    host, nonce = world.service.url.removeprefix("http://"), world.service.call("POST", "/sign-in/nonces")
    text = (
        f"{host} wants you to sign in with your Ethereum account:\n{Account.from_key(key).address}\n\n\n"
        f"URI: http://{host}/\nVersion: 1\nChain ID: {nonce['chain_id']}\nNonce: {nonce['nonce']}\n"
        "Issued At: 2024-01-01T00:00:00Z"
    )
    signature = Account.sign_message(encode_defunct(text=text), key).signature
    token = world.service.call("POST", "/sign-in", {"message": text, "signature": "0x" + bytes(signature).hex()})
    made = make(world, token["access_token"], pool=world.pool["id"])
    assert made.status_code == 201
    assert made.json()["pool"] == world.pool["id"]


def test_keys_need_the_scope_that_the_method_takes(world):
    keys = {
        scope: world.service.call("POST", "/keys", {"name": scope, "scopes": [scope]}, world.token)["key"]
        for scope in ("read", "submit")
    }
    assert_problem(make(world, keys["read"]), 403, "scope-missing", "submit")
    assert make(world, keys["submit"]).status_code == 201
    assert_problem(world.service.ask("GET", "/webhooks", token=keys["submit"]), 403, "scope-missing", "read")
    assert len(world.service.call("GET", "/webhooks", token=keys["read"])["items"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]:8000/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/", "http://224.0.0.1/", "http://0.0.0.0/", "https://user:x@hooks.example.org/",
        "https://hooks.example.org/#x", "https://hooks.example.org:0/",
    ],
)  # fmt: skip
def test_address_that_is_not_public_or_malformed_is_refused_at_once(world, url):
    assert_problem(make(world, url=url), 422, "webhook-address-refused")


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example", "https://ä.example/", "https://a b/", "https://a/" + "x" * 2000]
)
def test_address_that_fits_no_schema_is_refused(world, url):
    assert_problem(make(world, url=url), 422, "payload-invalid")


def test_name_that_stands_for_this_machine_is_refused_when_something_is_delivered(world):
    with receiving() as receiver:
        made = make(world, url=receiver.url.replace("127.0.0.1", "localhost")).json()
        path = f"/webhooks/{made['id']}"
        assert world.service.ask("POST", f"{path}/tests", token=world.token).status_code == 202
        until = time.monotonic() + 20
        while not (items := world.service.call("GET", f"{path}/deliveries", token=world.token)["items"]):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert "not a public host" in items[0]["error"]
        assert receiver.connections == 0


def test_account_has_so_many_webhooks_and_no_more_however_many_ask_at_once(world):
    answers = at_once(lambda number: [make(world).status_code for _ in range(3)])
    codes = [code for each in answers for code in each]
    assert codes.count(201) == 10
    assert_problem(make(world), 409, "too-many-webhooks", "10")


def test_request_that_is_repeated_under_its_key_makes_one_webhook_and_tells_its_secret_again(world):
    def ask(url=URL):
        return world.service.ask("POST", "/webhooks", {"url": url}, world.token, Idempotency_Key="once")

    made = [answer.json() for answer in at_once(lambda _: ask())]
    assert len({(each["id"], each["secret"]) for each in made}) == 1
    assert len(world.service.call("GET", "/webhooks", token=world.token)["items"]) == 1
    assert_problem(ask(URL + "/other"), 409, "idempotency-key-reused")
    world.service.ask("DELETE", f"/webhooks/{made[0]['id']}", token=world.token)
    assert_problem(ask(), 404, "webhook-unknown", "removed")


def test_tests_are_limited(world):
    path = f"/webhooks/{make(world).json()['id']}/tests"
    codes = [world.service.ask("POST", path, token=world.token).status_code for _ in range(7)]
    assert codes == [202] * 6 + [429]


def verified(request, secret):
    """As the guide says how to."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, request.headers["webhook-signature"])


def test_events_arrive_signed_after_failures_and_across_the_services_death(service: Service):
    service.settings |= {"WEBHOOK_PRIVATE": "true", "WEBHOOK_PAUSE": "0.5", "WEBHOOK_TRIES": "2"}
    service.start()
    pool = deploy_pool(service)
    account = service.account()
    with receiving() as receiver:
        made = service.call("POST", "/webhooks", {"url": receiver.url}, account["token"])
        path = f"/webhooks/{made['id']}"

        def contribute(*features):
            body = {"items": [{"features": list(features), "label": 1}]}
            service.call("POST", f"/pools/{pool['id']}/submissions", body, account["token"])

        def shown():
            return service.call("GET", path, token=account["token"])

        receiver.answers = [status(500), status(204)]
        contribute(3, 18)
        first, again = receiver.until(2)
        assert first.body == again.body
        assert first.headers["webhook-id"] == again.headers["webhook-id"]
        assert verified(again, made["secret"])
        assert again.json["data"]["account"] == account["address"]

        # two failures in a row set it aside; what happens meanwhile waits
        receiver.answers = [status(503)]
        contribute(4, 19)
        until = time.monotonic() + 30
        while shown()["status"] != "aside":
            assert time.monotonic() < until
            time.sleep(0.1)
        assert "503" in shown()["reason"]
        contribute(5, 20)
        service.kill()
        receiver.answers = [status(204)]
        came = len(receiver.requests)
        service.start()
        assert service.call("POST", f"{path}/enable", token=account["token"])["failures"] == 0
        rest = receiver.until(came + 2)[came:]
        assert [request.json["type"] for request in rest] == ["contributed"] * 2
        assert all(verified(request, made["secret"]) for request in rest)
        ids = [request.json["id"] for request in receiver.requests]
        assert ids == sorted(ids)

        # the commands, as their owner runs them
        def run(*words, code=0):
            environment = {"EARNEST_URL": service.url, "EARNEST_TOKEN": account["token"]}
            done = CliRunner().invoke(cli.app, ["webhook", *words], env=environment)
            assert done.exit_code == code, done.output
            return done.stdout if code == 0 else done.stderr

        (row,) = map(json.loads, run("list", "--json").splitlines())
        assert (row["id"], row["status"]) == (made["id"], "active")
        assert "answered 204" in run("test", made["id"])
        added = run("add", receiver.url + "/2").splitlines()
        assert "whsec_" in added[1]
        receiver.answers = [status(404)]
        assert "404" in run("test", added[0], code=1)
        assert "active" in run("enable", added[0])
        assert "removed" in run("remove", added[0])
        assert "no such webhook" in run("remove", added[0], code=1)
        assert "not both" in run("add", receiver.url, "--pool", pool["id"], "--account", account["address"], code=2)
