"""One pool, with a form that quotes and submits by an account of the page."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import ValidationError
from starlette.responses import Response

from earnest.accounts.schemas import AccountShown
from earnest.contributions.schemas import ContributionShown
from earnest.core.errors import CoreError
from earnest.core.incentives.base import Words
from earnest.core.models.formats.sample_format import TEXT
from earnest.dashboard.charts import accuracy_chart, price_chart
from earnest.dashboard.format import class_names, sample_format
from earnest.dashboard.pages.waiting import not_available
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.pools.schemas import PoolShown, Quote, QuoteRequest
from earnest.runtime import Runtime
from earnest.submissions.schemas import SubmissionRequest, SubmissionShown
from earnest.submissions.waiting import outcome
from earnest.web.problems import plain_message
from earnest.web.schemas import MAX_TEXT, LabelledSample
from earnest.web.threads import asking, sending, writing

#: The page's own account: its bearer token, readable by no script and sent by no other site.
COOKIE = "earnest_account"
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


def add_pool(router: APIRouter, runtime: Runtime) -> None:
    """Add the page to a router."""

    def rendered(request: Request, which: str, status: int = 200, **answer: Any) -> HTMLResponse:
        return render(_page(runtime, which, _visitor(runtime, request), **answer), status)

    @router.get("/pools/{pool}")
    @asking
    def show_pool(request: Request, pool: str) -> HTMLResponse:
        try:
            runtime.readiness.require()
            return rendered(request, pool)
        except EarnestError as error:
            return not_available(error, runtime.readiness)

    @router.post("/pools/{pool}")
    async def act(
        request: Request,
        pool: str,
        action: Annotated[str, Form()],
        text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
        label: Annotated[int, Form()] = 1,
        key: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
    ) -> Response:
        """Make an account, quote, or submit; a form that is sent twice submits once, by its key."""
        if action == "account":
            return await sending.run(given_account, request, pool)
        if action == "quote":
            return await asking.run(quoted, request, pool, Given(text, label))
        asked = await writing.run(asked_for, request, pool, Given(text, label), key)
        if isinstance(asked, Response):
            return asked
        submission, _ = await outcome(runtime.submissions, *asked, PATIENCE, runtime.leaving)
        return await asking.run(rendered, request, pool, submission=submission, given=Given(text, label))

    def given_account(request: Request, pool: str) -> Response:
        try:
            runtime.readiness.require()
            return _with_account(runtime, request, pool)
        except EarnestError as error:
            return refused(error, request, pool)

    def quoted(request: Request, pool: str, given: Given) -> Response:
        try:
            runtime.readiness.require()
            quote = runtime.pools.quote(pool, QuoteRequest(text=given.text, label=given.label))
            return rendered(request, pool, quote=quote, given=given)
        except (EarnestError, CoreError, ValidationError) as error:
            return refused(error, request, pool, given)

    def asked_for(request: Request, pool: str, given: Given, key: str | None) -> tuple[str, str] | Response:
        """Account and id of a submission; or why there is none."""
        try:
            runtime.readiness.require()
            caller = runtime.accounts.authenticate(request.cookies.get(COOKIE))
            asked = SubmissionRequest(items=[LabelledSample(text=given.text, label=given.label)])
            return caller, runtime.submissions.contribute(caller, pool, asked, key)
        except (EarnestError, CoreError, ValidationError) as error:
            return refused(error, request, pool, given)

    def refused(
        error: EarnestError | CoreError | ValidationError, request: Request, pool: str, given: Given | None = None
    ) -> HTMLResponse:
        """The page with what was given, and why that can't be; or why there is no page."""
        form = {} if given is None else {"given": given}
        if isinstance(error, ValidationError):
            return rendered(request, pool, 422, message=plain_message(error.errors()[0]["msg"]), **form)
        if isinstance(error, CoreError):
            return rendered(request, pool, 422, message=str(error), **form)
        if runtime.readiness.reasons() or error.status == 404:
            return not_available(error, runtime.readiness)
        return rendered(request, pool, error.status, message=error.detail, **form)


def _page(runtime: Runtime, which: str, account: AccountShown | None, **answer: Any) -> PoolPage:
    pool = runtime.pools.show(which)
    samples, ready = sample_format(pool), pool.status == "ready"
    terms = runtime.pools.terms(which) if ready else None
    prices = runtime.pools.coming_prices(which) if terms is not None and terms.moves_money else []
    return PoolPage(
        pool=pool,
        sample=samples.SAMPLE,
        takes_text=samples.TAKES == TEXT,
        money=bool(pool.rules.get("moves_money")),
        classes=class_names(pool),
        words=terms.incentive.words if terms is not None else None,
        leftover=terms.incentive.words.leftover(terms) if terms is not None else None,
        price_svg=price_chart(prices) if prices else None,
        accuracy_svg=accuracy_chart(runtime.pools.history(which)) if ready else None,
        contributions=runtime.contributions.page(pool.id, None, LATEST)[0] if ready else (),
        account=account,
        **answer,
    )


def _with_account(runtime: Runtime, request: Request, pool: str) -> RedirectResponse:
    """Back to the page, with an account; one that is there is kept, since nobody could reach it again."""
    answer = RedirectResponse(f"/pools/{pool}", status_code=303)
    if _authenticated(runtime, request) is None:
        created = runtime.accounts.create("page")
        runtime.development.fund(created.address, PAGE_FUNDS)
        answer.set_cookie(
            COOKIE,
            created.token,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            max_age=365 * 86_400,
        )
    return answer


def _authenticated(runtime: Runtime, request: Request) -> str | None:
    try:
        return runtime.accounts.authenticate(request.cookies.get(COOKIE))
    except EarnestError:
        return None


def _visitor(runtime: Runtime, request: Request) -> AccountShown | None:
    address = _authenticated(runtime, request)
    return None if address is None else runtime.accounts.show(address)
