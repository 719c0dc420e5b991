"""A page that is open while the node or the service itself is away for a while: it says so, and goes on by itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from earnest.contracts.tools.anvil import running_anvil
from tests.browser.visit import Visit
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.loopback

#: anvil's first account, which has ether on every node of it that is new.
OPERATOR_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
#: Milliseconds for what is seen on a machine that does other things too.
SOON = 60_000


class Node:
    """A node that keeps its chain while it is down."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._running = ExitStack()
        self._port: int | None = None
        self.url = self.start()

    def start(self) -> str:
        """Begin, or go on where it ended, on the same port."""
        url = self._running.enter_context(running_anvil("--state", str(self._state), port=self._port))
        self._port = urlsplit(url).port
        return url

    def stop(self) -> None:
        """End, and keep the chain."""
        self._running.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "chain.json")
    yield made
    made.stop()


def contribute(service: Service, pool: str, token: str, text: str) -> None:
    service.call("POST", f"/pools/{pool}/submissions", {"items": [{"text": text, "label": 1}]}, token)


def test_open_page_says_that_the_node_is_down_and_goes_on_with_it(
    chromium: "Browser", service: Service, node: Node
) -> None:
    service.settings |= {"CHAIN_URL": node.url, "OPERATOR_KEY": OPERATOR_KEY}
    service.start()
    pool, ada = service.deploy(name="Films")["id"], service.account("ada")
    visit = Visit(chromium, service)
    page = visit.page
    page.goto(f"/pools/{pool}")
    assert page.locator(".node .banner").count() == 0
    node.stop()
    page.locator(".node").get_by_text("node does not answer").wait_for(timeout=SOON)
    assert "no answer" in page.get_by_role("banner").inner_text()
    # what was read stays, and a page that is asked for now says the same
    assert page.locator("#count").inner_text() == "0"
    page.goto(f"/pools/{pool}")
    assert "node does not answer" in page.locator("main").inner_text()
    node.start()
    page.locator(".node .banner").first.wait_for(state="detached", timeout=SOON)
    service.wait_until_ready()
    contribute(service, pool, ada["token"], "w001 w002")
    page.get_by_text("1", exact=True).and_(page.locator("#count")).wait_for(timeout=SOON)
    assert "no answer" not in page.get_by_role("banner").inner_text()
    assert visit.complaints == []
    page.close()


def test_open_page_says_that_the_service_is_away_and_goes_on_with_it(visit: Visit, service: Service) -> None:
    pool, ada = service.deploy(name="Films")["id"], service.account("ada")
    page = visit.page
    page.goto(f"/pools/{pool}")
    service.kill()
    page.locator(".node").get_by_text("The service does not answer").wait_for(timeout=SOON)
    service.start()
    page.locator(".node .banner").first.wait_for(state="detached", timeout=SOON)
    contribute(service, pool, ada["token"], "w001 w002")
    page.get_by_text("1", exact=True).and_(page.locator("#count")).wait_for(timeout=SOON)
    # browsers note what they could not load
    assert [said for said in visit.complaints if "ERR_" not in said and "503" not in said] == []
