"""Accounts that sign for themselves, on a pool of each test's own."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.chain.types import Call
from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import Pool, SubmissionItem, Transaction
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.submissions.queue import SendQueue
from earnest.submissions.sender import Sender
from earnest.submissions.service import SubmissionService
from earnest.sync.loop import SyncLoop
from earnest.wallet.schemas import SentTransaction, SignedTransaction
from earnest.wallet.service import WalletService
from tests.fixtures.pools import COST, OTHER, World
from tests.submissions.post import Keys

#: Seconds that a sender of these tests looks after a transaction.
PATIENCE = 20.0


@dataclass
class Desk:
    """The room's service, on a queue that nobody empties but the test."""

    world: World
    wallets: WalletService = field(init=False)
    sync: SyncLoop = field(init=False)

    def __post_init__(self) -> None:
        world, readiness = self.world, Readiness()
        readiness.clear("start")
        self.sync = SyncLoop(world.gateway, world.sessions, readiness, 0.2)
        self.sync.add(world.pool_id)
        pools = PoolService(world.sessions, world.gateway, self.sync)
        queue = SendQueue(self.sender(), workers=0)
        submissions = SubmissionService(world.sessions, world.gateway, pools, self.sync, queue)
        self.wallets = WalletService(world.sessions, world.gateway, pools, submissions)

    def sender(self, gateway: Gateway | None = None, patience: float = PATIENCE) -> Sender:
        """A sender as a process has one; it holds no key of these accounts."""
        return Sender(self.world.sessions, gateway or self.world.gateway, Keys(), patience)  # type: ignore[arg-type]

    def call(self, label: int = 1, *, words: tuple[int, ...] = (3, 9), value: int = COST) -> Call:
        return self.world.gateway.contribute_call(self.world.address, [pack_sample(list(words))], [label], COST, value)

    def sign(self, call: Call | None = None, *, nonce: int | None = None, who: LocalSigner = OTHER) -> bytes:
        """What a wallet hands over."""
        gateway = self.world.gateway
        place = gateway.nonce(who.address) if nonce is None else nonce
        return gateway.prepare(call or self.call(), who, place).raw

    def take(self, raw: bytes, texts: list[str | None] | None = None) -> str:
        return self.wallets.take(SignedTransaction(raw="0x" + raw.hex(), texts=texts))[1]

    def take_hash(self, transaction_hash: str) -> str:
        return self.wallets.take(SentTransaction(hash=transaction_hash))[1]

    def statuses(self, submission: str) -> list[tuple[str, int | None]]:
        with self.world.sessions() as session:
            rows = session.scalars(
                select(SubmissionItem)
                .where(SubmissionItem.submission_id == submission)
                .order_by(SubmissionItem.position)
            )
            return [(row.status, row.index) for row in rows]

    def problem(self, submission: str) -> str:
        with self.world.sessions() as session:
            row = session.get_one(SubmissionItem, (submission, 0))
        return str((row.error or {}).get("type", "")).removeprefix("urn:earnest:problem:")

    def transactions(self) -> list[Transaction]:
        with self.world.sessions() as session:
            return list(session.scalars(select(Transaction).order_by(Transaction.nonce)))

    def pool(self) -> Pool:
        with self.world.sessions() as session:
            return session.get_one(Pool, self.world.pool_id)


@pytest.fixture
def desk(sqlite_world: World) -> Desk:
    return Desk(sqlite_world)


@pytest.fixture
def each_desk(either_world: World) -> Desk:
    """For what depends on how the database keeps it."""
    return Desk(either_world)
