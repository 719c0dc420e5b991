"""Everything that a running service holds, brought up in the background and taken down in order."""

import logging
import os
import threading
from collections.abc import Callable

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from earnest.accounts.service import AccountService
from earnest.chain.deployment import send_and_wait
from earnest.chain.embedded.supervisor import EmbeddedChain
from earnest.chain.errors import ChainError, ChainMismatch, ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.config import Settings
from earnest.contributions.sender import Sender
from earnest.contributions.service import SYNC_PATIENCE, ContributionService
from earnest.core.errors import CoreError
from earnest.core.keccak import keccak256
from earnest.db.engine import Sessions, make_engine, make_sessions, upgrade
from earnest.db.tables import Chain, Pool, SyncCursor
from earnest.errors import EarnestError
from earnest.pools import deployment
from earnest.pools.schemas import PoolRequest
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.secrets import read_or_create
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands
from earnest.sweeps.runner import Runner
from earnest.sweeps.service import StudyService
from earnest.sync.loop import SyncLoop

log = logging.getLogger(__name__)

#: Seconds between two looks at submissions that a crash or a silent chain left behind.
SETTLE_SECONDS = 2.0
#: Seconds between two tries to reach a chain or database that does not answer.
RETRY_SECONDS = 1.0


class Runtime:
    """The parts of the service. `start` returns at once; `readiness` tells when they serve.

    Args:
        settings: the operator's choices.
    """

    gateway: Gateway
    sessions: Sessions
    accounts: AccountService
    pools: PoolService
    contributions: ContributionService
    sync: SyncLoop
    studies: StudyService

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.readiness = Readiness()
        self._stopping = threading.Event()
        self._chain: EmbeddedChain | None = None
        self._engine: Engine | None = None
        self._deploying = threading.Lock()
        self._sync_started = False
        self._runner: Runner | None = None
        #: whether the web server is about to end; answers that go on and on then end too
        self.leaving: Callable[[], bool] = self._stopping.is_set
        self._thread = threading.Thread(target=self._run, name="runtime", daemon=True)
        token = settings.admin_token
        self.admin_token = (
            token.get_secret_value() if token is not None else read_or_create(settings.data_dir / "admin-token")
        )

    def start(self) -> None:
        """Begin to bring the parts up."""
        self._thread.start()

    def stop(self) -> None:
        """Take the parts down; what is under way is settled at the next start."""
        self._stopping.set()
        self._thread.join(30)
        if self._runner is not None:
            self._runner.stop()
        if self._sync_started:
            self.sync.stop()
        if self._chain is not None:
            self._chain.stop()
        if self._engine is not None:
            self._engine.dispose()

    def deploy(self, request: PoolRequest) -> str:
        """Register a pool and deploy it in the background; returns its id.

        Raises:
            CoreError: the request can never become a pool; nothing was written.
        """
        pool_id = deployment.register(self.sessions, self.gateway, self.settings, request)
        threading.Thread(target=self._deploy, args=(pool_id, request), name=f"deploy {pool_id}", daemon=True).start()
        return pool_id

    def set_paused(self, which: str, *, paused: bool) -> None:
        """Stop contributions to a pool of the operator's, or let them go on; returns once the tables have come as far.

        Raises:
            PoolUnknown, NotReady: there is no such pool, or it is not deployed.
            ContractError: the operator owns it no longer.
        """
        with self.sessions() as session:
            pool = self.pools.find(session, which)
        self.pools.mirror(pool)
        call = self.gateway.pause_call(pool.address or "", paused=paused)
        receipt = send_and_wait(self.gateway, call, self._operator)
        self.sync.wait_for(pool.id, receipt.block_number, SYNC_PATIENCE)

    # BRINGING UP

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._bring_up()
                break
            except ChainMismatch as error:
                log.error("%s", error.detail)
                self.readiness.block("start", error.detail)
                return
            except ChainUnavailable as error:
                self.readiness.block("start", error.detail)
            except (EarnestError, CoreError) as error:
                # a missing or damaged encoder, say: the reason is shown, and a repair is noticed
                log.error("%s", error)
                self.readiness.block("start", str(error))
            except Exception as error:
                log.exception("The service could not start; it is tried again")
                self.readiness.block("start", f"The service could not start ({type(error).__name__}); see the log.")
            self._stopping.wait(RETRY_SECONDS)
        while not self._stopping.wait(SETTLE_SECONDS):
            self._settle()

    def _bring_up(self) -> None:
        if self._engine is None:
            self._engine = make_engine(self.settings.resolved_database_url)
        upgrade(self._engine)
        self.sessions = make_sessions(self._engine)
        self._bring_up_studies()
        operator = LocalSigner(self._operator_key())
        self.gateway = Gateway(self._chain_url(operator))
        with self.sessions.begin() as session:
            self._compare_chain(session)
        self._operator = operator
        if self._sync_started:
            # an earlier try came this far
            self.sync.stop()
            self._sync_started = False
        self.sync = SyncLoop(self.gateway, self.sessions, self.readiness, self.settings.poll_seconds)
        password = read_or_create(self.settings.data_dir / "keystore-password")
        self.accounts = AccountService(self.sessions, self.gateway, operator, password, self.admin_token)
        self.pools = PoolService(self.sessions, self.gateway, self.sync)
        sender = Sender(self.sessions, self.gateway, self.accounts, self.settings.confirm_seconds)
        self._sender = sender
        self.contributions = ContributionService(self.sessions, self.gateway, self.pools, self.sync, sender)
        with self.sessions() as session:
            deployed = list(session.scalars(select(Pool).where(Pool.status == "ready").order_by(Pool.created_at)))
        for pool in deployed:
            self.pools.encoder(pool.encoder_hash or "")
            self.sync.add(pool.id)
        self.sync.start()
        self._sync_started = True
        self._settle()
        unfinished = deployment.interrupted(self.sessions)
        for pool_id, request in unfinished:
            log.info("Taking up the deployment of pool %s, which was interrupted", pool_id)
            self._deploy(pool_id, request)
        if not deployed and not unfinished and self.settings.initial_pool:
            self._deploy_initial()
        self.readiness.clear("start")
        log.info("Ready")

    def _bring_up_studies(self) -> None:
        if self._runner is not None:
            # an earlier try came this far
            return
        settings = self.settings
        folder = settings.data_dir.resolve() / "studies"
        commands = Commands(
            settings.data_dir,
            settings.imdb_archive,
            settings.sweep_data,
            settings.sweep_jobs or max(1, len(os.sched_getaffinity(0)) - 1),
            settings.sweep_nice,
        )
        self._runner = Runner(self.sessions, folder, commands)
        self.studies = StudyService(self.sessions, folder, Checker(commands), self._runner, settings.sweep_max_runs)
        self._runner.start()

    def _operator_key(self) -> str:
        key = self.settings.operator_key
        if key is not None:
            return key.get_secret_value()
        return read_or_create(self.settings.data_dir / "operator-key")

    def _chain_url(self, operator: LocalSigner) -> str:
        if self.settings.chain_url is not None:
            return self.settings.chain_url
        if self._chain is None:
            self._chain = EmbeddedChain(self.settings.data_dir, funded=operator.address)
        url = self._chain.start()
        log.info("The embedded chain answers at %s", url)
        return url

    def _compare_chain(self, session: Session) -> None:
        """Refuse to serve when the chain is not the one that the database is about.

        Raises:
            ChainMismatch: chain id, genesis, a pool's code or the block at a cursor differ.
        """
        chain_id, genesis = self.gateway.chain_id(), self.gateway.genesis_hash()
        known = session.scalars(select(Chain)).all()
        if known and chain_id not in {chain.chain_id for chain in known}:
            raise ChainMismatch(
                f"The node serves chain {chain_id}, the database is about chain {known[0].chain_id}: "
                "point EARNEST_CHAIN_URL at the right node, or use another database."
            )
        chain = session.get(Chain, chain_id)
        if chain is None:
            session.add(Chain(chain_id=chain_id, genesis_hash=genesis))
            return
        if chain.genesis_hash != genesis:
            raise ChainMismatch(
                f"The node's genesis block is {genesis}, the database is about {chain.genesis_hash}: "
                "it is another chain with the same id."
            )
        for pool in session.scalars(select(Pool).where(Pool.chain_id == chain_id, Pool.status == "ready")):
            code_hash = "0x" + keccak256(self.gateway.code(pool.address or "")).hex()
            if code_hash != pool.code_hash:
                raise ChainMismatch(f"The code at pool {pool.address} is not the one that was deployed.")
            cursor = session.get_one(SyncCursor, pool.id)
            block = self.gateway.block(cursor.block_number)
            if (block is None or block.hash != cursor.block_hash) and not self._has_ancestor(pool):
                raise ChainMismatch(
                    f"Block {cursor.block_number} is not the one that pool {pool.address} was synced to, "
                    "and the block of its creation is gone too."
                )

    def _has_ancestor(self, pool: Pool) -> bool:
        """Whether a reorganisation can explain a foreign block at the cursor: the pool's creation is still there."""
        block = self.gateway.block(pool.deployed_block or 0)
        return block is not None and block.hash == pool.deployed_block_hash

    def _deploy_initial(self) -> None:
        request = PoolRequest.model_validate(
            {
                "name": "Movie reviews",
                "dataset": "movie-reviews",
                "num_words": self.settings.initial_num_words,
                "price": {"rule": "fixed", "cost": self.settings.initial_cost},
            }
        )
        log.info("Deploying the first pool: %d words, trained on %d reviews", request.num_words, request.train_size)
        try:
            pool_id = deployment.register(self.sessions, self.gateway, self.settings, request)
        except CoreError as error:
            # the package of reviews is an extra: without it the service has no pool at first
            log.warning("There is no first pool: %s", error)
            return
        self._deploy(pool_id, request)

    def _deploy(self, pool_id: str, request: PoolRequest) -> None:
        with self._deploying:
            deployment.deploy(self.sessions, self.gateway, self._operator, self.settings, pool_id, request)
        with self.sessions() as session:
            ready = session.get_one(Pool, pool_id).status == "ready"
        if ready:
            self.sync.add(pool_id)

    def _settle(self) -> None:
        try:
            self._sender.settle_all()
        except ChainError as error:
            log.warning("Submissions wait for the chain: %s", error.detail)
        except Exception:
            log.exception("Settling submissions failed; it is tried again")
