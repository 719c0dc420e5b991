"""Routes whose errors are pages."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from earnest.dashboard.frame import bare_frame
from earnest.dashboard.pages.waiting import not_available
from earnest.errors import EarnestError
from earnest.web.dependencies import readiness_of


class PageRoute(APIRoute):
    """The class of every page's routes: what leaves nothing to show is answered with a page that says why.

    A service that is not ready refuses before the endpoint is called, by the endpoint's own dependencies.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, whose refusals are pages and no problem documents."""
        handle = super().get_route_handler()

        async def show(request: Request) -> Response:
            try:
                return await handle(request)
            except EarnestError as error:
                return not_available(error, readiness_of(request), bare_frame(request))

        return show
