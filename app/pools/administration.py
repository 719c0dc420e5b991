"""What the operator does with pools: deploy them, take up what was interrupted, pause them."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from earnest.chain.deployment import send_and_wait
from earnest.chain.gateway import Gateway
from earnest.chain.signer import Signer
from earnest.config import Settings
from earnest.core.errors import CoreError
from earnest.db.engine import Sessions
from earnest.db.queries.pools import ids_of_pools_in, pools_in
from earnest.db.tables import Pool
from earnest.pools import deployment
from earnest.pools.quality.looking import quality_of
from earnest.pools.quality.schemas import QualityShown
from earnest.pools.rules import checked
from earnest.pools.scanning import scans_of
from earnest.pools.schemas import DataChecked, PoolRequest, ScansShown, TokenShown, TokensShown
from earnest.pools.service import READY, PoolService
from earnest.pools.tokens import AllowedTokens
from earnest.sync.loop import SYNC_PATIENCE, SyncLoop

log = logging.getLogger(__name__)


class PoolAdministration:
    """Deploys pools, one at a time, and pauses them.

    Args:
        sessions: the database.
        gateway: the chain.
        operator: owns the pools and pays for them.
        settings: what the first pool is, and where data lie.
        pools: finds pools.
        sync: follows those that are deployed.
        tokens: that new pools may take deposits in.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        operator: Signer,
        settings: Settings,
        pools: PoolService,
        sync: SyncLoop,
        tokens: AllowedTokens,
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._gateway = gateway
        self._operator = operator
        self._settings = settings
        self._pools = pools
        self._sync = sync
        self._deploying = threading.Lock()

    def deploy(self, request: PoolRequest, key: str | None = None) -> str:
        """Register a pool and deploy it in the background; returns its id. Under a key it is made once.

        Raises:
            IdempotencyKeyReused: the key was used for another pool.
            CoreError: the request can never become a pool; nothing was written.
        """
        before = deployment.asked_before(self._sessions, request, key)
        if before is not None:
            return before
        try:
            pool_id = deployment.register(self._sessions, self._gateway, self._settings, self._tokens, request, key)
        except IntegrityError:
            # the same request came twice at once
            return self.deploy(request, key)
        threading.Thread(target=self._deploy, args=(pool_id, request), name=f"deploy {pool_id}", daemon=True).start()
        return pool_id

    def check(self, request: PoolRequest) -> DataChecked:
        """Read a request's data and learn from them as a deployment would; nothing is sent or written.

        Raises:
            CoreError: the request can never become a pool.
        """
        return checked(request, self._settings)

    def scan(self, which: str, rate: float) -> ScansShown:
        """Look for what deposits do not judge; see `scanning`.

        Raises:
            PoolUnknown: there is no such pool.
            PoolNotScannable: there is nothing to look at, or nothing to hold it against.
        """
        return scans_of(self._sessions, self._pools, which, rate)

    def quality(self, caller: str | None, which: str, newest: int) -> QualityShown:
        """Advice about what was contributed, for a pool's owner and the operator; see `quality.looking`.

        Args:
            caller: who asks; None for the operator.
            which: id or address.
            newest: contributions that are looked at.

        Raises:
            PoolUnknown: there is no such pool.
            QualityNotAllowed: it is another's.
            QualityBusy: another look is under way.
            QualityUnavailable: the extra `quality` is not installed.
        """
        return quality_of(self._sessions, self._pools, caller, which, newest)

    def tokens(self) -> TokensShown:
        """The tokens that new pools may take deposits in.

        Raises:
            TokenUnfit: one of the setting is none.
        """
        return TokensShown(items=[TokenShown(**token.stored()) for token in self._tokens.load()])

    def set_paused(self, which: str, *, paused: bool) -> None:
        """Stop contributions to a pool of the operator's, or let them go on; returns once the tables have come as far.

        Raises:
            PoolUnknown, NotReady: there is no such pool, or it is not deployed.
            ContractError: the operator owns it no longer.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        self._pools.mirror(pool)
        call = self._gateway.pause_call(pool.address or "", paused=paused)
        receipt = send_and_wait(self._gateway, call, self._operator)
        self._sync.wait_for(pool.id, receipt.block_number, SYNC_PATIENCE)

    def restore_deployed(self) -> int:
        """Take every deployed pool in as the tables have it; returns how many there are."""
        with self._sessions() as session:
            deployed = pools_in(session, READY)
        for pool in deployed:
            self._pools.follow(pool)
        return len(deployed)

    def restore_new(self) -> None:
        """Take those in that another process has deployed since; what cannot be used is left as it is."""
        known = self._sync.readiness.reasons()
        self._restore(lambda pool_id: self._sync.get(pool_id) is None and f"pool {pool_id}" not in known)

    def restore_broken(self) -> None:
        """Look again at those that could not be used; a repair is noticed."""
        known = self._sync.readiness.reasons()
        self._restore(lambda pool_id: f"pool {pool_id}" in known)

    def _restore(self, wanted: Callable[[str], bool]) -> None:
        """Take deployed pools in; their rows, which hold the initial models, are read of those alone."""
        with self._sessions() as session:
            found = [session.get_one(Pool, pool_id) for pool_id in ids_of_pools_in(session, READY) if wanted(pool_id)]
        for pool in found:
            self._pools.follow(pool)

    def follow_deployed(self) -> None:
        """Bring every deployed pool that can be used up to the chain's head.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        with self._sessions() as session:
            deployed = ids_of_pools_in(session, READY)
        for pool_id in deployed:
            if self._sync.get(pool_id) is not None:
                self._sync.add(pool_id)

    def take_up_interrupted(self) -> int:
        """Carry out the deployments that an earlier process did not finish; returns how many there were."""
        unfinished = deployment.interrupted(self._sessions)
        for pool_id, request in unfinished:
            log.info("Taking up the deployment of pool %s, which was interrupted", pool_id)
            self._deploy(pool_id, request)
        return len(unfinished)

    def deploy_first(self) -> None:
        """Deploy a pool trained on real reviews, where they are at hand."""
        request = PoolRequest.model_validate(
            {
                "name": "Movie reviews",
                "dataset": "movie-reviews",
                "num_words": self._settings.initial_num_words,
                "agreed_price": self._settings.initial_cost,
            }
        )
        log.info("Deploying the first pool: %d words, trained on %d reviews", request.num_words, request.train_size)
        try:
            pool_id = deployment.register(self._sessions, self._gateway, self._settings, self._tokens, request)
        except CoreError as error:
            # the package of reviews is an extra: without it the service has no pool at first
            log.warning("There is no first pool: %s", error)
            return
        self._deploy(pool_id, request)

    def _deploy(self, pool_id: str, request: PoolRequest) -> None:
        with self._deploying:
            deployment.deploy(
                self._sessions, self._gateway, self._operator, self._settings, self._tokens, pool_id, request
            )
        with self._sessions() as session:
            pool = session.get_one(Pool, pool_id)
        if pool.status == READY:
            self._pools.follow(pool)
            self._sync.add(pool_id)
