"""A wallet contributes to pools of a token: by a permit, by an approval; what goes wrong is told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from earnest.chain.deployment import deploy_contract, send_and_wait
from earnest.chain.embedded.supervisor import URL_FILE
from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.signer import LocalSigner
from earnest.chain.tokens import allowance, balance_of, mint_call
from earnest.chain.types import Call
from tests.browser.test_pages import confirmed
from tests.browser.test_wallet import FUNDS, TEXT, WINDOWS, connect, message, quoted
from tests.browser.visit import Visit
from tests.browser.wallet import TestWallet
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

COST, MUCH = 2_500_000, 10**9
GONE = 6


class Held:
    """A wallet on a page of a service, whose operator gives it ether, and tokens."""

    def __init__(self, visit: Visit, service: Service, coins: int = FUNDS) -> None:
        self.visit, self.service = visit, service
        self.wallet = TestWallet(visit.page, service.folder)
        if coins:
            self.wallet.fund(coins)
        self.gateway = Gateway((service.folder / URL_FILE).read_text().strip())
        self.operator = LocalSigner((service.folder / "operator-key").read_text().strip())

    def give(self, token: str, amount: int) -> None:
        send_and_wait(self.gateway, mint_call(token, self.wallet.address, amount), self.operator)

    def has(self, token: str) -> int:
        return balance_of(self.gateway, token, self.wallet.address)

    def sign(self) -> str:
        """What the section to sign says, once it is pressed there."""
        said = self.said()
        self.visit.page.get_by_role("button", name="Sign in your wallet").click()
        return said

    def said(self) -> str:
        return self.visit.page.locator("#sign").inner_text()

    def parts(self) -> list[str]:
        """States of the parts that are shown."""
        lines = self.visit.page.locator("[data-way]:visible [data-part]").all()
        return [line.get_attribute("class") or "" for line in lines]


@pytest.fixture
def held(chromium: "Browser", shared_service: Service) -> Iterator[Held]:
    visit = Visit(chromium, shared_service)
    yield Held(visit, shared_service)
    visit.page.close()


@pytest.fixture(scope="module")
def pool(shared_service: Service) -> dict[str, Any]:
    (token,) = shared_service.call("GET", "/tokens")["items"]
    price = {"rule": "fixed", "cost": str(COST)}
    return shared_service.deploy(name="Films in DEV", token=token["address"], price=price, **WINDOWS)


def test_wallet_permits_deposits_and_contributes_and_the_record_stays(held: Held, pool: dict[str, Any]) -> None:
    token, page = pool["token"]["address"], held.visit.page
    held.give(token, MUCH)
    connect(held.visit)
    quoted(held.visit, held.service, pool["id"])
    held.wallet.chain = 1
    said = held.sign()
    assert "The pool takes 2.5 DEV from your wallet, where there are 1,000 DEV, and may take 0 DEV of them now" in said
    assert "lets the pool Films in DEV" in said
    assert "take exactly 2.5 DEV of yours, once, within an hour" in said
    assert "Contribution #" in confirmed(held.visit)
    assert held.wallet.switches == [1337]
    (typed,) = held.wallet.typed
    assert (typed["message"]["value"], typed["message"]["spender"]) == (str(COST), pool["address"])
    assert len(held.wallet.sent) == 2
    assert held.has(token) == MUCH - COST
    assert allowance(held.gateway, token, held.wallet.address, pool["address"]) == 0
    assert "Deposited by a permit" in page.locator("#progress").inner_text()
    assert "Put 2.5 DEV into the account's credit" in page.locator("#progress").inner_text()
    page.reload()
    assert "Deposited by a permit" in page.locator("#progress").inner_text()
    assert held.visit.complaints == []


def test_refused_parts_cost_nothing_and_the_next_press_goes_on_from_there(held: Held, pool: dict[str, Any]) -> None:
    token = pool["token"]["address"]
    held.give(token, MUCH)
    connect(held.visit)
    quoted(held.visit, held.service, pool["id"], "w004 w005")
    held.wallet.refuses = True
    held.sign()
    assert "Refused in the wallet. Nothing was sent" in message(held.visit)
    assert held.parts() == ["bad", "", ""]
    assert held.wallet.sent == []
    # the deposit is signed, and the contribution is not
    held.wallet.refuses = False
    held.wallet.meanwhile["eth_signTypedData_v4"] = lambda: held.wallet.meanwhile.update(
        eth_sendTransaction=lambda: held.wallet.meanwhile.update(
            eth_sendTransaction=lambda: setattr(held.wallet, "refuses", True)
        )
    )
    held.visit.page.locator(".toast button").click()
    held.sign()
    assert "What came before it stays" in message(held.visit)
    assert held.parts() == ["done", "done", "bad"]
    assert held.has(token) == MUCH - COST
    held.wallet.refuses = False
    held.sign()
    confirmed(held.visit)
    assert len(held.wallet.typed) == 1
    assert len(held.wallet.sent) == 2
    assert held.has(token) == MUCH - COST
    assert held.visit.complaints == []


def test_wallet_without_typed_data_is_offered_an_approval(held: Held, pool: dict[str, Any]) -> None:
    held.give(pool["token"]["address"], MUCH)
    held.wallet.signs_typed_data = False
    connect(held.visit)
    quoted(held.visit, held.service, pool["id"], "w006 w007")
    held.sign()
    assert "Your wallet does not sign permits. An approval does the same" in message(held.visit)
    assert held.wallet.sent == []
    assert "may take exactly 2.5 DEV of yours, in place of the 0 DEV" in held.sign()
    confirmed(held.visit)
    assert "Approved" in held.visit.page.locator("#progress").inner_text()
    assert len(held.wallet.sent) == 2
    assert held.visit.complaints == []


def test_rows_of_a_file_are_paid_from_one_deposit(held: Held, pool: dict[str, Any]) -> None:
    token, page = pool["token"]["address"], held.visit.page
    held.give(token, MUCH)
    connect(held.visit)
    texts = ["w013 w014", "w015 w016"]
    asked = {"samples": [{"text": text} for text in texts]}
    said = held.service.call("POST", f"/pools/{pool['id']}/predictions", asked)["predictions"]
    rows = "\n".join(["text,label", *(f"{text},{one['label']}" for text, one in zip(texts, said, strict=True))])
    page.goto(f"/pools/{pool['id']}/contribute?mode=file")
    page.set_input_files("#file", {"name": "rows.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_role("button", name="Read the file").click()
    page.locator("#sign").wait_for()
    assert "The pool takes 5 DEV from your wallet" in held.sign()
    confirmed(held.visit)
    assert [typed["message"]["value"] for typed in held.wallet.typed] == [str(2 * COST)]
    assert held.has(token) == MUCH - 2 * COST
    assert "Deposited by a permit" in page.locator("#progress").inner_text()
    assert held.visit.complaints == []


def test_token_that_does_not_change_an_approval_has_the_present_one_taken_back(
    held: Held, pool: dict[str, Any]
) -> None:
    token, page = pool["token"]["address"], held.visit.page
    held.give(token, MUCH)
    held.wallet.signs_typed_data = False
    held.wallet.approve(token, pool["address"], 1)
    connect(held.visit)
    quoted(held.visit, held.service, pool["id"], "w017 w018")

    def refuse(route: "Route") -> None:
        """As USDT: nothing but 0 while something is allowed."""
        answer = route.fetch()
        said = answer.json()
        if said["allowed"] != "0" and route.request.post_data_json["amount"] != "0":
            said["refusal"] = {"detail": "It reverted."}
        route.fulfill(response=answer, json=said)

    page.route("**/prepared/approve", refuse)
    held.sign()
    assert "An approval does the same" in message(held.visit)
    assert "in place of the 0.000001 DEV that it may take now" in held.sign()
    confirmed(held.visit)
    assert page.locator("#progress").get_by_text("Approved").count() == 2
    assert len(held.wallet.sent) == 3
    assert allowance(held.gateway, token, held.wallet.address, pool["address"]) == 0
    assert held.has(token) == MUCH - COST
    assert held.visit.complaints == []


def test_what_is_missing_is_said_before_anything_is_signed(held: Held, pool: dict[str, Any]) -> None:
    token = pool["token"]["address"]
    held.give(token, COST - 1_000_000)
    connect(held.visit)
    quoted(held.visit, held.service, pool["id"], "w008 w009")
    assert "Your wallet lacks 1.0000DEV for the deposit: it has 1.5 DEV, and 2.5 DEV are needed" in held.said()
    assert held.visit.page.get_by_role("button", name="Sign in your wallet").count() == 0
    # tokens are there, and nothing to pay the network with
    held.give(token, COST)
    held.wallet.empty()
    quoted(held.visit, held.service, pool["id"], "w008 w009")
    assert "fee, which is paid in native coin and not in DEV" in held.said()
    assert held.visit.page.get_by_role("button", name="Sign in your wallet").count() == 0
    assert held.visit.complaints == []


def test_price_that_rises_meanwhile_is_quoted_anew_and_only_the_rest_is_asked_for(
    held: Held, pool: dict[str, Any]
) -> None:
    service, token = held.service, pool["token"]["address"]
    price = {"rule": "decaying", "weight": str(10**9), "step": str(10**5)}
    rising = service.deploy(name="Rising", token=token, price=price, **WINDOWS)
    held.give(token, 1_000 * MUCH)
    ada = service.account("ada")
    service.call("POST", "/accounts/me/faucet", {"amount": str(1_000 * MUCH), "token": token}, ada["token"])
    connect(held.visit)
    service.advance(3600)
    quoted(held.visit, service, rising["id"])
    body = {"items": [{"text": "w004 w005", "label": 1}]}
    held.wallet.meanwhile["eth_signTypedData_v4"] = lambda: service.call(
        "POST", f"/pools/{rising['id']}/submissions", body, ada["token"]
    )
    held.sign()
    held.visit.page.get_by_text("The price changed while your wallet was asked").wait_for()
    assert held.visit.page.get_by_role("textbox").first.input_value() == TEXT
    said = held.sign()
    assert "Deposited by a permit" in said
    confirmed(held.visit)
    first, second = (int(typed["message"]["value"]) for typed in held.wallet.typed)
    made = service.call("GET", f"/pools/{rising['id']}/contributions/1")
    assert first < int(made["deposit"]) <= first + second
    assert held.visit.page.locator("#progress").get_by_text("Deposited by a permit").count() == 2
    assert held.visit.complaints == []


def test_development_account_of_the_page_has_of_the_token_for_development(held: Held, pool: dict[str, Any]) -> None:
    page = held.visit.page
    quoted(held.visit, held.service, pool["id"], "w011 w012")
    page.get_by_role("button", name="Get a development account").click()
    page.get_by_role("button", name="Pay the deposit").click()
    assert "deposit 2.5000DEV" in confirmed(held.visit)
    assert held.visit.complaints == []


@pytest.mark.slow
def test_wallet_approves_where_a_token_has_no_permit_and_a_paused_one_is_told(
    chromium: "Browser", service: Service
) -> None:
    service.start()
    gateway = Gateway((service.folder / URL_FILE).read_text().strip())
    operator = LocalSigner((service.folder / "operator-key").read_text().strip())
    names = (("string", "Strange"), ("string", "STR"), ("uint8", 6))
    token = deploy_contract(gateway, operator, "StrangeToken", *names)
    service.kill()
    service.settings["TOKENS"] = token
    service.start()
    pool = service.deploy(name="Strange", token=token, price={"rule": "fixed", "cost": str(COST)}, **WINDOWS)
    assert not pool["token"]["permits"]
    held = Held(Visit(chromium, service), service)
    held.give(token, MUCH)
    connect(held.visit)
    send_and_wait(held.gateway, Call(token, encode_call("StrangeToken", "behave", GONE), 0, 100_000), operator)
    quoted(held.visit, service, pool["id"])
    assert "The token STR would not move from your wallet to the pool now" in held.said()
    assert held.visit.page.get_by_role("button", name="Sign in your wallet").count() == 0
    send_and_wait(held.gateway, Call(token, encode_call("StrangeToken", "behave", 0), 0, 100_000), operator)
    quoted(held.visit, service, pool["id"])
    assert "may take exactly 2.5 STR of yours, in place of the 0 STR" in held.sign()
    assert "Contribution #0" in confirmed(held.visit)
    assert held.wallet.typed == []
    assert held.has(token) == MUCH - COST
    assert allowance(held.gateway, token, held.wallet.address, pool["address"]) == 0
    assert "Approved" in held.visit.page.locator("#progress").inner_text()
    assert held.visit.complaints == []
    held.visit.page.close()
