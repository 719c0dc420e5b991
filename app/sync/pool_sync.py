"""Chain to tables, for one pool: a range of blocks at a time, in one database transaction with the cursor."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from earnest.chain.errors import HistoryMissing
from earnest.chain.events import Log, logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.sealed import sealed_state
from earnest.chain.types import Block
from earnest.core.keccak import keccak256
from earnest.core.models.evaluation import count_correct
from earnest.core.models.model import Model
from earnest.core.models.registry import model_of
from earnest.core.pool.events import Contributed, Event
from earnest.core.pool.sealed_events import Contributed as SealedContributed
from earnest.core.pool.sealed_events import Sealed
from earnest.db.engine import Sessions
from earnest.db.queries.events import newest_event_of
from earnest.db.queries.synced import accepted_at_snapshot, accounts_after, synced_blocks
from earnest.db.tables import Chain, Evaluation, HeldOut, ModelSnapshot, Pool, SyncCursor, SyncedBlock
from earnest.sync.ahead import Ahead, follows, is_canonical, read_ahead
from earnest.sync.care import Care
from earnest.sync.collector import resting_collector
from earnest.sync.errors import PoolGone
from earnest.sync.events import Notes
from earnest.sync.mirror import Mirror
from earnest.sync.projection import Projection, has_row
from earnest.sync.restored import go_on, restore_mirror
from earnest.sync.sealed_mirror import SealedMirror
from earnest.sync.submissions import reopen_after, reopen_missing
from earnest.sync.texts import bind_texts, release_texts
from earnest.sync.undoing import undo_after

log = logging.getLogger(__name__)

#: A snapshot is stored at least this often, in contributions; it bounds the replay at a start.
SNAPSHOT_EVERY = 500
#: The contract computes its digest anew for each question, so it is not asked more often than this.
DIGEST_SECONDS = 2.0
#: How many blocks before its former one a pool's creation may be found again.
CREATION_BLOCKS = 1_000


class _TablesMoved(Exception):
    """Another process has moved a pool's tables since this one read them."""


