"""The faucet, and the clock of development chains."""

from fastapi import APIRouter

from earnest.accounts.dependencies import Admin, Caller
from earnest.development.dependencies import Development
from earnest.development.schemas import FaucetPaid, FaucetRequest, TimeRequest, TimeShown
from earnest.web.routes import StrictRoute

router = APIRouter(route_class=StrictRoute)


@router.post("/accounts/me/faucet", tags=["accounts"])
def fund_account(request: FaucetRequest, development: Development, caller: Caller) -> FaucetPaid:
    """Ether from the faucet, on development chains."""
    return development.fund(caller, request.amount)


@router.post("/chain/time", tags=["development chain"])
def advance_time(request: TimeRequest, development: Development, admin: Admin) -> TimeShown:
    """Move a development chain's clock forward."""
    return development.advance_time(request.seconds)
