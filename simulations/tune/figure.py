"""The figure of a study: every trial by its first two objectives, the front, the start and the choice."""

import io

from matplotlib.figure import Figure

from earnest.simulations.tune.search import Tried
from earnest.simulations.tune.study import Study

_OTHERS, _FRONT, _START, _CHOICE = "#b8b8b8", "#2c7fb8", "#e08214", "#c51b3a"


def draw(study: Study, tried: list[Tried], choice: Tried | None) -> bytes:
    """As PNG; of a study with one objective, its values by trial."""
    figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
    axes = figure.subplots()
    played = [one for one in tried if one.objectives]
    several = len(study.objectives) > 1
    marked = [
        ("not on the front", [one for one in played if not one.on_front], _OTHERS, "o", 14),
        ("on the Pareto front", [one for one in played if one.on_front], _FRONT, "o", 26),
        ("as it was", played[:1], _START, "s", 60),
        ("chosen", [] if choice is None else [choice], _CHOICE, "*", 150),
    ]
    for label, ones, color, marker, size in marked:
        places = [one.objectives[1] if several else one.number for one in ones]
        axes.scatter(
            places, [one.objectives[0] for one in ones], s=size, c=color, marker=marker, label=label, zorder=size
        )
    axes.set_xlabel(study.objectives[1].name.replace("_", " ") if several else "trial")
    axes.set_ylabel(study.objectives[0].name.replace("_", " "))
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
        return file.getvalue()
