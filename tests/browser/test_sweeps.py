"""The pages of the sweeps in a real browser: an operator starts one, watches it, and reads its report."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import ADMIN, Service

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Milliseconds until a small sweep is done on a machine that does other things too.
PATIENCE = 400_000
AXES = "dataset=synthetic\ntrain_size=600\ntest_size=300\ninitial_share=0.25\nnum_words=60,100"


def fill(visit: Visit, axes: str, token: str) -> None:
    page = visit.page
    page.get_by_label("Name").fill("Words")
    page.get_by_label("Settings").fill(axes)
    page.get_by_label("Seeds").fill("2")
    page.get_by_label("Admin token").fill(token)
    page.get_by_role("button", name="Check and start").click()


@pytest.mark.slow
def test_operator_starts_a_sweep_watches_it_and_reads_its_report(visit: Visit, service: Service) -> None:
    page = visit.page
    page.goto("/")
    page.get_by_role("link", name="Sweeps").click()
    assert "There is no sweep yet." in page.locator("main").inner_text()
    page.get_by_text("Start a sweep").click()
    fill(visit, AXES, ADMIN)
    page.wait_for_url("**/sweeps/*")
    assert page.locator("h1").inner_text() == "Words"
    # the page follows by itself, and shows the report once it is there
    report = page.frame_locator("iframe[title='Report of Words']")
    report.get_by_text("What was found").wait_for(timeout=PATIENCE)
    assert page.locator("[data-show=status]").inner_text() == "finished"
    assert page.locator("[data-show=count]").inner_text() == "4 of 4"
    look_at_results(page)
    images = page.frames[1].locator("img")
    images.first.wait_for()
    assert images.first.evaluate("image => image.complete && image.naturalWidth > 100") is True
    page.get_by_text("What was asked for, and files").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="runs.parquet").click()
    assert download.value.path().read_bytes()[:4] == b"PAR1"
    page.goto("/sweeps")
    assert page.locator("tbody tr").inner_text().split("\t")[:2] == ["Words", "finished"]
    assert "Number of words" in page.locator("tbody tr").inner_text()
    assert "num_words" not in page.locator("tbody tr").inner_text()
    assert "train_size" not in page.locator("tbody tr").inner_text()
    assert visit.complaints == []
    assert visit.hosts == {"127.0.0.1"}


def look_at_results(page: "Page") -> None:
    """Choose what is shown, read exact values, take the view with you; the address holds what was chosen."""
    chart = page.locator("#curves")
    assert "by number of words" in chart.locator("h2").inner_text()
    assert chart.locator("tbody tr", has_text="100").count() == 1
    # exact values by keys
    chart.locator(".canvas").focus()
    page.keyboard.press("End")
    exact = chart.locator("tbody tr").last.locator("td").last.text_content() or ""
    assert exact in chart.locator(".tip").inner_text()
    page.keyboard.press("Escape")
    assert chart.locator(".tip").is_hidden()
    # another measure, without single runs
    page.get_by_label("Measure").select_option(index=1)
    page.wait_for_url("**measure=**")
    page.get_by_label("Single runs").uncheck()
    page.wait_for_function("() => !document.querySelector('#curves .sd')")
    title = page.locator("#curves h2").inner_text()
    page.reload()
    assert page.locator("#curves h2").inner_text() == title
    assert page.get_by_label("Single runs").is_checked() is False
    for kind, start in (
        ("csv", b"num_words,"),
        ("tex", b"% "),
        ("png", b"\x89PNG"),
        ("svg", b"<?xml"),
        ("pdf", b"%PDF"),
    ):
        answer = page.request.get(f"{page.url.split('?')[0]}/view.{kind}?{page.url.split('?')[1]}")
        assert answer.ok, kind
        assert answer.body().startswith(start)
    assert page.request.get(f"{page.url.split('?')[0]}/view.exe").status == 404


def test_sweep_is_refused_with_a_sentence_beside_what_was_filled_in_but_the_token(
    visit: Visit, service: Service
) -> None:
    page = visit.page
    page.goto("/sweeps")
    page.get_by_text("Start a sweep").click()
    fill(visit, AXES, "wrong")
    assert "The admin token is wrong" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name").input_value() == "Words"
    assert page.get_by_label("Admin token").input_value() == ""
    fill(visit, "words=3", ADMIN)
    assert "unknown knob 'words'" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Settings").input_value() == "words=3"
    assert ADMIN not in page.content()
    assert service.call("GET", "/sweeps")["items"] == []


@pytest.mark.slow
def test_form_says_how_long_a_sweep_takes_and_lists_what_it_can_be_of(visit: Visit, service: Service) -> None:
    page = visit.page
    page.goto("/sweeps")
    page.get_by_text("Start a sweep").click()
    page.get_by_text("Choose a scenario and knobs from lists").click()
    page.get_by_role("button", name="Add num_words to the settings").click(timeout=PATIENCE)
    # the lists' buttons are named after the settings too
    settings = page.get_by_role("textbox", name="Settings", exact=True)
    assert settings.input_value().splitlines()[-1].startswith("num_words=")
    page.get_by_role("textbox", name="Name", exact=True).fill("Words")
    settings.fill(AXES)
    page.get_by_role("textbox", name="Seeds", exact=True).fill("2")
    page.get_by_role("textbox", name="Admin token", exact=True).fill(ADMIN)
    page.get_by_role("button", name="How long would it take?").click(timeout=PATIENCE)
    page.locator("#expected").wait_for(timeout=PATIENCE)
    assert "4 runs" in page.locator("#expected").inner_text()
    assert "Nothing was started" in page.locator("#expected").inner_text()
    assert service.call("GET", "/sweeps")["items"] == []
    assert visit.complaints == []


@pytest.mark.slow
def test_operator_cancels_a_sweep_on_its_page(visit: Visit, service: Service) -> None:
    body = {"name": "Long", "scenario": "paper", "axes": [*AXES.splitlines()], "seeds": 3000}
    sweep = service.call("POST", "/sweeps", body, ADMIN)["id"]
    page = visit.page
    page.goto(f"/sweeps/{sweep}")
    page.locator("[data-show=bar]:not([value='0'])").wait_for(timeout=PATIENCE)
    page.get_by_text("Cancel this sweep").click()
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Cancel the sweep").click()
    page.get_by_text("Resume this sweep").wait_for(timeout=PATIENCE)
    assert page.locator("[data-show=status]").inner_text() == "cancelled"
    page.frame_locator("iframe.report").get_by_text("of the planned runs are not finished").wait_for(timeout=PATIENCE)
    assert visit.complaints == []
