"""The faucet, and the clock of development chains."""

from typing import Annotated

from fastapi import APIRouter, Depends

from earnest.accounts.dependencies import Admin, Caller
from earnest.development.schemas import FaucetPaid, FaucetRequest, TimeRequest, TimeShown
from earnest.development.service import DevelopmentService
from earnest.web.dependencies import provided
from earnest.web.routes import StrictRoute
from earnest.web.threads import sending

router = APIRouter(route_class=StrictRoute)

Development = Annotated[DevelopmentService, Depends(provided(DevelopmentService))]


@router.post("/accounts/me/faucet", tags=["accounts"])
@sending
def fund_account(request: FaucetRequest, development: Development, caller: Caller) -> FaucetPaid:
    """Ether from the faucet, on development chains."""
    return development.fund(caller, request.amount)


@router.post("/chain/time", tags=["development chain"])
@sending
def advance_time(request: TimeRequest, development: Development, admin: Admin) -> TimeShown:
    """Move a development chain's clock forward."""
    return development.advance_time(request.seconds)
