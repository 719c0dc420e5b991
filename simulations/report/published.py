"""What others reported, beside ours."""

import math
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from earnest.simulations.report.idle import Rows
from earnest.simulations.report.names import bounds_of
from earnest.simulations.report.statistics import Mean, expected_range, mean_of
from earnest.simulations.report.sweeps import Sweeps

_EXACT = 1e-9


@dataclass(frozen=True)
class Published:
    """One figure of others, and ours under the same knobs.

    Attributes:
        source: "published" or "reproduced".
        measure: what was measured.
        mean: of their runs.
        spread: standard deviation of their runs; NaN if it is not known.
        runs: theirs.
        knobs: those that tell the point from others.
        under: all knobs that it was measured under.
        ours: mean over our seeds.
        low, high: where 95 of 100 means of that many runs fall, if they are runs like ours.
    """

    source: str
    measure: str
    mean: float
    spread: float
    runs: int
    knobs: dict[str, Any]
    under: dict[str, Any]
    ours: Mean
    low: float
    high: float

    @property
    def fits(self) -> bool | None:
        """Whether theirs lies where runs like ours fall; None where ours do not vary, or there are too few."""
        if math.isnan(self.low) or self.ours.deviation == 0:
            return None
        return self.low <= self.mean <= self.high


def compare(sweeps: Sweeps) -> list[Published]:
    """Every figure of others whose knobs some of our runs have."""
    table = tomllib.loads(
        (resources.files("earnest.simulations") / "report" / "published.toml").read_text(encoding="utf-8")
    )
    found = []
    for point in table["points"]:
        knobs = table["knobs"] | (table["with_bad"] if point["with_bad"] else {}) | point["knobs"]
        rows = _matching(sweeps, knobs, alone=not point["with_bad"])
        for measure, theirs in point.items():
            if isinstance(theirs, dict) and measure != "knobs" and rows is not None and measure in rows:
                ours = mean_of(rows[measure], bounds_of(measure))
                low, high = expected_range(ours, theirs["runs"], bounds_of(measure))
                spread = theirs.get("spread", math.nan)
                found.append(
                    Published(
                        point["source"],
                        measure,
                        theirs["mean"],
                        spread,
                        theirs["runs"],
                        point["knobs"],
                        knobs,
                        ours,
                        low,
                        high,
                    )
                )
    return found


def _matching(sweeps: Sweeps, knobs: dict[str, Any], *, alone: bool) -> Rows | None:
    """Our runs with these knobs in the published order of the reviews; None if there are none."""
    rows = sweeps.rows
    fits = np.ones(len(rows), dtype=bool)
    for knob, value in knobs.items():
        if knob not in rows:
            return None
        same = rows[knob] == value if isinstance(value, str) else (rows[knob] - value).abs() < _EXACT
        fits &= same.to_numpy(dtype=bool)
    for knob in ("shuffle_seed", "test_size"):
        fits &= (rows[knob].isna() | (rows[knob] == "none")).to_numpy()
    if alone:
        fits &= rows["bad_count"].isna().to_numpy() if "bad_count" in rows else True
    return rows[fits] if fits.any() else None
