"""Server-rendered pages: the pools, one pool, and a form that quotes and submits with a managed account."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import ValidationError
from starlette.responses import Response

from earnest.core.errors import CoreError
from earnest.dashboard.charts import accuracy_chart, price_chart
from earnest.dashboard.format import FILTERS
from earnest.dashboard.moved import add_moved
from earnest.dashboard.sweeps import add_sweeps
from earnest.db.tables import Pool
from earnest.errors import EarnestError
from earnest.pools.schemas import PoolShown, QuoteRequest
from earnest.pools.service import terms_of_pool
from earnest.submissions.schemas import SubmissionRequest
from earnest.web.problems import plain_message
from earnest.web.schemas import MAX_TEXT, CursorInvalid, LabelledSample, decode_position, encode_cursor

if TYPE_CHECKING:
    from earnest.runtime import Runtime

_HERE = Path(__file__).parent
#: The page's own account: its bearer token, readable by no script and sent by no other site.
COOKIE = "earnest_account"
#: Most pools on one page of the list.
MAX_POOLS = 100
#: What a new account of the page is given.
PAGE_FUNDS = 10**18

_templates = Jinja2Templates(_HERE / "templates")
_templates.env.filters.update(FILTERS)


def mount_dashboard(app: FastAPI, runtime: "Runtime") -> None:
    """Add the pages and their assets."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")

    def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
        return _templates.TemplateResponse(request, template, values, status_code=status)

    def render_pool(request: Request, which: str, status: int = 200, **values: Any) -> Response:
        shown = runtime.pools.show(which)
        with runtime.sessions() as session:
            pool = runtime.pools.find(session, which)
            history = runtime.pools.history(session, pool)
        contributions = runtime.contributions.page(pool.id, None, 20)[0] if shown.status == "ready" else []
        charts = _charts(runtime, pool, shown, history)
        account = _account(runtime, request)
        return page(
            request,
            "pool.html",
            status,
            pool=shown,
            contributions=contributions,
            account=account,
            key=secrets.token_hex(16),
            **charts,
            **values,
        )

    @router.get("/")
    def index(request: Request, cursor: str | None = None) -> Response:
        reasons = runtime.readiness.reasons()
        if reasons:
            return page(request, "waiting.html", 503, reasons=reasons)
        try:
            after = decode_position(cursor, int, str) if cursor is not None else None
        except CursorInvalid as error:
            return page(request, "waiting.html", error.status, reasons={"": error.detail})
        pools, following = runtime.pools.page(after, MAX_POOLS)
        return page(request, "index.html", pools=pools, newer=encode_cursor(*following) if following else None)

    @router.get("/pools/{pool}")
    def show_pool(request: Request, pool: str) -> Response:
        reasons = runtime.readiness.reasons()
        if reasons:
            return page(request, "waiting.html", 503, reasons=reasons)
        try:
            return render_pool(request, pool)
        except EarnestError as error:
            return page(request, "waiting.html", error.status, reasons={"": error.detail})

    @router.post("/pools/{pool}")
    def act(
        request: Request,
        pool: str,
        action: Annotated[str, Form()],
        text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
        label: Annotated[int, Form()] = 1,
        key: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
    ) -> Response:
        """Make an account, quote, or submit; a form that is sent twice submits once, by its key."""
        given = {"text": text, "label": label}
        try:
            runtime.readiness.require()
            if action == "account":
                if _authenticated(runtime, request) is not None:
                    # a second account would take the first one's place in the cookie, and nobody could reach that again
                    return RedirectResponse(f"/pools/{pool}", status_code=303)
                created = runtime.accounts.create("page")
                runtime.development.fund(created.address, PAGE_FUNDS)
                answer = RedirectResponse(f"/pools/{pool}", status_code=303)
                answer.set_cookie(
                    COOKIE,
                    created.token,
                    httponly=True,
                    samesite="strict",
                    secure=request.url.scheme == "https",
                    max_age=365 * 86_400,
                )
                return answer
            if action == "quote":
                quote = runtime.pools.quote(pool, QuoteRequest.model_validate(given))
                return render_pool(request, pool, quote=quote, given=given)
            caller = runtime.accounts.authenticate(request.cookies.get(COOKIE))
            item = LabelledSample.model_validate(given)
            result = runtime.submissions.contribute(caller, pool, SubmissionRequest(items=[item]), key)
            return render_pool(request, pool, submission=result, given=given)
        except ValidationError as error:
            message = plain_message(error.errors()[0]["msg"])
            return render_pool(request, pool, 422, message=message, given=given)
        except CoreError as error:
            return render_pool(request, pool, 422, message=str(error), given=given)
        except EarnestError as error:
            if runtime.readiness.reasons() or error.status == 404:
                return page(request, "waiting.html", error.status, reasons={"": error.detail})
            return render_pool(request, pool, error.status, message=error.detail, given=given)

    add_sweeps(router, runtime, page)
    add_moved(router)
    app.include_router(router)


def _authenticated(runtime: "Runtime", request: Request) -> str | None:
    try:
        return runtime.accounts.authenticate(request.cookies.get(COOKIE))
    except EarnestError:
        return None


def _account(runtime: "Runtime", request: Request) -> Any:
    address = _authenticated(runtime, request)
    return None if address is None else runtime.accounts.show(address)


def _charts(runtime: "Runtime", pool: Pool, shown: PoolShown, history: list[tuple[int, float]]) -> dict[str, Any]:
    if shown.status != "ready" or pool.address is None:
        return {"price_svg": None, "accuracy_svg": None, "terms": None, "words": None}
    terms = terms_of_pool(pool)
    now = runtime.gateway.pending_time()
    last = runtime.gateway.pool_state(pool.address).last_accepted
    prices = [(minutes / 60, terms.price(now + minutes * 60, last)) for minutes in range(0, 24 * 60 + 1, 15)]
    price = price_chart(prices) if terms.moves_money else None
    return {"price_svg": price, "accuracy_svg": accuracy_chart(history), "terms": terms, "words": terms.incentive.words}
