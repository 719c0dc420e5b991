"""Logs to rows, and rows back out again when a block is undone."""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from earnest.chain.events import Log
from earnest.core.incentives.sealed import AGREED, AT_RISK
from earnest.core.keccak import keccak256
from earnest.core.models.model import NOT_PREDICTED
from earnest.core.models.registry import model_of
from earnest.core.pool import sealed_events
from earnest.core.pool.events import (
    BatchCommitted,
    Collected,
    Contributed,
    CreditChanged,
    Event,
    Refunded,
    Reported,
    Withdrawn,
)
from earnest.core.pool.sealed_events import Sealed, Settled
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import claims_on
from earnest.db.queries.sealed import made_in_epochs, open_of_outcome, seals_after, standing_events
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
from earnest.sync.mirror import Mirror

OPEN, REFUNDED, TAKEN, COLLECTED = "open", "refunded", "taken", "collected"
#: Of contributions whose judge is sealed, besides OPEN.
SETTLED, EXPIRED = "settled", "expired"
_STATUS_AFTER = {"refund": REFUNDED, "report": TAKEN, "collect": COLLECTED, "settle": SETTLED}


def _place(log: Log[Event]) -> dict[str, object]:
    return {
        "block_number": log.block_number,
        "block_hash": log.block_hash,
        "transaction_hash": log.transaction_hash,
        "log_index": log.log_index,
        "time": log.block_time,
    }


def _is_new(session: Session, pool: Pool, log: Log[Event]) -> bool:
    """Whether the tables have room for what a log tells, and do not have it yet."""
    key = (pool.chain_id, pool.address, log.transaction_hash, log.log_index)
    match log.event:
        case Contributed(index=index) | sealed_events.Contributed(index=index):
            return session.get(Contribution, (pool.chain_id, pool.address, index)) is None
        case BatchCommitted(first_index=index):
            first = session.get(Contribution, (pool.chain_id, pool.address, index))
            return first is None or first.batch_first is None
        case Refunded() | Reported() | Collected() | Settled():
            return session.get(Claim, key) is None
        case Sealed(epoch=epoch):
            return session.get(Seal, (pool.chain_id, pool.address, epoch)) is None
        case CreditChanged() | Withdrawn():
            return session.get(CreditEvent, key) is None
        case _:
            # no row holds it: a pool's pauses and its owner are asked of the pool
            return False


def has_row(event: Event) -> bool:
    """Whether the tables have a row for what an event tells; a pool's pauses and its owner are asked of the pool."""
    published = Contributed | BatchCommitted | Refunded | Reported | Collected | CreditChanged | Withdrawn
    return isinstance(event, published | sealed_events.Contributed | Settled | Sealed)


def _account(session: Session, pool: Pool, address: str) -> PoolAccount:
    row = session.get(PoolAccount, (pool.chain_id, pool.address, address))
    if row is None:
        row = PoolAccount(
            chain_id=pool.chain_id,
            pool_address=pool.address,
            account=address,
            credit=0,
            verified=0,
            contributions=0,
            deposits=0,
            refunds=0,
            shares=0,
            leftovers=0,
            standing=0,
        )
        session.add(row)
    return row


def _totals(session: Session, pool: Pool) -> PoolTotals:
    row = session.get(PoolTotals, (pool.chain_id, pool.address))
    if row is None:
        row = PoolTotals(
            chain_id=pool.chain_id,
            pool_address=pool.address,
            contributions=0,
            open_contributions=0,
            open_amount=0,
            credit=0,
            verified=0,
            contributors=0,
            deposits=0,
            refunds=0,
            shares=0,
            leftovers=0,
            burned=0,
        )
        session.add(row)
    return row


def _set_credit(session: Session, pool: Pool, address: str, credit: int) -> None:
    """What a pool owes an account from now on."""
    row = _account(session, pool, address)
    _totals(session, pool).credit += credit - row.credit
    row.credit = credit


