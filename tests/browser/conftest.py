"""A running service and a page on it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.visit import Visit
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def visit(chromium: "Browser", service: Service) -> Iterator[Visit]:
    service.start()
    made = Visit(chromium, service)
    yield made
    made.page.close()


@pytest.fixture
def visit_without_archive(chromium: "Browser", service_without_archive: Service) -> Iterator[Visit]:
    made = Visit(chromium, service_without_archive)
    yield made
    made.page.close()
