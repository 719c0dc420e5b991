"""Which contribution a kept text belongs to: the one that its item's transaction made, as the chain has it now."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from earnest.chain.events import Log
from earnest.core.pool import sealed_events
from earnest.core.pool.events import Contributed
from earnest.db.queries.synced import first_contribution_after
from earnest.db.queries.texts import items_and_texts
from earnest.db.tables import KeptText, Pool, SubmissionItem

#: Most transactions in one query.
CHUNK = 500

#: Of a pool of either life.
AnyContributed = Contributed | sealed_events.Contributed


def bind_texts(session: Session, pool: Pool, logs: Sequence[Log[AnyContributed]]) -> None:
    """Give texts to the contributions that their items became.

    The transaction's hash is stored with its items before it is sent, and its contributions come in the order of its
    items; so this holds at whatever index, and in whatever block, the chain has the transaction.

    O(logs); a query for each 500 transactions.

    Args:
        session: the transaction in which the logs' contributions are written.
        pool: whose logs they are.
        logs: contributions in the order of the chain, those of a transaction together.
    """
    if not logs:
        return
    _release_from(session, pool, logs[0].event.index)
    made: dict[str, list[AnyContributed]] = defaultdict(list)
    for log in logs:
        made[log.transaction_hash].append(log.event)
    hashes = list(made)
    for start in range(0, len(hashes), CHUNK):
        items: dict[str, list[tuple[SubmissionItem, KeptText | None]]] = defaultdict(list)
        for item, kept in items_and_texts(session, hashes[start : start + CHUNK]):
            items[item.transaction_hash or ""].append((item, kept))
        for transaction_hash, pairs in items.items():
            for event, (item, text) in zip(made[transaction_hash], pairs, strict=False):
                if text is not None and item.sample == event.sample:
                    text.chain_id, text.pool_address, text.index = pool.chain_id, pool.address, event.index
    session.flush()


def release_texts(session: Session, pool: Pool, block_number: int) -> None:
    """Give the texts of contributions from later blocks back to their items, before those contributions are undone."""
    first = first_contribution_after(session, pool, block_number)
    if first is not None:
        _release_from(session, pool, first)


def _release_from(session: Session, pool: Pool, index: int) -> None:
    """No contribution from this index on has a text: indices rise with the blocks."""
    session.execute(
        update(KeptText)
        .where(KeptText.chain_id == pool.chain_id, KeptText.pool_address == pool.address, KeptText.index >= index)
        .values(chain_id=None, pool_address=None, index=None)
    )
