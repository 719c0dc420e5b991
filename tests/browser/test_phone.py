"""What a phone shows: the menu, what was asked for without a search for it, a refusal beside what was typed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("phone") / "data")
    try:
        service.start()
        yield service
    finally:
        service.stop()


@pytest.fixture
def phone(chromium: "Browser", served: Service) -> Iterator["Page"]:
    page = Visit(chromium, served).page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    yield page
    page.close()


def is_in_view(page: "Page", selector: str) -> bool:
    """Whether the top of something stands in the upper half of the window, below what stays there."""
    top = page.locator(selector).evaluate("element => element.getBoundingClientRect().top")
    return 50 <= top <= PHONE["height"] / 2


def test_menu_has_a_line_for_each_link_and_closes_by_a_key_and_by_a_press_beside_it(phone: "Page") -> None:
    phone.goto("/explorer")
    menu, summary = phone.locator("details.menu"), phone.locator("details.menu > summary")
    summary.click()
    lines = [link.bounding_box() for link in menu.get_by_role("link").all()]
    assert len(lines) == 4
    assert all(box is not None and box["height"] >= 24 for box in lines)
    assert len({box["y"] for box in lines if box is not None}) == len(lines)
    before = phone.locator("html").get_attribute("data-theme")
    menu.get_by_role("button", name="Switch theme").click()
    assert phone.locator("html").get_attribute("data-theme") != before
    phone.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert summary.evaluate("element => element === document.activeElement")
    summary.click()
    phone.mouse.click(20, PHONE["height"] - 20)
    assert menu.get_attribute("open") is None


def test_answer_quote_and_file_stand_in_view_once_they_are_there(phone: "Page", served: Service) -> None:
    pool = served.deploy(name="Films")["id"]
    phone.goto(f"/pools/{pool}/try")
    phone.get_by_role("textbox", name="Your text").fill("w001 w077 w078")
    phone.get_by_role("button", name="Ask the model").click()
    phone.get_by_text("The model says").wait_for()
    phone.wait_for_function("scrollY > 0")
    phone.goto(f"/pools/{pool}/contribute")
    phone.get_by_role("textbox", name="Text").fill("w001 w077 w078")
    phone.get_by_role("radio", name="positive").check()
    phone.get_by_role("button", name="Get a quote").click()
    phone.locator("#quote").wait_for()
    assert is_in_view(phone, "#quote")
    phone.goto(f"/pools/{pool}/contribute?mode=file")
    content = b"text,label\nw001 w077,positive\n,negative\nw003,none of both\n"
    phone.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    phone.get_by_role("button", name="Read the file").click()
    phone.locator("#quote").wait_for()
    assert is_in_view(phone, "#quote")
    rows = phone.locator("#quote tbody tr").all_inner_texts()
    assert [row.split("\n")[0].strip() for row in rows] == ["Line 3", "Line 4", "Line 2"]


def test_what_cannot_be_looked_for_stays_to_be_mended(phone: "Page") -> None:
    for query, field, typed in (("account=0x123", "Address", "0x123"), ("pool=nowhere", "Pool", "nowhere")):
        answer = phone.goto(f"/explorer?{query}")
        assert answer is not None
        assert answer.status in (404, 422)
        assert typed in phone.get_by_role("alert").inner_text()
        assert phone.get_by_role("textbox", name=field).input_value() == typed


def test_account_is_forgotten_only_once_that_was_said(phone: "Page") -> None:
    phone.goto("/account")
    phone.get_by_role("button", name="Get a development account").click()
    phone.get_by_text("Due to you now").wait_for()
    # a page that has no more than a reason knows that somebody is there, too
    phone.goto("/pools/nowhere")
    assert phone.get_by_role("link", name="Connect").count() == 0
    phone.goto("/account")
    phone.get_by_text("Disconnect", exact=True).click()
    forget = phone.get_by_role("button", name="Forget this account")
    box = forget.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert phone.context.cookies()
    forget.click()
    phone.get_by_role("button", name="Get a development account").wait_for()
