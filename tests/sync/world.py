"""A pool on a node of its own, and a database about it."""

from dataclasses import dataclass

from sqlalchemy import select

from earnest.chain.deployment import send_and_wait
from earnest.chain.events import Contributed
from earnest.chain.gateway import Gateway
from earnest.chain.rpc import Rpc
from earnest.chain.signer import LocalSigner
from earnest.chain.types import ContributionKey
from earnest.db.engine import Sessions
from earnest.db.tables import Claim, Contribution, CreditEvent, Evaluation, PoolAccount, SyncCursor, SyncedBlock
from earnest.sync.pool_sync import PoolSync

# two of the keys that anvil funds
OPERATOR = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
OTHER = LocalSigner("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
COST, REFUND_WAIT, COLLECT_WAIT, NUM_WORDS = 10**15, 60, 600, 50
CHAIN_DERIVED = (Contribution, Claim, CreditEvent, PoolAccount, Evaluation, SyncedBlock, SyncCursor)


@dataclass
class World:
    """A pool on a node of its own, and a database about it."""

    gateway: Gateway
    sessions: Sessions
    pool_id: str
    address: str

    def sync(self) -> PoolSync:
        return PoolSync(self.gateway, self.sessions, self.pool_id)

    def rpc(self, method: str, *params: object) -> object:
        return Rpc(self.gateway.url).request(method, *params)

    def contribute(self, sample: bytes, label: int, who: LocalSigner = OPERATOR, value: int = COST) -> ContributionKey:
        call = self.gateway.contribute_call(self.address, [sample], [label], COST, value)
        receipt = send_and_wait(self.gateway, call, who)
        (made,) = [event for event in receipt.events if isinstance(event, Contributed)]
        return ContributionKey(made.index, made.contributor, made.label, made.block_time, made.deposit)

    def refund(self, key: ContributionKey, sample: bytes) -> None:
        self.gateway.advance_time(REFUND_WAIT + 1)
        send_and_wait(self.gateway, self.gateway.refund_call(self.address, key, sample), OPERATOR)

    def rows(self) -> list[list[tuple[object, ...]]]:
        """Every chain-derived row, in an order of its own."""
        with self.sessions() as session:
            return [
                sorted((tuple(row) for row in session.execute(select(*table.__table__.columns))), key=repr)
                for table in CHAIN_DERIVED
            ]
