"""Accounts."""

from typing import Annotated

from fastapi import APIRouter, Header

from earnest.accounts.dependencies import Accounts, Caller
from earnest.accounts.schemas import AccountCreated, AccountRequest, AccountShown
from earnest.web.addresses import GivenAddress
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking, writing

router = APIRouter(route_class=StrictRoute)

#: A key that nobody guesses.
SecretKey = Annotated[
    str | None,
    # spaces around a header's value are none of it
    Header(alias="Idempotency-Key", min_length=16, max_length=200, json_schema_extra={"pattern": "^[!-~]+$"}),
]


@router.post("/accounts", status_code=201, tags=["accounts"])
@writing
def create_account(request: AccountRequest, accounts: Accounts, idempotency_key: SecretKey = None) -> AccountCreated:
    """Make a managed development account; its token is shown this once.

    With an `Idempotency-Key` the same request is answered with the same account and token. The key must be random then:
    whoever has it has the account.
    """
    return accounts.create(request.name, idempotency_key)


@router.get("/accounts/me", tags=["accounts"])
@asking
def show_own_account(accounts: Accounts, caller: Caller) -> AccountShown:
    """The caller's balance, credit, verified counts and earnings."""
    return accounts.show(caller)


@router.get("/accounts/{address}", tags=["accounts"])
@asking
def show_account(address: GivenAddress, accounts: Accounts) -> AccountShown:
    """Any account's balance, credit, verified counts and earnings; all of it is public on the chain."""
    return accounts.show(accounts.known(address))
