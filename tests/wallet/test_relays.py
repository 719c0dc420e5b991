"""Calls that an account only signs: the service sends them and pays the gas, once each, and within its budget."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from typer.testing import CliRunner

from earnest.chain.deployment import deploy_contract, send_and_wait
from earnest.chain.embedded.supervisor import URL_FILE
from earnest.chain.forwarder import FORWARDER, ForwardRequest, is_forwarder
from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.signer import LocalSigner
from earnest.chain.tokens import mint_call
from earnest.cli import app
from earnest.client.answers import Pool, Prepared, Relay
from earnest.client.errors import ClientError, Refused, Untrustworthy
from earnest.client.flows import Flows
from earnest.client.signing import hex_of, sign_relayed
from earnest.client.synchronous import Client
from earnest.dashboard.visitor import WALLET
from earnest.verification.checks import Verification
from earnest.wallet.relaying import relayer_of
from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN, Service

COST, MUCH, REFUND_WAIT = 2_500_000, 10**9, 60
#: What an account may use up of it, a tenth, is enough for some thirty calls.
BUDGET = 10**18
SAMPLE = {"features": [1, 5, 9]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(
        tmp_path_factory.mktemp("relays") / "data", SEAL_BUDGET="0", TOKENS="development", RELAY_BUDGET=str(BUDGET)
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def gateway(service: Service) -> Gateway:
    return Gateway((service.folder / URL_FILE).read_text().strip())


@pytest.fixture(scope="module")
def operator(service: Service) -> LocalSigner:
    return LocalSigner((service.folder / "operator-key").read_text().strip())


@pytest.fixture(scope="module")
def pool(service: Service) -> dict[str, Any]:
    """Its deposits are paid in a token that takes permits."""
    (token,) = service.call("GET", "/tokens")["items"]
    price = {"rule": "fixed", "cost": str(COST)}
    windows = {"refund_wait": REFUND_WAIT, "collect_wait": 4_000, "head_start": 0, "min_features": 0}
    return service.deploy(name="Relayed", token=token["address"], price=price, **windows)


@pytest.fixture
def holder(pool: dict[str, Any], gateway: Gateway, operator: LocalSigner) -> LocalSigner:
    """Somebody with tokens and without a coin."""
    signer = LocalSigner(secrets.token_bytes(32))
    send_and_wait(gateway, mint_call(pool["token"]["address"], signer.address, MUCH), operator)
    return signer


@pytest.fixture
def client(service: Service, holder: LocalSigner) -> Iterator[Client]:
    with Client(service.url, signer=holder, relayed=True) as made:
        yield made


def label_of(service: Service, pool: dict[str, Any]) -> int:
    found = service.call("POST", f"/pools/{pool['id']}/predictions", {"samples": [SAMPLE]})
    return int(found["predictions"][0]["label"])


def with_credit(client: Client, pool: dict[str, Any]) -> None:
    """A deposit in the account's credit, by two signatures."""
    flows: Flows = client._flows
    client._run(flows._deposit_permitted(client.pool(pool["address"]), COST))


def signed(client: Client, pool: dict[str, Any]) -> dict[str, Any]:
    """A contribution to relay."""
    raw = client.signed(pool["address"], [SAMPLE | {"label": 1}])
    found: dict[str, Any] = json.loads(raw)
    return found


def test_account_without_a_coin_contributes_refunds_and_withdraws(service, pool, gateway, holder, client):
    assert gateway.balance(holder.address) == 0
    label = label_of(service, pool)
    made = client.contribute(pool["address"], [(SAMPLE["features"], label)])
    (item,) = made.items
    assert (made.status, item.status, item.amount) == ("confirmed", "confirmed", COST), item
    service.advance(REFUND_WAIT + 1)
    refunded = client.claim(pool["address"], "refund", [item.index])
    assert refunded.status == "confirmed", refunded
    withdrawn = client.withdraw(pool["address"])
    assert withdrawn.items[0].amount == COST, withdrawn
    assert gateway.balance(holder.address) == 0
    assert gateway.nonce(holder.address) == 0
    statement = client.statement(pool["address"])
    assert (sum(entry.amount for entry in statement), statement[-1].credit) == (0, 0), statement
    told = service.call("GET", f"/transactions/{item.transaction_hash}")
    assert {event["values"]["contributor"] for event in told["events"] if event["name"] == "Contributed"} == {
        holder.address
    }
    page = service.http.get(f"/pools/{pool['id']}/contributions/{item.index}").text
    assert f"Signed by {holder.address}, and sent by another." in page


def test_pool_believes_the_forwarder_of_this_version_and_its_proof_says_so(service, pool, gateway):
    forwarder = pool["forwarder"]
    assert is_forwarder(forwarder, gateway.chain_id(), gateway.code(forwarder))
    found = {one.name: one for one in Verification(gateway, pool["address"], None, None).run()}
    assert found["forwarder"].ok, found["forwarder"]
    assert "of this version's code" in found["forwarder"].detail


