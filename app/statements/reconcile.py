"""Whether tables, chain and statements agree, for every contribution and every account of a pool."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from earnest.chain.gateway import Gateway
from earnest.chain.sealed import commitment, sealed_state
from earnest.chain.types import PoolState
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import claims_on
from earnest.db.queries.ledgers import Place, accounts_of, contributions_from
from earnest.db.queries.pools import totals_of_pool
from earnest.db.tables import Contribution, Pool, PoolAccount, SyncCursor
from earnest.statements.pages import PAGE, START, page_of_ledger
from earnest.sync.projection import EXPIRED, OPEN, SETTLED
from earnest.sync.restored import restore_mirror
from earnest.sync.sealed_mirror import SealedMirror

#: Differences of one kind that are told.
MOST_TOLD = 10


@dataclass
class Check:
    """Something that was compared.

    Attributes:
        name: what.
        compared: how many of them.
        differences: a sentence for each of the first that differ.
        different: how many differ.
    """

    name: str
    compared: int = 0
    differences: list[str] = field(default_factory=list)
    different: int = 0

    def compare(self, what: str, **values: object) -> None:
        """Note whether some values, each by who says it, are one."""
        self.compared += 1
        said = list(values.values())
        if any(value != said[0] for value in said[1:]):
            self.different += 1
            if len(self.differences) < MOST_TOLD:
                names = ", ".join(f"{name} {value}" for name, value in values.items())
                self.differences.append(f"{what}: {names}")


def reconcile(
    sessions: Sessions, gateway: Gateway, pool_id: str, progress: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[Check]:
    """Compare one pool at the block where its tables stand; all of it in one state of the database.

    O(contributions + claims + accounts), a page of rows at a time.

    Args:
        sessions: the database.
        gateway: the chain.
        pool_id: a deployed pool.
        progress: told how many contributions were compared, and how many there are.

    Yields:
        each check when it is done.

    Raises:
        ChainError: the node does not answer, or no longer knows what was so at that block.
    """
    with sessions() as session:
        pool = session.get_one(Pool, pool_id)
        cursor = session.get_one(SyncCursor, pool_id)
        at, address = cursor.block_number, pool.address or ""
        is_sealed = terms_of_pool(pool).incentive.is_sealed
        state = sealed_state(gateway, address, at) if is_sealed else gateway.pool_state(address, at)
        block = Check("block")
        known = gateway.block(at)
        block.compare(f"block {at}", tables=cursor.block_hash, chain=known.hash if known is not None else "none")
        yield block

        receipts, claimable = Check("receipts"), Check("contributions")
        open_amount = 0
        for row in _contributions(session, pool):
            gone = row.deposit if row.status == EXPIRED else 0
            claimed = gone + sum(claim.amount for claim in claims_on(session, pool, row.index))
            what = f"contribution {row.index}"
            receipts.compare(what, deposit=row.deposit, claimed_and_pending=claimed + row.claimable)
            if is_sealed:
                claimable.compare(what, tables=_commitment(row), chain=commitment(gateway, address, row.index, at))
            else:
                claimable.compare(what, tables=row.claimable, chain=gateway.claimable(address, row.index, at))
            open_amount += row.claimable if row.status == OPEN else 0
            progress(claimable.compared, state.count)
        yield receipts
        yield claimable

        statements, accounts = Check("statements"), Check("accounts")
        credit = verified = 0
        for standing in _accounts(session, pool):
            summed = _credit(session, pool, standing.account)
            # the count of its refunds, or where the judge is sealed its standing
            owed, known_of = gateway.pool_account(address, standing.account, at)
            statements.compare(f"account {standing.account}", statement=summed, tables=standing.credit, chain=owed)
            name, kept = ("standing", standing.standing) if is_sealed else ("verified", standing.verified)
            accounts.compare(f"account {standing.account} {name}", tables=kept, chain=known_of)
            credit += standing.credit
            verified += standing.verified
        yield statements
        yield accounts

        totals = totals_of_pool(session, pool)
        whole = Check("pool")
        count = totals.contributions if totals is not None else 0
        whole.compare("contributions", tables=count, compared=claimable.compared, chain=state.count)
        whole.compare("escrow", tables=open_amount + credit, chain=state.escrow)
        whole.compare("owed", sums=totals.open_amount + totals.credit if totals else 0, rows=open_amount + credit)
        mirror = restore_mirror(session, pool, at)
        if isinstance(state, PoolState):
            whole.compare("verified", tables=verified, chain=state.total_verified)
        elif isinstance(mirror, SealedMirror):
            whole.compare("seals", tables=mirror.epoch, chain=state.epoch)
        whole.compare("digest", same=not mirror.differs(gateway, address, at), expected=True)
        yield whole


def _contributions(session: Session, pool: Pool) -> Iterator[Contribution]:
    index = 0
    while rows := contributions_from(session, pool, index, PAGE):
        yield from rows
        index = rows[-1].index + 1
        # what was compared is not kept
        session.expunge_all()
        session.add(pool)


def _commitment(row: Contribution) -> int:
    """What the contract keeps of a contribution whose judge is sealed: nothing once it is settled."""
    if row.status == SETTLED:
        return 0
    made = SealedContribution(row.index, row.contributor, row.label, row.outcome or 0, row.epoch or 0, row.deposit)
    return made.commitment(bytes.fromhex(row.sample_hash[2:]))


def _accounts(session: Session, pool: Pool) -> Iterator[PoolAccount]:
    after = ""
    while addresses := accounts_of(session, pool, after, PAGE):
        for address in addresses:
            yield session.get_one(PoolAccount, (pool.chain_id, pool.address or "", address))
        after = addresses[-1]


def _credit(session: Session, pool: Pool, account: str) -> int:
    """What the entries of an account's statement come to."""
    place: Place | None = START
    credit = 0
    while place is not None:
        entries, place = page_of_ledger(session, pool, account, place, credit, PAGE)
        credit += sum(entry.amount for entry in entries)
    return credit
