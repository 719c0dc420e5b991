"""What is around every page: the chain and how far the tables are, who looks, and in which theme."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Request

from earnest.dashboard.components import Unit, unit_of
from earnest.dashboard.visitor import COOKIE, WALLET, Visitor
from earnest.errors import EarnestError
from earnest.pools.dependencies import Overviews
from earnest.pools.overview import ChainShown
from earnest.web.dependencies import readiness_of

#: Cookies of choices that are no secrets.
THEME, HIDDEN = "earnest_theme", "earnest_intro_hidden"
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Frame:
    """What the base of every page shows.

    Attributes:
        path: of the page, for links to itself.
        theme: chosen one; empty for the system's.
        chain: which, and how far the tables are; None while that cannot be told.
        viewer: address of who looks; None where nobody does.
        kind: of the viewer: "development" for an account of the page, "wallet" for a wallet that was connected.
        intro_hidden: whether the first visit's explanation was hidden.
        warnings: what cannot be done now, a sentence each.
        units: what the amounts of pools are of whose deposits are paid in a token, by the pool's id.
        known: whether the browser says that somebody looks, who may not be told here by an address.
    """

    path: str
    theme: str
    chain: ChainShown | None
    viewer: str | None
    kind: str | None
    intro_hidden: bool
    warnings: tuple[str, ...]
    units: Mapping[str, Unit] = field(default_factory=dict)
    known: bool = False

    def is_at(self, section: str) -> bool:
        """Whether the page is in a section of the navigation."""
        first = self.path.split("/")[1]
        return first == section or (section == "pools" and first == "")


def bare_frame(request: Request, chain: ChainShown | None = None, visitor: Visitor | None = None) -> Frame:
    """A frame of what the request says alone, where the services cannot answer."""
    theme = request.cookies.get(THEME, "")
    return Frame(
        path=request.url.path,
        theme=theme if theme in THEMES else "",
        chain=chain,
        viewer=visitor.viewer() if visitor is not None else None,
        kind=visitor.kind() if visitor is not None else None,
        known=any(request.cookies.get(cookie) for cookie in (COOKIE, WALLET)),
        intro_hidden=request.cookies.get(HIDDEN) == "1",
        warnings=tuple(readiness_of(request).against().values()),
    )


def _frame(request: Request, overviews: Overviews, visitor: Visitor) -> Frame:
    try:
        chain = overviews.chain()
    except EarnestError:
        chain = None
    return replace(bare_frame(request, chain, visitor), units=_units(overviews))


def _units(overviews: Overviews) -> dict[str, Unit]:
    return {pool: unit_of(token) for pool, token in overviews.tokens().items()}


#: Of the request.
Framed = Annotated[Frame, Depends(_frame)]

#: Where a form may lead back to: a path of this service.
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~/?=&%#-]{0,500}")


def own_path(path: str) -> str:
    """A path of this service, or the first page in place of anything else."""
    return path if _PATH.fullmatch(path) else "/"
