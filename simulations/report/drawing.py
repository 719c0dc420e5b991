"""`python -m earnest.simulations.report.drawing VIEW OUT`: a view of a sweep's page as PNG, SVG or PDF.

The page has worked out what is drawn, and says it in a JSON file; this draws that and nothing else.
"""

import json
import sys
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from earnest.simulations.colours import ACCURACY, GRID, INK, INK_2, ORDERED, UNORDERED
from earnest.simulations.picture import picture

#: By the page's names of colours, dashes and shapes.
_TONES = {"s-accuracy": ACCURACY, "s-ink": INK} | {
    f"s-{letter}{place + 1}": color
    for letter, colors in (("k", UNORDERED), ("o", ORDERED))
    for place, color in enumerate(colors)
}
_DASHES = ("-", (0, (7, 3)), (0, (10, 3, 2, 3)), (0, (2, 2)), (0, (12, 4)), (0, (6, 2, 1, 2, 1, 2)))
_SHAPES = ("o", "s", "^", "D", "v", "P")


def draw(view: dict[str, Any], kind: str) -> bytes:
    """A picture of a view.

    Args:
        view: title, unit, labels of the axes, `levels` (value and words of each), lines and points.
        kind: "png", "svg" or "pdf".
    """
    figure = Figure(figsize=(7.6, 4.6), dpi=160, layout="constrained")
    axes = figure.subplots()
    for line in view["lines"]:
        _line(axes, line, joined=view["numeric"])
    for point in view["points"]:
        axes.plot(
            point["x"], point["y"], marker="D", markerfacecolor="white", color=_TONES[point["tone"]], linestyle="none",
            markersize=7, zorder=6,
        )  # fmt: skip
    if view["log_x"]:
        axes.set_xscale("log")
    if view["log_y"]:
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator([level[0] for level in view["levels"]]))
    axes.xaxis.set_minor_locator(NullLocator())
    words = {float(value): text for value, text in view["levels"]}
    axes.xaxis.set_major_formatter(lambda value, _: words.get(float(value), ""))
    if not view["log_y"]:
        formatter = ScalarFormatter(useOffset=False)
        formatter.set_scientific(False)
        axes.yaxis.set_major_formatter(formatter)
    axes.set_xlabel(view["x_label"], color=INK_2)
    axes.set_ylabel(view["y_label"], color=INK_2)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if any(line["label"] for line in view["lines"]):
        title = view["line_label"]
        figure.legend(loc="outside right center", frameon=False, fontsize=9, title=title, title_fontsize=9)
    figure.suptitle(view["title"], x=0.01, ha="left", fontsize=12, fontweight="bold")
    axes.set_title(view["unit"], fontsize=9, loc="left", color=INK_2)
    made = picture(figure)
    return bytes(made) if kind == "png" else made.svg if kind == "svg" else made.pdf


def _line(axes: Any, line: dict[str, Any], *, joined: bool) -> None:
    color, turn = _TONES[line["tone"]], line["turn"]
    known = [(x, *values) for x, *values in line["means"] if values[0] is not None]
    if not known:
        return
    xs, means = [one[0] for one in known], [one[1] for one in known]
    if line["band"]:
        low = [mean if end is None else end for _, mean, end, _ in known]
        high = [mean if end is None else end for _, mean, _, end in known]
        if joined:
            axes.fill_between(xs, low, high, color=color, alpha=0.16, linewidth=0)
        else:
            axes.vlines(xs, low, high, color=color, linewidth=1.6)
    if line["runs"]:
        axes.plot(*zip(*line["runs"], strict=True), linestyle="none", marker=".", markersize=3, color=color, alpha=0.4)
    axes.plot(
        xs, means, color=color, linestyle=_DASHES[turn % 6] if joined else "none", marker=_SHAPES[turn % 6],
        markersize=5, linewidth=1.8, label=line["label"] or None, zorder=4,
    )  # fmt: skip


def main() -> None:
    """Read a view, and write its picture in the kind that the file's name ends in."""
    view, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.write_bytes(draw(json.loads(view.read_bytes()), out.suffix[1:]))


if __name__ == "__main__":
    main()
