"""Everything that a running service holds, brought up in the background and taken down in order."""

import logging
import os
import threading
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from earnest.accounts.service import AccountService
from earnest.chain.deployment import send_and_wait
from earnest.chain.embedded.supervisor import URL_FILE, EmbeddedChain
from earnest.chain.errors import ChainError, ChainMismatch, ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.config import Settings, require_private_key
from earnest.contributions.service import ContributionService
from earnest.core.errors import CoreError
from earnest.db.engine import Sessions, make_engine, make_sessions, upgrade
from earnest.db.queries.pools import pools_in
from earnest.db.tables import Pool
from earnest.development.service import DevelopmentService
from earnest.errors import EarnestError
from earnest.pools import deployment
from earnest.pools.schemas import PoolRequest
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.secrets import SecretDamaged, read_or_create
from earnest.submissions.sender import Sender
from earnest.submissions.service import SubmissionService
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands
from earnest.sweeps.folders import SweepFolders
from earnest.sweeps.runner import Runner
from earnest.sweeps.service import SweepService
from earnest.sync.chain_of_tables import require_chain_of_tables
from earnest.sync.loop import SYNC_PATIENCE, SyncLoop
from earnest.texts.service import TextService
from earnest.transactions.service import TransactionService

log = logging.getLogger(__name__)

#: Seconds between two looks at submissions that a crash or a silent chain left behind.
SETTLE_SECONDS = 2.0
#: Seconds between two tries to reach a chain or database that does not answer.
RETRY_SECONDS = 1.0


class Runtime:
    """The parts of the service. `start` returns at once; `readiness` tells when they serve.

    Args:
        settings: the operator's choices.

    Raises:
        SecretDamaged: a file of the data folder should hold a secret, and does not.
        OSError: the data folder cannot be read or written.
    """

    gateway: Gateway
    sessions: Sessions
    accounts: AccountService
    development: DevelopmentService
    pools: PoolService
    submissions: SubmissionService
    contributions: ContributionService
    texts: TextService
    transactions: TransactionService
    sync: SyncLoop
    sweeps: SweepService

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
        self._operator_key = self._own_key()
        self._password = read_or_create(settings.data_dir / "keystore-password")

    def start(self) -> None:
        """Begin to bring the parts up."""
        self._thread.start()

    def stop(self) -> None:
        """Take the parts down; what is under way is settled at the next start."""
        self._stopping.set()
        self._thread.join(8)
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
            except OperationalError as error:
                log.error("The database does not answer: %s", str(error.orig).splitlines()[0])
                self.readiness.block("start", "The database does not answer; the service's log says why.")
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
        self._bring_up_sweeps()
        operator = LocalSigner(self._operator_key)
        self.gateway = Gateway(self._chain_url(operator))
        require_chain_of_tables(self.sessions, self.gateway)
        self._operator = operator
        if self._sync_started:
            # an earlier try came this far
            self.sync.stop()
            self._sync_started = False
        self.sync = SyncLoop(self.gateway, self.sessions, self.readiness, self.settings.poll_seconds)
        self.accounts = AccountService(self.sessions, self.gateway, self._password, self.admin_token)
        self.development = DevelopmentService(self.gateway, operator)
        self.pools = PoolService(self.sessions, self.gateway, self.sync)
        sender = Sender(self.sessions, self.gateway, self.accounts, self.settings.confirm_seconds)
        self._sender = sender
        self.submissions = SubmissionService(self.sessions, self.gateway, self.pools, self.sync, sender)
        self.contributions = ContributionService(self.sessions, self.gateway, self.pools)
        self.texts = TextService(self.sessions, self.pools)
        self.transactions = TransactionService(self.gateway)
        with self.sessions() as session:
            deployed = pools_in(session, "ready")
        for pool in deployed:
            self.pools.encoder(pool)
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

    def _bring_up_sweeps(self) -> None:
        if self._runner is not None:
            # an earlier try came this far
            return
        settings = self.settings
        data_dir = settings.data_dir.resolve()
        folders = SweepFolders(data_dir / "sweeps", former=data_dir / "studies")
        folders.take_over()
        commands = Commands(
            settings.data_dir,
            settings.imdb_archive,
            settings.sweep_data,
            settings.sweep_jobs or max(1, len(os.sched_getaffinity(0)) - 1),
            settings.sweep_nice,
        )
        self._runner = Runner(self.sessions, folders, commands)
        self.sweeps = SweepService(self.sessions, folders, Checker(commands), self._runner, settings.sweep_max_runs)
        self._runner.start()

    def _own_key(self) -> str:
        key = self.settings.operator_key
        if key is not None:
            return key.get_secret_value()
        path = self.settings.data_dir / "operator-key"
        kept = read_or_create(path)
        try:
            require_private_key(kept)
        except ValueError as error:
            raise SecretDamaged(f"{path} holds no private key ({error}): restore it from a backup.") from None
        return kept

    def _chain_url(self, operator: LocalSigner) -> str:
        if self.settings.chain_url is not None:
            return self.settings.chain_url
        if self._chain is None:
            self._chain = EmbeddedChain(self.settings.data_dir, funded=operator.address)
        url = self._chain.start()
        log.info("The embedded chain answers at the address in %s", self.settings.data_dir / URL_FILE)
        return url

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
