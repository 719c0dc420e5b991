"""A visit to the service in a browser."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Visit:
    """A page whose requests and complaints are noted."""

    def __init__(self, browser: "Browser", service: Service) -> None:
        self.page: Page = browser.new_page(base_url=service.url)
        self.service = service
        self.hosts: set[str | None] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
