"""The faucet, and the clock of development chains."""

from fastapi import APIRouter

from earnest.accounts.dependencies import Admin, Caller
from earnest.development.dependencies import Development
from earnest.development.schemas import FaucetPaid, FaucetRequest, TimeRequest, TimeShown
from earnest.web.dependencies import IdempotencyKey
from earnest.web.routes import StrictRoute
from earnest.web.threads import sending

router = APIRouter(route_class=StrictRoute)


@router.post("/accounts/me/faucet", tags=["accounts"])
@sending
def fund_account(
    request: FaucetRequest, development: Development, caller: Caller, idempotency_key: IdempotencyKey = None
) -> FaucetPaid:
    """Ether from the faucet, or of the token for development, on such chains; under an `Idempotency-Key` once."""
    return development.fund(caller, request.amount, idempotency_key, request.token)


@router.post("/chain/time", tags=["development chain"])
@sending
def advance_time(request: TimeRequest, development: Development, admin: Admin) -> TimeShown:
    """Move a development chain's clock forward."""
    return development.advance_time(request.seconds)
