"""Events of a pool or of an account, after a place in the order of all events."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from earnest.db.engine import Sessions
from earnest.db.queries.events import (
    events_before,
    events_of_account,
    events_of_pool,
    newest_event,
    oldest_event,
)
from earnest.db.tables import Event
from earnest.events.feed import Feed
from earnest.events.followed import Followed, Told
from earnest.events.schemas import EventShown
from earnest.pools.service import PoolService
from earnest.web.addresses import parse_address

#: Most events that are looked up at once.
PAGE = 100
#: The kind of event that takes others back.
REORGANISED = "reorganised"


class EventService:
    """Tells events.

    Args:
        sessions: the database.
        pools: finds pools.
        feed: has the newest in memory.
    """

    def __init__(self, sessions: Sessions, pools: PoolService, feed: Feed) -> None:
        self._sessions = sessions
        self._pools = pools
        self._feed = feed

    def position(self) -> int:
        """The place of the newest event: what was read afterwards is not older."""
        with self._sessions() as session:
            return newest_event(session)

    def of_pool(self, which: str) -> Followed:
        """A pool's events.

        Raises:
            PoolUnknown, AddressInvalid: there is no such pool.
        """
        with self._sessions() as session:
            pool_id, newest = self._pools.find(session, which).id, newest_event(session)

        def read(session: Session, after: int, limit: int) -> Sequence[Event]:
            return events_of_pool(session, pool_id, after, limit)

        def about(event: Event) -> bool:
            # each account has a note of its own about a reorganisation
            return event.pool_id == pool_id and (event.kind != REORGANISED or event.account is None)

        return Followed(about, read, newest)

    def of_account(self, address: str) -> Followed:
        """Events in which an account acted or was paid, or that befell its contributions.

        Raises:
            AddressInvalid: it is no address.
        """
        account = parse_address(address)

        def read(session: Session, after: int, limit: int) -> Sequence[Event]:
            return events_of_account(session, account, after, limit)

        return Followed(lambda event: account in (event.account, event.contributor), read, self.position())

    def recent(self, followed: Followed, after: int) -> Told | None:
        """What memory has after a place; None where the tables have to be asked."""
        found = self._feed.since(after)
        if found is None:
            return None
        events, newest = found
        return Told([_shown(event) for event in events if followed.about(event)], newest)

    def page(self, followed: Followed, after: int) -> Told:
        """The next events after a place, from the tables; O(page)."""
        with self._sessions() as session:
            newest, oldest = newest_event(session), oldest_event(session)
            if after > newest or (oldest > 1 and after < oldest - 1):
                return Told([], newest, gone=True)
            rows = followed.read(session, after, PAGE)
        position = rows[-1].sequence if len(rows) == PAGE else newest
        return Told([_shown(row) for row in rows if followed.about(row)], position)

    def history(
        self, before: int | None, limit: int, *, which: str | None = None, account: str | None = None, kind: str | None
    ) -> tuple[list[EventShown], int | None]:
        """What happened, newest first, and where the next page starts; of those events that are kept.

        Args:
            before: a place; None for the newest.
            limit: how many at most.
            which: of a pool; None for all.
            account: that acted, was paid, or whose contribution it befell; None for any.
            kind: of event; None for any.

        Raises:
            PoolUnknown, AddressInvalid: there is no such pool or address.
        """
        with self._sessions() as session:
            pool_id = self._pools.find(session, which).id if which is not None else None
            address = parse_address(account) if account is not None else None
            rows = events_before(session, before, limit + 1, pool_id=pool_id, account=address, kind=kind)
        following = rows[limit - 1].sequence if len(rows) > limit else None
        return [_shown(row)[1] for row in rows[:limit]], following

    @property
    def is_chain_silent(self) -> bool:
        """Whether the node did not answer when it was asked last."""
        return self._pools.is_chain_silent

    async def wait(self, after: int, seconds: float) -> None:
        """Return once there may be something after a place, or after some seconds; without a thread."""
        await self._feed.wait(after, seconds)


def _shown(event: Event) -> tuple[int, EventShown]:
    return event.sequence, EventShown(
        kind=event.kind,
        pool=event.pool_id,
        account=event.account,
        contributor=event.contributor,
        index=event.index,
        amount=event.amount,
        block_number=event.block_number,
        time=event.time,
        transaction_hash=event.transaction_hash,
        facts=event.facts,
    )
