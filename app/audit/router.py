"""What operators did."""

from typing import Annotated

from fastapi import APIRouter, Query

from earnest.accounts.dependencies import Admin
from earnest.audit.dependencies import Audits
from earnest.audit.schemas import ActShown
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor
from earnest.web.threads import asking

router = APIRouter(tags=["operations"], route_class=StrictRoute)


@router.get("/audit")
@asking
def list_acts(
    audits: Audits, admin: Admin, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> Page[ActShown]:
    """What operators changed or tried to, newest first: by whom, when, and what came of it. The operator's."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = audits.page(before, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)
