"""Requests and answers about signing in."""

from typing import Annotated

from pydantic import Field

from earnest.sign_in.message import MAX_MESSAGE
from earnest.web.schemas import Schema


class NonceShown(Schema):
    """A nonce for one message; nobody else is given it."""

    nonce: str
    expires_at: int = Field(description="Seconds of the machine's clock.")
    chain_id: int = Field(description="What the message must name as its chain.")


class SignInRequest(Schema):
    """A message (EIP-4361) and its account's signature."""

    message: Annotated[str, Field(min_length=1, max_length=MAX_MESSAGE)]
    signature: Annotated[
        str,
        Field(
            pattern=r"^0x([0-9a-fA-F]{2})+$",
            max_length=2 + 2 * 4_096,
            description="By the account's key (EIP-191), or what its contract stands by (ERC-1271).",
        ),
    ]


class RefreshRequest(Schema):
    """The newest refresh token of a session."""

    refresh_token: Annotated[str, Field(pattern="^[!-~]+$", max_length=200)]


class SignedIn(Schema):
    """Tokens of a session; both are told this once. Times are seconds of the machine's clock."""

    account: str
    session: str
    token_type: str
    access_token: str
    access_expires_at: int
    refresh_token: str = Field(description="Good for one use; a second one ends the session.")
    session_expires_at: int


class SessionShown(Schema):
    """A session of the caller's."""

    id: str
    created_at: int
    refreshed_at: int
    expires_at: int
    current: bool


class SessionsShown(Schema):
    """The caller's sessions that go on, newest first; an account has at most 50."""

    items: list[SessionShown]
