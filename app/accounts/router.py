"""Accounts, the faucet, and the clock of development chains."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from earnest.accounts.schemas import AccountCreated, AccountRequest, AccountShown, FaucetPaid, FaucetRequest
from earnest.web.dependencies import Admin, Caller, Ready
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Schema, example

router = APIRouter(route_class=StrictRoute)


class TimeRequest(Schema):
    """How far to move the chain's clock."""

    model_config = example({"seconds": 86_400})

    seconds: Annotated[int, Field(ge=1, le=10 * 365 * 86_400, examples=[86_400])]


class TimeShown(Schema):
    """The chain's latest block."""

    block_number: int
    timestamp: int


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


@router.post("/accounts/me/faucet", tags=["accounts"])
def fund_account(request: FaucetRequest, runtime: Ready, caller: Caller) -> FaucetPaid:
    """Ether from the faucet, on development chains."""
    return runtime.accounts.fund(caller, request.amount)


@router.post("/chain/time", tags=["development chain"])
def advance_time(request: TimeRequest, runtime: Ready, admin: Admin) -> TimeShown:
    """Move a development chain's clock forward."""
    runtime.accounts.require_development()
    block = runtime.gateway.advance_time(request.seconds)
    return TimeShown(block_number=block.number, timestamp=block.timestamp)
