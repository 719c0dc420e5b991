"""The pages in a real browser: a visitor finds a pool, tries it, quotes a text, submits it, and sees it confirmed."""

import re

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import Service
from tests.pools.files import GENRES, THREE_CLASSES

REVIEW = "A wonderful film, moving and funny, with a great cast and the best music."


def open_the_pool(visit: Visit) -> None:
    """On the page that contributes to it, with an account."""
    visit.page.goto("/")
    visit.page.get_by_role("link", name="Films").click()
    visit.page.get_by_role("link", name="Contribute", exact=True).click()


def quote(visit: Visit, text: str, label: str) -> None:
    visit.page.get_by_role("textbox").first.fill(text)
    visit.page.get_by_role("radio", name=label).check()
    visit.page.get_by_role("button", name=re.compile("Get a quote|Quote again")).click()
    visit.page.locator("#quote").wait_for()


def get_account(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Get a development account").click()
    visit.page.locator("aside .you").wait_for()


def confirmed(visit: Visit) -> str:
    result = visit.page.locator(".result").first
    result.wait_for()
    return result.inner_text()


def test_visitor_submits_a_review_and_sees_it_confirmed(visit: Visit, service: Service) -> None:
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=200)
    open_the_pool(visit)
    page = visit.page
    assert page.get_by_role("radio", checked=True).count() == 0
    quote(visit, REVIEW, "positive")
    assert page.get_by_role("textbox").first.input_value() == REVIEW
    get_account(visit)
    # what was written is kept, and quoted for the account
    assert page.get_by_role("textbox").first.input_value() == REVIEW
    assert "You pay a deposit of" in page.locator("#sign").inner_text()
    page.get_by_role("button", name="Pay the deposit").click()
    assert "Contribution #0" in confirmed(visit)
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    # showing the same page again does not pay a second deposit
    page.reload()
    assert "Contribution #0" in confirmed(visit)
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    # the form is empty again, and the same sample is asked about before it is paid for
    page.get_by_role("link", name="Contribute another").click()
    assert page.get_by_role("textbox").first.input_value() == ""
    quote(visit, REVIEW, "positive")
    page.get_by_role("button", name="Pay the deposit").click()
    assert page.get_by_role("checkbox").evaluate("box => box.validity.valueMissing") is True
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    assert visit.complaints == []
    assert visit.hosts == {"127.0.0.1"}


def test_visitor_of_a_pool_with_named_classes_chooses_among_them(visit: Visit, service: Service) -> None:
    sizes = {"num_words": 50, "train_size": 30, "held_out_size": 30}
    service.deploy(name="Films", dataset=None, csv=GENRES, model="naive-bayes", **sizes)
    open_the_pool(visit)
    page = visit.page
    assert page.get_by_role("radio").count() == 3
    quote(visit, "the general lost a battle", "war")
    assert "war" in page.locator("#quote").inner_text()
    assert "agrees with you" in page.locator("#quote").inner_text()
    get_account(visit)
    quote(visit, "the general lost a battle", "war")
    page.get_by_role("button", name="Pay the deposit").click()
    confirmed(visit)
    page.goto("/")
    page.get_by_role("link", name="Films").click()
    assert "war" in page.locator("#open tbody tr").first.inner_text()
    assert visit.complaints == []


def test_empty_text_is_refused_with_a_sentence_and_nothing_is_sent(visit: Visit, service: Service) -> None:
    pool = service.deploy(name="Films")
    open_the_pool(visit)
    visit.page.get_by_role("textbox").first.fill("   ")
    visit.page.get_by_role("radio", name="positive").check()
    visit.page.get_by_role("button", name="Get a quote").click()
    assert "the text is empty" in visit.page.get_by_role("alert").inner_text()
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 0


