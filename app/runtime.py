"""Everything that a running service holds, brought up in the background and taken down in order."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from earnest.accounts.service import AccountService
from earnest.advice.service import AdviceService
from earnest.audit.service import AuditService
from earnest.chain.embedded.supervisor import URL_FILE, EmbeddedChain
from earnest.chain.errors import ChainMismatch, ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.config import Settings, require_private_key
from earnest.contributions.service import ContributionService
from earnest.core.errors import CoreError
from earnest.db.claim import Claim
from earnest.db.engine import Sessions, is_current, is_later, make_engine, make_sessions, upgrade
from earnest.development.service import DevelopmentService
from earnest.errors import EarnestError
from earnest.events.feed import Feed
from earnest.events.service import EventService
from earnest.exports.service import ExportService
from earnest.imports.service import ImportService
from earnest.keys.service import KeyService
from earnest.operations.counts import RequestCounts
from earnest.operations.service import MetricsService
from earnest.pools.administration import PoolAdministration
from earnest.pools.keeper import Keeper
from earnest.pools.overview import OverviewService
from earnest.pools.service import PoolService
from earnest.pools.tokens import AllowedTokens
from earnest.readiness import ALL, CAPABILITIES, OPERATE, READ, SUBMIT, Readiness
from earnest.reviews.service import ReviewService
from earnest.secrets import SecretDamaged, read_or_create
from earnest.sign_in.service import SignInService
from earnest.statements.service import StatementService
from earnest.submissions.queue import SendQueue
from earnest.submissions.sender import Sender
from earnest.submissions.service import SubmissionService
from earnest.submissions.settling import SettleLoop
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands
from earnest.sweeps.folders import SweepFolders
from earnest.sweeps.runner import Runner
from earnest.sweeps.service import SweepService
from earnest.sync.chain_of_tables import require_chain_of_tables
from earnest.sync.loop import SyncLoop
from earnest.texts.service import TextService
from earnest.transactions.service import TransactionService
from earnest.verification.service import ProofService
from earnest.wallet.relaying import Relaying, relayer_of
from earnest.wallet.service import WalletService
from earnest.web.addresses import parse_address
from earnest.web.limits import Limits
from earnest.webhooks.courier import Courier, Policy
from earnest.webhooks.deliverer import Deliverer
from earnest.webhooks.service import WebhookService

log = logging.getLogger(__name__)

#: Seconds between two looks at submissions that a crash or a silent chain left behind.
SETTLE_SECONDS = 2.0
#: Seconds between two tries to reach a chain or database that does not answer.
RETRY_SECONDS = 1.0
#: Seconds between two looks at pools that cannot be used.
MEND_SECONDS = 5.0
#: Seconds in which all parts are taken down, or left.
STOP_SECONDS = 5.0


_OTHERS = (
    "Another service has the claim to this database: it deploys and pauses pools, fills the faucet, moves the clock of "
    "a development chain, and runs sweeps and advice. Ask it for these; this one answers everything else, and takes "
    "over when the other ends."
)


_NOBODYS = (
    "This service has not got the claim to this database, and cannot take it now: who has it deploys and pauses pools, "
    "fills the faucet, moves the clock of a development chain, and runs sweeps and advice."
)


class DatabaseTaken(EarnestError):
    """Another process has the claim to the database, and this one can do nothing beside it."""

    status = 503
    type = "database-taken"
    title = "Database taken"


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
    sync: SyncLoop
    sweeps: SweepService

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.readiness = Readiness()
        self.limits = Limits(settings)
        self.counts = RequestCounts()
        self._stopping = threading.Event()
        self._chain: EmbeddedChain | None = None
        self._engine: Engine | None = None
        self._sync_started = self._sending = self._beside = False
        #: whether this process has the claim to the database: it alone writes what is derived from the chain, and sends
        self._leads = False
        self._runner: Runner | None = None
        self._settling: SettleLoop | None = None
        self._queue: SendQueue | None = None
        self._keeper: Keeper | None = None
        self._feed: Feed | None = None
        self._deliverer: Deliverer | None = None
        self._claim: Claim | None = None
        self._administration: PoolAdministration | None = None
        self._deployed = 0
        #: when pools were looked at that another process deployed, and that could not be used
        self._mended = 0.0
        #: the services by their classes, once they are up
        self.services: dict[type, object] = {}
        #: whether the web server is about to end; answers that go on and on then end too
        self.leaving: Callable[[], bool] = self._stopping.is_set
        self._thread = threading.Thread(target=self._run, name="runtime", daemon=True)
        token = settings.admin_token
        self.admin_token = (
            token.get_secret_value() if token is not None else read_or_create(settings.data_dir / "admin-token")
        )
        self._operator_key = self._own_key()
        given = settings.keystore_password
        self._password = (
            given.get_secret_value() if given is not None else read_or_create(settings.data_dir / "keystore-password")
        )

    def start(self) -> None:
        """Begin to bring the parts up."""
        self._thread.start()

    def stop(self) -> None:
        """Take the parts down; what is under way is settled at the next start."""
        self._stopping.set()
        until = time.monotonic() + STOP_SECONDS
        self._thread.join(STOP_SECONDS / 2)
        if self._feed is not None:
            self._feed.stop()
        if self._deliverer is not None:
            self._deliverer.stop()
        if self._settling is not None:
            self._settling.stop()
        if self._keeper is not None:
            self._keeper.stop()
        if self._queue is not None:
            self._queue.stop()
        if self._runner is not None:
            self._runner.stop()
        if self._sync_started:
            self.sync.stop(max(0.5, until - time.monotonic()))
        if self._chain is not None:
            self._chain.stop()
        if self._claim is not None:
            self._claim.give_up()
        if self._engine is not None:
            self._engine.dispose()

    def version(self) -> tuple[int, int, int]:
        """Changes whenever what the service shows does, the chain's time apart."""
        # there are none before the database is open, and others where that was tried again
        sessions: Sessions | None = getattr(self, "sessions", None)
        return id(sessions), 0 if sessions is None else sessions.version, self.readiness.version

    # BRINGING UP

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._bring_up()
                if self._leads:
                    break
            except ChainMismatch as error:
                log.error("%s", error.detail)
                self.readiness.block("start", error.detail)
                return
            except ChainUnavailable as error:
                # before there are services nothing can be done; afterwards, what needs no chain
                blocks = CAPABILITIES if self._administration is None else (SUBMIT,)
                self.readiness.block("start", error.detail, blocks=blocks)
            except (EarnestError, CoreError) as error:
                # a missing or damaged encoder, say: the reason is shown, and a repair is noticed
                if self.readiness.reasons().get("start") != str(error):
                    log.error("%s", error)
                self.readiness.block("start", str(error))
            except OperationalError as error:
                log.error("The database does not answer: %s", str(error.orig).splitlines()[0])
                words = "The database does not answer; the service's log says why."
                # what a mirror answers goes on
                lost = ALL if self._administration is None else (READ, SUBMIT, OPERATE)
                self.readiness.block("start", words, blocks=lost)
            except Exception as error:
                log.exception("The service could not start; it is tried again")
                self.readiness.block("start", f"The service could not start ({type(error).__name__}); see the log.")
            self._stopping.wait(RETRY_SECONDS)
        if self._keeper is not None and not self._stopping.is_set():
            self._keeper.start()
        self._mend_pools()

    def _mend_pools(self) -> None:
        """Look again at pools that could not be used, for as long as there are some: a repair is noticed."""
        while not self._stopping.wait(MEND_SECONDS):
            try:
                broken = [name for name in self.readiness.reasons() if name.startswith("pool ")]
                if broken and self._administration is not None:
                    self._administration.restore_broken()
            except Exception:
                log.exception("Pools that cannot be used could not be looked at; it is tried again")

    def _bring_up(self) -> None:
        if self._leads and not self._keep_claim():
            return
        administration = self._administration or self._bring_up_services()
        if not self._leads:
            # before the claim is taken: who could do nothing with it does not keep it from others
            require_chain_of_tables(self.sessions, self.gateway, writes=False)
        try:
            if self._leads or self._take_claim():
                self._lead(administration)
                return
        except Exception:
            self._leave_claim()
            raise
        self._follow(administration)

    def _lead(self, administration: PoolAdministration) -> None:
        """Serve as the process that has the claim; called again until it has come to its end once."""
        if not self._has_company():
            # whatever becomes of the node; where another process may do the same, only who can send does it
            self._start_beside()
        # predictions and pages go on from here, whatever becomes of the node
        words = self.readiness.against(SUBMIT).get("start", "The service is starting.")
        self.readiness.block("start", words, blocks=(SUBMIT,))
        require_chain_of_tables(self.sessions, self.gateway)
        administration.follow_deployed()
        self._tokens.load()
        self._start_sync()
        self._start_sending()
        self._start_beside()
        unfinished = administration.take_up_interrupted()
        if not self._deployed and not unfinished and self.settings.initial_pool:
            administration.deploy_first()
        self.readiness.clear("start")
        self.readiness.clear("claim")
        log.info("Ready")

    def _take_claim(self) -> bool:
        """Whether this process has the claim to the database now; then what it knew of the tables is read anew.

        Raises:
            DatabaseTaken: a later version made the tables.
            SQLAlchemyError: the database does not answer; it is tried again.
        """
        if self._claim is None or self._engine is None or not self._claim.take():
            return False
        self._upgrade(self._engine)
        if self._administration is not None:
            self._deployed = self._administration.restore_deployed()
            self.sync.lead()
            log.info("This service has the claim to the database now")
        self._leads = True
        return True

    def _leave_claim(self) -> None:
        """Leave the claim to a process that may get further with it; this one tries again.

        Once sending has begun it is kept: what fails then, a silent node say, may fail another process as well.
        """
        if self._sending or self._claim is None or not self._has_company():
            return
        self._leads = False
        self.sync.follow()
        self._claim.give_up()
        self.readiness.block("claim", _NOBODYS, blocks=(OPERATE,))

    def _follow(self, administration: PoolAdministration) -> None:
        """Serve beside the process that has the claim, from the tables that it writes; called again and again."""
        self.readiness.block("claim", _OTHERS, blocks=(OPERATE,))
        if time.monotonic() - self._mended > MEND_SECONDS:
            self._mended = time.monotonic()
            administration.restore_broken()
        administration.restore_new()
        self._start_sync()
        if self.readiness.against().get("start") is not None:
            self.readiness.clear("start")
            log.info("Ready, beside the service that has the claim to this database")

    def _start_sending(self) -> None:
        """Send from here on, and look again and again whether this process still has the claim."""
        if self._sending or self._settling is None or self._queue is None:
            return
        self._sender.take_up_aside()
        self._sending = True
        self._queue.start()
        self._settling.settle()
        self._settling.start()

    def _start_beside(self) -> None:
        """Start what needs the claim and no node."""
        if not self._beside:
            self._beside = True
            for part in (self._deliverer, self._runner):
                if part is not None:
                    part.start()

    def _start_sync(self) -> None:
        if not self._sync_started:
            self._sync_started = True
            self.sync.start()

    def _bring_up_services(self) -> PoolAdministration:
        """What needs no chain: the tables, the services, and every pool's mirror as the tables have it."""
        if self._engine is None:
            self._engine = make_engine(self.settings.resolved_database_url)
        if self._claim is None:
            self._claim = Claim(self._engine)
        if self._has_company():
            self._bring_up_tables(self._engine, self._claim)
            if not self._leads:
                self.readiness.block("claim", _NOBODYS, blocks=(OPERATE,))
        elif not self._take_claim():
            raise DatabaseTaken(
                "Another service writes to this database: stop it, or give this one another EARNEST_DATABASE_URL. "
                "Until then this one waits, and takes over when the other ends. Several services serve from one "
                "database where that is PostgreSQL and EARNEST_CHAIN_URL names the chain's node."
            )
        self.sessions = make_sessions(self._engine)
        self._bring_up_sweeps()
        operator = LocalSigner(self._operator_key)
        self.gateway = Gateway(
            self._chain_url(operator),
            finality=self.settings.chain_head,
            confirmations=self.settings.confirmations,
            max_fee=self.settings.max_fee,
        )
        self.sync = SyncLoop(self.gateway, self.sessions, self.readiness, self.settings.poll_seconds, leads=self._leads)
        operators = [parse_address(given) for given in (self.settings.operators or "").split(",") if given]
        self.accounts = AccountService(
            self.sessions, self.gateway, self._password, self.admin_token, self.limits, operators
        )
        self.accounts.require_password()
        self._tokens = AllowedTokens(self.sessions, self.gateway, operator, self.settings, lambda: self._leads)
        self.development = DevelopmentService(self.sessions, self.gateway, operator, self.limits, self._tokens)
        self.pools = PoolService(self.sessions, self.gateway, self.sync)
        self._sender = sender = Sender(self.sessions, self.gateway, self.accounts, self.settings.confirm_seconds)
        self._queue = SendQueue(sender)
        self._settling = SettleLoop(
            sender,
            self._queue,
            self.readiness,
            self._keep_claim,
            SETTLE_SECONDS,
            shared=self._has_company(),
        )
        self.submissions = SubmissionService(self.sessions, self.gateway, self.pools, self.sync, self._queue)
        self.contributions = ContributionService(self.sessions, self.pools)
        administration = PoolAdministration(
            self.sessions, self.gateway, operator, self.settings, self.pools, self.sync, self._tokens
        )
        self._keeper = Keeper(
            self.sessions, self.gateway, operator, self.sync, self.settings.seal_budget, self.settings.seal_seconds
        )
        relaying = Relaying(
            self.sessions, self.gateway, self.pools, self.submissions, operator, relayer_of(self._operator_key),
            self.limits, self.settings.relay_budget,
        )  # fmt: skip
        self._deployed = administration.restore_deployed()
        if self._feed is None:
            self._feed = Feed(self.sessions)
            self._feed.start()
        events = EventService(self.sessions, self.pools, self._feed)
        self._provide(
            self.accounts,
            self.development,
            self.pools,
            administration,
            ReviewService(self.sessions, self.pools),
            self.submissions,
            self.contributions,
            TextService(self.sessions, self.pools),
            TransactionService(self.gateway),
            OverviewService(self.sessions, self.gateway, self.pools),
            ProofService(self.gateway, self.pools, self.settings.forwarder_addresses),
            SignInService(self.sessions, self.gateway, self.limits, self.settings),
            KeyService(self.sessions),
            AuditService(self.sessions),
            ImportService(self.sessions, self.gateway, self.pools, self.sync, self.settings.forwarder_addresses),
            MetricsService(self.sessions, self.pools, self.sync, self.counts),
            events,
            self._bring_up_webhooks(events),
            ExportService(self.sessions, self.pools),
            StatementService(self.sessions, self.pools, self.contributions),
            WalletService(self.sessions, self.gateway, self.pools, self.submissions, relaying),
        )
        self._administration = administration
        return administration

    def _has_company(self) -> bool:
        """Whether several processes can serve from this database: each has to reach it, and the chain."""
        return (
            self._engine is not None
            and self._engine.dialect.name == "postgresql"
            and self.settings.chain_url is not None
        )

    def _bring_up_tables(self, engine: Engine, claim: Claim) -> None:
        """Have tables of this version, whoever leads; the claim is not kept: nothing else is known to work yet.

        Raises:
            DatabaseTaken: the tables are of another version, and stay so for now.
        """
        if is_current(engine):
            return
        try:
            if not claim.take():
                raise DatabaseTaken(
                    "The service that has the claim to this database is of another version, or about to bring the "
                    "tables up to date: this one waits until they are of its own version."
                )
            self._upgrade(engine)
        finally:
            claim.give_up()

    def _upgrade(self, engine: Engine) -> None:
        """Bring the tables up to date; for the process that has the claim.

        Raises:
            DatabaseTaken: a later version made them.
        """
        if is_later(engine):
            raise DatabaseTaken(
                "The tables of this database are of a later version than this service, which leaves them to one of "
                "that version: start one, or bring this one up to date."
            )
        upgrade(engine)

    def _bring_up_webhooks(self, events: EventService) -> WebhookService:
        """Webhooks, and the threads that deliver to them, which are started in the process that has the claim."""
        settings = self.settings
        policy = Policy(settings.webhook_private, settings.webhook_tries, settings.webhook_pause)
        if self._deliverer is not None:
            # of an earlier try, which did not come to its end
            self._deliverer.stop()
        courier = Courier(self.sessions, events, self._password, policy, leaving=lambda: deliverer.is_stopping)
        self._deliverer = deliverer = Deliverer(self.sessions, courier)
        return WebhookService(
            self.sessions,
            self.pools,
            self._password,
            self.limits,
            allow_private=settings.webhook_private,
            nudge=deliverer.put,
        )

    def _keep_claim(self) -> bool:
        """Whether this process still has the claim to the database; if another one took it, this one ends.

        A claim is lost with its connection, when the database's server is started anew, say; it is taken again at once.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        if self._claim is None or self._claim.take():
            return True
        words = "Another service has taken over this database: this one ends."
        log.error("%s", words)
        # nothing that is still being brought up begins
        self._stopping.set()
        self.readiness.block("claim", words)
        if self._queue is not None:
            self._queue.stop(0)
        if self._deliverer is not None:
            self._deliverer.stop(0)
        if self._keeper is not None:
            self._keeper.stop()
        if self._sync_started:
            self.sync.stop(0)
        os.kill(os.getpid(), signal.SIGTERM)
        if self._runner is not None:
            # last: it may be about to start a sweep's process, and is waited for
            self._runner.stop()
        return False

    def _bring_up_sweeps(self) -> None:
        if self._runner is not None:
            # an earlier try came this far
            return
        settings = self.settings
        data_dir = settings.data_dir.resolve()
        folders = SweepFolders(data_dir / "sweeps", former=data_dir / "studies")
        folders.take_over()
        commands = Commands.of(settings)
        self._runner = Runner(self.sessions, folders, commands)
        checker = Checker(commands)
        self.sweeps = SweepService(
            self.sessions, folders, checker, self._runner, settings.sweep_max_runs, commands.jobs
        )
        self._provide(self.sweeps, AdviceService(data_dir / "advice", commands, checker))

    def _provide(self, *services: object) -> None:
        """What endpoints may ask for; the web layer finds it by its class."""
        self.services.update({type(service): service for service in services})

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
