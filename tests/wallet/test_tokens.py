"""Pools whose deposits are paid in an ERC-20 token, over the API: by keys of their own, and managed accounts."""

import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account

from earnest.chain.deployment import send_and_wait
from earnest.chain.embedded.supervisor import URL_FILE
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.chain.tokens import allowance, approve_call, balance_of, deposit_call, mint_call
from earnest.client.errors import Untrustworthy
from earnest.client.flows import Flows
from earnest.client.synchronous import Client
from earnest.verification.checks import Verification
from tests.fixtures.served_pool import COLLECT_WAIT, REFUND_WAIT, assert_problem
from tests.fixtures.service import ADMIN, Service

COST, MUCH = 2_500_000, 10**9
SAMPLE = {"features": [1, 5, 9], "label": 1}


@dataclass
class Holder:
    """An account with a key of its own."""

    service: Service
    pool: dict[str, Any]
    key: Any

    @property
    def address(self) -> str:
        return str(self.key.address)

    def prepared(self, verb: str, **body: Any) -> dict[str, Any]:
        path = f"/pools/{self.pool['id']}/prepared/{verb}"
        return dict(self.service.call("POST", path, {"account": self.address, **body}))

    def send(self, prepared: dict[str, Any]) -> dict[str, Any]:
        """Sign and hand in; what became of it."""
        assert prepared["refusal"] is None, prepared["refusal"]
        unsigned = {
            name: value if name in ("to", "data") else int(value, 16) for name, value in prepared["transaction"].items()
        }
        raw = "0x" + bytes(self.key.sign_transaction(unsigned).raw_transaction).hex()
        answer = self.service.ask("POST", "/transactions", {"raw": raw})
        assert answer.status_code == 201, answer.text
        (item,) = answer.json()["items"]
        assert item["status"] == "confirmed", item
        return dict(item)


@pytest.fixture(scope="module")
def token(shared_service: Service) -> dict[str, Any]:
    (token,) = shared_service.call("GET", "/tokens")["items"]
    return dict(token)


@pytest.fixture(scope="module")
def token_pool(shared_service: Service, token: dict[str, Any]) -> dict[str, Any]:
    price = {"rule": "fixed", "cost": str(COST)}
    windows = {"refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, "head_start": 0, "min_features": 0}
    return shared_service.deploy(name="In a token", token=token["address"], price=price, **windows)


@pytest.fixture
def holder(shared_service: Service, token_pool: dict[str, Any], gateway: Gateway) -> Holder:
    """With ether and tokens, both from the operator."""
    key, operator = (
        Account.from_key(secrets.token_bytes(32)),
        LocalSigner((shared_service.folder / "operator-key").read_text().strip()),
    )
    send_and_wait(gateway, gateway.transfer_call(key.address, 10**18), operator)
    send_and_wait(gateway, mint_call(token_pool["token"]["address"], key.address, MUCH), operator)
    return Holder(shared_service, token_pool, key)


@pytest.fixture(scope="module")
def gateway(shared_service: Service) -> Gateway:
    return Gateway((shared_service.folder / URL_FILE).read_text().strip())


def managed(service: Service, token: dict[str, Any]) -> dict[str, Any]:
    account = service.account("managed")
    body = {"amount": str(MUCH), "token": token["address"]}
    paid = service.call("POST", "/accounts/me/faucet", body, account["token"])
    assert paid["balance"] == str(MUCH)
    return account


def test_development_token_is_offered_and_described(token):
    assert (token["symbol"], token["decimals"], token["permits"]) == ("DEV", 6, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "0x" + "11" * 20}, "is not one that this service's pools take deposits in: use DEV"),
        ({"incentive": "points"}, "no money moves: leave token out"),
        ({"incentive": "sealed-assessment", "seal_bounty": "5"}, "no token is paid for one"),
    ],
)
def test_pool_that_cannot_take_a_token_is_refused_with_a_sentence(shared_service, token, changes, words):
    request = {"name": "x", "dataset": "made-up-reviews", "train_size": 300, "held_out_size": 300}
    answer = shared_service.ask("POST", "/pools", request | {"token": token["address"]} | changes, ADMIN)
    assert_problem(answer, 422, "input-refused", words)


