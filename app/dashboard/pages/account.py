"""The viewer's own account: what is due now and what each brings, where the money is, and what became of it."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.accounts.schemas import AccountShown, PoolStanding
from earnest.contributions.dependencies import Contributions
from earnest.contributions.schemas import Action, ContributionShown
from earnest.core.incentives.sealed import AT_RISK, CASES
from earnest.dashboard.format import class_names
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.pages.pool import seals_words
from earnest.dashboard.quoting import not_before
from earnest.dashboard.render import Page, render
from earnest.dashboard.visitor import Visitor
from earnest.development.dependencies import DevelopmentOfPages
from earnest.errors import EarnestError
from earnest.pools.dependencies import Overviews, Pools
from earnest.pools.schemas import PoolShown
from earnest.readiness import OPERATE
from earnest.submissions.dependencies import Submissions
from earnest.submissions.schemas import SubmissionShown
from earnest.submissions.waiting import UNDECIDED, outcome
from earnest.wallet.dependencies import Wallets
from earnest.web.dependencies import Leaving, Requirement
from earnest.web.threads import asking, sending, submitting

router = APIRouter(route_class=PageRoute)

#: Pools, contributions of each, and claims that are made at once, at most.
MOST_POOLS, MOST_ROWS, MOST_CLAIMS = 20, 50, 60
#: What a new account of the page is given, and how long a page waits for the chain.
PAGE_FUNDS, PATIENCE = 10**18, 5.0

State = Literal["open", "refunded", "taken", "collected", "settled", "expired"]
Claim = Literal["refund", "settle", "report", "collect", "withdraw"]


@dataclass(frozen=True)
class Due:
    """Something that can be done now.

    Attributes:
        verb: what.
        pool: id of the pool.
        pool_name: what it is called.
        indices: of which contributions; none for a withdrawal.
        amount: that it brings, in wei; None where it depends on who asks.
        until: last second for the first of them; None for no end.
        to_sign: the request for a wallet, in JSON.
    """

    verb: Claim
    pool: str
    pool_name: str
    indices: Sequence[int]
    amount: int | None
    until: int | None
    to_sign: str


@dataclass(frozen=True)
class OwnRow:
    """An own contribution, with what can be done with it.

    Attributes:
        shown: the contribution.
        pool_name: what its pool is called.
        classes: what its pool's classes are called.
        refund: when its author can have it back, by a refund or by settling it; None once it cannot.
        waits: the same in seals, where windows count them; None elsewhere.
        earliest: the first second in which that many seals can have been made; None elsewhere, and once they are.
        state: what a badge says of it.
        to_sign: the request for a wallet to refund it, in JSON.
    """

    shown: ContributionShown
    pool_name: str
    classes: Sequence[str]
    refund: Action | None
    waits: str | None
    earliest: int | None
    state: str
    to_sign: str


@dataclass(frozen=True)
class Holding:
    """What an account has in a pool; amounts in wei.

    Attributes:
        standing: credit, sums, and so on.
        rate: what a disagreement takes of its standing where the judge is sealed; None elsewhere.
        open_count: contributions that are open.
        open_amount: what is left of their deposits.
    """

    standing: PoolStanding
    rate: int | None
    open_count: int
    open_amount: int


@dataclass(frozen=True)
class AccountPage(Page):
    """An account.

    Attributes:
        account: whose; None while nobody looks.
        dues: what can be done now, the most urgent first.
        due_total: what of it is certain, in wei; what is of tokens is not added up.
        holdings: what it has in each pool.
        rows: its contributions in one state.
        state: which.
        counts: how many contributions it has, and open ones.
        key: by which a form acts once, however often it is sent.
        submission: what became of what was asked for.
        open_until: last second in which anybody can send it still, where it came to nothing; None where nobody can.
        under_way: whether the chain has not decided it.
        here: address of this state of the page.
        message: why what was asked for was refused.
        now: the chain's time.
    """

    TEMPLATE: ClassVar[str] = "account.html"

    account: AccountShown | None
    dues: Sequence[Due] = ()
    due_total: int = 0
    holdings: Sequence[Holding] = ()
    rows: Sequence[OwnRow] = ()
    state: State = "open"
    counts: tuple[int, int] = (0, 0)
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    submission: SubmissionShown | None = None
    open_until: int | None = None
    under_way: bool = False
    here: str = "/account"
    message: str | None = None
    now: int | None = None


def state_of(one: ContributionShown, refund: Action | None, now: int | None) -> str:
    """What a badge says of an own contribution."""
    if one.status != "open":
        return one.status
    if one.sealed is not None:
        if one.sealed.state == "waiting":
            return "waiting"
        if one.sealed.case != CASES[AT_RISK]:
            # whatever the model says now, and while the chain is silent too
            return "claimable"
        # a judge may refuse one at risk that is due
        return "claimable" if refund is not None and refund.open else "disagrees"
    if refund is None:
        return "collectable"
    if refund.open:
        return "claimable"
    if now is not None and refund.since is not None and now < refund.since:
        return "waiting"
    return "disagrees"


class _Pages:
    """Comes by what the page shows."""

    def __init__(
        self, pools: Pools, overviews: Overviews, contributions: Contributions, accounts: Accounts, frame: Framed
    ) -> None:
        self._pools, self._overviews, self._contributions = pools, overviews, contributions
        self._accounts, self._frame = accounts, frame

    def page(
        self,
        state: State = "open",
        submission: SubmissionShown | None = None,
        here: str = "/account",
        message: str | None = None,
        status: int = 200,
        open_until: int | None = None,
    ) -> HTMLResponse:
        """The page of the viewer, or of nobody."""
        viewer = self._frame.viewer
        if viewer is None:
            return render(AccountPage(None, message=message), self._frame, status)
        account = self._accounts.show(viewer)
        now = self._overviews.now()
        standings = account.pools[:MOST_POOLS]
        rows = [row for one in standings for row in self._rows(viewer, one, state, now)]
        rows.sort(key=lambda row: (row.refund.until or 0) if row.refund else 2**62 - row.shown.time)
        open_rows = rows if state == "open" else [r for one in standings for r in self._rows(viewer, one, "open", now)]
        dues = [due for one in standings for due in self._dues(viewer, one, open_rows)]
        dues.sort(key=lambda due: due.until if due.until is not None else 2**62)
        holdings = [
            Holding(one, _rate(self._pools.show(one.pool)), *self._overviews.own_open(one.pool, viewer))
            for one in standings
        ]
        page = AccountPage(
            account=account,
            dues=dues,
            due_total=sum(due.amount or 0 for due in dues if due.pool not in self._frame.units),
            holdings=holdings,
            rows=rows,
            state=state,
            counts=(
                sum(one.contributions for one in account.pools),
                sum(holding.open_count for holding in holdings),
            ),
            submission=submission,
            open_until=open_until,
            under_way=submission is not None and submission.status in UNDECIDED,
            here=here,
            message=message,
            now=now,
        )
        return render(page, self._frame, status)

    def _rows(self, viewer: str, standing: PoolStanding, state: State, now: int | None) -> list[OwnRow]:
        pool = self._pools.show(standing.pool)
        names = class_names(pool)
        shown, _ = self._contributions.page(standing.pool, None, MOST_ROWS, contributor=viewer, status=state)
        rows = []
        for one in shown:
            refund = next((action for action in one.actions if action.verb in ("refund", "settle")), None)
            rows.append(
                OwnRow(
                    one,
                    standing.pool_name,
                    names,
                    refund,
                    seals_words(refund, pool.sealed.epoch)
                    if pool.sealed is not None and refund is not None and refund.from_epoch is not None
                    else None,
                    not_before(pool, refund.from_epoch)
                    if refund is not None and refund.from_epoch is not None
                    else None,
                    state_of(one, refund, now),
                    _asked(viewer, [one.index]),
                )
            )
        return rows

    def _dues(self, viewer: str, standing: PoolStanding, rows: Sequence[OwnRow]) -> list[Due]:
        pool, name = standing.pool, standing.pool_name
        found: list[Due] = []
        refunds = [row for row in rows if row.shown.pool == pool and row.refund is not None and row.refund.open]
        if refunds:
            chosen = refunds[:MOST_CLAIMS]
            indices = [row.shown.index for row in chosen]
            ends = [row.refund.until for row in chosen if row.refund is not None and row.refund.until is not None]
            until = min(ends, default=None)
            verb: Claim = "settle" if any(row.waits is not None for row in chosen) else "refund"
            amount = sum(row.shown.claimable for row in chosen)
            found.append(Due(verb, pool, name, indices, amount, until, _asked(viewer, indices)))
        if standing.verified:
            reports = self._contributions.reportable(pool, viewer, MOST_ROWS)
            indices = [one.index for one in reports]
            if indices:
                ends = [action.until or 2**62 for one in reports for action in one.actions if action.verb == "report"]
                found.append(Due("report", pool, name, indices, None, min(ends), _asked(viewer, indices)))
        if standing.credit:
            found.append(Due("withdraw", pool, name, (), standing.credit, None, _asked(viewer, None)))
        return found


def _rate(pool: PoolShown) -> int | None:
    return int(pool.rules["rate"]) if pool.sealed is not None else None


def _asked(viewer: str, indices: Sequence[int] | None) -> str:
    request: dict[str, object] = {"account": viewer}
    if indices is not None:
        request["indices"] = list(indices)
    return json.dumps({"prepare": request})


OwnPages = Annotated[_Pages, Depends()]


@router.get("/account")
async def show_account(
    pages: OwnPages,
    visitor: Visitor,
    submissions: Submissions,
    wallets: Wallets,
    leaving: Leaving,
    state: State = "open",
    submission: Annotated[str | None, Query(max_length=40)] = None,
    transaction: Annotated[str | None, Query(pattern="^0x[0-9a-fA-F]{64}$")] = None,
) -> HTMLResponse:
    """The page as it is found, or after something was asked for."""
    if submission is not None:
        caller = await run_in_threadpool(visitor.caller)
        shown, _ = await outcome(submissions, caller, submission, PATIENCE, leaving)
        return await asking.run(pages.page, state, shown, f"/account?submission={submission}")
    if transaction is not None:
        account, known = await asking.run(wallets.find, transaction)
        shown, _ = await outcome(submissions, account, known, PATIENCE, leaving)
        until = await asking.run(wallets.sendable_until, shown)
        return await asking.run(pages.page, state, shown, f"/account?transaction={transaction}", open_until=until)
    return await asking.run(pages.page, state)


@router.post("/account")
async def act(
    pages: OwnPages,
    visitor: Visitor,
    submissions: Submissions,
    development: DevelopmentOfPages,
    require: Requirement,
    action: Annotated[Literal["account", "refund", "settle", "report", "collect", "withdraw", "all"], Form()],
    pool: Annotated[str, Form(max_length=60)] = "",
    indices: Annotated[str, Form(max_length=4000, pattern=r"^[0-9]*(,[0-9]+)*$")] = "",
    dues: Annotated[list[str] | None, Form()] = None,
    key: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
) -> Response:
    """Make an account, or claim and withdraw with it; a form that is sent twice acts once, by its key."""
    try:
        if action == "account":
            require(OPERATE)
            return await sending.run(_with_account, visitor, development)
        caller = await run_in_threadpool(visitor.actor)
        asked = [f"{action}:{pool}:{indices}"] if action != "all" else (dues or [])[: 3 * MOST_POOLS]
        queued = ""
        for place, one in enumerate(asked):
            verb, which, listed = [*one.split(":"), "", ""][:3]
            own_key = f"{key}-{place}" if key else None
            if verb == "withdraw":
                queued = await submitting.run(submissions.withdraw, caller, which, own_key)
            elif verb in ("refund", "settle", "report", "collect"):
                numbers = [int(number) for number in listed.split(",") if number.isdecimal()][:MOST_CLAIMS]
                queued = await submitting.run(submissions.claim, caller, which, verb, numbers, own_key)
        return RedirectResponse(f"/account?submission={queued}" if queued else "/account", status_code=303)
    except EarnestError as error:
        if error.status in (404, 503):
            raise
        return await asking.run(pages.page, "open", None, "/account", error.detail, error.status)


def _with_account(visitor: Visitor, development: DevelopmentOfPages) -> RedirectResponse:
    answer = RedirectResponse("/account", status_code=303)
    if visitor.address() is None:
        development.fund(visitor.make_account(answer), PAGE_FUNDS)
    return answer
