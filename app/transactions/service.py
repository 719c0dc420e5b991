"""Receipts of mined transactions, with the pools' events in them."""

import re
from dataclasses import fields

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.contributions.schemas import shown_prediction
from earnest.core.pool.events import Event
from earnest.transactions.errors import TransactionUnknown
from earnest.transactions.schemas import EventShown, TransactionShown


class TransactionService:
    """Shows transactions.

    Args:
        gateway: the chain.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def show(self, transaction_hash: str) -> TransactionShown:
        """A mined transaction's receipt.

        Raises:
            TransactionUnknown: it is not mined, or is no transaction's hash.
        """
        known = re.fullmatch(r"0x[0-9a-fA-F]{64}", transaction_hash)
        receipt = self._gateway.receipt(transaction_hash) if known else None
        if receipt is None:
            raise TransactionUnknown(f"No transaction {transaction_hash} was mined.")
        return TransactionShown(
            transaction_hash=receipt.transaction_hash,
            succeeded=receipt.status == 1,
            block_number=receipt.block_number,
            block_hash=receipt.block_hash,
            time=receipt.block_time,
            gas_used=receipt.gas_used,
            gas_price=receipt.gas_price,
            events=[_shown(log) for log in receipt.logs],
        )


def _shown(log: Log[Event]) -> EventShown:
    """An event's values by name, and its pool: the one that says so, or, of the factory's, the one it speaks of."""
    values = {field.name: getattr(log.event, field.name) for field in fields(log.event)}
    return EventShown(
        name=type(log.event).__name__,
        values={name: _shown_value(name, value) for name, value in ({"pool": log.address} | values).items()},
    )


_AMOUNTS = {"deposit", "amount", "remaining", "credit"}


def _shown_value(name: str, value: object) -> object:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if name == "predicted" and isinstance(value, int):
        return shown_prediction(value)
    return str(value) if name in _AMOUNTS else value