def _paid(session: Session, pool: Pool, verb: str, address: str, amount: int) -> None:
    """Note what a claim brought an account."""
    row, totals = _account(session, pool, address), _totals(session, pool)
    _set_credit(session, pool, address, row.credit + amount)
    if verb == "refund":
        row.refunds += amount
        totals.refunds += amount
        row.verified += 1
        totals.verified += 1
    elif verb == "settle":
        row.refunds += amount
        totals.refunds += amount
    elif verb == "report":
        row.shares += amount
        totals.shares += amount
    else:
        row.leftovers += amount
        totals.leftovers += amount


def _counted(session: Session, pool: Pool, address: str, deposit: int, left: int, *, is_open: bool) -> None:
    """Count a contribution in the sums of its contributor and of its pool."""
    row, totals = _account(session, pool, address), _totals(session, pool)
    totals.contributors += row.contributions == 0
    row.contributions += 1
    row.deposits += deposit
    totals.contributions += 1
    totals.deposits += deposit
    if is_open:
        totals.open_contributions += 1
        totals.open_amount += left


def apply_log(session: Session, pool: Pool, log: Log[Event], mirror: Mirror | None = None) -> bool:
    """Write what a log tells; one that the tables have already changes nothing.

    Args:
        session: the database.
        pool: whose log it is.
        log: what happened.
        mirror: of the pool, as it is before the log; None where nobody has it.

    Returns:
        whether it was new.
    """
    if not _is_new(session, pool, log):
        return False
    event, where = log.event, {"chain_id": pool.chain_id, "pool_address": pool.address, **_place(log)}
    if isinstance(event, Contributed):
        session.add(
            Contribution(
                **where,
                index=event.index,
                contributor=event.contributor,
                label=event.label,
                predicted=event.predicted,
                deposit=event.deposit,
                claimable=event.deposit,
                status=OPEN,
                sample=event.sample,
                sample_hash="0x" + keccak256(event.sample).hex(),
            )
        )
        _counted(session, pool, event.contributor, event.deposit, event.deposit, is_open=True)
    elif isinstance(event, sealed_events.Contributed):
        _sealed_contribution(session, pool, where, event, mirror)
    elif isinstance(event, Settled):
        _claim(session, pool, where, event.index, "settle", event.contributor, event.amount, burned=False)
        claim = session.get_one(Claim, (pool.chain_id, pool.address, log.transaction_hash, log.log_index))
        claim.taught, claim.standing = event.taught, event.standing
        _account(session, pool, event.contributor).standing = event.standing
    elif isinstance(event, Sealed):
        _seal(session, pool, where, event)
    elif isinstance(event, BatchCommitted):
        _commit_batch(session, pool, event)
    elif isinstance(event, Refunded):
        _claim(session, pool, where, event.index, "refund", event.contributor, event.amount, burned=False)
    elif isinstance(event, Reported):
        _claim(session, pool, where, event.index, "report", event.reporter, event.amount, burned=False)
    elif isinstance(event, Collected):
        _claim(session, pool, where, event.index, "collect", event.collector, event.amount, burned=event.burned)
    elif isinstance(event, CreditChanged):
        session.add(CreditEvent(**where, kind="payment", account=event.account, amount=event.credit))
        _set_credit(session, pool, event.account, event.credit)
    elif isinstance(event, Withdrawn):
        session.add(CreditEvent(**where, kind="withdrawal", account=event.account, amount=event.amount))
        _set_credit(session, pool, event.account, _account(session, pool, event.account).credit - event.amount)
    session.flush()
    return True


def _said(pool: Pool, event: sealed_events.Contributed, mirror: Mirror | None) -> int:
    """The judge's class, which the event tells of only whether it is the label; `NOT_PREDICTED` where nobody knows it.

    O(numbers in the sample): the judge stands still between two seals, so that the mirror's is the one that was asked.
    """
    if event.outcome == AGREED:
        return event.label
    model = model_of(pool.model or "", pool.model_parameters or ()) if mirror is None else mirror.served
    if model.class_count == 2:
        return 1 - event.label
    if mirror is None:
        return NOT_PREDICTED
    said, _ = model.predict_one(model.sample_from_bytes(event.sample))
    # a mirror that agrees where the contract did not is wrong, and its digest tells so at the next look
    return NOT_PREDICTED if said == event.label else said


