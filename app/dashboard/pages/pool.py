"""One pool, with a form that quotes and submits by an account of the page."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from earnest.accounts.schemas import AccountShown
from earnest.contributions.dependencies import Contributions
from earnest.contributions.schemas import ContributionShown
from earnest.core.errors import CoreError
from earnest.core.incentives.base import Words
from earnest.core.models.formats.sample_format import TEXT
from earnest.dashboard.charts import accuracy_chart, price_chart
from earnest.dashboard.format import class_names, sample_format
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.dashboard.visitor import Visitor
from earnest.development.dependencies import Development
from earnest.errors import EarnestError
from earnest.pools.dependencies import Pools
from earnest.pools.schemas import PoolShown, Quote, QuoteRequest
from earnest.submissions.dependencies import Submissions
from earnest.submissions.schemas import SubmissionRequest, SubmissionShown
from earnest.submissions.waiting import outcome
from earnest.web.dependencies import Leaving
from earnest.web.problems import plain_message
from earnest.web.schemas import MAX_TEXT, LabelledSample
from earnest.web.threads import asking, sending, submitting

router = APIRouter(route_class=PageRoute)

#: What a new account of the page is given.
PAGE_FUNDS = 10**18
#: Latest contributions that are shown.
LATEST = 20
#: Seconds that a visitor who has submitted waits for the chain before the page says how far it is.
PATIENCE = 20.0


@dataclass(frozen=True)
class Given:
    """What the form holds."""

    text: str = ""
    label: int = 1


@dataclass(frozen=True)
class PoolPage(Page):
    """A pool.

    Attributes:
        pool: its state.
        sample: what its samples are called.
        takes_text: whether they are texts, which people can type.
        money: whether deposits are paid and lost.
        classes: what the classes are called.
        words: what its incentive says of itself; None before the pool is deployed.
        leftover: what becomes of a contribution that nobody claims in time.
        price_svg: the price over the coming day; None where there is none.
        accuracy_svg: the accuracy so far; None before it was measured twice.
        contributions: the latest, newest first.
        account: the visitor's, if the page made one.
        key: by which the form submits once, however often it is sent.
        given: what the form holds.
        quote: on what is given.
        submission: what became of what was given.
        message: why what is given was refused.
    """

    TEMPLATE: ClassVar[str] = "pool.html"

    pool: PoolShown
    sample: str
    takes_text: bool
    money: bool
    classes: list[str]
    words: Words | None
    leftover: str | None
    price_svg: Markup | None
    accuracy_svg: Markup | None
    contributions: Sequence[ContributionShown]
    account: AccountShown | None
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    given: Given = Given()
    quote: Quote | None = None
    submission: SubmissionShown | None = None
    message: str | None = None


class _Pages:
    """Comes by what the page shows, for a visitor."""

    def __init__(self, pools: Pools, contributions: Contributions, visitor: Visitor) -> None:
        self._pools, self._contributions, self._visitor = pools, contributions, visitor

    def page(self, which: str, status: int = 200, **answer: Any) -> HTMLResponse:
        """The page of a pool, with fields for what the visitor asked for."""
        pool = self._pools.show(which)
        samples, ready = sample_format(pool), pool.status == "ready"
        terms = self._pools.terms(which) if ready else None
        prices = self._pools.coming_prices(which) if terms is not None and terms.moves_money else []
        page = PoolPage(
            pool=pool,
            sample=samples.SAMPLE,
            takes_text=samples.TAKES == TEXT,
            money=bool(pool.rules.get("moves_money")),
            classes=class_names(pool),
            words=terms.incentive.words if terms is not None else None,
            leftover=terms.incentive.words.leftover(terms) if terms is not None else None,
            price_svg=price_chart(prices) if prices else None,
            accuracy_svg=accuracy_chart(self._pools.history(which)) if ready else None,
            contributions=self._contributions.page(pool.id, None, LATEST)[0] if ready else (),
            account=self._visitor.shown(),
            **answer,
        )
        return render(page, status)

    def refused(
        self, error: EarnestError | CoreError | ValidationError, which: str, given: Given = Given()
    ) -> HTMLResponse:
        """The page with what was given, and why that can't be.

        Raises:
            EarnestError: there is nothing to show: no pool, or no service now.
        """
        if isinstance(error, ValidationError):
            return self.page(which, 422, message=plain_message(error.errors()[0]["msg"]), given=given)
        if isinstance(error, CoreError):
            return self.page(which, 422, message=str(error), given=given)
        if error.status in (404, 503):
            raise error
        return self.page(which, error.status, message=error.detail, given=given)


Pages = Annotated[_Pages, Depends()]


@router.get("/pools/{pool}")
@asking
def show_pool(pool: str, pages: Pages) -> HTMLResponse:
    """The page as it is found."""
    return pages.page(pool)


@router.post("/pools/{pool}")
async def act(
    pool: str,
    pages: Pages,
    visitor: Visitor,
    pools: Pools,
    submissions: Submissions,
    development: Development,
    leaving: Leaving,
    action: Annotated[str, Form()],
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    label: Annotated[int, Form()] = 1,
    key: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
) -> Response:
    """Make an account, quote, or submit; a form that is sent twice submits once, by its key."""
    given = Given(text, label)
    try:
        if action == "account":
            return await sending.run(_with_account, pool, visitor, development)
        if action == "quote":
            quote = await asking.run(pools.quote, pool, QuoteRequest(text=text, label=label))
            return await asking.run(pages.page, pool, quote=quote, given=given)
        asked = SubmissionRequest(items=[LabelledSample(text=text, label=label)])
        caller = await run_in_threadpool(visitor.caller)
        queued = await submitting.run(submissions.contribute, caller, pool, asked, key)
        submission, _ = await outcome(submissions, caller, queued, PATIENCE, leaving)
        return await asking.run(pages.page, pool, submission=submission, given=given)
    except (EarnestError, CoreError, ValidationError) as error:
        return await asking.run(pages.refused, error, pool, given)


def _with_account(pool: str, visitor: Visitor, development: Development) -> RedirectResponse:
    """Back to the page, with an account; one that is there is kept, since nobody could reach it again."""
    answer = RedirectResponse(f"/pools/{pool}", status_code=303)
    if visitor.address() is None:
        development.fund(visitor.make_account(answer), PAGE_FUNDS)
    return answer
