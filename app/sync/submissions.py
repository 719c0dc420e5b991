"""Submissions whose transactions a reorganisation took out of the chain are open again.

What the service once read of a transaction's block holds only as long as the chain has that block. The stored bytes
are sent again by whoever settles submissions; the chain may have the transaction elsewhere by then, which is found
likewise.
"""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from earnest.db.queries.submissions import decided_transactions, items_of_transaction
from earnest.db.tables import Pool, Submission, Transaction

#: What a submission's transaction is called when it was handed to the node and is not decided.
SENT = "sent"


def reopen_after(session: Session, pool: Pool, block_number: int) -> None:
    """Open what was decided in later blocks, which the chain has no longer.

    O(transactions opened).
    """
    reopen(session, decided_transactions(session, pool, block_number, None))


def reopen_missing(session: Session, pool: Pool, block_number: int, last: int, present: Collection[str]) -> None:
    """Open what is on record as confirmed in a range of blocks, and is not among what these blocks hold.

    A transaction may be confirmed, and reorganised away, between two looks of the sync.

    Args:
        session: the transaction in which the range is written.
        pool: whose range it is.
        block_number: the block before the range.
        last: its last block.
        present: hashes of the transactions with events of the pool in it.
    """
    decided = decided_transactions(session, pool, block_number, last)
    missing = [row for row in decided if row.status == "confirmed" and row.hash not in present]
    reopen(session, [row for row in missing if not _is_relayed(session, row)])


def _is_relayed(session: Session, row: Transaction) -> bool:
    """Whether a transaction forwards another's call, which may have taken effect by somebody else's transaction."""
    return session.get_one(Submission, row.submission_id).account != row.sender


def reopen(session: Session, transactions: Sequence[Transaction]) -> None:
    """Open decided transactions again, with the items that they carry."""
    for row in transactions:
        row.status, row.block_number, row.gas_used = SENT, None, None
        for item in items_of_transaction(session, row.hash):
            item.status, item.amount, item.error = SENT, None, None
            # of a claim the index is what was asked for, of a contribution what the chain gave it
            if item.sample is not None:
                item.index = None
    session.flush()
