"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends, Request

from earnest.sign_in.service import SignInService
from earnest.web.dependencies import provided

SignIns = Annotated[SignInService, Depends(provided(SignInService))]


async def _host(request: Request) -> str:
    """The authority by which the client reached the service."""
    return request.headers.get("host", "")


#: Of the request.
Host = Annotated[str, Depends(_host)]