def test_faucet_gives_the_development_token_and_no_other(shared_service, token):
    account = managed(shared_service, token)
    body = {"amount": "1", "token": "0x" + "22" * 20}
    refused = shared_service.ask("POST", "/accounts/me/faucet", body, account["token"])
    assert_problem(refused, 422, "faucet-limit", f"ether, and of the token {token['address']}")


def test_pool_shows_its_token(token_pool, token):
    assert token_pool["token"] == token
    assert token_pool["price"] == str(COST)


def test_managed_account_contributes_refunds_and_withdraws_in_the_token(shared_service, token_pool, token, gateway):
    account = managed(shared_service, token)
    path, bearer = f"/pools/{token_pool['id']}", account["token"]
    body = {"samples": [{"features": SAMPLE["features"]}]}
    label = shared_service.call("POST", f"{path}/predictions", body)["predictions"][0]["label"]
    items = [{**SAMPLE, "label": label}, {"features": [2, 3], "label": 0}]
    made = shared_service.call("POST", f"{path}/submissions", {"items": items}, bearer)
    assert {item["status"] for item in made["items"]} == {"confirmed"}, made
    assert balance_of(gateway, token["address"], account["address"]) == MUCH - 2 * COST

    shared_service.advance(REFUND_WAIT + 1)
    refund = shared_service.call("POST", f"{path}/refunds", {"indices": [made["items"][0]["index"]]}, bearer)
    assert refund["items"][0]["status"] == "confirmed", refund
    withdrawn = shared_service.call("POST", f"{path}/withdrawals", None, bearer)
    assert withdrawn["items"][0]["amount"] == str(COST), withdrawn
    assert balance_of(gateway, token["address"], account["address"]) == MUCH - COST


def test_managed_account_without_tokens_is_told_what_it_lacks(shared_service, token_pool):
    account = shared_service.account("poor")
    path = f"/pools/{token_pool['id']}/submissions"
    made = shared_service.call("POST", path, {"items": [SAMPLE]}, account["token"])
    (item,) = made["items"]
    assert item["status"] == "failed"
    assert "This costs 2.5 DEV" in item["error"]["detail"]
    assert "has 0 DEV" in item["error"]["detail"]


def test_refusals_name_amounts_in_the_token(shared_service, token_pool, token, holder):
    account = managed(shared_service, token)
    path = f"/pools/{token_pool['id']}/submissions"
    body = {"items": [SAMPLE], "max_price": str(COST - 1)}
    answer = shared_service.ask("POST", path, body, account["token"])
    assert_problem(answer, 409, "contract-price-above-maximum", "2.5 DEV now, above your maximum of 2.499999 DEV")
    prepared = holder.prepared("contribute", items=[SAMPLE], max_price=str(COST - 1))
    assert prepared["refusal"]["detail"] == "The price is 2.5 DEV now, above your maximum of 2.499999 DEV."
    assert prepared["refusal"]["values"] == {"price": str(COST), "maxPrice": str(COST - 1)}


def test_own_key_approves_and_contributes(holder, gateway):
    first = holder.prepared("contribute", items=[SAMPLE])
    assert first["refusal"]["type"] == "urn:earnest:problem:contract-token-transfer-failed"
    assert "cannot take 2.5 DEV from" in first["refusal"]["detail"]
    assert "it may take 0 DEV" in first["refusal"]["detail"]
    assert first["allowed"] == "0"
    assert "each may cost at most 2.5 DEV, and the pool takes what the credit does not cover" in first["meaning"]

    approval = holder.prepared("approve", amount=str(COST))
    assert approval["meaning"].startswith("Let the pool take 2.5 DEV from the account, in place of")
    holder.send(approval)
    ready = holder.prepared("contribute", items=[SAMPLE])
    assert (ready["allowed"], ready["balance"], ready["balance_change"]) == (str(COST), str(MUCH), str(-COST))
    assert ready["transaction"]["value"] == "0x0"
    item = holder.send(ready)
    assert item["amount"] == str(COST)
    assert balance_of(gateway, holder.pool["token"]["address"], holder.address) == MUCH - COST


