"""What scans find in a pool's contributions, for who knows the operator's token; nothing is decided by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from earnest.accounts.dependencies import Accounts
from earnest.core.scans.registry import SCANS
from earnest.core.scans.scan import Scan
from earnest.dashboard.frame import Framed
from earnest.dashboard.operator import Token, refusal
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.pools.dependencies import Administration, Pools
from earnest.pools.schemas import PoolShown, ScansShown
from earnest.web.threads import Threads, asking

router = APIRouter(route_class=PageRoute)

#: Scans take seconds of a core.
scanning = Threads(1)
#: Per cent that are thought to be poisoned, where nothing is said.
USUAL = 3.0


@dataclass(frozen=True)
class ScansPage(Page):
    """Scans of a pool.

    Attributes:
        pool: of which.
        scans: that there are.
        found: what they find; None before they were asked for.
        percent: that are thought to be poisoned.
        message: why nothing was found.
    """

    TEMPLATE: ClassVar[str] = "scans.html"

    pool: PoolShown
    scans: Sequence[Scan]
    found: ScansShown | None = None
    percent: float = USUAL
    message: str | None = None


@router.get("/pools/{pool}/scans")
@asking
def show_scans(pool: str, pools: Pools, frame: Framed) -> HTMLResponse:
    """What there is to look for."""
    return render(ScansPage(pools.show(pool), tuple(SCANS.values())), frame)


@router.post("/pools/{pool}/scans")
@scanning
def scan_pool(
    pool: str,
    pools: Pools,
    accounts: Accounts,
    administration: Administration,
    frame: Framed,
    token: Token,
    percent: Annotated[float, Form(ge=0, le=50)] = USUAL,
) -> HTMLResponse:
    """Look, and show what was found."""
    shown, scans = pools.show(pool), tuple(SCANS.values())
    try:
        accounts.require_admin(token)
        found = administration.scan(pool, percent / 100)
    except EarnestError as error:
        if error.status == 503:
            raise
        return render(ScansPage(shown, scans, percent=percent, message=refusal(error)), frame, error.status)
    return render(ScansPage(shown, scans, found, percent), frame)
