"""Choices of a browser that are no secrets: the theme, whether the explanation is hidden, which wallet it showed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from earnest.dashboard.frame import HIDDEN, THEME, own_path
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.visitor import COOKIE, WALLET
from earnest.errors import EarnestError
from earnest.web.addresses import parse_address

router = APIRouter(route_class=PageRoute)

#: What a form says to show none; an empty field would count as one that is not there.
NO_WALLET = "none"


class NothingChosen(EarnestError):
    """A form for preferences says none."""

    status = 422
    type = "nothing-chosen"
    title = "Nothing chosen"


_YEAR = 365 * 86_400


@router.post("/preferences")
def choose(
    request: Request,
    back: Annotated[str, Form(max_length=500)] = "/",
    theme: Annotated[Literal["light", "dark"] | None, Form()] = None,
    intro: Annotated[Literal["hide", "show"] | None, Form()] = None,
    wallet: Annotated[str | None, Form(max_length=42)] = None,
) -> RedirectResponse:
    """Keep a choice in a cookie, and go back.

    Raises:
        NothingChosen: the form says nothing, or is none.
        AddressInvalid: the wallet's address has a slip in it.
    """
    if theme is None and intro is None and wallet is None:
        raise NothingChosen("The form says neither theme, intro nor wallet: choose one of them.")
    answer = RedirectResponse(own_path(back), status_code=303)
    secure = request.url.scheme == "https"
    if theme is not None:
        answer.set_cookie(THEME, theme, max_age=_YEAR, samesite="strict", secure=secure)
    if intro is not None:
        answer.set_cookie(HIDDEN, "1" if intro == "hide" else "0", max_age=_YEAR, samesite="strict", secure=secure)
    if wallet == NO_WALLET:
        answer.delete_cookie(WALLET)
        answer.delete_cookie(COOKIE)
    elif wallet is not None:
        answer.set_cookie(WALLET, parse_address(wallet), max_age=_YEAR, samesite="strict", secure=secure)
    return answer
