"""Accounts."""

from fastapi import APIRouter

from earnest.accounts.schemas import AccountCreated, AccountRequest, AccountShown
from earnest.web.dependencies import Caller, Ready
from earnest.web.routes import StrictRoute

router = APIRouter(route_class=StrictRoute)


@router.post("/accounts", status_code=201, tags=["accounts"])
def create_account(request: AccountRequest, runtime: Ready) -> AccountCreated:
    """Make a managed development account; its token is shown this once."""
    return runtime.accounts.create(request.name)


@router.get("/accounts/me", tags=["accounts"])
def show_own_account(runtime: Ready, caller: Caller) -> AccountShown:
    """The caller's balance, credit, verified counts and earnings."""
    with runtime.sessions() as session:
        return runtime.accounts.show(session, caller)


@router.get("/accounts/{address}", tags=["accounts"])
def show_account(address: str, runtime: Ready) -> AccountShown:
    """A managed account's balance, credit, verified counts and earnings; all of it is public on the chain."""
    known = runtime.accounts.known(address)
    with runtime.sessions() as session:
        return runtime.accounts.show(session, known)