def test_quote_tells_an_account_what_it_has_and_what_is_missing(holder, gateway):
    path = f"/pools/{holder.pool['id']}/quotes"

    def told(account: str | None) -> Any:
        body = SAMPLE | ({} if account is None else {"account": account})
        return holder.service.call("POST", path, body)["funds"]

    assert told(None) is None
    have = {"balance": str(MUCH), "credit": "0", "lacks": "0"}
    assert told(holder.address) == have | {"allowed": "0", "to_allow": str(COST)}
    holder.send(holder.prepared("approve", amount=str(COST - 1)))
    assert told(holder.address) == have | {"allowed": str(COST - 1), "to_allow": "1"}
    holder.send(holder.prepared("approve", amount="0"))
    assert allowance(gateway, holder.pool["token"]["address"], holder.address, holder.pool["address"]) == 0
    somebody = told("0x" + "11" * 20)
    assert (somebody["lacks"], somebody["to_allow"]) == (str(COST), str(COST))
    prepared = holder.prepared("contribute", items=[SAMPLE])
    assert int(prepared["coins"]) == gateway.balance(holder.address)


def test_own_key_deposits_by_one_signature_and_contributes_from_credit(holder):
    permit = holder.prepared("permit", amount=str(3 * COST))
    assert "take 7.5 DEV once" in permit["meaning"]
    typed = permit["typed_data"]
    typed["message"] |= {name: int(typed["message"][name]) for name in ("value", "nonce", "deadline")}
    typed["domain"]["chainId"] = int(typed["domain"]["chainId"])
    signature = "0x" + bytes(holder.key.sign_typed_data(full_message=typed).signature).hex()
    body = {"amount": str(3 * COST), "deadline": permit["deadline"], "signature": signature}
    deposit = holder.prepared("deposit-permitted", **body)
    assert deposit["meaning"].startswith("Put 7.5 DEV into the account's credit, as a signature of it permits,")
    assert (deposit["balance_change"], deposit["credit_change"]) == (str(-3 * COST), str(3 * COST))
    holder.send(deposit)
    # it is used up
    assert holder.prepared("deposit-permitted", **body)["refusal"]["title"] == "Permit refused"

    paid = holder.prepared("contribute", items=[SAMPLE])
    assert (paid["credit"], paid["balance_change"], paid["credit_change"]) == (str(3 * COST), "0", str(-COST))
    holder.send(paid)
    holder.send(holder.prepared("withdraw"))
    assert holder.prepared("withdraw")["balance"] == str(MUCH - COST)


def test_verbs_of_tokens_are_refused_in_a_pool_of_native_coin(shared_service, holder):
    native = shared_service.deploy(name="Native")
    path = f"/pools/{native['id']}/prepared/"
    for verb, more in (("approve", {}), ("deposit", {}), ("permit", {})):
        answer = shared_service.ask("POST", path + verb, {"account": holder.address, "amount": "1", **more})
        assert answer.status_code == 422
        assert "has no verb" in answer.json()["detail"]
    assert native["token"] is None


def test_approval_of_somebody_elses_contract_is_not_followed(shared_service, holder, token_pool, gateway):
    call = approve_call(token_pool["token"]["address"], holder.address, 5)
    signer = LocalSigner(bytes(holder.key.key))
    raw = gateway.prepare(call, signer, gateway.nonce(holder.address)).raw
    answer = shared_service.ask("POST", "/transactions", {"raw": "0x" + raw.hex()})
    assert_problem(answer, 422, "transaction-foreign", "no pool of this service")


def test_verification_holds_what_is_owed_against_the_tokens(shared_service, token_pool, gateway):
    checks = Verification(gateway, token_pool["address"], None, None)
    found = {result.name: result for result in checks.run()}
    assert all(result.ok is not False for result in found.values()), found
    assert f"deposits in the token {token_pool['token']['address']}" in found["code"].detail
    assert "of the token's units owed" in found["escrow"].detail


