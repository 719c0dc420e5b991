"""How a page becomes an answer: its template gets its fields and the frame around them, and nothing else."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from earnest.dashboard import components
from earnest.dashboard.format import FILTERS
from earnest.dashboard.frame import Frame
from earnest.pools.schemas import PoolShown

#: A name that a template has by mistake is an error, not a blank.
ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
ENVIRONMENT.filters.update(FILTERS | components.FILTERS)
ENVIRONMENT.globals.update(components.GLOBALS)


@dataclass(frozen=True)
class Page:
    """What a page shows; each kind of page is a subclass, whose fields are what its template gets.

    Attributes:
        TEMPLATE: the name of its template.
    """

    TEMPLATE: ClassVar[str]


def render(page: Page, frame: Frame, status: int = 200) -> HTMLResponse:
    """A page as an answer.

    Raises:
        jinja2.UndefinedError: the template asks for what the page does not hold.
    """
    values = {field.name: getattr(page, field.name) for field in fields(page)}
    pool = values.get("pool")
    with components.paid_in(components.unit_of(pool.token if isinstance(pool, PoolShown) else None)):
        return HTMLResponse(ENVIRONMENT.get_template(page.TEMPLATE).render(values, frame=frame), status)
