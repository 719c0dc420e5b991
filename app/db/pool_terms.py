"""The rules that a pool's row tells of."""

from earnest.core.incentives import registry as incentives
from earnest.core.incentives.base import Terms
from earnest.db.tables import Pool


def terms_of_pool(pool: Pool) -> Terms:
    """A deployed pool's incentive with its numbers."""
    return incentives.by_id(pool.incentive or "").terms(*(int(value) for value in pool.incentive_parameters or ()))
