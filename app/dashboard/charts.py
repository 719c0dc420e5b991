"""Small line charts as SVG, drawn on the server."""

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 560, 180, 70, 24, 12


def _chart(points: Sequence[tuple[float, float]], labels: tuple[str, str, str, str], title: str) -> Markup:
    """A line through the points; labels are those of lowest, highest, first and last."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, lowest = min(xs), min(ys)
    wide, high = (max(xs) - left) or 1, (max(ys) - lowest) or 1
    bottom = _HEIGHT - _BOTTOM

    def place(x: float, y: float) -> str:
        across = _LEFT + (x - left) / wide * (_WIDTH - _LEFT - 10)
        return f"{across:.1f},{bottom - (y - lowest) / high * (bottom - _TOP):.1f}"

    line = " ".join(place(x, y) for x, y in points)
    low, top, first, last = labels
    return Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{title}"><title>{title}</title>'
        '<path class="axis" d="M{l} {t} V{b} H{w}"/><polyline class="line" points="{line}"/>'
        '<text x="{m}" y="{b}" text-anchor="end">{low}</text><text x="{m}" y="{tt}" text-anchor="end">{top}</text>'
        '<text x="{l}" y="{h}">{first}</text><text x="{w}" y="{h}" text-anchor="end">{last}</text></svg>'
    ).format(
        w=_WIDTH, h=_HEIGHT, l=_LEFT, t=_TOP, b=bottom, m=_LEFT - 6, tt=_TOP + 8, line=line,
        low=low, top=top, first=first, last=last, title=title,
    )  # fmt: skip


def price_chart(prices: Sequence[tuple[float, int]]) -> Markup:
    """Price over the coming day; points are (hours from now, wei)."""
    low, high = min(price for _, price in prices), max(price for _, price in prices)
    labels = (f"{low / 1e18:.4g}", f"{high / 1e18:.4g}" if high != low else "", "now", "in 24 h")
    return _chart(prices, labels, "Price in ETH over the coming day")


def accuracy_chart(history: Sequence[tuple[int, float]]) -> Markup | None:
    """Accuracy on the held-out set over time; points are (time, share). None before there are two."""
    if len(history) < 2:
        return None
    low, high = min(value for _, value in history), max(value for _, value in history)
    labels = (f"{low:.3f}", f"{high:.3f}" if high != low else "", "first", "latest")
    return _chart(history, labels, "Accuracy on the held-out set over time")
