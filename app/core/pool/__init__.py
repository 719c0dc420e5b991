"""Twin of `Pool.sol`: one pool as a Python object, on exact integers."""

from earnest.core.pool.contribution import Contribution
from earnest.core.pool.refusal import Refusal
from earnest.core.pool.twin import PoolTwin

__all__ = ["Contribution", "PoolTwin", "Refusal"]
