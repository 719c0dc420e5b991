"""Requests and answers about webhooks."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from earnest.web.schemas import Schema, example, has_strings
from earnest.webhooks.addresses import MAX_URL


class WebhookRequest(Schema):
    """An address to deliver events to: a pool's, or an account's; where neither is named, the caller's own."""

    model_config = example(
        {"url": "https://hooks.example.org/earnest"},
        **{"not": has_strings("pool", "account")},
    )

    url: Annotated[str, Field(min_length=8, max_length=MAX_URL, pattern=r"^https?://[!-\[\]-~]+$")]
    pool: Annotated[str | None, Field(max_length=80, description="A pool's id or address.")] = None
    account: Annotated[str | None, Field(max_length=80, description="An account's address.")] = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.pool is not None and self.account is not None:
            raise ValueError("name a pool or an account, not both")
        return self


class WebhookShown(Schema):
    """A webhook without its secret; times are seconds of the machine's clock."""

    id: str
    url: str
    pool: str | None = Field(description="Whose events are delivered; null where they are an account's.")
    account: str | None
    status: Literal["active", "aside"] = Field(description="Nothing is delivered to one that is set aside.")
    reason: str | None = Field(description="Why the last delivery failed; null where it did not.")
    failures: int = Field(description="Deliveries that failed in a row.")
    next_attempt_at: int | None = Field(description="When the one that failed is tried again.")
    position: int = Field(description="`id` of the newest event that is known to be delivered, or to need no delivery.")
    created_at: int


class WebhookMade(WebhookShown):
    """A webhook with the secret that its deliveries are signed with, which is told this once."""

    secret: str


class WebhooksShown(Schema):
    """All webhooks of the caller, newest first."""

    items: list[WebhookShown]


class DeliveryShown(Schema):
    """A request that was sent to a webhook, and what came of it."""

    id: str = Field(description="The header `webhook-id`.")
    type: str = Field(description="The event's kind, or `test`.")
    event: int | None = Field(description="The event's `id`; null for a test.")
    time: int
    status: int | None = Field(description="HTTP status of the answer; null where none came.")
    error: str | None = Field(description="Why it does not count as delivered; null where it does.")
    milliseconds: int


class DeliveriesShown(Schema):
    """The last deliveries, newest first."""

    items: list[DeliveryShown]