def test_model_is_tried_without_an_account_and_says_what_decided(visit: Visit, service: Service) -> None:
    service.deploy(name="Films")
    page = visit.page
    page.goto("/")
    page.get_by_role("link", name="Films").click()
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("Your text").fill("w001 w002 w050 zzz")
    page.get_by_role("button", name="Ask the model").click()
    page.get_by_text("Words that decided").wait_for()
    assert page.locator(".text s").inner_text() == "zzz"
    assert page.locator(".deciding .cut").count() >= 1
    assert visit.complaints == []


def test_rows_of_a_file_are_shown_before_anything_is_paid(visit: Visit, service: Service) -> None:
    pool = service.deploy(name="Films")
    open_the_pool(visit)
    page = visit.page
    quote(visit, "w001 w002", "positive")
    get_account(visit)
    page.get_by_role("link", name="A file").click()
    good = service.call("POST", f"/pools/{pool['id']}/predictions", {"samples": [{"text": "w003 w004"}]})
    label = good["predictions"][0]["label"]
    rows = ["text,label", f"w003 w004,{label}", f"w003 w004,{label}", f"w005 w006,{'maybe'}", f"zzz,{label}"]
    content = "\n".join(rows).encode()
    page.locator("input[type=file]").set_input_files({"name": "f.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Read the file").click()
    told = page.locator("#quote").inner_text()
    for why in ("the same as line 2", "none of negative, positive", "knows nothing of this text"):
        assert why in told
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 0
    page.get_by_role("button", name="Pay the deposits").click()
    assert "Contribution #0" in confirmed(visit)
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    assert visit.complaints == []


def test_two_browsers_see_a_contribution_without_loading_again(visit: Visit, service: Service) -> None:
    pool = service.deploy(name="Films")
    page = visit.page
    page.goto(f"/pools/{pool['id']}")
    assert page.locator("#count").inner_text() == "0"
    ada = service.account("ada")
    body = {"items": [{"text": "w001 w002", "label": 1}]}
    service.call("POST", f"/pools/{pool['id']}/submissions", body, ada["token"])
    page.get_by_text("1", exact=True).and_(page.locator("#count")).wait_for(timeout=10_000)
    assert visit.complaints == []


def test_pool_is_proven_before_the_readers_eyes(visit: Visit, service: Service) -> None:
    pool = service.deploy(name="Films")
    page = visit.page
    page.goto(f"/pools/{pool['id']}")
    page.get_by_role("link", name="Prove it").click()
    page.get_by_text("Nothing differs.").wait_for()
    assert page.url.endswith(pool["id"])
    assert page.locator("#proof li.done").count() >= 10
    assert page.locator("#proof li.bad").count() == 0
    assert visit.complaints == []


def test_theme_is_switched_and_kept(visit: Visit, service: Service) -> None:
    page = visit.page
    page.goto("/components")
    html = page.locator("html")
    page.get_by_role("button", name="Switch theme").click()
    chosen = html.get_attribute("data-theme")
    page.reload()
    assert html.get_attribute("data-theme") == chosen
    assert visit.complaints == []


def test_reference_of_the_api_is_served_by_the_service_itself(visit: Visit, service: Service) -> None:
    visit.page.goto("/docs")
    visit.page.get_by_text("/v1/pools", exact=True).first.wait_for()
    assert visit.hosts == {"127.0.0.1"}
    assert visit.complaints == []


def card_of(visit: Visit, name: str) -> str:
    """What the list says of a pool."""
    visit.page.goto("/")
    link = visit.page.get_by_role("link", name=name, exact=True)
    return visit.page.get_by_role("article").filter(has=link).inner_text()


def test_list_says_what_a_pool_is_and_names_each_ones_model_and_incentive(visit: Visit, service: Service) -> None:
    service.deploy(name="Words", price={"rule": "fixed", "cost": str(10**15)})
    table = {"dataset": None, "csv": THREE_CLASSES, "train_size": 20, "held_out_size": 10}
    service.deploy(name="Columns", model="dense-nearest-centroid", incentive="points", **table)
    words, columns = card_of(visit, "Words"), card_of(visit, "Columns")
    for part in ("0.0010", "100 words", "self-assessment"):
        assert part in words
    for part in ("free", "1 column", "points"):
        assert part in columns
    page = visit.page
    page.get_by_role("link", name="Rows 1").click()
    assert page.get_by_role("article").count() == 1
    page.get_by_label("Search").fill("nothing of that name")
    page.get_by_role("button", name="Show").click()
    assert "No pool fits" in page.locator("main").inner_text()
    page.goto("/")
    assert page.locator(".intro ol li").count() == 3
    page.get_by_role("button", name="Hide this").click()
    page.get_by_role("button", name="What is a pool?").wait_for()
    assert page.locator(".intro").count() == 0
    assert visit.complaints == []


def test_failed_pool_shows_why_it_failed_and_nothing_else(visit_without_archive: Visit) -> None:
    visit = visit_without_archive
    pool = visit.service.deploy_in_vain("In vain")
    assert pool["error"] in card_of(visit, "In vain")
    visit.page.get_by_role("link", name="In vain").click()
    main = visit.page.get_by_role("main")
    assert pool["error"] in main.inner_text()
    assert main.locator("dl, form, table").count() == 0
    assert visit.complaints == []


def test_visitor_of_a_points_pool_reads_of_standing_and_of_no_money(visit: Visit, service: Service) -> None:
    service.deploy(name="Films", model="naive-bayes", incentive="points")
    open_the_pool(visit)
    page = visit.page
    quote(visit, "w001 w002 w003", "positive")
    get_account(visit)
    quote(visit, "w001 w002 w003", "positive")
    shown = page.locator("#quote").inner_text() + page.locator("#sign .sentence").inner_text()
    assert "standing" in shown
    page.get_by_role("button", name="Submit", exact=True).click()
    shown += confirmed(visit)
    for word in ("price", "deposit", "burned", "escrow", "liabilities", " eth"):
        assert word not in shown.lower(), word
    page.goto("/")
    page.get_by_role("link", name="Films").click()
    assert page.locator("#money").count() == 0
    assert visit.complaints == []


@pytest.mark.parametrize("path", ["/pools/nothing", "/nothing"])
def test_browser_gets_a_page_for_what_is_not_there(visit: Visit, service: Service, path: str) -> None:
    answer = visit.page.goto(path)
    assert answer is not None
    assert answer.status == 404
    assert visit.page.locator("h1").count() == 1
    assert visit.page.get_by_role("link", name="All pools").count() == 1


def test_hostile_names_and_texts_are_text(visit: Visit, service: Service) -> None:
    name = '"><img src=x onerror=alert(1)>'
    pool = service.deploy(name=name)
    page = visit.page
    for path in ("/", f"/pools/{pool['id']}", f"/pools/{pool['id']}/try", f"/pools/{pool['id']}/contribute"):
        page.goto(path)
        assert name in page.locator("main").inner_text()
        assert page.locator("img").count() == 0
    page.get_by_role("textbox").first.fill("<b>w001</b> w002 <script>alert(1)</script>")
    page.get_by_role("radio", name="positive").check()
    page.get_by_role("button", name="Get a quote").click()
    assert "<script>alert(1)</script>" in page.locator(".text").inner_text()
    assert visit.complaints == []


def test_refused_row_is_said_where_the_answer_would_be(visit: Visit, service: Service) -> None:
    rows = "width,height,label\n" + "\n".join(f"{n},{n % 2 * 9},{n % 2}" for n in range(60))
    sizes = {"train_size": 30, "held_out_size": 10, "incentive": "self-assessment"}
    pool = service.deploy(name="Rows", dataset=None, csv=rows, model="dense-perceptron", **sizes)["id"]
    page = visit.page
    page.goto(f"/pools/{pool}/try")
    page.get_by_role("textbox").first.fill("1,5; 2; 3")
    page.get_by_role("button", name="Ask the model").click()
    page.locator("#answer [role=alert]").wait_for()
    assert "4 numbers" in page.locator("#answer").inner_text()