def _sealed_contribution(
    session: Session, pool: Pool, where: dict[str, object], event: sealed_events.Contributed, mirror: Mirror | None
) -> None:
    session.add(
        Contribution(
            **where,
            index=event.index,
            contributor=event.contributor,
            label=event.label,
            predicted=_said(pool, event, mirror),
            deposit=event.deposit,
            claimable=event.deposit,
            status=OPEN,
            sample=event.sample,
            sample_hash="0x" + keccak256(event.sample).hex(),
            outcome=event.outcome,
            epoch=event.epoch,
            standing=event.standing,
        )
    )
    _counted(session, pool, event.contributor, event.deposit, event.deposit, is_open=True)
    _account(session, pool, event.contributor).standing = event.standing


def _seal(session: Session, pool: Pool, where: dict[str, object], event: Sealed) -> None:
    """Note a seal, and close what expired with it."""
    terms = terms_of_pool(pool)
    expired = terms.incentive.sealed.expired_epoch(terms.numbers, event.epoch)
    session.add(
        Seal(
            **where,
            epoch=event.epoch,
            sealer=event.sealer,
            bounty=event.bounty,
            burned=event.burned,
            digest=event.digest,
            expired=expired,
        )
    )
    totals = _totals(session, pool)
    for row in open_of_outcome(session, pool, AT_RISK, expired):
        totals.open_contributions -= 1
        totals.open_amount -= row.claimable
        totals.burned += row.claimable
        row.status, row.claimable = EXPIRED, 0


def _commit_batch(session: Session, pool: Pool, event: BatchCommitted) -> None:
    members = session.scalars(
        update(Contribution)
        .where(
            Contribution.chain_id == pool.chain_id,
            Contribution.pool_address == pool.address,
            Contribution.index >= event.first_index,
            Contribution.index < event.first_index + event.count,
        )
        .values(batch_first=event.first_index)
        .returning(Contribution.index)
    ).all()
    if len(members) != event.count:
        raise ValueError(
            f"The chain's logs commit {event.count} contributions of {pool.address} from {event.first_index} on, and "
            f"{len(members)} of them are known."
        )


def _claim(
    session: Session,
    pool: Pool,
    where: dict[str, object],
    index: int,
    verb: str,
    account: str,
    amount: int,
    *,
    burned: bool,
) -> None:
    session.add(Claim(**where, index=index, verb=verb, account=account, amount=amount, burned=burned))
    contribution = session.get(Contribution, (pool.chain_id, pool.address, index))
    if contribution is None:
        raise ValueError(f"The chain's logs claim contribution {index} of {pool.address} before it was made.")
    totals = _totals(session, pool)
    contribution.claimable -= amount
    totals.open_amount -= amount
    if contribution.claimable == 0:
        contribution.status = _STATUS_AFTER[verb]
        totals.open_contributions -= 1
    if burned:
        totals.burned += amount
    else:
        _paid(session, pool, verb, account, amount)


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
    for contributor, deposit, left, status in amounts_of(session, pool):
        _counted(session, pool, contributor, deposit, left, is_open=status == OPEN)
        if status == EXPIRED:
            _totals(session, pool).burned += deposit
    for event in money_events(session, pool):
        if isinstance(event, Claim):
            if event.burned:
                _totals(session, pool).burned += event.amount
            else:
                _paid(session, pool, event.verb, event.account, event.amount)
        elif event.kind == "payment":
            _set_credit(session, pool, event.account, event.amount)
        else:
            _set_credit(session, pool, event.account, _account(session, pool, event.account).credit - event.amount)
    for account, standing in standing_events(session, pool):
        _account(session, pool, account).standing = standing
    session.flush()
