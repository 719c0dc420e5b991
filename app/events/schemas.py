"""What streams of events tell."""

from typing import Any, Literal

from pydantic import Field

from earnest.web.schemas import Amount, Schema

Kind = Literal[
    "contributed", "refunded", "reported", "collected", "credit", "withdrawn", "paused", "unpaused", "owner",
    "evaluated", "reorganised", "settled", "sealed",
]  # fmt: skip


class EventShown(Schema):
    """Something that happened in a pool, in a block; its kind is the event's name."""

    kind: Kind
    pool: str
    account: str | None = Field(description="Who acted or was paid.")
    contributor: str | None = Field(description="Whose contribution it befell, where that is another account.")
    index: int | None = Field(description="The contribution's number.")
    amount: Amount | None = Field(description="Paid in, paid out, or owed from now on (`credit`), in wei.")
    block_number: int
    time: int
    transaction_hash: str | None
    facts: dict[str, Any] = Field(description="What else this kind of event says.")
