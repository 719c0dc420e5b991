"""The pages in a real browser: a visitor finds a pool, quotes a review, submits it, and sees it confirmed."""

from tests.browser.visit import Visit
from tests.fixtures.service import Service
from tests.pools.files import GENRES, THREE_CLASSES

REVIEW = "A wonderful film, moving and funny, with a great cast and the best music."


def open_the_pool(visit: Visit) -> None:
    visit.page.goto("/")
    visit.page.get_by_role("link", name="Films").click()
    visit.page.get_by_role("button", name="Get a development account").click()


def test_visitor_submits_a_review_and_sees_it_confirmed(visit, service):
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=200)
    open_the_pool(visit)
    page = visit.page
    page.get_by_label("Text").fill(REVIEW)
    page.get_by_label("positive").check()
    page.get_by_role("button", name="Quote").click()
    assert "The model predicts" in page.locator("#quote").inner_text()
    assert page.get_by_label("Text").input_value() == REVIEW
    page.get_by_role("button", name="Submit with a deposit").click()
    page.locator("#result").wait_for()
    assert "Contribution 0 is confirmed" in page.locator("#result").inner_text()
    assert page.locator("#count").inner_text() == "1"
    assert page.locator("tbody tr").first.locator("td").first.inner_text() == "0"
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    # sending the same form again does not pay a second deposit
    page.reload()
    assert "Contribution 0 is confirmed" in page.locator("#result").inner_text()
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 1
    assert visit.complaints == []
    assert visit.hosts == {"127.0.0.1"}


def test_visitor_of_a_pool_with_named_classes_chooses_among_them(visit: Visit, service: Service) -> None:
    sizes = {"num_words": 50, "train_size": 30, "held_out_size": 30}
    service.deploy(name="Films", dataset=None, csv=GENRES, model="naive-bayes", **sizes)
    open_the_pool(visit)
    page = visit.page
    assert page.get_by_role("radio").count() == 3
    page.get_by_label("Text").fill("the general lost a battle")
    page.get_by_label("war").check()
    page.get_by_role("button", name="Quote").click()
    assert "The model predicts war and agrees" in page.locator("#quote").inner_text()
    assert page.get_by_label("war").is_checked()
    page.get_by_role("button", name="Submit with a deposit").click()
    page.locator("#result").wait_for()
    assert page.locator("tbody tr").first.get_by_role("cell").nth(2).inner_text() == "war"
    assert visit.complaints == []


def test_empty_review_is_refused_with_a_sentence_and_nothing_is_sent(visit, service):
    pool = service.deploy(name="Films")
    open_the_pool(visit)
    visit.page.get_by_label("Text").fill("   ")
    visit.page.get_by_role("button", name="Submit with a deposit").click()
    assert "the text is empty" in visit.page.get_by_role("alert").inner_text()
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 0


def test_reference_of_the_api_is_served_by_the_service_itself(visit, service):
    visit.page.goto("/docs")
    visit.page.get_by_text("/v1/pools", exact=True).first.wait_for()
    assert visit.hosts == {"127.0.0.1"}
    assert visit.complaints == []


def row_of(visit: Visit, name: str) -> list[str]:
    """The cells of a pool in the list."""
    visit.page.goto("/")
    row = visit.page.get_by_role("row").filter(has=visit.page.get_by_role("link", name=name, exact=True))
    return row.get_by_role("cell").all_inner_texts()


def test_list_says_what_a_pool_is_and_names_each_ones_model_and_incentive(visit: Visit, service: Service) -> None:
    service.deploy(name="Words", price={"rule": "fixed", "cost": str(10**15)})
    table = {"dataset": None, "csv": THREE_CLASSES, "train_size": 20, "held_out_size": 10}
    service.deploy(name="Columns", model="dense-nearest-centroid", incentive="points", **table)
    words, columns = row_of(visit, "Words"), row_of(visit, "Columns")
    assert words[:6] == ["Words", "ready", "sparse-perceptron, 100 words", "self-assessment", "0.001 ETH", "0"]
    assert columns[:6] == ["Columns", "ready", "dense-nearest-centroid, 1 column", "points", "-", "0"]
    sentence = visit.page.locator("h1 + p").inner_text()
    assert sentence.count(".") == 1
    for word in ("train together", "open one", "quote", "submit"):
        assert word in sentence
    assert visit.complaints == []


def test_failed_pool_shows_why_it_failed_and_nothing_else(visit_without_archive: Visit) -> None:
    visit = visit_without_archive
    pool = visit.service.deploy_in_vain("In vain")
    assert row_of(visit, "In vain") == ["In vain", "failed", pool["error"]]
    visit.page.get_by_role("link", name="In vain").click()
    main = visit.page.get_by_role("main")
    assert main.inner_text().split("\n\n") == ["In vain", pool["error"]]
    assert main.locator("dl, svg, form, table").count() == 0
    assert visit.complaints == []


def test_visitor_of_a_points_pool_reads_of_standing_and_of_no_money(visit: Visit, service: Service) -> None:
    service.deploy(name="Films", model="naive-bayes", incentive="points")
    open_the_pool(visit)
    page = visit.page
    page.get_by_label("Text").fill("w001 w002 w003")
    page.get_by_role("button", name="Quote").click()
    assert "standing" in page.locator("#quote").inner_text()
    shown = page.get_by_role("main").inner_text()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.locator("#result").wait_for()
    assert "Contribution 0 is confirmed" in page.locator("#result").inner_text()
    shown += page.get_by_role("main").inner_text()
    # the visitor's own account has ether, which pays for gas
    said = "\n".join(line for line in shown.lower().splitlines() if not line.startswith("your account"))
    for word in ("price", "deposit", "burned", "escrow", "liabilities", " eth"):
        assert word not in said, word
    # this model learns without predicting, so that there is nothing to show of then
    assert page.locator("tbody tr").first.locator("td").nth(3).inner_text() == "\N{EN DASH}"
    assert visit.complaints == []
