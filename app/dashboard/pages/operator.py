"""The operator's page: health first, then pools to pause, then a form that deploys one, with what would come of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.advice.dependencies import Advices, AdvicesOfPages
from earnest.advice.errors import AdviceUnknown
from earnest.advice.schemas import AdviceShown
from earnest.core.errors import CoreError
from earnest.core.incentives.base import Words
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import DEFAULT_ON_VECTORS, DEFAULT_ON_WORDS
from earnest.dashboard.deploying import (
    PLAIN,
    Asked,
    choices,
    fields_of,
    of_file,
    prospect_of,
    question_of,
    request_of,
    taken,
)
from earnest.dashboard.frame import Framed
from earnest.dashboard.given import sentence_of
from earnest.dashboard.operator import refusal
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.pools.dependencies import Administration, Overviews, Pools
from earnest.pools.incentives import DEFAULT_INCENTIVE
from earnest.pools.schemas import DataChecked, PoolShown
from earnest.readiness import OPERATE
from earnest.web.dependencies import Leaving, OneStream, Requirement, readiness_of
from earnest.web.threads import asking, sending

router = APIRouter(route_class=PageRoute)

#: Pools that are listed, the oldest first.
MOST_POOLS = 100
#: Seconds between two looks at advice that somebody watches.
_EVENT_SECONDS = 0.5


@dataclass(frozen=True)
class OperatorPage(Page):
    """The operator's page.

    Attributes:
        capabilities: what the service can do now, by name.
        reasons: why not the rest, a sentence each.
        head: number of the chain's newest block; None while it is silent.
        pools: all of them, as far as they fit.
        choices: of the form's lists.
        defaults: the models of texts and of tables, where none is chosen.
        incentive: that is chosen.
        words: what it says of itself.
        plain: fields that every pool has.
        fields: fields of the incentive.
        prospect: fields of what is expected of the pool.
        given: what the form holds.
        of_file: how a file is read.
        advice: what would come of it, or how far that is; None where nobody asked.
        checked: what was read of the data, and how the model starts; None before that was asked.
        done: what was done.
        message: why what was asked for was refused.
    """

    TEMPLATE: ClassVar[str] = "operator.html"

    capabilities: Mapping[str, bool]
    reasons: Sequence[str]
    head: int | None
    pools: Sequence[PoolShown]
    choices: Mapping[str, Sequence[str]]
    defaults: tuple[str, str]
    incentive: str
    words: Words
    plain: Sequence[Asked]
    fields: Sequence[Asked]
    prospect: Sequence[Asked]
    given: Mapping[str, str]
    of_file: Sequence[Asked] = ()
    advice: AdviceShown | None = None
    checked: DataChecked | None = None
    done: str | None = None
    message: str | None = None


class _Pages:
    """Comes by what the page shows."""

    def __init__(self, request: Request, pools: Pools, overviews: Overviews, frame: Framed) -> None:
        self._readiness = readiness_of(request)
        self._pools, self._overviews, self._frame = pools, overviews, frame

    def page(
        self, incentive: str = DEFAULT_INCENTIVE, given: Mapping[str, str] | None = None, status: int = 200, **more: Any
    ) -> HTMLResponse:
        """The page, with what the form holds."""
        chosen = INCENTIVES[incentive if incentive in INCENTIVES else DEFAULT_INCENTIVE]
        given = given or {}
        shown = self._readiness.shown()
        page = OperatorPage(
            capabilities=shown["capabilities"],
            reasons=list(self._readiness.reasons().values()),
            head=self._overviews.head(),
            pools=self._pools.page(None, MOST_POOLS)[0],
            choices=choices(),
            defaults=(DEFAULT_ON_WORDS, DEFAULT_ON_VECTORS),
            incentive=chosen.name,
            words=chosen.words,
            plain=[Asked(name, label, words, given.get(name, value)) for name, label, words, value in PLAIN],
            fields=fields_of(chosen, given),
            prospect=prospect_of(given),
            given=given,
            of_file=of_file(given),
            **more,
        )
        return render(page, self._frame, status)


OperatorPages = Annotated[_Pages, Depends()]


@router.get("/operator")
@asking
def show_operator(
    pages: OperatorPages,
    advices: AdvicesOfPages,
    require: Requirement,
    incentive: Annotated[str, Query(max_length=60)] = DEFAULT_INCENTIVE,
    done: Annotated[Literal["", "paused", "unpaused"], Query()] = "",
    advice: Annotated[str, Query(max_length=60)] = "",
    take: Annotated[int | None, Query(ge=0, le=1000)] = None,
) -> HTMLResponse:
    """The page as it is found; with advice that was asked for here, and with what of it is taken over."""
    words = {"paused": "Contributions are paused.", "unpaused": "Contributions go on."}
    if not advice:
        return pages.page(incentive, done=words.get(done))
    require(OPERATE)
    try:
        shown, given = advices.by_link(advice)
    except AdviceUnknown:
        return pages.page(incentive, status=404, message="There is no such advice any more: ask again below.")
    candidates = shown.result["candidates"] if shown.result else []
    if take is not None and take < len(candidates):
        given = taken(given, candidates[take]["pool"])
    return pages.page(given.get("incentive", incentive), given, done=words.get(done), advice=shown)


def _watched(advice: str, advices: Advices) -> AdviceShown:
    """Refuses before the stream begins; afterwards it is too late for a problem document."""
    return advices.watch(advice)


@router.get("/operator/advice/{advice}/events", response_class=EventSourceResponse)
async def watch_advice(
    advices: Advices, leaving: Leaving, shown: Annotated[AdviceShown, Depends(_watched)], stream: OneStream
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `progress` whenever it came further, then `end`; for who has the page's address."""
    last: AdviceShown | None = None
    while not leaving():
        if shown != last:
            yield ServerSentEvent(event="progress", data=shown.model_dump(mode="json"))
            last = shown
        if shown.status != "running":
            yield ServerSentEvent(event="end", data=shown.model_dump(mode="json"))
            return
        await asyncio.sleep(_EVENT_SECONDS)
        shown = await run_in_threadpool(advices.watch, shown.id)


