"""Addresses of pages that moved; they answer for one release."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

#: The former addresses of the sweeps' pages; a form that was open before is taken to the new one as it is.
router = APIRouter()


@router.api_route("/studies", methods=["GET", "POST"])
def moved_list(request: Request) -> RedirectResponse:
    """To the list of sweeps."""
    return _permanently("/sweeps", request)


@router.api_route("/studies/{sweep}", methods=["GET", "POST"])
def moved_page(request: Request, sweep: str) -> RedirectResponse:
    """To a sweep."""
    return _permanently(f"/sweeps/{quote(sweep, safe='')}", request)


def _permanently(to: str, request: Request) -> RedirectResponse:
    query = request.url.query
    # 308 keeps the method and the form, which 301 does not
    return RedirectResponse(f"{to}?{query}" if query else to, status_code=308)
