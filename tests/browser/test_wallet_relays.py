"""Wallets that only sign: the service sends it and pays the gas, and what it does not send is told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_pages import confirmed
from tests.browser.test_wallet import FUNDS, WINDOWS, connect, message, quoted
from tests.browser.test_wallet_tokens import COST, MUCH, Held
from tests.browser.visit import Visit
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

BUDGET = str(10**18)


@pytest.fixture(scope="module")
def relaying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(
        tmp_path_factory.mktemp("relaying") / "data", SEAL_BUDGET="0", TOKENS="development", RELAY_BUDGET=BUDGET
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture
def held(chromium: "Browser", relaying: Service) -> Iterator[Held]:
    """A wallet without a coin."""
    visit = Visit(chromium, relaying)
    yield Held(visit, relaying, coins=0)
    visit.page.close()


def coins(held: Held) -> int:
    return int(held.wallet.rpc("eth_getBalance", held.wallet.address, "latest"), 16)


def chosen(held: Held) -> str | None:
    return held.visit.page.locator("#sign [name=sender]:checked").get_attribute("value")


def agree(held: Held) -> str:
    """Sign what the dialog of the account's page says; answers that."""
    dialog = held.visit.page.get_by_role("dialog")
    dialog.wait_for()
    said = dialog.inner_text()
    # whoever does not see it hears what is signed first
    assert held.visit.page.evaluate("document.activeElement.id") == "sending-meaning"
    dialog.get_by_role("button", name="Sign in your wallet").click()
    return said


def test_account_without_a_coin_contributes_refunds_and_withdraws_by_signing_alone(
    held: Held, relaying: Service
) -> None:
    (token,) = relaying.call("GET", "/tokens")["items"]
    price = {"rule": "fixed", "cost": str(COST)}
    pool: dict[str, Any] = relaying.deploy(name="Relayed", token=token["address"], price=price, **WINDOWS)
    page = held.visit.page
    held.give(token["address"], MUCH)
    connect(held.visit)
    quoted(held.visit, relaying, pool["id"])
    assert chosen(held) == "service"
    assert page.locator("#sign [name=sender][value=wallet]").is_disabled()
    assert "the contract refuses and nothing is paid" in page.get_by_role("complementary").inner_text()
    # the deposit is sent, and then a limit is reached: what came before is not called nothing
    handed: list[int] = []

    def limited(route: "Route") -> None:
        handed.append(1)
        if len(handed) == 1:
            route.continue_()
        else:
            said = {"type": "urn:earnest:problem:rate-limited", "detail": "Too many."}
            route.fulfill(status=429, json=said, headers={"Retry-After": "30"})

    page.route("**/v1/relays", limited)
    said = held.sign()
    refused = message(held.visit)
    assert "is used up. Try again in 30 seconds. This part was not sent. What came before it stays." in refused
    page.locator(".toast button").click()
    page.unroute("**/v1/relays")
    page.get_by_role("button", name="Sign in your wallet").click()
    assert "The operator of this service pays the fee" in said
    assert "The deposit is paid by you all the same" in said
    assert "A second signature: the service sends it, and the pool takes 2.5 DEV by that permit" in said
    assert "A transaction:" not in said
    assert "Contribution #0" in confirmed(held.visit)
    shown = page.locator("#progress").inner_text()
    assert "Deposited by a permit" in shown
    assert "; the service sends it and pays" in shown
    assert [typed["primaryType"] for typed in held.wallet.typed] == ["Permit", *["ForwardRequest"] * 3]
    made = relaying.call("GET", f"/pools/{pool['id']}/contributions/0")
    assert (made["contributor"], made["deposit"]) == (held.wallet.address, str(COST))
    relaying.advance(120)
    page.goto("/account")
    refund = page.locator("#due").get_by_role("button", name="Refund 1")
    # who closes the dialog has signed nothing, and can press again
    refund.click()
    page.get_by_role("dialog").get_by_role("button", name="Not now").click()
    assert len(held.wallet.typed) == 4
    refund.click()
    # what the dialog says is of one call, whatever else is pressed
    page.get_by_role("dialog").wait_for()
    page.locator("[data-sign]:not([aria-busy])").first.evaluate("(button) => button.click()")
    assert "Something else is being signed now" in message(held.visit)
    said = agree(held)
    assert "pool Relayed" in said
    assert "Your wallet has too little native coin for that" in said
    assert "2.5000DEV" in confirmed(held.visit)
    page.locator("#due").get_by_role("button", name="Withdraw").click()
    agree(held)
    page.get_by_text("Withdraw confirmed").wait_for()
    assert held.has(token["address"]) == MUCH
    assert (coins(held), held.wallet.sent, len(held.wallet.typed)) == (0, [], 6)
    assert [said for said in held.visit.complaints if "429" not in said] == []
    assert held.visit.hosts == {"127.0.0.1"}


