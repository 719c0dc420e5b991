"""Texts of contributions."""

from fastapi import APIRouter

from earnest.contributions.router import Index
from earnest.web.dependencies import Credentials, Ready
from earnest.web.routes import StrictRoute

router = APIRouter(tags=["contributions"], route_class=StrictRoute)


@router.delete("/pools/{pool}/contributions/{index}/text", status_code=204)
def delete_text(pool: str, index: Index, runtime: Ready, credentials: Credentials) -> None:
    """Forget a contribution's text, for its contributor or the operator; its sample stays on the chain."""
    token = credentials.credentials if credentials else None
    operator = runtime.accounts.is_admin(token)
    runtime.texts.delete(None if operator else runtime.accounts.authenticate(token), pool, index)
