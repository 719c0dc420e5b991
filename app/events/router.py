"""Server-sent events of pools and of accounts."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from earnest.events.dependencies import Events
from earnest.events.followed import Followed
from earnest.events.service import EventService
from earnest.web.addresses import GivenAddress
from earnest.web.dependencies import Leaving, OneStream
from earnest.web.routes import StrictRoute
from earnest.web.threads import Threads

router = APIRouter(tags=["events"], route_class=StrictRoute)

#: Threads that look events up for those who were away; who is up to date needs none.
_looking = Threads(4)
#: Seconds between two looks at whether the service is about to end.
_LEAVING_SECONDS = 0.5
#: The event that says whether the chain's node answers; it has no place among the others.
NODE = "node"
#: Milliseconds after which a client that lost its connection comes back.
_RETRY = 2_000

LastEventId = Annotated[
    int | None,
    Header(
        alias="Last-Event-ID",
        ge=0,
        lt=2**63,
        description="Be told what happened since that event; without it, what happens from now on.",
    ),
]


async def _followed_pool(pool: str, events: Events) -> Followed:
    """Refuses before the stream begins; afterwards it is too late for a problem document."""
    return await _looking.run(events.of_pool, pool)


async def _followed_account(address: GivenAddress, events: Events) -> Followed:
    return await _looking.run(events.of_account, address)


async def _told(
    events: EventService, followed: Followed, last: int | None, leaving: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    position = followed.newest if last is None else last
    # who is cut off before anything happened comes back to this place
    yield ServerSentEvent(comment="open", id=str(position), retry=_RETRY)
    silent = False
    while not leaving():
        if silent != events.is_chain_silent:
            silent = not silent
            yield ServerSentEvent(event=NODE, data={"answers": not silent})
        told = events.recent(followed, position)
        if told is None:
            told = await _looking.run(events.page, followed, position)
        position = told.position
        if told.gone:
            yield ServerSentEvent(event="reset", id=str(position), data={"reason": "Older events are forgotten."})
        for place, event in told.events:
            yield ServerSentEvent(event=event.kind, id=str(place), data=event.model_dump(mode="json"))
        await events.wait(position, _LEAVING_SECONDS)


@router.get("/pools/{pool}/events", response_class=EventSourceResponse)
async def follow_pool(
    events: Events,
    followed: Annotated[Followed, Depends(_followed_pool)],
    leaving: Leaving,
    stream: OneStream,
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events of a pool, named after their kinds.

    What is contributed, claimed, paid and withdrawn, pauses, the model's accuracy where it changed, and `reorganised`
    when the chain takes back what came after a block. `reset` says that events were forgotten since `Last-Event-ID`:
    look at the pool anew. `node` says that the chain's node does not answer, and then that it does again.
    """
    async for event in _told(events, followed, last_event_id, leaving):
        yield event


@router.get("/accounts/{address}/events", response_class=EventSourceResponse)
async def follow_account(
    events: Events,
    followed: Annotated[Followed, Depends(_followed_account)],
    leaving: Leaving,
    stream: OneStream,
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events of an account in all pools: what it did and was paid, and what befell its contributions.

    All of it is public on the chain. Events are those of a pool's stream.
    """
    async for event in _told(events, followed, last_event_id, leaving):
        yield event
