"""Twin of `Pool.sol`: one pool as a Python object, on exact integers."""

from app.core.pool.contribution import Contribution
from app.core.pool.events import Collected, Contributed, CreditChanged, Event, Refunded, Reported, Withdrawn
from app.core.pool.refusal import Refusal
from app.core.pool.twin import PoolTwin

__all__ = [
    "Collected",
    "Contributed",
    "Contribution",
    "CreditChanged",
    "Event",
    "PoolTwin",
    "Refunded",
    "Refusal",
    "Reported",
    "Withdrawn",
]
