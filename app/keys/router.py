"""API keys."""

from fastapi import APIRouter

from earnest.accounts.dependencies import Holder
from earnest.keys.dependencies import Keys
from earnest.keys.schemas import KeyMade, KeyRequest, KeysShown
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking, writing

router = APIRouter(tags=["keys"], route_class=StrictRoute)


@router.post("/keys", status_code=201)
@writing
def make_key(request: KeyRequest, keys: Keys, holder: Holder) -> KeyMade:
    """Make an API key for the caller's account, or the operator's; it is told this once. No key makes keys."""
    return keys.make(holder, request)


@router.get("/keys")
@asking
def list_keys(keys: Keys, holder: Holder) -> KeysShown:
    """The caller's keys, with when each was used last."""
    return KeysShown(items=keys.all(holder))


@router.delete("/keys/{key_id}", status_code=204)
@writing
def revoke_key(key_id: str, keys: Keys, holder: Holder) -> None:
    """Revoke a key of the caller's at once."""
    keys.revoke(holder, key_id)
