"""A contribution's whole life: how it came, what the model said, its windows, its claims, and every transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from earnest.contributions.dependencies import Contributions
from earnest.contributions.schemas import Action, ContributionDetail
from earnest.dashboard.format import class_names
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.pages.account import state_of
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.pools.dependencies import Overviews, Pools
from earnest.pools.schemas import PoolShown
from earnest.transactions.dependencies import Transactions
from earnest.transactions.schemas import TransactionShown
from earnest.transactions.service import TransactionService
from earnest.wallet.dependencies import Wallets
from earnest.wallet.schemas import CallTold
from earnest.wallet.service import WalletService
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)

Index = Annotated[int, Path(ge=0, lt=2**40)]


@dataclass(frozen=True)
class Sent:
    """A transaction with what it called, as far as the node still knows it."""

    receipt: TransactionShown | None
    call: CallTold | None


@dataclass(frozen=True)
class ContributionPage(Page):
    """A contribution.

    Attributes:
        pool: its pool.
        one: the contribution.
        classes: what the classes are called.
        money: whether it has a deposit.
        transactions: by their hashes.
        digests: of the model before and after the contribution's block; None where they cannot be told.
        refund: when it can be refunded, or settled; None once it cannot.
        state: what a badge says of it.
    """

    TEMPLATE: ClassVar[str] = "contribution.html"

    pool: PoolShown
    one: ContributionDetail
    classes: Sequence[str]
    money: bool
    transactions: Mapping[str, Sent]
    digests: tuple[str, str] | None
    refund: Action | None
    state: str


def _sent(transactions: TransactionService, wallets: WalletService, transaction_hash: str) -> Sent:
    try:
        return Sent(transactions.show(transaction_hash), wallets.told(transaction_hash))
    except EarnestError:
        # the node is silent, or has forgotten it
        return Sent(None, None)


@router.get("/pools/{pool}/contributions/{index}")
@asking
def show_contribution(
    pool: str,
    index: Index,
    pools: Pools,
    overviews: Overviews,
    contributions: Contributions,
    transactions: Transactions,
    wallets: Wallets,
    frame: Framed,
) -> HTMLResponse:
    """The page as it is found."""
    shown, one = pools.show(pool), contributions.show(pool, index)
    hashes = {one.transaction_hash, *(claim.transaction_hash for claim in one.claims)}
    refund = next((action for action in one.actions if action.verb in ("refund", "settle")), None)
    page = ContributionPage(
        pool=shown,
        one=one,
        classes=class_names(shown),
        money=bool(shown.rules.get("moves_money")),
        transactions={each: _sent(transactions, wallets, each) for each in sorted(hashes)[:20]},
        digests=overviews.digests(pool, one.block_number),
        refund=refund,
        state=state_of(one, refund, overviews.now()),
    )
    return render(page, frame)


@router.get("/pools/{pool}/contributions/{index}/calendar.ics")
@asking
def calendar(pool: str, index: Index, pools: Pools, contributions: Contributions) -> Response:
    """When the deposit can be asked for, as a file for calendars."""
    shown, one = pools.show(pool), contributions.show(pool, index)
    dates = [
        (f"refund-{word}-{index}", at, f"{said} of contribution {index} to {shown.name}")
        for action in one.actions
        if action.verb == "refund" and action.since is not None
        for word, at, said in (
            ("opens", action.since, "The refund opens"),
            ("ends", action.until or action.since, "The refund ends"),
        )
    ]
    return Response(
        events_file(dates, shown.id),
        media_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="contribution-{index}.ics"'},
    )


def events_file(dates: Sequence[tuple[str, int, str]], pool: str) -> str:
    """A calendar (RFC 5545) of moments: (name, seconds, words), with a reminder an hour before each."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Earnest//Windows//EN"]
    for name, seconds, words in dates:
        at = datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
        lines += [
            "BEGIN:VEVENT", f"UID:{name}-{pool}", f"DTSTAMP:{at}", f"DTSTART:{at}", f"SUMMARY:{_escaped(words)}",
            "BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(words)}", "TRIGGER:-PT1H", "END:VALARM",
            "END:VEVENT",
        ]  # fmt: skip
    return "".join(f"{part}\r\n" for line in (*lines, "END:VCALENDAR") for part in _folded(line))


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())


def _folded(line: str) -> list[str]:
    """A line in parts of at most 75 bytes, each after the first behind a blank."""
    parts, part = [], ""
    for sign in line:
        if len((part + sign).encode()) > 73:
            parts.append(part)
            part = " "
        part += sign
    return [*parts, part]
