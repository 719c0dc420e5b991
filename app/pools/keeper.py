"""One thread that seals the operator's pools: once an epoch, for as much as the operator gives for it a day."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from earnest.chain.deployment import send_and_wait
from earnest.chain.errors import ChainError, ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.sealed import seal_call, sealed_state
from earnest.chain.signer import Signer
from earnest.chain.types import Prepared, Receipt
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.pools import pools_in
from earnest.db.queries.sealed import is_waiting
from earnest.db.tables import Pool
from earnest.errors import EarnestError
from earnest.pools.service import READY
from earnest.sync.loop import SyncLoop
from earnest.sync.sealed_mirror import SealedMirror

log = logging.getLogger(__name__)

#: Seconds over which the budget is given.
DAY = 86_400


class Keeper:
    """Seals pools that the operator owns, where a seal is due and would do something.

    A pool in which nothing waits for a seal and whose judge has arrived at the learner is left alone: its clock need
    not move. What can be settled already waits for its author alone, who could otherwise have the operator pay for
    seals for ever with one deposit that is never lost. The pool that was sealed longest ago comes first, so that no
    pool takes all of the budget.

    Args:
        sessions: the database.
        gateway: the chain.
        operator: pays for the seals, and gets the pools' bounties.
        sync: has the mirrors.
        budget: wei that all seals may cost in a day of this machine's clock; 0 for no seals.
        pause: seconds between two looks.
        clock: of this machine, in seconds.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        operator: Signer,
        sync: SyncLoop,
        budget: int,
        pause: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions, self._gateway, self._operator, self._sync = sessions, gateway, operator, sync
        self._budget, self._pause, self._clock = budget, pause, clock
        #: when a seal was paid, and what it cost
        self._spent: list[tuple[float, int]] = []
        #: of seals that were signed and are not known to be mined, by pool: the transaction's hash and most it can cost
        self._under_way: dict[str, tuple[str, int]] = {}
        #: why pools are not sealed, as it was told last: of one by its id, of all by an empty name
        self._told: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    @property
    def left(self) -> int:
        """What may still be spent today, in wei."""
        now = self._clock()
        self._spent = [(when, cost) for when, cost in self._spent if now - when < DAY]
        reserved = sum(cost for _, cost in self._under_way.values())
        return self._budget - reserved - sum(cost for _, cost in self._spent)

    def start(self) -> None:
        """Start the thread, if there is a budget."""
        if self._budget > 0:
            self._thread.start()

    def stop(self) -> None:
        """Stop after the look under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def look(self) -> int:
        """Seal every pool of the operator's in which a seal is due, while the budget lasts; returns how many.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        sealed = 0
        waiting = {pool_id for pool_id in list(self._under_way) if self._waits(pool_id)}
        with self._sessions() as session:
            pools = [
                pool
                for pool in pools_in(session, READY)
                if pool.owner == self._operator.address
                and terms_of_pool(pool).incentive.is_sealed
                and self._would_do_something(session, pool)
            ]
        known = [
            (when, pool) for pool in pools if pool.id not in waiting and (when := self._sealed_at(pool)) is not None
        ]
        for when, pool in sorted(known, key=lambda one: one[0]):
            if not self._stop.is_set() and self._is_due(pool, when):
                sealed += self._seal(pool)
        return sealed

    def _would_do_something(self, session: Session, pool: Pool) -> bool:
        sync, terms = self._sync.get(pool.id), terms_of_pool(pool)
        if sync is None:
            return False
        mirror, _ = sync.mirror()
        if not isinstance(mirror, SealedMirror):
            return False
        # what is agreed or promised waits until it can be settled, what is at risk until it is lost
        since, risk_since = mirror.epoch - terms["wait_seals"] + 1, mirror.epoch - terms["risk_seals"]
        return is_waiting(session, pool, since, risk_since) or not mirror.is_at_rest()

    def _sealed_at(self, pool: Pool) -> int | None:
        """When a pool was sealed last; None where the chain does not have it, as after a reorganisation.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        try:
            return sealed_state(self._gateway, pool.address or "").sealed_at
        except ChainUnavailable:
            raise
        except EarnestError as error:
            # the others go on
            self._tell(f"Pool {pool.id} is not sealed now: {error.detail}", pool.id)
            return None

    def _is_due(self, pool: Pool, sealed_at: int) -> bool:
        return self._gateway.pending_time() >= sealed_at + terms_of_pool(pool)["epoch_length"]

    def _seal(self, pool: Pool) -> int:
        sync = self._sync.get(pool.id)
        if sync is None:
            return 0
        call = seal_call(pool.address or "", sync.snapshot()[0])
        if self._gateway.highest_cost(call) > self.left:
            self._tell(f"Pool {pool.id} is not sealed: the budget of today is used up (EARNEST_SEAL_BUDGET)", pool.id)
            return 0
        self._told.pop(pool.id, None)
        most = self._gateway.highest_cost(call)

        def signed(prepared: Prepared) -> None:
            self._under_way[pool.id] = (prepared.hash, most)

        try:
            receipt = send_and_wait(self._gateway, call, self._operator, signed=signed)
        except ChainUnavailable:
            # it may be mined later: it is looked for before another one is paid for
            raise
        except ChainError as error:
            # somebody else was first, say; one that was mined all the same has cost something
            if not self._waits(pool.id):
                log.info("Pool %s was not sealed: %s", pool.id, error.detail)
            return 0
        self._note(pool.id, receipt)
        log.info("Sealed pool %s for %d gas", pool.id, receipt.gas_used)
        return 1

    def _waits(self, pool_id: str) -> bool:
        """Whether a seal of a pool is under way; one that was mined meanwhile is paid for.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        if pool_id not in self._under_way:
            return False
        transaction_hash, _ = self._under_way[pool_id]
        receipt = self._gateway.receipt(transaction_hash)
        if receipt is not None:
            self._note(pool_id, receipt)
            return False
        if self._gateway.transaction(transaction_hash) is None:
            # the node has none: it never arrived, or was forgotten
            del self._under_way[pool_id]
            return False
        return True

    def _note(self, pool_id: str, receipt: Receipt) -> None:
        """What a seal has cost, whether it succeeded or not."""
        self._under_way.pop(pool_id, None)
        self._spent.append((self._clock(), receipt.gas_used * receipt.gas_price))

    def _tell(self, words: str, which: str = "") -> None:
        """Log why a pool, or none, is sealed; once for as long as it stays so."""
        if self._told.get(which) != words:
            log.warning("%s", words)
        self._told[which] = words

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self.look()
                self._told.pop("", None)
            except EarnestError as error:
                self._tell(f"Pools are not sealed now: {error.detail}")
            except SQLAlchemyError as error:
                self._tell(f"Pools are not sealed now, the database does not answer: {str(error).splitlines()[0]}")
            except Exception:
                log.exception("Pools could not be sealed; it is tried again")
