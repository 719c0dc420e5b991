"""What keeps one pool from being followed."""

from earnest.errors import EarnestError


class PoolGone(EarnestError):
    """The chain has no such pool now, or another one at its address."""

    status = 503
    type = "pool-gone"
    title = "Pool gone"
