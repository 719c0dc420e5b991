"""Somebody who knows nothing of all this, with a browser alone: reads, tries, contributes, has it back, sweeps."""

import re

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import ADMIN, Service

#: Milliseconds for what the chain, or a small sweep, takes on a machine that does other things too.
SOON, SWEEP = 60_000, 400_000
DAY = 86_401
SETTINGS = "dataset=synthetic\ntrain_size=600\ntest_size=300\ninitial_share=0.25\nnum_words=60,100"
CLASSES = ("negative", "positive")


def read_of_pools(visit: Visit) -> None:
    """What the first page says of pools, and what the pool's own page says of this one."""
    page = visit.page
    page.goto("/")
    said = page.locator(".intro").inner_text()
    for part in ("You send a labelled sample with a small deposit", "you take the deposit back", "the deposit is lost"):
        assert part in said
    page.get_by_role("link", name="Films").click()
    assert "What you risk, as measured" in page.locator("#rules").inner_text()


def try_the_model(visit: Visit, text: str) -> str:
    """Ask for nothing; answers what the model says of a text."""
    page = visit.page
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Ask the model").click()
    answer = page.locator("#answer")
    answer.get_by_text("Words that decided").wait_for()
    return next(name for name in CLASSES if name in answer.inner_text())


def contribute_a_file(visit: Visit, rows: list[str]) -> None:
    """From the page where the model was tried to what became of the file, with an account that is got on the way."""
    page = visit.page
    page.get_by_role("link", name="Contribute", exact=True).click()
    page.get_by_role("link", name="A file").click()
    content = "\n".join(["text,label", *rows]).encode()
    page.locator("input[type=file]").set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Read the file").click()
    assert "none of negative, positive" in page.locator("#quote").inner_text()
    page.get_by_role("button", name="Get a development account").click()
    page.get_by_role("button", name="Pay the deposits").click()
    page.locator(".result").nth(1).wait_for(timeout=SOON)
    assert "Contribution #0" in page.locator("#progress").inner_text()


def get_it_back(visit: Visit, service: Service) -> None:
    """From the page of the account, once both contributions can be settled."""
    page = visit.page
    page.get_by_role("link", name="My account").first.click()
    assert "Nothing can be taken now" in page.locator("#due").inner_text()
    page.get_by_role("link", name="Films").first.click()
    seals = page.locator(".kpi", has_text="Seals").locator(".v")
    for day in (1, 2):
        # the days go by themselves, and the service seals; the page counts the seals as they come
        service.advance(DAY)
        seals.get_by_text(str(day), exact=True).wait_for(timeout=SOON)
    page.get_by_role("link", name="My account").first.click()
    page.locator("#due").get_by_role("button", name="Settle 2").wait_for(timeout=SOON)
    page.locator("#due").get_by_role("button", name="Settle 2").click()
    page.locator(".result").first.wait_for(timeout=SOON)
    page.locator("#due").get_by_role("button", name="Withdraw").click()
    page.get_by_text(re.compile("Withdraw confirmed")).wait_for(timeout=SOON)
    assert "Nothing can be taken now" in page.locator("#due").inner_text()


def run_a_sweep(visit: Visit) -> None:
    """With the operator's token, which whoever runs the service finds in a file; reads a figure of it."""
    page = visit.page
    page.get_by_role("link", name="Sweeps").first.click()
    page.get_by_text("Start a sweep").click()
    page.get_by_label("Name").fill("My first")
    page.get_by_label("Settings").fill(SETTINGS)
    page.get_by_label("Seeds").fill("2")
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Check and start").click()
    page.frame_locator("iframe[title='Report of My first']").get_by_text("What was found").wait_for(timeout=SWEEP)
    page.locator("#curves").get_by_text("Table", exact=True).click()
    figures = page.locator("#curves tbody tr", has_text="100").inner_text()
    assert re.search(r"\.\d{4}", figures)


@pytest.mark.slow
def test_newcomer_reads_tries_contributes_gets_the_money_back_and_runs_a_sweep(visit: Visit, service: Service) -> None:
    pool = service.deploy(name="Films", incentive="sealed-assessment", model="sparse-margin-perceptron")["id"]
    read_of_pools(visit)
    said = try_the_model(visit, "w001 w002 w003")
    other = service.call("POST", f"/pools/{pool}/predictions", {"samples": [{"text": "w010 w011 w012"}]})
    label = CLASSES[other["predictions"][0]["label"]]
    contribute_a_file(visit, [f"w001 w002 w003,{said}", f"w010 w011 w012,{label}", "w020 w021,maybe"])
    get_it_back(visit, service)
    shown = service.call("GET", f"/pools/{pool}")
    assert (shown["contributions"], shown["open_contributions"], shown["escrow"]) == (2, 0, "0")
    run_a_sweep(visit)
    assert visit.complaints == []
    assert visit.hosts == {"127.0.0.1"}
