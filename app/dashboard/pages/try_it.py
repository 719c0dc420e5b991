"""A pool's model, tried: a text or a row in, the class and what decided out. Free; nobody is asked who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from earnest.dashboard.format import class_names, sample_format
from earnest.dashboard.frame import Framed
from earnest.dashboard.given import REFUSALS, bars, marked, sample_given, sentence_of
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.pools.dependencies import Overviews, Pools
from earnest.pools.overview import Told
from earnest.pools.schemas import PoolShown
from earnest.web.schemas import MAX_TEXT
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class TryPage(Page):
    """A try.

    Attributes:
        pool: whose model.
        sample: what its samples are called.
        columns: names of the columns of its rows; none where samples are texts.
        classes: what the classes are called.
        text: that was given.
        block: as of which it was asked; empty for the newest.
        told: what the model says; None before it was asked.
        shown: the text with what decided.
        bars: what decided.
        message: why what was given is no sample.
    """

    TEMPLATE: ClassVar[str] = "try.html"

    pool: PoolShown
    sample: str
    columns: Sequence[str]
    classes: Sequence[str]
    text: str = ""
    block: str = ""
    told: Told | None = None
    shown: Markup | None = None
    bars: Sequence[tuple[str, str, Markup]] = ()
    message: str | None = None


@router.get("/pools/{pool}/try")
@asking
def show_try(pool: str, pools: Pools, overviews: Overviews, frame: Framed) -> HTMLResponse:
    """The empty form."""
    shown = pools.show(pool)
    page = TryPage(shown, sample_format(shown).SAMPLE, overviews.columns(pool), class_names(shown))
    return render(page, frame)


@router.post("/pools/{pool}/try")
@asking
def try_sample(
    pool: str,
    pools: Pools,
    overviews: Overviews,
    frame: Framed,
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    block: Annotated[str, Form(max_length=20, pattern="^[0-9]*$")] = "",
) -> HTMLResponse:
    """What the model says of a sample, now or as of an earlier block."""
    shown = pools.show(pool)
    classes = class_names(shown)
    empty = TryPage(shown, sample_format(shown).SAMPLE, overviews.columns(pool), classes, text, block)
    try:
        told = overviews.tell(pool, sample_given(shown, text), int(block) if block else None)
    except REFUSALS as error:
        if isinstance(error, EarnestError) and error.status in (404, 503):
            raise
        page = TryPage(empty.pool, empty.sample, empty.columns, classes, text, block, message=sentence_of(error))
        return render(page, frame, 422)
    page = TryPage(
        empty.pool, empty.sample, empty.columns, classes, text, block, told=told,
        shown=marked(text, told, classes) if not empty.columns else None, bars=bars(told, classes),
    )  # fmt: skip
    return render(page, frame)