def test_forwarder_of_another_place_chain_or_domain_is_none_of_ours(gateway, operator, pool):
    code, chain = gateway.code(pool["forwarder"]), gateway.chain_id()
    other = deploy_contract(gateway, operator, FORWARDER)
    assert is_forwarder(other, chain, gateway.code(other))
    assert not is_forwarder(other, chain, code)
    assert not is_forwarder(pool["forwarder"], chain + 1, code)
    assert not is_forwarder(pool["forwarder"], chain, code.replace(b"Earnest", b"Earnesf"))
    assert not is_forwarder(pool["forwarder"], chain, b"")


@pytest.mark.parametrize(
    ("changes", "status", "kind", "words"),
    [
        ({"data": "0x3ccfd60b"}, 422, "relay-unfit", "The signature is not"),
        ({"account": "0x" + "11" * 20}, 422, "relay-unfit", "The signature is not"),
        ({"nonce": 7}, 422, "relay-unfit", "The signature is not"),
        ({"gas": 1_000_000}, 422, "relay-unfit", "The signature is not"),
        ({"deadline": 2**40}, 422, "relay-unfit", "The signature is not"),
        ({"to": "0x" + "22" * 20}, 422, "relay-unfit", "No pool of this service"),
        ({"signature": "0x" + "00" * 65}, 422, "relay-unfit", "The signature is not"),
        ({"signature": "0x" + "ff" * 65}, 422, "relay-unfit", "The signature is not"),
        ({"texts": ["one", "two"]}, 422, "transaction-unfit", "as many texts"),
        ({"gas": True}, 422, "payload-invalid", "gas"),
        ({"data": "0x123"}, 422, "payload-invalid", "data"),
    ],
)
def test_request_that_was_changed_is_refused_and_costs_nothing(
    service, pool, gateway, operator, client, changes, status, kind, words
):
    body = signed(client, pool)
    before = gateway.nonce(operator.address), gateway.balance(operator.address)
    assert_problem(service.ask("POST", "/relays", body | changes), status, kind, words)
    assert (gateway.nonce(operator.address), gateway.balance(operator.address)) == before


def by_hand(service: Service, gateway: Gateway, pool: dict[str, Any], who: LocalSigner, **changes: Any) -> Any:
    """Hand in a request of one's own making, signed as it is."""
    request = ForwardRequest(
        who.address, pool["address"], 0, 100_000, 0, gateway.pending_time() + 600, bytes.fromhex("3ccfd60b")
    )
    request = replace(request, **changes)
    signature = who.sign_typed(request.typed(pool["forwarder"], gateway.chain_id()))
    body = {
        "account": who.address, "to": request.to, "gas": request.gas, "nonce": request.nonce,
        "deadline": request.deadline, "data": "0x" + request.data.hex(), "signature": hex_of(signature),
    }  # fmt: skip
    return service.ask("POST", "/relays", body)


@pytest.mark.parametrize(
    ("changes", "status", "kind", "words"),
    [
        ({}, 409, "contract-nothing-to-withdraw", "has no credit in this pool"),
        ({"nonce": 1}, 409, "relay-out-of-turn", "the next one is 0"),
        ({"gas": 2**40}, 422, "relay-unfit", "gas; it needs"),
        ({"deadline": 5}, 422, "relay-unfit", "until second 5 of chain time"),
        ({"deadline": 2**48 - 1}, 422, "relay-unfit", "of chain time: sign one whose deadline"),
        ({"data": bytes.fromhex("8456cb59")}, 422, "relay-unfit", "none of what is relayed"),
        ({"data": b""}, 422, "relay-unfit", "none of what is relayed"),
        ({"data": b"\\xff" * 4}, 422, "relay-unfit", "none of what is relayed"),
        ({"value": 1}, 422, "relay-unfit", "The signature is not"),
    ],
)
def test_request_that_the_pool_would_refuse_is_not_paid_for(
    service, pool, gateway, operator, holder, changes, status, kind, words
):
    before = gateway.nonce(operator.address)
    answer = by_hand(service, gateway, pool, holder, **changes)
    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(kind), answer.text
    assert words in answer.json()["detail"], answer.text
    assert gateway.nonce(operator.address) == before


def test_same_request_twice_is_one_submission_and_one_transaction(service, pool, gateway, operator, client):
    with_credit(client, pool)
    body = signed(client, pool)
    first = service.ask("POST", "/relays", body)
    assert first.status_code in (201, 202), first.text
    nonce = gateway.nonce(operator.address)
    again = service.ask("POST", "/relays", body)
    assert again.json()["id"] == first.json()["id"]
    assert gateway.nonce(operator.address) == nonce
    # nor does anybody else have it a second time
    assert_problem(service.ask("POST", "/relays", body | {"signature": "0x" + "01" * 65}), 422, "relay-unfit", "not")


