"""The pages in a real browser: a visitor finds a pool, quotes a review, submits it, and sees it confirmed."""

from tests.browser.visit import Visit

REVIEW = "A wonderful film, moving and funny, with a great cast and the best music."


def open_the_pool(visit: Visit) -> None:
    visit.page.goto("/")
    visit.page.get_by_role("link", name="Films").click()
    visit.page.get_by_role("button", name="Get a development account").click()


def test_visitor_submits_a_review_and_sees_it_confirmed(visit, service):
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=200)
    open_the_pool(visit)
    page = visit.page
    page.get_by_label("Review").fill(REVIEW)
    page.get_by_label("positive").check()
    page.get_by_role("button", name="Quote").click()
    assert "The model predicts" in page.locator("#quote").inner_text()
    assert page.get_by_label("Review").input_value() == REVIEW
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


def test_empty_review_is_refused_with_a_sentence_and_nothing_is_sent(visit, service):
    pool = service.deploy(name="Films")
    open_the_pool(visit)
    visit.page.get_by_label("Review").fill("   ")
    visit.page.get_by_role("button", name="Submit with a deposit").click()
    assert "the text is empty" in visit.page.get_by_role("alert").inner_text()
    assert service.call("GET", f"/pools/{pool['id']}")["contributions"] == 0


def test_reference_of_the_api_is_served_by_the_service_itself(visit, service):
    visit.page.goto("/docs")
    visit.page.get_by_text("/v1/pools", exact=True).first.wait_for()
    assert visit.hosts == {"127.0.0.1"}
    assert visit.complaints == []
