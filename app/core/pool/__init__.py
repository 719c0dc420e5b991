"""Twin of `Pool.sol`: one pool as a Python object, on exact integers."""

from earnest.core.pool.contribution import Contribution
from earnest.core.pool.events import (
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
from earnest.core.pool.refusal import Refusal
from earnest.core.pool.twin import PoolTwin

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
