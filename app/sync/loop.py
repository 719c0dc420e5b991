"""One thread that keeps every deployed pool in step with the chain."""

import logging
import threading
import time

from earnest.chain.errors import ChainError
from earnest.chain.gateway import Gateway
from earnest.db.engine import Sessions
from earnest.readiness import Readiness
from earnest.sync.pool_sync import PoolSync

#: Seconds to wait until a confirmed transaction is in the tables.
SYNC_PATIENCE = 10.0

log = logging.getLogger(__name__)


class SyncLoop:
    """Steps every pool again and again; `nudge` makes it look at once.

    Args:
        gateway: the chain.
        sessions: the database.
        readiness: told when the chain is gone or a mirror is wrong.
        pause: seconds between two looks.
    """

    def __init__(self, gateway: Gateway, sessions: Sessions, readiness: Readiness, pause: float) -> None:
        self._gateway = gateway
        self._sessions = sessions
        self._readiness = readiness
        self._pause = pause
        self._pools: dict[str, PoolSync] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._moved = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def add(self, pool_id: str) -> PoolSync:
        """Take a deployed pool in; it is caught up when this returns."""
        sync = PoolSync(self._gateway, self._sessions, pool_id)
        sync.catch_up()
        self._judge(sync)
        with self._lock:
            self._pools[pool_id] = sync
        return sync

    def get(self, pool_id: str) -> PoolSync | None:
        """The pool's sync; None while it is not deployed."""
        with self._lock:
            return self._pools.get(pool_id)

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
            self._readiness.block(name, f"The model mirror of pool {sync.pool_id} differs from the contract.")
        else:
            self._readiness.clear(name)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            with self._lock:
                pools = list(self._pools.values())
            for sync in pools:
                try:
                    while not self._stop.is_set() and sync.step():
                        pass
                    self._judge(sync)
                except ChainError as error:
                    self._readiness.block(f"sync {sync.pool_id}", error.detail)
                except Exception:
                    log.exception("Sync of pool %s failed; it is tried again", sync.pool_id)
                    self._readiness.block(
                        f"sync {sync.pool_id}",
                        f"The tables of pool {sync.pool_id} cannot be kept in step with the chain; see the log.",
                    )
                else:
                    # named by pool: a healthy pool must not take a failing one's reason back
                    self._readiness.clear(f"sync {sync.pool_id}")
            with self._moved:
                self._moved.notify_all()
            self._wake.wait(self._pause)
