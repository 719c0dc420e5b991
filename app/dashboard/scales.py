"""Scales of a chart's axes: where a value lies between 0 and 1, and which values are written beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from earnest.dashboard.charts import digits_of_ticks, ticks


@dataclass(frozen=True)
class Scale:
    """An axis.

    Attributes:
        at: where a value lies, from 0 to 1.
        marks: places with their words, in order.
    """

    at: Callable[[float], float]
    marks: Sequence[tuple[float, str]]


def linear(low: float, high: float) -> Scale:
    """Even, between round numbers that hold both ends."""
    found = ticks(low, high, 7)
    first, last = found[0], found[-1]
    digits = digits_of_ticks(found)
    return Scale(
        lambda value: (value - first) / (last - first),
        [((t - first) / (last - first), _said(t, digits)) for t in found],
    )


def logarithmic(low: float, high: float) -> Scale:
    """By powers of ten, with steps between them where there are few; both ends are positive."""
    first, last = floor(log10(low) + 1e-9), max(ceil(log10(high) - 1e-9), floor(log10(low) + 1e-9) + 1)
    # the closer the ends, the more steps: within a power of ten, each digit is one
    steps = tuple(range(1, 10)) if high < 10 * low else (1, 2, 5) if last - first <= 2 else (1,)
    values = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    start = max((value for value in values if value <= low * 1.000001), default=values[0])
    end = min((value for value in values if value >= high * 0.999999), default=values[-1])
    if end <= start:
        end = start * 10
    span = log10(end / start)
    shown = [value for value in values if start <= value * 1.000001 and value <= end * 1.000001]
    every = max(1, ceil(len(shown) / 8))
    return Scale(
        lambda value: log10(value / start) / span,
        [(log10(value / start) / span, f"{value:,.10g}".removeprefix("0")) for value in shown[::every]],
    )


def by_level(levels: Sequence[float], *, log: bool) -> Scale:
    """Along numbers that were swept: each is written where there is room for it."""
    first, last = levels[0], levels[-1]
    if log:
        span = log10(last / first) or 1.0
        return Scale(lambda value: log10(value / first) / span, [])
    span = (last - first) or 1.0
    return Scale(lambda value: (value - first) / span, [])


def with_room(places: Sequence[tuple[float, str]], least: float = 0.07) -> list[tuple[float, str]]:
    """The marks that do not run into each other, the last one among them."""
    kept: list[tuple[float, str]] = []
    for place, words in reversed(places):
        if not kept or kept[-1][0] - place >= least * max(1.0, len(words) / 5):
            kept.append((place, words))
    return kept[::-1]


def _said(value: float, digits: int) -> str:
    """A mark's words: shares without a leading 0, but for 0 itself."""
    if abs(value) < 1e-12:
        return f"{0.0:.{digits}f}"
    text = f"{abs(value):,.{digits}f}"
    return ("\N{MINUS SIGN}" if value < 0 else "") + (text[1:] if text.startswith("0.") else text)
