"""Answers about transactions."""

from typing import Any

from earnest.web.schemas import Amount, Schema


class EventShown(Schema):
    """An event of a pool; amounts are strings, and `predicted` is null where the model learns without predicting."""

    name: str
    values: dict[str, Any]


class TransactionShown(Schema):
    """A receipt."""

    transaction_hash: str
    succeeded: bool
    block_number: int
    block_hash: str
    time: int
    gas_used: int
    gas_price: Amount
    events: list[EventShown]
