"""The faucet, and the clock of development chains."""

from fastapi import APIRouter

from earnest.development.schemas import FaucetPaid, FaucetRequest, TimeRequest, TimeShown
from earnest.web.dependencies import Admin, Caller, Ready
from earnest.web.routes import StrictRoute

router = APIRouter(route_class=StrictRoute)


@router.post("/accounts/me/faucet", tags=["accounts"])
def fund_account(request: FaucetRequest, runtime: Ready, caller: Caller) -> FaucetPaid:
    """Ether from the faucet, on development chains."""
    return runtime.development.fund(caller, request.amount)


@router.post("/chain/time", tags=["development chain"])
def advance_time(request: TimeRequest, runtime: Ready, admin: Admin) -> TimeShown:
    """Move a development chain's clock forward."""
    return runtime.development.advance_time(request.seconds)
