"""What endpoints ask for: the runtime, a ready service, the caller."""

from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from earnest.runtime import Runtime

_bearer = HTTPBearer(auto_error=False, description="An account's token, or the admin token.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    runtime.readiness.require()
    return runtime


#: The runtime of a service that is ready; answers 503 with the reasons otherwise.
Ready = Annotated[Runtime, Depends(_runtime)]


def _caller(runtime: Ready, credentials: Credentials) -> str:
    return runtime.accounts.authenticate(credentials.credentials if credentials else None)


def _admin(runtime: Ready, credentials: Credentials) -> None:
    runtime.accounts.require_admin(credentials.credentials if credentials else None)


#: Address of the account whose token the request carries.
Caller = Annotated[str, Depends(_caller)]
#: Refuses everyone but the operator.
Admin = Annotated[None, Depends(_admin)]
#: A retry with the same key and body takes up what is not confirmed and resends nothing that is.
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]
