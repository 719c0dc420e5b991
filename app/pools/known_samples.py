"""Which samples a pool has not seen: by far most that a quote is asked for, and these need no look into the tables.

Of each contribution eight bytes of its sample's hash are kept in memory. What is not among them was never contributed;
what is may have been, and the tables tell. They are read on from where they were read to whenever they have changed, by
whoever looks into them next, so that between two changes nobody has to.
"""

import threading
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from earnest.db.queries.contributions import SampleRow, sample_at, samples_from
from earnest.db.tables import Pool

#: Contributions that one look reads at most, a few thousandths of a second; a large pool takes hundreds.
MOST_READ = 4_000
#: Newest ones that are kept in a set; the others in an array, which takes a tenth of the memory.
_MOST_APART = 20_000


def _short(sample_hash: str) -> int:
    return int(sample_hash[2:18], 16)


class _OfPool(NamedTuple):
    """What is known of a pool.

    Attributes:
        state: of the tables that it was read at; None while there is more to read.
        last: the newest contribution that was read.
        many: short hashes, ascending.
        few: the newest ones.
    """

    state: Hashable
    last: SampleRow | None
    many: NDArray[np.uint64]
    few: frozenset[int]

    def holds(self, short: int) -> bool:
        """Whether a sample of this short hash was contributed."""
        if short in self.few:
            return True
        place = int(self.many.searchsorted(np.uint64(short)))
        return place < len(self.many) and int(self.many[place]) == short


_NOTHING = _OfPool(None, None, np.zeros(0, dtype=np.uint64), frozenset())


class KnownSamples:
    """The samples of all pools; safe under threads, one of which reads at a time."""

    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._pools: dict[str, _OfPool] = {}

    def lacks(self, pool: Pool, state: Hashable, sample_hash: str) -> bool:
        """Whether it is certain that a sample was not contributed.

        Args:
            pool: to which.
            state: what changes whenever the pool's contributions may have.
            sample_hash: keccak256, in hex.
        """
        known = self._pools.get(pool.id, _NOTHING)
        return known.state is not None and known.state == state and not known.holds(_short(sample_hash))

    def read_on(self, session: Session, pool: Pool, state: Hashable) -> None:
        """Take in what was contributed since the last time; nothing while another thread does.

        Args:
            session: that began after `state` was taken.
            pool: whose.
            state: see `lacks`.
        """
        if not self._reading.acquire(blocking=False):
            return
        try:
            known = self._pools.get(pool.id, _NOTHING)
            if known.state is None or known.state != state:
                self._pools[pool.id] = _read(session, pool, known, state)
        finally:
            self._reading.release()


def _read(session: Session, pool: Pool, known: _OfPool, state: Hashable) -> _OfPool:
    rows = samples_from(session, pool, known.last.number + 1 if known.last is not None else 0, MOST_READ)
    # the same contribution in the same block: all before it is the same too. Asked last: what is reorganised between
    # two statements is noticed here, and what is after them the next time
    if known.last is not None and sample_at(session, pool, known.last.number) != known.last:
        known = _NOTHING
        rows = samples_from(session, pool, 0, MOST_READ)
    many, few = known.many, known.few.union(_short(row.sample_hash) for row in rows)
    if len(few) > _MOST_APART:
        many, few = np.union1d(many, np.array(sorted(few), dtype=np.uint64)), frozenset()
    return _OfPool(state if len(rows) < MOST_READ else None, rows[-1] if rows else known.last, many, few)
