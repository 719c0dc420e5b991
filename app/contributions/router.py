"""Contributions."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from earnest.contributions.dependencies import Contributions
from earnest.contributions.schemas import ContributionDetail, ContributionShown, Status
from earnest.web.addresses import GivenAddress
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor
from earnest.web.threads import asking

router = APIRouter(tags=["contributions"], route_class=StrictRoute)

#: Contributions are numbered from 0; the database keeps 64 bits.
Index = Annotated[int, Path(ge=0, lt=2**40)]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/pools/{pool}/contributions")
@asking
def list_contributions(
    pool: str,
    contributions: Contributions,
    cursor: str | None = None,
    limit: Limit = 20,
    contributor: GivenAddress | None = None,
    status: Status | None = None,
) -> Page[ContributionShown]:
    """A pool's contributions, newest first, each with what can be done with it."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = contributions.page(pool, before, limit, contributor=contributor, status=status)
    return Page(items=list(items), next=encode_cursor(following) if following is not None else None)


@router.get("/pools/{pool}/contributions/{index}")
@asking
def show_contribution(pool: str, index: Index, contributions: Contributions) -> ContributionDetail:
    """One contribution with its sample and its claims."""
    return contributions.show(pool, index)
