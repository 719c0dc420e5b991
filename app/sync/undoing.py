"""Rows back out again when blocks are undone."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from earnest.db.queries.contributions import claims_on
from earnest.db.queries.sealed import made_in_epochs, seals_after, standing_events
from earnest.db.queries.synced import amounts_of, claimed_after, money_events
from earnest.db.tables import (
    Claim,
    Contribution,
    CreditEvent,
    Evaluation,
    ModelSnapshot,
    Pool,
    PoolAccount,
    PoolTotals,
    Seal,
    SyncedBlock,
)
from earnest.sync.projection import EXPIRED, OPEN
from earnest.sync.sums import Sums


def undo_after(session: Session, pool: Pool, block_number: int) -> None:
    """Take back every row of a pool that comes from a later block, and recompute what those rows had changed.

    O(rows taken back + contributions and credit events of the pool); only a reorganisation calls it.
    """
    touched = claimed_after(session, pool, block_number)
    unexpired = [seal.expired for seal in seals_after(session, pool, block_number)]
    for row in made_in_epochs(session, pool, EXPIRED, unexpired):
        row.status, row.claimable = OPEN, row.deposit
    session.flush()
    for table in (Claim, CreditEvent, Contribution, Seal):
        session.execute(
            delete(table).where(
                table.chain_id == pool.chain_id, table.pool_address == pool.address, table.block_number > block_number
            )
        )
    for by_pool in (ModelSnapshot, Evaluation, SyncedBlock):
        session.execute(delete(by_pool).where(by_pool.pool_id == pool.id, by_pool.block_number > block_number))
    session.expire_all()
    for index in touched:
        contribution = session.get(Contribution, (pool.chain_id, pool.address, index))
        if contribution is not None:
            left = contribution.deposit - sum(claim.amount for claim in claims_on(session, pool, index))
            contribution.claimable = left
            # each claim that empties a contribution closes it; where no money moves, any claim does
            contribution.status = OPEN if left or not claims_on(session, pool, index) else contribution.status
    _recompute_sums(session, pool)
    session.flush()


def _recompute_sums(session: Session, pool: Pool) -> None:
    for table in (PoolAccount, PoolTotals):
        session.execute(delete(table).where(table.chain_id == pool.chain_id, table.pool_address == pool.address))
    session.expire_all()
    sums = Sums(session, pool, ())
    for contributor, deposit, left, status in amounts_of(session, pool):
        sums.count(contributor, deposit, left, is_open=status == OPEN)
        if status == EXPIRED:
            sums.totals()["burned"] += deposit
    for event in money_events(session, pool):
        if isinstance(event, Claim):
            if event.burned:
                sums.totals()["burned"] += event.amount
            else:
                sums.pay(event.verb, event.account, event.amount)
        elif event.kind == "payment":
            sums.set_credit(event.account, event.amount)
        else:
            sums.withdraw(event.account, event.amount)
    for account, standing in standing_events(session, pool):
        sums.account(account)["standing"] = standing
    sums.write()
