"""How far a node is trusted."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Care:
    """What is expected of a node.

    Attributes:
        lag_seconds: how long one that lacks our newest block may only be behind the others of its address.
        counts: whether the number of contributions in its logs is compared with the contract's own.
    """

    lag_seconds: float
    counts: bool

    #: Of a development chain's node, which is alone and right.
    AT_HOME: ClassVar["Care"]
    #: Of any other.
    ABROAD: ClassVar["Care"]


Care.AT_HOME, Care.ABROAD = Care(0.0, counts=False), Care(30.0, counts=True)
