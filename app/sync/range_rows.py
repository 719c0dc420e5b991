"""The rows that a range of blocks makes and changes: read ahead in bulk, kept in memory, written table by table."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from earnest.chain.events import Log
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
from earnest.db.queries.ranges import (
    Row,
    contributions_at,
    epochs_sealed,
    logs_known,
    open_contributions_of,
)
from earnest.db.tables import Claim, Contribution, CreditEvent, Pool, Seal
from earnest.sync.bulk import insert_rows, update_rows
from earnest.sync.sums import Sums

#: What tells of a claim.
Claimed = Refunded | Reported | Collected | Settled


def account_of(event: Event) -> str | None:
    """Whose row of sums an event changes."""
    match event:
        case Contributed() | sealed_events.Contributed() | Settled() | Refunded():
            return event.contributor
        case Reported():
            return event.reporter
        case Collected():
            return event.collector
        case CreditChanged() | Withdrawn():
            return event.account
        case _:
            return None


#: Most contributions that one commitment can be of: each uses some thousand gas of a block.
MOST_IN_BATCH = 10_000


class RangeRows:
    """What a pool's tables have of a range's logs, and what these add.

    O(logs) in all, and a query a table for each 500 of them; nothing is written before `write`.

    Args:
        session: the transaction in which the range is written.
        pool: whose logs they are.
        logs: of the range.

    Attributes:
        sums: accounts and totals.
    """

    def __init__(self, session: Session, pool: Pool, logs: Sequence[Log[Event]]) -> None:
        self._session, self._pool = session, pool
        indices: set[int] = set()
        claims: set[str] = set()
        paid: set[str] = set()
        epochs: set[int] = set()
        for log in logs:
            match log.event:
                case Contributed(index=index) | sealed_events.Contributed(index=index):
                    indices.add(index)
                case Refunded(index=index) | Reported(index=index) | Collected(index=index) | Settled(index=index):
                    indices.add(index)
                    claims.add(log.transaction_hash)
                case BatchCommitted(first_index=first, count=count):
                    if count > MOST_IN_BATCH:
                        raise ValueError(f"The chain's logs commit {count} contributions at once: no block has them.")
                    indices.update(range(first, first + count))
                case CreditChanged() | Withdrawn():
                    paid.add(log.transaction_hash)
                case Sealed(epoch=epoch):
                    epochs.add(epoch)
        #: by index: what the tables have of contributions, and those that the range makes
        self._contributions = contributions_at(session, pool, indices)
        self._made: list[Row] = []
        self._made_in: dict[int, list[Row]] = defaultdict(list)
        self._claimed: set[int] = set()
        self._committed: set[int] = set()
        self._known_claims = logs_known(session, pool, Claim, claims)
        self._claims: list[Row] = []
        self._known_credits = logs_known(session, pool, CreditEvent, paid)
        self._credits: list[Row] = []
        self._known_seals = epochs_sealed(session, pool, epochs)
        self._seals: list[Row] = []
        self.sums = Sums(session, pool, {name for log in logs if (name := account_of(log.event)) is not None})

    def has(self, log: Log[Event]) -> bool:
        """Whether there is a row of what a log tells already, or there never is one."""
        match log.event:
            case Contributed(index=index) | sealed_events.Contributed(index=index):
                return index in self._contributions
            case BatchCommitted(first_index=index):
                first = self._contributions.get(index)
                return first is not None and first["batch_first"] is not None
            case Refunded() | Reported() | Collected() | Settled():
                return (log.transaction_hash, log.log_index) in self._known_claims
            case Sealed(epoch=epoch):
                return epoch in self._known_seals
            case CreditChanged() | Withdrawn():
                return (log.transaction_hash, log.log_index) in self._known_credits
            case _:
                # a pool's pauses and its owner are asked of the pool
                return True

    def contribution(self, index: int) -> Row | None:
        """A contribution that the range's logs name, as it is after those that were taken in."""
        return self._contributions.get(index)

    def sample_of(self, index: int) -> tuple[bytes, int]:
        """Sample and label of a contribution that the range settles.

        Raises:
            ValueError: it was not made.
        """
        made = self._contributions.get(index)
        if made is None:
            raise ValueError(
                f"The chain's logs settle contribution {index} of {self._pool.address} before it was made."
            )
        return made["sample"], made["label"]

    def contributor_of(self, index: int) -> str | None:
        """Who made a contribution that the range's logs name."""
        made = self._contributions.get(index)
        return None if made is None else made["contributor"]

    def make(self, row: Row) -> None:
        """Add a contribution, all columns of it."""
        self._contributions[row["index"]] = row
        self._made.append(row)
        if row["epoch"] is not None:
            self._made_in[row["epoch"]].append(row)

    def claim(self, row: Row) -> Row:
        """Add a claim, and return its contribution, to be changed.

        Raises:
            ValueError: there is none.
        """
        made = self._contributions.get(row["index"])
        if made is None:
            raise ValueError(
                f"The chain's logs claim contribution {row['index']} of {self._pool.address} before it was made."
            )
        self._known_claims.add((row["transaction_hash"], row["log_index"]))
        self._claims.append(row)
        self._claimed.add(row["index"])
        return made

    def credit(self, row: Row) -> None:
        """Add a payment or a withdrawal."""
        self._known_credits.add((row["transaction_hash"], row["log_index"]))
        self._credits.append(row)

    def seal(self, row: Row) -> None:
        """Add a seal."""
        self._known_seals.add(row["epoch"])
        self._seals.append(row)

    def expiring(self, outcome: int, epoch: int) -> list[Row]:
        """The open contributions of a case that were made in an epoch, to be changed; one query."""
        # as the tables have them; what is here already may have been claimed since
        known = open_contributions_of(self._session, self._pool, outcome, epoch)
        rows = [self._contributions.setdefault(index, row) for index, row in known.items()]
        found = [row for row in rows + self._made_in[epoch] if (row["status"], row["outcome"]) == ("open", outcome)]
        self._claimed.update(row["index"] for row in found)
        return found

    def commit(self, first: int, count: int) -> None:
        """Put contributions into one batch.

        Raises:
            ValueError: not all of them were made.
        """
        members = [index for index in range(first, first + count) if index in self._contributions]
        if len(members) != count:
            raise ValueError(
                f"The chain's logs commit {count} contributions of {self._pool.address} from {first} on, and "
                f"{len(members)} of them are known."
            )
        for index in members:
            self._contributions[index]["batch_first"] = first
        self._committed.update(members)

    def write(self) -> None:
        """Bring the tables to what is here; O(rows), a statement a table for each 1,000 of them."""
        session = self._session
        insert_rows(session, Contribution, self._made)
        made = {row["index"] for row in self._made}
        for changed, columns in ((self._claimed, ("claimable", "status")), (self._committed, ("batch_first",))):
            key = {"chain_id": self._pool.chain_id, "pool_address": self._pool.address}
            rows = [key | self._contributions[index] for index in sorted(changed - made)]
            update_rows(session, Contribution, rows, columns)
        insert_rows(session, Claim, self._claims)
        insert_rows(session, CreditEvent, self._credits)
        insert_rows(session, Seal, self._seals)
        self.sums.write()