def test_pool_in_coins_relays_what_credit_covers_and_nothing_else(service, gateway, operator):
    made = service.deploy(name="In coins", refund_wait=REFUND_WAIT, head_start=0, collect_wait=4_000, min_features=0)
    holder = LocalSigner(secrets.token_bytes(32))
    with Client(service.url, signer=holder, relayed=True) as client:
        with pytest.raises(ClientError, match="coins would have to be sent along"):
            client.contribute(made["address"], [(SAMPLE["features"], 1)])
        # somebody pays too much once, and has it as credit
        send_and_wait(gateway, gateway.transfer_call(holder.address, 10**18), operator)
        with Client(service.url, signer=holder) as own:
            first = own.contribute(made["address"], [(SAMPLE["features"], label_of(service, made))])
        service.advance(REFUND_WAIT + 1)
        assert client.claim(made["address"], "refund", [first.items[0].index]).status == "confirmed"
        left = gateway.balance(holder.address)
        again = client.contribute(made["address"], [([2, 6], 1)], max_price=int(made["price"]))
        assert again.status == "confirmed", again
        assert gateway.balance(holder.address) == left


def test_owner_pauses_by_a_transaction_of_its_own(service, pool):
    operator = {"account": service.call("GET", f"/pools/{pool['id']}")["owner"]}
    assert service.call("POST", f"/pools/{pool['id']}/prepared/pause", operator)["relay"] is None
    plain = service.call("POST", f"/pools/{pool['id']}/prepared/withdraw", operator)
    assert plain["relay"]["forwarder"] == pool["forwarder"]


def test_service_without_a_budget_relays_nothing(shared_service):
    made = shared_service.deploy(name="Plain")
    assert made["forwarder"] is None
    body = {
        "account": "0x" + "11" * 20, "to": made["address"], "gas": 100_000, "nonce": 0, "deadline": 2_000_000_000,
        "data": "0x3ccfd60b", "signature": "0x" + "01" * 65,
    }  # fmt: skip
    answer = shared_service.ask("POST", "/relays", body)
    assert_problem(answer, 422, "relay-unfit", "EARNEST_RELAY_BUDGET")
    prepared = shared_service.call("POST", f"/pools/{made['id']}/prepared/withdraw", {"account": body["account"]})
    assert prepared["relay"] is None
    paused = shared_service.ask("POST", f"/pools/{made['id']}/pause", token=ADMIN)
    assert paused.is_success


@pytest.mark.loopback
def test_budget_of_a_day_ends_and_of_it_what_one_account_has(tmp_path):
    small = Service(tmp_path / "data", SEAL_BUDGET="0", TOKENS="development", RELAY_BUDGET=str(3 * 10**16))
    small.start()
    try:
        (token,) = small.call("GET", "/tokens")["items"]
        price = {"rule": "fixed", "cost": str(COST)}
        made = small.deploy(name="Small", token=token["address"], price=price, min_features=0)
        node = Gateway((small.folder / URL_FILE).read_text().strip())
        operator = LocalSigner((small.folder / "operator-key").read_text().strip())
        holder = LocalSigner(secrets.token_bytes(32))
        send_and_wait(node, mint_call(token["address"], holder.address, MUCH), operator)
        with Client(small.url, signer=holder, relayed=True, tries=1) as client:

            def contribute_on_and_on() -> None:
                for number in range(40):
                    client.contribute(made["address"], [([2, 6, 10 + number], 1)])

            with pytest.raises(Refused, match="this account's relayed calls, or of this address's") as refused:
                contribute_on_and_on()
        assert refused.value.status == 429
        # the relayer was given what was needed, a tenth of the budget at a time
        assert 0 < node.balance(relayer_of(operator._account.key.hex()).address) <= 3 * 10**15
    finally:
        small.stop()


def test_client_signs_no_other_call_than_was_meant(service, pool, holder, client):
    with_credit(client, pool)
    shown: Pool = client.pool(pool["address"])
    body = {"items": [SAMPLE | {"label": 1}], "account": holder.address}
    prepared: Prepared = client.prepare(pool["id"], "contribute", body)
    assert isinstance(prepared.relay, Relay)
    meant = {"labels": [1], "features": [SAMPLE["features"]], "max_price": COST}
    assert sign_relayed(holder, shown, prepared, "contribute", **meant)["to"] == pool["address"]
    withdrawing: Prepared = client.prepare(pool["id"], "withdraw", {"account": holder.address})
    for false in (
        replace(withdrawing, verb="contribute"),
        replace(prepared, transaction=replace(prepared.transaction, to="0x" + "33" * 20)),
        replace(prepared, transaction=replace(prepared.transaction, chainId="0x1")),
        replace(prepared, transaction=replace(prepared.transaction, value="0x1")),
    ):
        with pytest.raises(Untrustworthy):
            sign_relayed(holder, shown, false, "contribute", **meant)
    with pytest.raises(Untrustworthy, match="another sample"):
        sign_relayed(holder, shown, prepared, "contribute", **meant | {"features": [[1, 5, 8]]})
    with pytest.raises(Untrustworthy, match="accepts a price"):
        sign_relayed(holder, shown, prepared, "contribute", **meant | {"max_price": COST - 1})