def test_client_with_a_key_of_its_own_approves_exactly_what_it_contributes(shared_service, holder, gateway):
    pool, token = holder.pool, holder.pool["token"]["address"]
    signer = LocalSigner(bytes(holder.key.key))
    with Client(shared_service.url, signer=signer) as client:
        made = client.contribute(pool["id"], [([1, 5, 9], 1), ([2, 4], 0)])
        assert made.status == "confirmed"
        assert balance_of(gateway, token, holder.address) == MUCH - 2 * COST
        assert allowance(gateway, token, holder.address, pool["address"]) == 0
        shown = client.pool(pool["id"])
        assert shown.token is not None
        assert shown.token.symbol == "DEV"


def test_client_is_not_talked_into_approving_more_than_was_meant(shared_service, holder, monkeypatch):
    prepare = Flows.prepare

    def greedy(self, pool, verb, body):
        return (yield from prepare(self, pool, verb, body | ({"amount": str(MUCH)} if verb == "approve" else {})))

    monkeypatch.setattr(Flows, "prepare", greedy)
    signer = LocalSigner(bytes(holder.key.key))
    with (
        Client(shared_service.url, signer=signer) as client,
        pytest.raises(Untrustworthy, match="exactly what was meant"),
    ):
        client.contribute(holder.pool["id"], [([1, 5, 9], 1)])


def test_sealed_pool_of_a_token_pays_no_seals_and_is_verified_from_its_events(shared_service, token, gateway):
    pool = shared_service.deploy(
        name="Sealed in a token", incentive="sealed-assessment", token=token["address"], agreed_price=str(COST),
        epoch_length=3_600, min_features=0, most_features=0,
    )  # fmt: skip
    assert pool["rules"]["seal_bounty"] == "0"
    account = managed(shared_service, token)
    path, bearer = f"/pools/{pool['id']}", account["token"]
    body = {"samples": [{"features": [1, 2, 3]}]}
    label = shared_service.call("POST", f"{path}/predictions", body)["predictions"][0]["label"]
    items = [{"features": [1, 2, 3], "label": label}]
    made = shared_service.call("POST", f"{path}/submissions", {"items": items}, bearer)
    assert made["items"][0]["status"] == "confirmed", made
    assert balance_of(gateway, token["address"], account["address"]) == MUCH - COST

    signer = LocalSigner((shared_service.folder / "operator-key").read_text().strip())
    send_and_wait(gateway, mint_call(token["address"], signer.address, MUCH), signer)
    send_and_wait(gateway, approve_call(token["address"], pool["address"], MUCH), signer)
    send_and_wait(gateway, deposit_call(pool["address"], 7), signer)
    shared_service.advance(3_601)
    sealed = shared_service.call("POST", f"{path}/seals", None, bearer)
    assert sealed["items"][0]["status"] == "confirmed", sealed
    found = {result.name: result for result in Verification(gateway, pool["address"], None, None).run()}
    assert all(result.ok is not False for result in found.values()), found
    assert f"{COST + 7} of the token's units owed, 0 expired" in found["escrow"].detail


def test_pages_show_amounts_in_the_token_and_ether_in_ether(shared_service, token_pool, token):
    page = shared_service.http.get(f"/pools/{token_pool['id']}").text
    assert f"Deposits are paid in the token DEV (<code>{token['address']}</code>)" in page
    assert "in DEV" in page
    assert "2.5000" in page
    assert "ETH" not in page.partition("<main")[2].partition('id="gas"')[0]
    contribute = shared_service.http.get(f"/pools/{token_pool['id']}/contribute").text
    assert "a wallet is asked for it here, before it contributes" in contribute
    listed = shared_service.http.get("/?q=In+a+token").text
    assert '<span class="u token">DEV</span>' in listed
    events = shared_service.http.get(f"/explorer?pool={token_pool['id']}&kind=contributed").text
    assert "ETH</span>" not in events
