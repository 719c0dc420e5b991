"""What a pool's contributions and accounts come to: summed in memory while a range is taken in, then written."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from earnest.db.queries.ranges import Row, accounts_at, totals_of
from earnest.db.tables import Pool, PoolAccount, PoolTotals
from earnest.sync.bulk import insert_rows, update_rows

_ACCOUNT = ("credit", "verified", "contributions", "deposits", "refunds", "shares", "leftovers", "standing")
_TOTALS = (
    "contributions", "open_contributions", "open_amount", "credit", "verified", "contributors", "deposits", "refunds",
    "shares", "leftovers", "burned",
)  # fmt: skip
#: The sum that a claim by a verb adds to.
_SUM_OF = {"refund": "refunds", "settle": "refunds", "report": "shares"}


class Sums:
    """The rows of `PoolAccount` and `PoolTotals`.

    Args:
        session: the transaction.
        pool: whose.
        accounts: those that may change; another one is taken for new.
    """

    def __init__(self, session: Session, pool: Pool, accounts: Collection[str]) -> None:
        self._session = session
        self._key: Row = {"chain_id": pool.chain_id, "pool_address": pool.address}
        self._known = accounts_at(session, pool, accounts)
        self._accounts = dict(self._known)
        self._touched: set[str] = set()
        self._known_totals = totals_of(session, pool)
        self._totals = self._known_totals
        self._totals_touched = False

    def totals(self) -> Row:
        """The pool's, to be changed."""
        self._totals_touched = True
        if self._totals is None:
            self._totals = self._key | dict.fromkeys(_TOTALS, 0)
        return self._totals

    def account(self, address: str) -> Row:
        """An account's, to be changed."""
        self._touched.add(address)
        row = self._accounts.get(address)
        if row is None:
            row = self._accounts[address] = self._key | {"account": address} | dict.fromkeys(_ACCOUNT, 0)
        return row

    def set_credit(self, address: str, credit: int) -> None:
        """What a pool owes an account from now on."""
        row = self.account(address)
        self.totals()["credit"] += credit - row["credit"]
        row["credit"] = credit

    def withdraw(self, address: str, amount: int) -> None:
        """Less is owed by what was paid out."""
        self.set_credit(address, self.account(address)["credit"] - amount)

    def pay(self, verb: str, address: str, amount: int) -> None:
        """Note what a claim brought an account."""
        row, totals = self.account(address), self.totals()
        self.set_credit(address, row["credit"] + amount)
        name = _SUM_OF.get(verb, "leftovers")
        row[name] += amount
        totals[name] += amount
        if verb == "refund":
            row["verified"] += 1
            totals["verified"] += 1

    def count(self, address: str, deposit: int, left: int, *, is_open: bool) -> None:
        """Count a contribution in the sums of its contributor and of its pool."""
        row, totals = self.account(address), self.totals()
        totals["contributors"] += row["contributions"] == 0
        row["contributions"] += 1
        row["deposits"] += deposit
        totals["contributions"] += 1
        totals["deposits"] += deposit
        if is_open:
            totals["open_contributions"] += 1
            totals["open_amount"] += left

    def write(self) -> None:
        """Bring the tables to what is here; O(accounts that changed)."""
        made = [self._accounts[name] for name in sorted(self._touched - self._known.keys())]
        insert_rows(self._session, PoolAccount, made)
        changed = [self._accounts[name] for name in sorted(self._touched & self._known.keys())]
        update_rows(self._session, PoolAccount, changed, _ACCOUNT)
        if self._totals is None or not self._totals_touched:
            return
        if self._known_totals is None:
            insert_rows(self._session, PoolTotals, [self._totals])
        else:
            update_rows(self._session, PoolTotals, [self._totals], _TOTALS)
