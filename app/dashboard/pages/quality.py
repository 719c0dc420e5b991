"""A pool's quality for its owner: what was contributed, a policy, and the queue of what is worth a look."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.dashboard.format import class_names
from earnest.dashboard.frame import Framed
from earnest.dashboard.given import sentence_of
from earnest.dashboard.operator import refusal
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.dashboard.visitor import Visitor
from earnest.errors import EarnestError
from earnest.pools.dependencies import Administration, Pools
from earnest.pools.quality.looking import QualityBusy, QualityUnavailable
from earnest.pools.quality.schemas import QualityShown
from earnest.pools.schemas import PoolShown
from earnest.reviews.dependencies import Reviews
from earnest.reviews.schemas import PolicyShown, ReviewShown, VerdictRequest
from earnest.web.threads import asking, sending

router = APIRouter(route_class=PageRoute)

#: Contributions of the queue on one page.
PAGE_SIZE = 20
#: What fields are called on the page.
_FIELDS = {
    "newest": "Newest contributions that are looked at",
    "doubts_below": "Labels less likely right than",
    "agreed_below": "All of a contributor whose labels agree in less than",
    "agreed_from": "Once the contributor has so many contributions",
    "note": "Note",
}
#: The field of a contribution's verdict, by its number, which databases can hold.
_VERDICT = re.compile(r"verdict-([0-9]{1,18})")


@dataclass(frozen=True)
class QualityPage(Page):
    """What a pool's owner may want to know.

    Attributes:
        pool: whose contributions they are.
        classes: what its classes are called.
        owner: whether the reader has shown to be the owner or the operator; nothing is shown to others.
        with_token: whether by the operator's token, which is asked for again with each form.
        found: what a look found; None where nobody looked.
        policy: what is put into the queue.
        queue: contributions without a verdict, the oldest first.
        counts: contributions of each verdict.
        done: what was done.
        message: why what was asked for was refused.
    """

    TEMPLATE: ClassVar[str] = "quality.html"

    pool: PoolShown
    classes: Sequence[str]
    owner: bool
    with_token: bool
    found: QualityShown | None = None
    policy: PolicyShown | None = None
    queue: Sequence[ReviewShown] = ()
    counts: Mapping[str, int] | None = None
    done: str | None = None
    message: str | None = None


class _Pages:
    """Comes by what the page shows."""

    def __init__(
        self, pools: Pools, reviews: Reviews, administration: Administration, accounts: Accounts, visitor: Visitor,
        frame: Framed,
    ) -> None:  # fmt: skip
        self._pools, self.reviews, self.administration = pools, reviews, administration
        self._accounts, self._visitor, self._frame = accounts, visitor, frame

    def page(self, which: str, owner: str | None, status: int = 200, **more: Any) -> HTMLResponse:
        """The page of a pool for its owner, or for the operator, who is None."""
        queue, _ = self.reviews.page(owner, which, "open", None, PAGE_SIZE)
        return self._render(
            which, status, owner=True, with_token=owner is None, policy=self.reviews.policy(owner, which), queue=queue,
            counts=self.reviews.counts(owner, which), **more,
        )  # fmt: skip

    def closed(self, which: str, status: int = 200, message: str | None = None) -> HTMLResponse:
        """The page for who has not shown to be the owner."""
        return self._render(which, status, owner=False, with_token=True, message=message)

    def _render(self, which: str, status: int, **more: Any) -> HTMLResponse:
        pool = self._pools.show(which)
        return render(QualityPage(pool, class_names(pool), **more), self._frame, status)

    def is_owner(self, which: str) -> str | None:
        """The address of the account of this browser, if the pool is its own."""
        address = self._visitor.address()
        return address if address is not None and address == self._pools.show(which).owner else None

    @contextmanager
    def acting(self, token: str, what: str) -> Iterator[str | None]:
        """Let the operator do something, who gives the token, or the account of this browser; which is it.

        Raises:
            TokenInvalid: it is neither.
        """
        if token:
            with self._accounts.acting(token, what):
                yield None
        else:
            yield self._visitor.actor()


QualityPages = Annotated[_Pages, Depends()]


@router.get("/pools/{pool}/quality")
@asking
def show_quality(pool: str, pages: QualityPages) -> HTMLResponse:
    """The page; its owner sees the queue, the operator gives a token first."""
    owner = pages.is_owner(pool)
    return pages.closed(pool) if owner is None else pages.page(pool, owner)


@router.post("/pools/{pool}/quality")
async def change_quality(request: Request, pool: str, pages: QualityPages) -> Response:
    """Look at the newest contributions, set the policy, fill the queue, or note verdicts."""
    form = await request.form(max_files=0, max_fields=200)
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    return await sending.run(_done, pages, pool, given)


def _done(pages: _Pages, pool: str, given: Mapping[str, str]) -> Response:
    token, action = given.get("token", ""), given.get("action", "show")
    try:
        with pages.acting(token, f"POST /pools/{pool}/quality {action}"[:200]) as owner:
            try:
                return pages.page(pool, owner, **_changed(pages, pool, owner, action, given))
            except ValidationError as error:
                where = str(error.errors()[0]["loc"][-1])
                return pages.page(pool, owner, 422, message=f"{_FIELDS.get(where, where)}: {sentence_of(error)}")
    except (QualityBusy, QualityUnavailable) as error:
        # of who has shown to be the owner: nothing else is refused so, and the page stays
        return pages.page(pool, owner, error.status, message=error.detail)
    except EarnestError as error:
        if error.status in (404, 503):
            raise
        return pages.closed(pool, error.status, refusal(error) if token else error.detail)


def _changed(
    pages: _Pages, pool: str, owner: str | None, action: str, given: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    """Do what a form asks for; what the page then says."""
    if action == "look":
        newest = pages.reviews.policy(owner, pool).newest
        return {"found": pages.administration.quality(owner, pool, newest)}
    if action == "policy":
        members = {name: given[name] for name in PolicyShown.model_fields if given.get(name)}
        pages.reviews.set_policy(
            owner, pool, PolicyShown.model_validate({**members, "duplicates": "duplicates" in given})
        )
        return {"done": "The policy is kept. What is in the queue stays there."}
    if action == "queue":
        put = pages.reviews.look(owner, pool)
        return {"done": f"{put.looked_at:,} contributions were looked at; {put.added:,} are new in the queue."}
    if action == "verdicts":
        count = 0
        for name, verdict in given.items():
            number = _VERDICT.fullmatch(name)
            if number and verdict in ("fine", "wrong"):
                note = given.get(f"note-{number[1]}", "").strip() or None
                pages.reviews.decide(owner, pool, int(number[1]), VerdictRequest.model_validate(
                    {"verdict": verdict, "note": note}))  # fmt: skip
                count += 1
        return {"done": f"{count} {'verdict is' if count == 1 else 'verdicts are'} kept."}
    return {}
