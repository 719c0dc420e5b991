"""Pages for owners and operators: webhooks, and the queue of what is worth a look."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import ADMIN, Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser

URL = "https://hooks.example.org/earnest?<script>alert(1)</script>".replace("<", "%3C").replace(">", "%3E")


@pytest.fixture
def at(chromium: "Browser", shared_service: Service) -> Iterator[Visit]:
    visit = Visit(chromium, shared_service)
    yield visit
    visit.page.close()


def test_account_adds_looks_at_and_deletes_a_webhook(at: Visit, shared_service: Service) -> None:
    page, account = at.page, shared_service.account("hooked")
    page.goto("/webhooks")
    assert "Nobody is signed in here" in page.locator("main").inner_text()
    cookie = {"name": "earnest_account", "value": account["token"], "url": shared_service.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/webhooks")
    assert "No webhook yet" in page.locator("main").inner_text()
    page.get_by_label("Address").fill("https://127.0.0.1/x")
    page.get_by_role("button", name="Add").click()
    assert "not a public host" in page.get_by_role("alert").inner_text()
    page.get_by_label("Address").fill(URL)
    page.get_by_role("button", name="Add").click()
    assert page.locator("#secret").inner_text().startswith("whsec_")
    assert "Delivers" in page.locator("#hooks").inner_text()
    page.goto("/webhooks")
    assert page.locator("#secret").count() == 0
    page.get_by_role("button", name="Send a test").click()
    assert page.get_by_role("status").filter(has_text="A test is on its way").is_visible()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete this webhook").click()
    assert "No webhook yet" in page.locator("main").inner_text()
    assert shared_service.call("GET", "/webhooks", token=account["token"])["items"] == []
    # a refused form is answered as such, which browsers note
    assert [said for said in at.complaints if "422" not in said] == []


def test_operator_sees_webhooks_of_a_pool_by_a_token_that_is_not_kept(at: Visit, shared_service: Service) -> None:
    pool = shared_service.deploy(name="Hooked")["id"]
    page = at.page
    page.goto("/webhooks")
    page.get_by_label("Address").fill("https://hooks.example.org/pool")
    page.get_by_label("Pool, for its events").fill(pool)
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Add").click()
    assert "Of the operator" in page.locator("#hooks").inner_text()
    assert "https://hooks.example.org/pool" in page.locator("#hooks").inner_text()
    assert ADMIN not in page.content()
    page.goto("/webhooks")
    assert page.locator("#hooks").count() == 0


def test_operator_fills_the_queue_by_a_policy_and_gives_verdicts(at: Visit, shared_service: Service) -> None:
    pool = shared_service.deploy(name="To be looked at")["id"]
    lazy = shared_service.account("lazy")
    items = [{"text": "w001 w002 w003 w004 <b>w005</b>", "label": row % 2} for row in range(3)]
    shared_service.call("POST", f"/pools/{pool}/submissions", {"items": items}, lazy["token"])
    page = at.page
    page.goto(f"/pools/{pool}/quality")
    assert page.locator("#queue").count() == 0
    page.get_by_label("Admin token").fill("wrong")
    page.get_by_role("button", name="Open").click()
    assert "The admin token is wrong" in page.get_by_role("alert").inner_text()
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Open").click()
    assert "Nothing waits for a look" in page.locator("#queue").inner_text()

    page.get_by_label("Labels less likely right than").fill("2")
    page.locator("#policy").get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Keep the policy").click()
    assert "Labels less likely right than: " in page.get_by_role("alert").inner_text()
    page.get_by_label("Labels less likely right than").fill("0")
    page.locator("#policy").get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Keep the policy").click()
    assert page.get_by_label("Labels less likely right than").input_value() == "0"

    page.locator("#look").get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Fill the queue").click()
    queue = page.locator("#queue")
    assert "2 contributions without a verdict" in queue.inner_text()
    assert "nearly that of contribution #0" in queue.inner_text()
    assert "<b>w005</b>" in queue.inner_text()
    queue.get_by_role("radio", name="Wrong").first.check()
    queue.get_by_label("Note on #1").fill("A copy.")
    queue.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Keep verdicts").click()
    assert page.get_by_role("status").filter(has_text="1 verdict is kept").is_visible()
    assert "1 contribution without a verdict; 0 found fine, 1 wrong" in page.locator("#queue").inner_text()
    (kept,) = shared_service.call("GET", f"/pools/{pool}/reviews?verdict=wrong", token=ADMIN)["items"]
    assert kept["note"] == "A copy."

    page.locator("#look").get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Show all that is found").click()
    assert "Texts that are nearly the same: 2 texts" in page.locator("#found").inner_text()
    assert [said for said in at.complaints if "401" not in said and "422" not in said] == []