def test_signature_that_is_refused_or_anothers_sends_nothing_and_the_form_stays(held: Held, relaying: Service) -> None:
    pool = relaying.deploy(name="Free", model="naive-bayes", incentive="points")["id"]
    connect(held.visit)
    quoted(held.visit, relaying, pool)
    assert chosen(held) == "service"
    held.wallet.refuses = True
    assert "No deposit is paid here." in held.sign()
    assert "Refused in the wallet. Nothing was sent, nothing was paid." in message(held.visit)
    held.visit.page.locator(".toast button").click()
    held.wallet.refuses, held.wallet.signs_as_another = False, True
    held.sign()
    assert f"The signature is not {held.wallet.address}'s" in message(held.visit)
    held.visit.page.locator(".toast button").click()
    held.wallet.signs_as_another, held.wallet.signs_typed_data = False, False
    held.sign()
    assert "Your wallet does not sign requests to the service." in message(held.visit)
    held.visit.page.locator(".toast button").click()
    held.wallet.signs_typed_data = True
    # an answer that is lost, and a service that starts anew: what was signed is asked about again, and not signed again
    held.visit.page.clock.install()
    handed: list[str] = []

    def lost(route: "Route") -> None:
        handed.append(route.request.post_data or "")
        if len(handed) == 1:
            route.fetch()
            route.abort()
        else:
            route.fulfill(
                status=503, json={"type": "urn:earnest:problem:not-ready", "detail": "The service is starting."}
            )

    held.visit.page.route("**/v1/relays", lost)
    before = len(held.wallet.typed)
    held.sign()
    while not held.visit.page.locator(".toast").count():
        held.visit.page.clock.run_for(1_000)
    said = message(held.visit)
    assert "it may have been sent" in said
    assert "Nothing was sent" not in said
    assert len(handed) > 10
    held.visit.page.unroute("**/v1/relays")
    held.visit.page.get_by_role("button", name="Sign in your wallet").click()
    assert "Contribution #0" in confirmed(held.visit)
    assert (len(set(handed)), len(held.wallet.typed)) == (1, before + 1)
    assert relaying.call("GET", f"/pools/{pool}")["contributions"] == 1
    assert (coins(held), held.wallet.sent) == (0, [])
    # the browser notes the refusal of the other's signature, and what was lost
    known = ("422", "503", "ERR_FAILED")
    assert [said for said in held.visit.complaints if not any(one in said for one in known)] == []


def test_budget_that_is_used_up_is_told_and_the_wallet_can_send_it_itself(
    chromium: "Browser", service: Service
) -> None:
    service.settings["RELAY_BUDGET"] = str(10**10)
    service.start()
    pool = service.deploy(name="Free", model="naive-bayes", incentive="points")["id"]
    held = Held(Visit(chromium, service), service, coins=FUNDS)
    connect(held.visit)
    quoted(held.visit, service, pool)
    assert chosen(held) == "wallet"
    assert "The difference is the network" in held.said()
    held.visit.page.get_by_text("The service sends it, you only sign").click()
    assert "nothing of yours is taken for it" in held.sign()
    assert "The service sends no more for you now" in message(held.visit)
    assert (held.wallet.sent, len(held.wallet.typed)) == ([], 1)
    held.visit.page.locator(".toast button").click()
    # that the operator has nothing left is not said of the wallet
    empty = {"type": "urn:earnest:problem:transaction-refused", "detail": "insufficient funds for gas * price + value"}
    held.visit.page.route("**/v1/relays", lambda route: route.fulfill(status=502, json=empty))
    held.sign()
    said = message(held.visit)
    assert "The service cannot pay the network\u2019s fee now. Let your wallet send it" in said
    assert said.count("Nothing was sent.") == 1
    held.visit.page.get_by_text("Your wallet sends it").click()
    held.sign()
    assert "Contribution #0" in confirmed(held.visit)
    assert (len(held.wallet.sent), len(held.wallet.typed)) == (1, 2)
    known = ("429", "502")
    assert [said for said in held.visit.complaints if not any(one in said for one in known)] == []
    held.visit.page.close()
