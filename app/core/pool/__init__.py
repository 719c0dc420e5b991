"""Twin of `Pool.sol`: one pool as a Python object, on exact integers."""

from app.core.pool.contribution import Contribution
from app.core.pool.events import (
    BatchCommitted,
    Collected,
    Contributed,
    CreditChanged,
    Event,
    OwnershipTransferred,
    OwnershipTransferStarted,
    Paused,
    Refunded,
    Reported,
    Unpaused,
    Withdrawn,
)
from app.core.pool.refusal import Refusal
from app.core.pool.twin import PoolTwin

__all__ = [
    "BatchCommitted",
    "Collected",
    "Contributed",
    "Contribution",
    "CreditChanged",
    "Event",
    "OwnershipTransferStarted",
    "OwnershipTransferred",
    "Paused",
    "PoolTwin",
    "Refunded",
    "Refusal",
    "Reported",
    "Unpaused",
    "Withdrawn",
]