class PoolSync:
    """Keeps one pool's tables and model mirror in step with the chain.

    Reorganisations are found by comparing the stored block hashes with the chain's: rows after the common ancestor are
    taken back, and the mirror is rebuilt from the last snapshot that remains.

    Args:
        gateway: the chain.
        sessions: the database.
        pool_id: a deployed pool.
        clock: seconds.
        care: how far the node is trusted; None for what the chain is: a development chain's node is this machine's.
    """

    def __init__(
        self,
        gateway: Gateway,
        sessions: Sessions,
        pool_id: str,
        clock: Callable[[], float] = time.monotonic,
        care: Care | None = None,
    ) -> None:
        self._gateway = gateway
        self._careful = care
        self._known_address: str | None = None
        #: how often rows were taken back since the process began
        self.reorganisations = 0
        self._behind_since: float | None = None
        #: the block whose logs were said to be too few
        self._missing_told = -1
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._stepping = threading.Lock()
        self.pool_id = pool_id
        with sessions.snapshot() as session:
            pool = session.get_one(Pool, pool_id)
            cursor = session.get_one(SyncCursor, pool_id)
            self._mirror = restore_mirror(session, pool, cursor.block_number)
            self._block = Block(cursor.block_number, cursor.block_hash, "", cursor.block_time)
            self._held_out = _load_held_out(session, pool)
            #: the contract is looked at once before the first range, since the tables may be about another chain's
        self._code_due = True
        #: the newest event of the pool when its mirror was last read from the tables that another process writes
        self._heard: int | None = None
        self._digest_asked = -float("inf")
        self._digest_due = True
        self.digest_matches: bool | None = None

    def snapshot(self) -> tuple[Model, Block]:
        """The model that is served and its block; the model is never changed afterwards."""
        mirror, block = self.mirror()
        return mirror.served, block

    def mirror(self) -> tuple[Mirror, Block]:
        """The whole mirror and its block; it is never changed afterwards."""
        with self._lock:
            return self._mirror, self._block

    def step(self, ahead: Ahead | None = None) -> int:
        """Take in the next range of blocks; returns how many blocks that were.

        Args:
            ahead: the range, if it was read for several pools at once.

        Raises:
            ChainUnavailable: the node does not answer; nothing was changed.
            PoolGone: the chain has no such pool now; it is looked for again at the next step.
        """
        # a new pool is stepped by whoever deployed it, too: twice at once, its mirror would miss what the other learns
        with self._stepping, resting_collector():
            try:
                return self._step(ahead)
            except _TablesMoved:
                log.warning("Another process has written the tables of pool %s: they are read anew", self.pool_id)
                self._heard = None
                return self._follow()

    def follow(self) -> int:
        """Take in what another process has written into the tables, and compare digests; see `reread`.

        Raises:
            ChainUnavailable: the node does not answer; the tables were taken in.
        """
        moved = self.reread()
        self.compare_digest()
        return moved

    def reread(self) -> int:
        """Take in what another process has written into the tables; returns by how many blocks they moved.

        O(what happened in the pool since), else O(1); after a reorganisation O(contributions since the snapshot).
        """
        with self._stepping:
            return self._follow()

    def _follow(self) -> int:
        mirror, block = self.mirror()
        with self._sessions.snapshot() as session:
            cursor = session.get_one(SyncCursor, self.pool_id)
            if (cursor.block_number, cursor.block_hash) == (block.number, block.hash) and self._heard is not None:
                return 0
            # every change has an event, reorganisations too
            heard = newest_event_of(session, self.pool_id) or 0
            changed = heard != self._heard
            if changed:
                fresh = self._caught_up(session, cursor.block_number)
                changed, mirror = fresh is not mirror, fresh
            end = Block(cursor.block_number, cursor.block_hash, "", cursor.block_time)
        with self._lock:
            self._mirror, self._block, self._heard = mirror, end, heard
            # before anybody can know that the tables are as far: who waited for it is not shown what was kept before
            self._sessions.touch()
        self._digest_due = self._digest_due or changed
        return abs(end.number - block.number)

    def _caught_up(self, session: Session, block_number: int) -> Mirror:
        """The mirror at the end of the block to which another process has brought the tables."""
        mirror, block = self.mirror()
        pool = session.get_one(Pool, self.pool_id)
        kept = session.get(SyncedBlock, (self.pool_id, block.number))
        # what was taken back is gone from these: then the mirror has learned from what never was
        is_ahead = kept is not None and kept.block_hash == block.hash and block.number <= block_number
        if self._heard is None or not is_ahead:
            return restore_mirror(session, pool, block_number)
        return go_on(session, pool, mirror, block.number, block_number)

    def _step(self, ahead: Ahead | None) -> int:
        if self._code_due:
            self._require_code()
        mirror, block = self.mirror()
        # what was read for several pools holds for those that stand where it begins; while one after the other takes it
        # in, the chain may be reorganised
        shared = ahead is not None and ahead.fits(self.address, block)
        if ahead is not None and shared and ahead.end.hash != block.hash:
            shared = is_canonical(self._gateway, ahead.end)
        if not shared:
            head = self._gateway.settled_head()
            stands = head.hash == block.hash or follows(head, block)
            known = block if stands else self._gateway.block(block.number)
            if known is None and self._may_lag(head, block):
                return 0
            if known is None or known.hash != block.hash:
                self._behind_since = None
                self._rewind()
                return 1
            ahead = read_ahead(self._gateway, [self.address], block, head)
        self._behind_since = None
        if ahead is None:
            return 0
        if ahead.end.hash == block.hash:
            self.compare_digest()
            return 0

        end, logs = ahead.end, ahead.logs[self.address]
        if self._care.counts and not self._are_all(logs, mirror, end, is_newest=end.number == ahead.head.number):
            return 0
        fresh = mirror.copy() if any(mirror.changes_by(one.event) for one in logs) else mirror
        with self._sessions.begin() as session:
            self._require_place(session, block)
            pool = session.get_one(Pool, self.pool_id)
            notes, projection = Notes(session, pool), Projection(session, pool, logs)
            for one in logs:
                is_new = projection.take(one, fresh)
                if is_new or not has_row(one.event):
                    notes.log(one, projection.contributor_of)
                if is_new:
                    problem = fresh.take(one, projection.sample_of)
                    if problem is not None:
                        log.error("%s: pool=%s", problem, one.address)
            projection.write()
            bind_texts(session, pool, [*logs_of(Contributed, logs), *logs_of(SealedContributed, logs)])
            reopen_missing(session, pool, block.number, end.number, {one.transaction_hash for one in logs})
            self._store_position(session, end)
            if fresh is not mirror:
                self._store_mirror(session, fresh, end, notes, sealed=bool(logs_of(Sealed, logs)))
            notes.write()
        with self._lock:
            self._mirror, self._block = fresh, end
            # what was worked out between the commit and this has the former mirror
            self._sessions.touch()
        if fresh is not mirror:
            self._digest_due = True
        self.compare_digest()
        return end.number - block.number

    def catch_up(self) -> None:
        """Step until the chain's head is in the tables, and compare digests there."""
        while self.step():
            pass
        self.compare_digest(force=True)

    # INTERNAL

    @property
    def _care(self) -> Care:
        """How far the node is trusted; asked for when it is needed, since the node may be silent at first."""
        if self._careful is None:
            self._careful = Care.AT_HOME if self._gateway.is_development() else Care.ABROAD
        return self._careful

    def _may_lag(self, head: Block, block: Block) -> bool:
        """Whether a node that lacks our block may only be behind: for a while, a shorter chain is no other chain."""
        if head.number >= block.number:
            # it has later blocks: another node of its address has answered
            return self._care.lag_seconds > 0
        now = self._clock()
        if self._behind_since is None:
            self._behind_since = now
        return now - self._behind_since < self._care.lag_seconds

    def _are_all(self, logs: Sequence[Log[Event]], mirror: Mirror, end: Block, *, is_newest: bool) -> bool:
        """Whether the logs are all that there are: of blocks that a node lacks it tells none, and no error.

        Args:
            logs: of the range that ends there.
            mirror: before them.
            end: the range's last block.
            is_newest: whether it is the newest that is taken in. Of an older one, a node may have forgotten the state:
                what is missing is then noticed at the newest.
        """
        made = len(logs_of(Contributed, logs)) + len(logs_of(SealedContributed, logs))
        found, seals = mirror.accepted + made, len(logs_of(Sealed, logs))
        try:
            if isinstance(mirror, SealedMirror):
                state = sealed_state(self._gateway, self.address, end.number)
                count, unsealed = state.count, state.epoch - mirror.epoch - seals
            else:
                count, unsealed = self._gateway.pool_state(self.address, end.number).count, 0
        except HistoryMissing:
            if is_newest:
                raise
            return True
        if count == found and unsealed == 0:
            self._missing_told = -1
            return True
        if self._missing_told != end.number:
            self._missing_told = end.number
            log.warning(
                "The node's logs up to block %d hold %d contributions of pool %s, whose contract says %d, and %d seals "
                "too few: asked again",
                end.number, found, self.pool_id, count, unsealed,
            )  # fmt: skip
        return False

    @property
    def address(self) -> str:
        """The pool's; it never changes once there is one."""
        if self._known_address is None:
            self._known_address = self._address()
        return self._known_address

    def _address(self) -> str:
        with self._sessions() as session:
            address = session.get_one(Pool, self.pool_id).address
        if address is None:
            raise ValueError(f"Pool {self.pool_id} is not deployed.")
        return address

    def _require_place(self, session: Session, block: Block) -> None:
        """Hold the pool's tables until the end of a transaction that moves them on from a block.

        Raises:
            _TablesMoved: they are not at that block: whoever had the claim before may have written last.
        """
        cursor = session.get_one(SyncCursor, self.pool_id, with_for_update=True)
        if (cursor.block_number, cursor.block_hash) != (block.number, block.hash):
            raise _TablesMoved

    def _store_position(self, session: Session, end: Block) -> None:
        cursor = session.get_one(SyncCursor, self.pool_id)
        cursor.block_number, cursor.block_hash, cursor.block_time = end.number, end.hash, end.timestamp
        session.merge(
            SyncedBlock(pool_id=self.pool_id, block_number=end.number, block_hash=end.hash, block_time=end.timestamp)
        )

    def _store_mirror(self, session: Session, mirror: Mirror, end: Block, notes: Notes, *, sealed: bool) -> None:
        if sealed or mirror.accepted - accepted_at_snapshot(session, self.pool_id) >= SNAPSHOT_EVERY:
            state, judge = mirror.kept()
            session.merge(
                ModelSnapshot(
                    pool_id=self.pool_id, block_number=end.number, accepted=mirror.accepted, state=state, judge=judge
                )
            )
        if found := self._evaluate(session, mirror, end):
            facts = {"accepted": mirror.accepted, "correct": found[0], "total": found[1]}
            notes.add("evaluated", end.number, end.timestamp, facts=facts)

    def _evaluate(self, session: Session, mirror: Mirror, end: Block) -> tuple[int, int] | None:
        """Measure what is served on the held-out samples; None where there are none."""
        if self._held_out is None:
            return None
        correct, total = count_correct(mirror.served, *self._held_out)
        session.merge(
            Evaluation(
                pool_id=self.pool_id,
                block_number=end.number,
                block_time=end.timestamp,
                accepted=mirror.accepted,
                correct=correct,
                total=total,
            )
        )
        return correct, total

    def _rewind(self) -> None:
        _, block = self.mirror()
        ancestor = self._ancestor()
        anew = ancestor is None
        if ancestor is None:
            ancestor = self._creation()
        with self._sessions.begin() as session:
            self._require_place(session, block)
            pool = session.get_one(Pool, self.pool_id)
            # where the pool was created anew, nothing of what was before it stays
            undone_from = -1 if anew else ancestor.number
            log.warning("Reorganisation: back to block number=%d hash=%s", ancestor.number, ancestor.hash)
            release_texts(session, pool, undone_from)
            reopen_after(session, pool, undone_from)
            notes = Notes(session, pool)
            notes.reorganised(ancestor.number, ancestor.timestamp, accounts_after(session, pool, undone_from))
            notes.write()
            undo_after(session, pool, undone_from)
            self._store_position(session, ancestor)
            if anew:
                self._store_start(session, pool, ancestor)
            mirror = restore_mirror(session, pool, ancestor.number)
        with self._lock:
            self._mirror, self._block = mirror, ancestor
            self.reorganisations += 1
            self._sessions.touch()
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
            # a pool that was imported has the factory of whoever deployed it
            factory = pool.request.get("factory") or session.get_one(Chain, pool.chain_id).factory
        head = self._gateway.head()
        first = max(0, (pool.deployed_block or 0) - CREATION_BLOCKS)
        found = [
            created
            for created in self._gateway.creations(pool.address or "", first, head.number)
            if factory is None or created.address == factory
        ]
        block = self._gateway.block(found[-1].block_number) if found else None
        if block is None or block.hash != found[-1].block_hash:
            raise PoolGone(f"The block in which pool {pool.address} was created is gone from the chain.")
        return block

    def _store_start(self, session: Session, pool: Pool, created: Block) -> None:
        """What its deployment wrote of a pool's first block, which is another one now."""
        pool.deployed_block, pool.deployed_block_hash = created.number, created.hash
        self._evaluate(session, restore_mirror(session, pool, created.number), created)

    def compare_digest(self, *, force: bool = False) -> None:
        """Ask the contract for its digest, where the mirror has changed and the last question is long enough ago."""
        now = self._clock()
        if not self._digest_due and not force:
            return
        if now - self._digest_asked < DIGEST_SECONDS and not force:
            return
        mirror, block = self.mirror()
        self._digest_asked = now
        try:
            # a node that mines while it answers may tell a later block's: where they differ, it is asked once more
            equal = not all(mirror.differs(self._gateway, self._address(), block.number) for _ in range(2))
        except HistoryMissing as error:
            # asked again with a newer block, of which the node has the state
            log.warning("The digest of pool %s cannot be compared: %s", self.pool_id, error.detail)
            return
        if not equal and not is_canonical(self._gateway, block):
            # another block's digest: the chain was reorganised, which the next step sees to
            return
        changed, self.digest_matches = self.digest_matches != equal, equal
        # what differs is asked again and again: the node may have been wrong twice
        self._digest_due = not equal
        if changed:
            self._sessions.touch()
        if changed and not equal:
            log.error("The mirror's digest differs from the contract's: pool=%s block=%d", self.pool_id, block.number)


def _load_held_out(session: Session, pool: Pool) -> tuple[Any, NDArray[np.uint8]] | None:
    """The held-out samples as the pool's model takes them, and their labels."""
    row = session.get(HeldOut, pool.id)
    if row is None:
        return None
    model = model_of(pool.model or "", pool.model_parameters or ())
    return model.format.from_stored(row.indptr, row.indices), np.frombuffer(row.labels, dtype=np.uint8)
