"""An account's ledger in a pool, a page at a time."""

from sqlalchemy.orm import Session

from earnest.db.queries.ledgers import Place, rows_of_account
from earnest.db.tables import Pool
from earnest.statements.ledger import Entry, Ledger

#: Entries that are read at a time for a whole statement.
PAGE = 500
#: Rows of one transaction that a page reads beyond what was asked for; gas allows fewer.
MOST_OF_TRANSACTION = 1_000
#: Before everything.
START = Place(-1, -1)


def page_of_ledger(
    session: Session, pool: Pool, account: str, after: Place, opening: int, limit: int
) -> tuple[list[Entry], Place | None]:
    """Entries after a place, those of a transaction together, and the place of the next page if there is one."""
    most = limit + MOST_OF_TRANSACTION
    entries: list[Entry] = []
    transactions = Ledger(opening).entries(rows_of_account(session, pool, account, after, most))
    for of_one, last in transactions:
        entries += of_one
        if len(entries) >= limit:
            return entries, last if next(transactions, None) is not None else None
    return entries, None