def test_file_is_signed_for_no_more_than_its_page_says(service, gateway, operator, holder):
    price = {"rule": "decaying", "weight": str(10**15), "step": str(10**13)}
    made = service.deploy(name="Rising", price=price, refund_wait=REFUND_WAIT, head_start=0, min_features=0)
    send_and_wait(gateway, gateway.transfer_call(holder.address, 10**17), operator)
    service.advance(7_200)
    texts = ["a wonderful film", "a dull and slow film"]
    said = service.call("POST", f"/pools/{made['id']}/predictions", {"samples": [{"text": text} for text in texts]})
    rows = [f"{one['label']},{text}" for one, text in zip(said["predictions"], texts, strict=True)]

    def asked(count: int) -> tuple[dict[str, Any], int]:
        """What the page has signed, and what it says that all of it costs."""
        answer = service.http.post(
            f"/pools/{made['id']}/contribute",
            data={"action": "file"},
            files={"file": ("rows.csv", "\n".join(["label,text", *rows[:count]]) + "\n")},
            headers={"Origin": service.url, "Cookie": f"{WALLET}={holder.address}"},
        )
        button = re.search(r'data-request="([^"]*)".*?data-most="(\d+)"', answer.text)
        assert button is not None, answer.text
        return json.loads(unescape(button[1]))["prepare"], int(button[2])

    one, costs_one = asked(1)
    two, costs_two = asked(2)
    assert int(one["max_price"]) == costs_one < int(two["max_price"]) < costs_two
    ada = service.account("ada")
    body = {"items": [{"text": "w004 w005", "label": 1}]}
    service.call("POST", f"/pools/{made['id']}/submissions", body, ada["token"])
    refused = service.call("POST", f"/pools/{made['id']}/prepared/contribute", one)["refusal"]
    assert refused["type"].endswith("contract-price-above-maximum"), refused
    # the first of several let the price rise anyway: the page compares all of it with what it said
    dearer = service.call("POST", f"/pools/{made['id']}/prepared/contribute", two)
    assert -int(dearer["balance_change"]) - int(dearer["credit_change"]) > costs_two


def test_commands_sign_and_the_service_pays(service, pool, gateway, holder, tmp_path, monkeypatch):
    monkeypatch.setenv("EARNEST_KEY", holder._account.key.hex())
    monkeypatch.setenv("EARNEST_URL", service.url)
    file = tmp_path / "rows.csv"
    file.write_text("label,text\n1,a wonderful film\n0,a dull and slow film\n")
    ran = CliRunner().invoke(app, ["contribute", pool["address"], str(file), "--relayed", "--yes"])
    assert ran.exit_code == 0, ran.output
    assert "2 of 2 rows" in ran.output
    # what was signed is in the journal, so that it can be handed in again
    again = CliRunner().invoke(app, ["contribute", pool["address"], str(file), "--relayed", "--yes"])
    assert again.exit_code == 0, again.output
    service.advance(REFUND_WAIT + 1)
    claimed = CliRunner().invoke(app, ["claims", pool["address"], "--take", "--relayed", "--yes"])
    assert claimed.exit_code == 0, claimed.output
    credit = gateway.pool_account(pool["address"], holder.address)[0]
    if credit:
        assert CliRunner().invoke(app, ["withdraw", pool["address"], "--relayed"]).exit_code == 0
        assert gateway.pool_account(pool["address"], holder.address)[0] == 0
    assert gateway.balance(holder.address) == gateway.nonce(holder.address) == 0
    monkeypatch.delenv("EARNEST_KEY")
    managed = CliRunner().invoke(app, ["withdraw", pool["address"], "--relayed"])
    assert managed.exit_code == 2
    assert "a managed account signs nothing here" in managed.output


@pytest.mark.parametrize("verb", ["depositTokens", "depositTokensPermitted"])
def test_deposit_of_nothing_is_not_relayed(service, pool, gateway, verb):
    arguments = (0,) if verb == "depositTokens" else (0, 2**40, 27, bytes(32), bytes(32))
    anybody = LocalSigner(secrets.token_bytes(32))
    answer = by_hand(service, gateway, pool, anybody, data=encode_call("IPool", verb, *arguments))
    assert_problem(answer, 422, "relay-unfit", "not as this service prepares it")