@router.post("/operator")
async def operate(
    request: Request, pages: OperatorPages, accounts: Accounts, administration: Administration, advices: Advices
) -> Response:
    """Check a pool's data, say what would come of it, deploy it, or pause one, for who knows the operator's token."""
    form = await request.form(max_files=1, max_fields=60)
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    uploaded = form.get("csv")
    content = await uploaded.read() if uploaded is not None and not isinstance(uploaded, str) else b""
    if content:
        # no browser fills in a file again: without its name, the next press would take the data set in its place
        given["own_file"] = (uploaded.filename if not isinstance(uploaded, str | None) else "") or "the file"
    return await sending.run(_done, pages, accounts, administration, advices, given, content)


def _done(
    pages: _Pages,
    accounts: Accounts,
    administration: Administration,
    advices: Advices,
    given: dict[str, str],
    content: bytes,
) -> Response:
    token, action = given.pop("token", ""), given.pop("action", "")
    name = given.get("incentive", DEFAULT_INCENTIVE)
    incentive = INCENTIVES[name if name in INCENTIVES else DEFAULT_INCENTIVE]
    try:
        if action in ("pause", "unpause"):
            pool = given.get("pool", "")
            with accounts.acting(token, f"POST /operator {action} {pool}"):
                administration.set_paused(pool, paused=action == "pause")
            return RedirectResponse(f"/operator?done={action}d", status_code=303)
        if action == "stop":
            which = given.get("advice", "")
            with accounts.acting(token, f"POST /operator stop {which}") as actor:
                advices.cancel(which, actor.shown)
            return RedirectResponse(f"/operator?advice={which}#advice", status_code=303)
        accounts.require_admin(token)
        if given.get("own_file") and not content:
            words = f"Choose {given['own_file']} again: browsers do not keep a file."
            return pages.page(name, given, 422, message=words)
        if action == "advise":
            question = question_of(incentive, given, content)
            with accounts.acting(token, "POST /operator advise") as actor:
                advice = advices.create(question, actor.shown, given)
            return RedirectResponse(f"/operator?advice={advice.id}#advice", status_code=303)
        asked = request_of(incentive, given, content)
        if action == "deploy":
            with accounts.acting(token, "POST /operator deploy"):
                made = administration.deploy(asked)
            return RedirectResponse(f"/pools/{made}", status_code=303)
        return pages.page(name, given, checked=administration.check(asked))
    except EarnestError as error:
        if error.status == 503:
            raise
        return pages.page(name, given, error.status, message=refusal(error))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        said = sentence_of(error)
        return pages.page(name, given, 422, message=f"{where}: {said}" if where else said)
    except CoreError as error:
        return pages.page(name, given, 422, message=str(error))
