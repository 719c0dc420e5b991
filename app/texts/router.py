"""Texts of contributions."""

from fastapi import APIRouter

from earnest.accounts.dependencies import CallerOrOperator
from earnest.contributions.router import Index
from earnest.texts.dependencies import Texts
from earnest.web.routes import StrictRoute
from earnest.web.threads import writing

router = APIRouter(tags=["contributions"], route_class=StrictRoute)


@router.delete("/pools/{pool}/contributions/{index}/text", status_code=204)
@writing
def delete_text(pool: str, index: Index, texts: Texts, caller: CallerOrOperator) -> None:
    """Forget a contribution's text, for its contributor, the pool's owner or the operator; its sample stays."""
    texts.delete(caller, pool, index)
