"""The pages of the sweeps in a real browser: an operator starts one, watches it, and reads its report."""

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import ADMIN, Service

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
    images = page.frames[1].locator("img")
    images.first.wait_for()
    assert images.first.evaluate("image => image.complete && image.naturalWidth > 100") is True
    with page.expect_download() as download:
        page.get_by_role("link", name="runs.parquet").click()
    assert download.value.path().read_bytes()[:4] == b"PAR1"
    page.goto("/sweeps")
    assert page.locator("tbody tr").inner_text().split("\t")[:2] == ["Words", "finished"]
    assert "num_words" in page.locator("tbody tr").inner_text()
    assert "train_size" not in page.locator("tbody tr").inner_text()
    assert visit.complaints == []
    assert visit.hosts == {"127.0.0.1"}


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
