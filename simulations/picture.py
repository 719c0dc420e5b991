"""A figure as pictures of several kinds: PNG for pages, SVG and PDF for papers."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from earnest.simulations.fonts import drawing, undrawn

#: Nothing of when and by what it was made, so that the same figure is the same file.
_WITHOUT: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
#: Marks the line that says what is not drawn.
_BOXES = "boxes"


class Picture(bytes):
    """A figure's PNG, which is drawn at once; the others are when they are asked for."""

    _figure: Figure

    @property
    def svg(self) -> bytes:
        """The same as lines and outlines, to be enlarged at will."""
        return _saved(self._figure, "svg")

    @property
    def pdf(self) -> bytes:
        """The same for printing."""
        return _saved(self._figure, "pdf")


def picture(figure: Figure) -> Picture:
    """The pictures of a figure, which is not changed afterwards."""
    content = _saved(figure, "png")
    # everything has found its place, which is half of the work of drawing
    figure.set_layout_engine("none")
    lacking = undrawn(figure)
    if lacking:
        # below all that was placed, where it lies on nothing
        figure.text(0.01, -0.01, _boxes(lacking), fontsize=8, va="top", gid=_BOXES)
        content = _saved(figure, "png")
    made = Picture(content)
    made._figure = figure
    return made


def _boxes(lacking: Sequence[str]) -> str:
    named = " and ".join((", ".join(lacking[:-1]), lacking[-1])) if len(lacking) > 1 else lacking[0]
    return f"Boxes stand for {named}, which no font of this machine draws.\nThe tables have the words."


def _saved(figure: Figure, kind: str) -> bytes:
    # names of an SVG's parts are drawn by lot, unless a salt is given
    with io.BytesIO() as file, matplotlib.rc_context({"svg.hashsalt": "earnest"}), drawing():
        room = "tight" if any(text.get_gid() == _BOXES for text in figure.texts) else None
        figure.savefig(file, format=kind, metadata=_WITHOUT[kind], bbox_inches=room)
        return file.getvalue()
