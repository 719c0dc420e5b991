"""A contributor with a wallet of its own goes from quote to withdrawal; what goes wrong is said, and costs nothing."""

import re

import pytest

from tests.browser.test_pages import confirmed, quote
from tests.browser.visit import Visit
from tests.browser.wallet import TestWallet
from tests.fixtures.service import Service

FUNDS = 10**18
WINDOWS = {"refund_wait": 60, "collect_wait": 60 + 3 * 3600, "head_start": 0}
TEXT = "w001 w002 w003"


@pytest.fixture
def wallet(visit: Visit, service: Service) -> TestWallet:
    return TestWallet(visit.page, service.folder)


def connect(visit: Visit) -> None:
    visit.page.goto("/account")
    visit.page.get_by_role("button", name="Connect Test wallet").click()
    visit.page.get_by_role("heading", name="Due to you now").wait_for()


def quoted(visit: Visit, service: Service, pool: str, text: str = TEXT) -> None:
    """A quote on a label that the model agrees with, so that the refund is sure to come."""
    said = service.call("POST", f"/pools/{pool}/predictions", {"samples": [{"text": text}]})["predictions"][0]["label"]
    visit.page.goto(f"/pools/{pool}/contribute")
    quote(visit, text, ("negative", "positive")[said])


def message(visit: Visit) -> str:
    visit.page.locator(".toast").first.wait_for()
    return visit.page.locator(".toast").first.inner_text()


def test_wallet_goes_from_the_quote_to_the_withdrawal(visit: Visit, service: Service, wallet: TestWallet) -> None:
    pool = service.deploy(name="Films", **WINDOWS)["id"]
    wallet.fund(FUNDS)
    page = visit.page
    connect(visit)
    assert wallet.address[-4:] in page.get_by_role("banner").inner_text()
    quoted(visit, service, pool)
    assert "Your money, ETH" in page.locator("#sign").inner_text()
    page.get_by_role("button", name="Sign in your wallet").click()
    assert "Contribution #0" in confirmed(visit)
    made = service.call("GET", f"/pools/{pool}/contributions/0")
    assert (made["contributor"], made["text"]) == (wallet.address, TEXT)
    service.advance(120)
    page.goto("/account")
    page.locator("#due").get_by_role("button", name="Refund 1").click()
    assert "0.0010" in confirmed(visit)
    page.locator("#due").get_by_role("button", name="Withdraw").click()
    page.get_by_text(re.compile("Withdraw confirmed")).wait_for()
    assert service.call("GET", f"/pools/{pool}/contributions/0")["status"] == "refunded"
    assert service.call("GET", f"/pools/{pool}")["escrow"] == "0"
    assert len(wallet.sent) == 3
    # what is left of the ether is all of it but the fees
    fees = sum(
        int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        for receipt in (wallet.rpc("eth_getTransactionReceipt", each) for each in wallet.sent)
    )
    assert int(wallet.rpc("eth_getBalance", wallet.address, "latest"), 16) == FUNDS - fees
    assert visit.complaints == []
    assert visit.hosts == {"127.0.0.1"}


def test_refusal_in_the_wallet_costs_nothing_and_the_form_stays(
    visit: Visit, service: Service, wallet: TestWallet
) -> None:
    pool = service.deploy(name="Films", **WINDOWS)["id"]
    wallet.fund(FUNDS)
    connect(visit)
    quoted(visit, service, pool)
    wallet.refuses = True
    visit.page.get_by_role("button", name="Sign in your wallet").click()
    assert "Refused in the wallet" in message(visit)
    assert visit.page.get_by_role("textbox").first.input_value() == TEXT
    assert wallet.sent == []
    assert visit.complaints == []


def test_wallet_on_another_network_is_asked_to_switch(visit: Visit, service: Service, wallet: TestWallet) -> None:
    pool = service.deploy(name="Films", **WINDOWS)["id"]
    wallet.fund(FUNDS)
    wallet.chain = 1
    connect(visit)
    quoted(visit, service, pool)
    visit.page.get_by_role("button", name="Sign in your wallet").click()
    assert "Contribution #0" in confirmed(visit)
    assert wallet.switches == [1337]
    assert visit.complaints == []


def test_wallet_without_money_is_told_what_it_lacks_before_it_signs(
    visit: Visit, service: Service, wallet: TestWallet
) -> None:
    pool = service.deploy(name="Films", **WINDOWS)["id"]
    connect(visit)
    quoted(visit, service, pool)
    assert "Your wallet lacks" in visit.page.locator("#sign").inner_text()
    assert visit.page.get_by_role("button", name="Sign in your wallet").count() == 0
    assert wallet.sent == []
    assert visit.complaints == []


def test_price_that_rose_since_the_quote_is_told_and_nothing_is_paid(
    visit: Visit, service: Service, wallet: TestWallet
) -> None:
    price = {"rule": "decaying", "weight": str(10**15), "step": str(10**13)}
    pool = service.deploy(name="Films", price=price, **WINDOWS)["id"]
    wallet.fund(FUNDS)
    connect(visit)
    service.advance(3600)
    quoted(visit, service, pool)
    ada = service.account("ada")
    body = {"items": [{"text": "w004 w005", "label": 1}]}
    service.call("POST", f"/pools/{pool}/submissions", body, ada["token"])
    visit.page.get_by_role("button", name="Sign in your wallet").click()
    assert "would refuse this now" in message(visit)
    assert wallet.sent == []
    assert visit.complaints == []
