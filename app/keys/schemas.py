"""Requests and answers about API keys."""

from typing import Annotated, Literal

from pydantic import Field

from earnest.web.schemas import Name, Schema, Whole, example

Scope = Literal["read", "submit", "operate"]
#: Longest that a key lasts, in seconds: ten years.
MAX_SECONDS = 10 * 365 * 86_400


class KeyRequest(Schema):
    """A key to make.

    `read` sees what is the account's own, `submit` contributes, claims and withdraws with a managed account's key,
    `operate` does what the operator does and is given by operators alone.
    """

    model_config = example({"name": "nightly import", "scopes": ["read"], "expires_in": 2_592_000})

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)]
    expires_in: Annotated[
        Whole | None,
        Field(ge=60, le=MAX_SECONDS, description="Seconds; null for until it is revoked."),
    ] = None


class KeyShown(Schema):
    """A key without what opens it; times are seconds of the machine's clock."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: int
    expires_at: int | None
    last_used_at: int | None = Field(description="To the minute; null while it was not used.")


class KeyMade(KeyShown):
    """A key, which is told this once."""

    key: str


class KeysShown(Schema):
    """All keys of the caller, newest first; an account has at most 50."""

    items: list[KeyShown]
