"""An account's credit in a pool as a ledger: each entry moves it, and their sum is what the pool owes.

The contract's credit works as an account at a bank does: a payment comes in from the wallet, a deposit goes out of it
into escrow, refunds, shares and leftovers come in, a withdrawal goes out to the wallet. How much was paid in is told by
no event of its own. It follows: the contract says what it owes after a payment that left or used credit, and where it
says nothing, exactly the deposits were paid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from earnest.db.queries.ledgers import Place, Row, place_of
from earnest.db.tables import Claim, Contribution, CreditEvent

Kind = Literal["payment", "deposit", "refund", "report", "collect", "withdrawal"]


@dataclass(frozen=True)
class Entry:
    """A change of an account's credit, in wei: `amount` is below 0 where it fell, `credit` is what it was then."""

    kind: Kind
    amount: int
    credit: int
    index: int | None
    place: Place
    time: int
    transaction_hash: str


class Ledger:
    """Turns an account's rows, in the order of the chain, into entries.

    Args:
        credit: what the pool owed before the first row.
    """

    def __init__(self, credit: int = 0) -> None:
        self.credit = credit

    def entries(self, rows: Iterable[Row]) -> Iterator[tuple[list[Entry], Place]]:
        """The entries of one transaction after another, and the place of its last row; all its rows must be there."""
        of_one: list[Row] = []
        for row in rows:
            if of_one and row.transaction_hash != of_one[0].transaction_hash:
                yield list(self._of_transaction(of_one)), place_of(of_one[-1])
                of_one = []
            of_one.append(row)
        if of_one:
            yield list(self._of_transaction(of_one)), place_of(of_one[-1])

    def _of_transaction(self, rows: list[Row]) -> Iterator[Entry]:
        unpaid: list[Contribution] = []
        for row in rows:
            if isinstance(row, Contribution):
                unpaid.append(row)
            elif isinstance(row, CreditEvent) and row.kind == "payment":
                yield from self._paid(unpaid, row, row.amount)
                unpaid = []
            else:
                yield from self._paid(unpaid, row, self.credit)
                unpaid = []
                if isinstance(row, Claim):
                    yield self._entry(row.verb, row.amount, row, row.index)
                else:
                    yield self._entry("withdrawal", -row.amount, row)
        yield from self._paid(unpaid, rows[-1], self.credit)

    def _paid(self, contributions: list[Contribution], row: Row, after: int) -> Iterator[Entry]:
        """A payment, and the deposits that it was for; the pool owes `after` then."""
        came_in = after - self.credit + sum(one.deposit for one in contributions)
        if came_in:
            yield self._entry("payment", came_in, contributions[0] if contributions else row)
        for one in contributions:
            yield self._entry("deposit", -one.deposit, one, one.index)

    def _entry(self, kind: str, amount: int, row: Row, index: int | None = None) -> Entry:
        self.credit += amount
        return Entry(kind, amount, self.credit, index, place_of(row), row.time, row.transaction_hash)  # type: ignore[arg-type]
