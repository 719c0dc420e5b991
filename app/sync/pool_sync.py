"""Chain to tables, for one pool: a range of blocks at a time, in one database transaction with the cursor."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from earnest.chain.events import logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.types import Block
from earnest.core.keccak import keccak256
from earnest.core.models.evaluation import count_correct
from earnest.core.models.model import Model
from earnest.core.models.registry import model_of
from earnest.core.pool.events import Contributed
from earnest.db.engine import Sessions
from earnest.db.queries.synced import accepted_at_snapshot, synced_blocks
from earnest.db.tables import Chain, Evaluation, HeldOut, ModelSnapshot, Pool, SyncCursor, SyncedBlock
from earnest.sync.errors import PoolGone
from earnest.sync.mirror import restore_mirror
from earnest.sync.projection import apply_log, undo_after
from earnest.sync.submissions import reopen_after, reopen_missing
from earnest.sync.texts import bind_texts, release_texts

log = logging.getLogger(__name__)

#: Most blocks in one database transaction.
RANGE_BLOCKS = 500
#: A snapshot is stored at least this often, in contributions; it bounds the replay at a start.
SNAPSHOT_EVERY = 500
#: The contract computes its digest anew for each question, so it is not asked more often than this.
DIGEST_SECONDS = 2.0
#: How many blocks before its former one a pool's creation may be found again.
CREATION_BLOCKS = 1_000


class PoolSync:
    """Keeps one pool's tables and model mirror in step with the chain.

    Reorganisations are found by comparing the stored block hashes with the chain's: rows after the common ancestor are
    taken back, and the mirror is rebuilt from the last snapshot that remains.

    Args:
        gateway: the chain.
        sessions: the database.
        pool_id: a deployed pool.
    """

    def __init__(self, gateway: Gateway, sessions: Sessions, pool_id: str, clock: Callable[[], float] = time.monotonic):
        self._gateway = gateway
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._stepping = threading.Lock()
        self.pool_id = pool_id
        with sessions() as session:
            pool = session.get_one(Pool, pool_id)
            cursor = session.get_one(SyncCursor, pool_id)
            self._model = restore_mirror(session, pool, cursor.block_number)
            self._block = Block(cursor.block_number, cursor.block_hash, "", cursor.block_time)
            self._held_out = _load_held_out(session, pool)
        #: the contract is looked at once before the first range, since the tables may be about another chain's
        self._code_due = True
        self._digest_asked = -float("inf")
        self._digest_due = True
        self.digest_matches: bool | None = None

    def snapshot(self) -> tuple[Model, Block]:
        """The model mirror and its block; the model is never changed afterwards."""
        with self._lock:
            return self._model, self._block

    def step(self) -> int:
        """Take in the next range of blocks; returns how many blocks that were.

        Raises:
            ChainUnavailable: the node does not answer; nothing was changed.
            PoolGone: the chain has no such pool now; it is looked for again at the next step.
        """
        # a new pool is stepped by whoever deployed it, too: twice at once, its mirror would miss what the other learns
        with self._stepping:
            return self._step()

    def _step(self) -> int:
        if self._code_due:
            self._require_code()
        model, block = self.snapshot()
        head = self._gateway.head()
        known = self._gateway.block(block.number)
        if known is None or known.hash != block.hash:
            self._rewind()
            return 1
        if head.number <= block.number:
            self.compare_digest()
            return 0

        last = min(head.number, block.number + RANGE_BLOCKS)
        end = head if last == head.number else self._gateway.block(last)
        if end is None:
            return 0
        logs = self._gateway.logs([self._address()], block.number + 1, last)
        if not (self._is_canonical(block) and self._is_canonical(end)):
            # reorganised while it was being read: look again; the next step finds out how far back
            return 0

        contributions = logs_of(Contributed, logs)
        fresh = model.copy() if contributions else model
        with self._sessions.begin() as session:
            pool = session.get_one(Pool, self.pool_id)
            for one in logs:
                event = one.event
                if apply_log(session, pool, one) and isinstance(event, Contributed):
                    predicted = fresh.learn_one(fresh.sample_from_bytes(event.sample), event.label)
                    if predicted != event.predicted:
                        log.error("Mirror and contract predict differently: pool=%s index=%d", one.address, event.index)
            bind_texts(session, pool, contributions)
            reopen_missing(session, pool, block.number, end.number, {one.transaction_hash for one in logs})
            self._store_position(session, end)
            if fresh is not model:
                self._store_model(session, fresh, end)
        with self._lock:
            self._model, self._block = fresh, end
        if fresh is not model:
            self._digest_due = True
        self.compare_digest()
        return end.number - block.number

    def catch_up(self) -> None:
        """Step until the chain's head is in the tables, and compare digests there."""
        while self.step():
            pass
        self.compare_digest(force=True)

    # INTERNAL

    def _is_canonical(self, block: Block) -> bool:
        actual = self._gateway.block(block.number)
        return actual is not None and actual.hash == block.hash

    def _address(self) -> str:
        with self._sessions() as session:
            address = session.get_one(Pool, self.pool_id).address
        if address is None:
            raise ValueError(f"Pool {self.pool_id} is not deployed.")
        return address

    def _store_position(self, session: Session, end: Block) -> None:
        cursor = session.get_one(SyncCursor, self.pool_id)
        cursor.block_number, cursor.block_hash, cursor.block_time = end.number, end.hash, end.timestamp
        session.merge(
            SyncedBlock(pool_id=self.pool_id, block_number=end.number, block_hash=end.hash, block_time=end.timestamp)
        )

    def _store_model(self, session: Session, model: Model, end: Block) -> None:
        if model.accepted_ - accepted_at_snapshot(session, self.pool_id) >= SNAPSHOT_EVERY:
            session.merge(
                ModelSnapshot(
                    pool_id=self.pool_id, block_number=end.number, accepted=model.accepted_, state=model.to_bytes()
                )
            )
        if self._held_out is not None:
            correct, total = count_correct(model, *self._held_out)
            session.merge(
                Evaluation(
                    pool_id=self.pool_id,
                    block_number=end.number,
                    block_time=end.timestamp,
                    accepted=model.accepted_,
                    correct=correct,
                    total=total,
                )
            )

    def _rewind(self) -> None:
        ancestor = self._ancestor()
        anew = ancestor is None
        if ancestor is None:
            ancestor = self._creation()
        with self._sessions.begin() as session:
            pool = session.get_one(Pool, self.pool_id)
            # where the pool was created anew, nothing of what was before it stays
            undone_from = -1 if anew else ancestor.number
            log.warning("Reorganisation: back to block number=%d hash=%s", ancestor.number, ancestor.hash)
            release_texts(session, pool, undone_from)
            reopen_after(session, pool, undone_from)
            undo_after(session, pool, undone_from)
            self._store_position(session, ancestor)
            if anew:
                self._store_start(session, pool, ancestor)
            model = restore_mirror(session, pool, ancestor.number)
        with self._lock:
            self._model, self._block = model, ancestor
        self._digest_due = True

    def _require_code(self) -> None:
        with self._sessions() as session:
            pool = session.get_one(Pool, self.pool_id)
        code = self._gateway.code(pool.address or "")
        if not code:
            raise PoolGone(f"The chain has no pool at {pool.address} now; it is looked for again.")
        if pool.code_hash is not None and "0x" + keccak256(code).hex() != pool.code_hash:
            raise PoolGone(f"The code at pool {pool.address} is not the one that was deployed.")
        self._code_due = False

    def _ancestor(self) -> Block | None:
        """The newest block that the tables and the chain have in common; None where not even the creation's is."""
        with self._sessions() as session:
            for row in synced_blocks(session, self.pool_id):
                actual = self._gateway.block(row.block_number)
                if actual is not None and actual.hash == row.block_hash:
                    return actual
        return None

    def _creation(self) -> Block:
        """The block in which the pool was created anew, after a reorganisation took the former one.

        Raises:
            PoolGone: it was not, or not yet.
        """
        self._code_due = True
        self._require_code()
        with self._sessions() as session:
            pool = session.get_one(Pool, self.pool_id)
            chain = session.get_one(Chain, pool.chain_id)
        head = self._gateway.head()
        first = max(0, (pool.deployed_block or 0) - CREATION_BLOCKS)
        found = [
            created
            for created in self._gateway.creations(pool.address or "", first, head.number)
            if chain.factory is None or created.address == chain.factory
        ]
        block = self._gateway.block(found[-1].block_number) if found else None
        if block is None or block.hash != found[-1].block_hash:
            raise PoolGone(f"The block in which pool {pool.address} was created is gone from the chain.")
        return block

    def _store_start(self, session: Session, pool: Pool, created: Block) -> None:
        """What its deployment wrote of a pool's first block, which is another one now."""
        pool.deployed_block, pool.deployed_block_hash = created.number, created.hash
        if self._held_out is not None:
            model = restore_mirror(session, pool, created.number)
            correct, total = count_correct(model, *self._held_out)
            session.merge(
                Evaluation(
                    pool_id=self.pool_id,
                    block_number=created.number,
                    block_time=created.timestamp,
                    accepted=0,
                    correct=correct,
                    total=total,
                )
            )

    def compare_digest(self, *, force: bool = False) -> None:
        """Ask the contract for its digest, where the mirror has changed and the last question is long enough ago."""
        now = self._clock()
        if not self._digest_due and not force:
            return
        if now - self._digest_asked < DIGEST_SECONDS and not force:
            return
        model, block = self.snapshot()
        self._digest_asked = now
        equal = self._gateway.digest(self._address(), block.number) == model.digest()
        if not equal and not self._is_canonical(block):
            # another block's digest: the chain was reorganised, which the next step sees to
            return
        self.digest_matches = equal
        self._digest_due = False
        if not self.digest_matches:
            log.error("The mirror's digest differs from the contract's: pool=%s block=%d", self.pool_id, block.number)


def _load_held_out(session: Session, pool: Pool) -> tuple[Any, NDArray[np.uint8]] | None:
    """The held-out samples as the pool's model takes them, and their labels."""
    row = session.get(HeldOut, pool.id)
    if row is None:
        return None
    model = model_of(pool.model or "", pool.model_parameters or ())
    return model.format.from_stored(row.indptr, row.indices), np.frombuffer(row.labels, dtype=np.uint8)
