"""Webhooks: addresses that are told of events, with their state and last deliveries; to add, test, enable, delete."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.dashboard.frame import Framed
from earnest.dashboard.given import sentence_of
from earnest.dashboard.operator import Token, refusal
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.dashboard.visitor import Visitor
from earnest.errors import EarnestError
from earnest.web.threads import asking, writing
from earnest.webhooks.dependencies import Webhooks
from earnest.webhooks.schemas import DeliveryShown, WebhookMade, WebhookRequest, WebhookShown

router = APIRouter(route_class=PageRoute)

Line = Annotated[str, Form(max_length=2_000)]
#: What was done, in words.
DONE = {"test": "A test is on its way.", "enable": "Delivering goes on from where it stopped.", "delete": "Deleted."}


@dataclass(frozen=True)
class WebhooksPage(Page):
    """The caller's webhooks.

    Attributes:
        hooks: newest first.
        deliveries: the last of each, by its id, newest first.
        whose: "account" or "operator"; None where nobody says who it is.
        made: the one that was just made, with its secret.
        given: what the form holds.
        done: what was done.
        message: why what was asked for was refused.
    """

    TEMPLATE: ClassVar[str] = "webhooks.html"

    hooks: Sequence[WebhookShown]
    deliveries: Mapping[str, Sequence[DeliveryShown]]
    whose: str | None
    made: WebhookMade | None = None
    given: Mapping[str, str] | None = None
    done: str | None = None
    message: str | None = None


class _Pages:
    """Comes by what the page shows."""

    def __init__(self, webhooks: Webhooks, accounts: Accounts, visitor: Visitor, frame: Framed) -> None:
        self.webhooks = webhooks
        self._accounts, self._visitor, self._frame = accounts, visitor, frame

    def page(self, owner: str | None, whose: str | None, status: int = 200, **more: object) -> HTMLResponse:
        """The page of an account, or of the operator."""
        hooks = self.webhooks.all(owner) if whose else []
        deliveries = {hook.id: self.webhooks.deliveries(owner, hook.id) for hook in hooks}
        return render(WebhooksPage(hooks, deliveries, whose, **more), self._frame, status)  # type: ignore[arg-type]

    def account(self) -> tuple[str | None, str | None]:
        """Whose webhooks are shown to who gave no token."""
        address = self._visitor.address()
        return address, "account" if address else None

    @contextmanager
    def acting(self, token: str, what: str) -> Iterator[tuple[str | None, str]]:
        """Let the operator do something, who gives the token, or the account of this browser.

        Raises:
            TokenInvalid: it is neither.
        """
        if token:
            with self._accounts.acting(token, f"POST /webhooks {what}"):
                yield None, "operator"
        else:
            yield self._visitor.actor(), "account"


WebhookPages = Annotated[_Pages, Depends()]


@router.get("/webhooks")
@asking
def show_webhooks(pages: WebhookPages, done: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """The webhooks of the account of this browser."""
    owner, whose = pages.account()
    return pages.page(owner, whose, done=DONE.get(done))


@router.post("/webhooks")
@writing
def change_webhooks(
    pages: WebhookPages,
    action: Annotated[str, Form(max_length=20)],
    hook: Line = "",
    url: Line = "",
    pool: Line = "",
    account: Line = "",
    token: Token = "",
) -> Response:
    """Add, test, enable or delete one; the operator's are shown to who gives the operator's token, and kept nowhere."""
    given = {"url": url.strip(), "pool": pool.strip(), "account": account.strip()}
    try:
        with pages.acting(token, f"{action} {hook or given['url']}"[:150]) as (owner, whose):
            if action == "add":
                request = WebhookRequest.model_validate({name: value or None for name, value in given.items()})
                return pages.page(owner, whose, made=pages.webhooks.make(owner, request))
            if action in DONE:
                change = {
                    "test": pages.webhooks.test, "enable": pages.webhooks.enable, "delete": pages.webhooks.remove,
                }[action]  # fmt: skip
                change(owner, hook)
        if whose == "account":
            return RedirectResponse(f"/webhooks?done={action}", status_code=303)
        return pages.page(owner, whose, done=DONE.get(action))
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        said = sentence_of(error)
        message = "Give a whole address, such as https://hooks.example.org/earnest." if where == ("url",) else said
        return pages.page(*pages.account(), 422, given=given, message=message)
    except EarnestError as error:
        if error.status == 503:
            raise
        message = refusal(error) if token else error.detail
        return pages.page(*pages.account(), error.status, given=given, message=message)
