"""What a sweep can be of: the scenarios that ship, and every knob with its unit and words."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.sweeps.dependencies import Sweeps
from earnest.sweeps.schemas import KnobShown, ScenarioShown
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class KnobsPage(Page):
    """The lists.

    Attributes:
        scenarios: that ship.
        knobs: all, guests' included.
    """

    TEMPLATE: ClassVar[str] = "knobs.html"

    scenarios: list[ScenarioShown]
    knobs: list[KnobShown]


@router.get("/sweeps/knobs")
@asking
def show_knobs(sweeps: Sweeps, frame: Framed) -> HTMLResponse:
    """The page."""
    return render(KnobsPage(sweeps.scenarios(), sweeps.knobs()), frame)
