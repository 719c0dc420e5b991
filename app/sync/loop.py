"""One thread that keeps every deployed pool in step: with the chain, or with the tables that another process writes."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from earnest.chain.errors import ChainError, ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.db.engine import Sessions
from earnest.errors import EarnestError
from earnest.readiness import CAPABILITIES, PREDICT, SUBMIT, Readiness
from earnest.sync.ahead import Ahead, read_ahead
from earnest.sync.collector import resting_collector
from earnest.sync.errors import PoolGone
from earnest.sync.pool_sync import PoolSync
from earnest.telemetry import span

#: Seconds to wait until a confirmed transaction is in the tables.
SYNC_PATIENCE = 10.0

log = logging.getLogger(__name__)

_NEVER_ASKED = ""


class SyncLoop:
    """Steps every pool again and again; `nudge` makes it look at once.

    Args:
        gateway: the chain.
        sessions: the database.
        readiness: told when the chain is gone or a mirror is wrong.
        pause: seconds between two looks.
        leads: whether this process has the claim to the database, and writes what is derived from the chain; otherwise
            the mirrors follow the tables until it does (`lead`).
    """

    def __init__(
        self, gateway: Gateway, sessions: Sessions, readiness: Readiness, pause: float, *, leads: bool = True
    ) -> None:
        self._leads = leads
        self._gateway = gateway
        self._sessions = sessions
        self.readiness = readiness
        self._pause = pause
        self._pools: dict[str, PoolSync] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._moved = threading.Condition()
        #: the pools that the node did not answer about when it was asked last; before it ever did, nobody's
        self._silent: set[str] = {_NEVER_ASKED}
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    @property
    def is_chain_silent(self) -> bool:
        """Whether the node did not answer when it was asked last."""
        return bool(self._silent)

    def restore(self, pool_id: str) -> PoolSync:
        """Take a deployed pool in as the tables have it; the chain is not asked, and may be behind or ahead."""
        sync = PoolSync(self._gateway, self._sessions, pool_id)
        with self._lock:
            self._pools[pool_id] = sync
        return sync

    def add(self, pool_id: str) -> PoolSync:
        """Take a deployed pool in; it is caught up when this returns, or the reason why not is on record.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        sync = self.get(pool_id) or self.restore(pool_id)
        self._step(sync)
        if pool_id in self._silent:
            raise ChainUnavailable("The chain's node does not answer; try again.")
        return sync

    def get(self, pool_id: str) -> PoolSync | None:
        """The pool's sync; None while it is not deployed."""
        with self._lock:
            return self._pools.get(pool_id)

    def all(self) -> list[PoolSync]:
        """Every deployed pool's sync."""
        with self._lock:
            return list(self._pools.values())

    def lead(self) -> None:
        """From now on write, beginning where the process ended that wrote before.

        Raises:
            SQLAlchemyError: the database does not answer; it is still another one that writes.
        """
        for sync in [] if self._leads else self.all():
            sync.reread()
        self._leads = True

    def follow(self) -> None:
        """From now on write nothing, and follow the tables. A step under way may still write what nobody else has."""
        self._leads = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Stop after the step under way, waiting so long for it at most."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def has_reached(self, pool_id: str, block_number: int) -> bool:
        """Whether a pool's tables are as far as a block; if not, they are looked after at once."""
        sync = self.get(pool_id)
        if sync is not None and sync.snapshot()[1].number >= block_number:
            return True
        self._wake.set()
        return False

    def wait_for(self, pool_id: str, block_number: int, timeout: float) -> bool:
        """Whether the tables reach a block in time."""
        until = time.monotonic() + timeout
        with self._moved:
            while (sync := self.get(pool_id)) is None or sync.snapshot()[1].number < block_number:
                self._wake.set()
                left = until - time.monotonic()
                if left <= 0 or self._stop.is_set():
                    return False
                self._moved.wait(min(left, 0.5))
        return True

    def _judge(self, sync: PoolSync) -> None:
        name = f"digest {sync.pool_id}"
        if sync.digest_matches is False:
            words = f"The model mirror of pool {sync.pool_id} differs from the contract."
            self.readiness.block(name, words, blocks=(PREDICT, SUBMIT), pool=sync.pool_id)
        else:
            self.readiness.clear(name)

    def _read_ahead(self, pools: Sequence[PoolSync]) -> Ahead | None:
        """What comes next for all pools that stand farthest, where two do at least, with one question for logs.

        What goes wrong here each pool finds out by itself, and says so by its name.
        """
        stand = [(sync, sync.snapshot()[1]) for sync in pools]
        places = Counter(block.hash for _, block in stand)
        if len(pools) - len(places) < 1:
            return None
        # what is stuck behind stays there, however many that are
        begin = max((block for _, block in stand if places[block.hash] > 1), key=lambda block: block.number)
        at = begin.hash
        try:
            together = {sync.address for sync, block in stand if block.hash == at}
            return read_ahead(self._gateway, together, begin, self._gateway.settled_head())
        except Exception:
            # whatever it is: the thread goes on
            log.debug("The logs of all pools could not be read at once", exc_info=True)
            return None

    def _step(self, sync: PoolSync, ahead: Ahead | None = None) -> int:
        """Bring one pool up to the chain's head, and return how many blocks that were.

        What keeps it from there is its own reason, named by the pool. A healthy pool must not take a failing
        one's reason back.
        """
        name, pool_id, count = f"sync {sync.pool_id}", sync.pool_id, 0
        try:
            while not self._stop.is_set() and (taken := self._move(sync, ahead)):
                count += taken
                ahead = None
            self._judge(sync)
        except ChainUnavailable as error:
            # predictions go on, and say of which block they are; what the tables hold can be read
            self._silent.add(pool_id)
            self.readiness.block(name, error.detail, blocks=(SUBMIT,))
            return count
        except EarnestError as error:
            if self.readiness.reasons().get(name) != error.detail:
                log.error("Pool %s: %s", pool_id, error.detail)
            blocks = CAPABILITIES if isinstance(error, PoolGone) else (SUBMIT,)
            self.readiness.block(name, error.detail, blocks=blocks, pool=pool_id)
        except SQLAlchemyError as error:
            # not this pool's trouble alone
            log.error("The tables cannot be written: %s", str(error).splitlines()[0])
            self.readiness.block(
                name, "The database does not take what the chain says; it is tried again.", blocks=(SUBMIT,)
            )
        except Exception:
            log.exception("Sync of pool %s failed; it is tried again", pool_id)
            words = f"The tables of pool {pool_id} cannot be kept in step with the chain; see the log."
            self.readiness.block(name, words, blocks=(SUBMIT,), pool=pool_id)
        else:
            self.readiness.clear(name)
        # who follows the tables asks the node for itself, once a round
        self._silent -= {pool_id, _NEVER_ASKED} if self._leads else {pool_id}
        return count

    def _move(self, sync: PoolSync, ahead: Ahead | None) -> int:
        if not self._leads:
            return sync.follow()
        return sync.step() if ahead is None else sync.step(ahead)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            with self._lock:
                pools = list(self._pools.values())
            if pools and self._leads:
                self.readiness.clear("chain")
            else:
                self._listen()
            self._round(pools)
            with self._moved:
                self._moved.notify_all()
            self._wake.wait(self._pause)

    def _round(self, pools: Sequence[PoolSync]) -> None:
        """One look at the chain for every pool."""
        with span("sync", may_be_idle=True, earnest__pools=len(pools)) as told:
            with resting_collector():
                ahead = self._read_ahead(pools) if self._leads else None
            blocks = sum(self._step(sync, ahead) for sync in pools)
            told.say(earnest__blocks=blocks)
            if not blocks and not self._silent:
                told.idle()

    def _listen(self) -> None:
        """Without a pool, or where the tables are followed, nobody else would notice that the node is gone, or back."""
        try:
            self._gateway.head()
        except ChainError as error:
            self._silent.add(_NEVER_ASKED)
            self.readiness.block("chain", error.detail, blocks=(SUBMIT,))
        else:
            self._silent.discard(_NEVER_ASKED)
            self.readiness.clear("chain")
