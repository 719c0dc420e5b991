"""A figure as pictures of several kinds: PNG for pages, SVG and PDF for papers."""

import io
from typing import Any

import matplotlib
from matplotlib.figure import Figure

#: Nothing of when and by what it was made, so that the same figure is the same file.
_WITHOUT: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


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
    made = Picture(_saved(figure, "png"))
    # everything has found its place, which is half of the work of drawing
    figure.set_layout_engine("none")
    made._figure = figure
    return made


def _saved(figure: Figure, kind: str) -> bytes:
    # names of an SVG's parts are drawn by lot, unless a salt is given
    with io.BytesIO() as file, matplotlib.rc_context({"svg.hashsalt": "earnest"}):
        figure.savefig(file, format=kind, metadata=_WITHOUT[kind])
        return file.getvalue()
