"""Charts as SVG, drawn on the server: as wide as their place, their text always of one size, their numbers in a table.

What is measured along an axis lies in a nested picture that is stretched; what must not be stretched, words and
points, is placed by parts of a hundred.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import floor, log10

from markupsafe import Markup

from earnest.dashboard.components import decimals, exact_ether, share, smallest, symbol
from earnest.pools.overview import Measured, Money

#: Pixels of a plot.
_HEIGHT = 198
_UNIT = 1000


@dataclass(frozen=True)
class Chart:
    """A picture with what is behind it.

    Attributes:
        name: for its files and its place on the page.
        title: what is shown.
        unit: unit, and out of how many.
        svg: the picture.
        caption: what is seen.
        columns: of the table behind it.
        rows: of it, as texts.
    """

    name: str
    title: str
    unit: str
    svg: Markup
    caption: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from at or below the lowest to at or above the highest."""
    if high <= low:
        high = low + (abs(low) or 1) * 0.1
    raw = (high - low) / max(1, most - 1)
    size = 10 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw * 0.999)
    first = floor(low / step + 1e-9)
    found = [first * step]
    while found[-1] < high - step * 1e-6:
        found.append((first + len(found)) * step)
    return found


def digits_of_ticks(found: Sequence[float]) -> int:
    """Decimals that tell each of some round numbers from the next."""
    return max(0, -floor(log10(found[1] - found[0]) + 1e-9)) if len(found) > 1 else 0


def _frame(
    values: Sequence[float], marks: Sequence[tuple[float, str]], said: Callable[[float, int], str]
) -> tuple[Markup, float, float]:
    """Grid and words of both axes; answers the lowest and the highest value of the plot too.

    Args:
        values: that have to find room.
        marks: below, with their words.
        said: a number on the left in words, with so many decimals.
    """
    found = ticks(min(values), max(values))
    low, high, digits = found[0], found[-1], digits_of_ticks(found)
    height = _HEIGHT
    parts = []
    for tick in found:
        y = height * (1 - (tick - low) / (high - low))
        parts.append(
            Markup(
                '<line class="gr" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
                '<text x="-8" y="{z:.1f}" text-anchor="end">{s}</text>'
            )
            .format(y=y, z=y + 4, s=said(tick, digits))
        )  # fmt: skip
    parts.append(Markup('<line class="ax" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=height))
    for number, (place, words) in enumerate(marks):
        anchor = "start" if number == 0 else "end" if number == len(marks) - 1 else "middle"
        parts.append(
            Markup('<text x="{x:.2f}%" y="{y}" text-anchor="{a}">{w}</text>')
            .format(x=100 * place, y=height + 20, a=anchor, w=words)
        )  # fmt: skip
    return Markup("").join(parts), low, high


def _stretched(content: Markup) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {u} {u}" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">{c}</svg>'
    ).format(u=_UNIT, c=content)


def _shell(words: str, content: Markup) -> Markup:
    """A plot as wide as its place; the words of its axes stand in the room that the style leaves around it."""
    return Markup('<svg class="plot" height="{}" role="img" aria-label="{}">{}</svg>').format(_HEIGHT, words, content)


def _dates(first: int, last: int, count: int = 4) -> list[tuple[float, str]]:
    """Marks along a line of time, at most one a word; scripts show them as the clock on the reader's wall."""
    spread = last - first
    form = "%H:%M" if spread < 2 * 86_400 else "%d %b"
    found: list[tuple[float, str]] = []
    for number in range(count):
        part = number / (count - 1)
        words = datetime.fromtimestamp(first + part * spread, UTC).strftime(form)
        # days have no 0 before them, hours do
        words = words.lstrip("0") if ":" not in words else words
        if len(found) > 1 and found[-1][1] == words:
            # as far to the right as it is true, away from what is before it
            found[-1] = (part, words)
        elif not found or found[-1][1] != words:
            found.append((part, words))
    return [(part, _on_the_wall(round(first + part * spread), words)) for part, words in found]


def _on_the_wall(at: int, words: str) -> Markup:
    return Markup('<tspan data-at="{}">{}</tspan>').format(at, words)


def price_chart(prices: Sequence[tuple[float, int]]) -> Chart:
    """Price over the coming day; points are (hours from now, wei)."""
    wei = [price for _, price in prices]
    unit: int = 10 ** decimals()
    frame, low, high = _frame(
        [0, max(wei) / unit], [(0, "now"), (1 / 3, "+8 h"), (2 / 3, "+16 h"), (1, "+24 h")],
        lambda tick, digits: f"{tick:,.{digits}f}" if tick else "0",
    )  # fmt: skip
    hours = prices[-1][0] or 1

    def y(price: int) -> float:
        return _UNIT * (1 - (price / unit - low) / (high - low))

    steps, before = [f"M0 {y(wei[0]):.1f}"], wei[0]
    for hour, price in prices[1:]:
        steps.append(f"H{_UNIT * hour / hours:.1f}" + (f"V{y(price):.1f}" if price != before else ""))
        before = price
    line = Markup('<path class="ln ink" d="{}"/>').format("".join(steps))
    first, last = exact_ether(wei[0]), exact_ether(wei[-1])
    words = (
        f"Price of a contribution if nobody else contributes: {first} {symbol()} now, {last} {symbol()} in 24 hours."
    )
    constant = min(wei) == max(wei)
    caption = (
        "The price is fixed: it is the same at any time."
        if constant
        else "A contribution by anyone lifts the price again; your quote holds a limit."
    )
    table = [(f"+{hour:g} h", f"{exact_ether(price)}", f"{price:,}") for hour, price in prices[::4]]
    return Chart("price", "Price over the coming day", f"{symbol()} a contribution, if nobody else contributes",
                 _shell(words, frame + _stretched(line)), caption, ("Time", symbol(), smallest()), table)  # fmt: skip


def interval(correct: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    z, p = 1.96, correct / total
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * ((p * (1 - p) / total + z * z / (4 * total * total)) ** 0.5) / (1 + z * z / total)
    return middle - half, middle + half


def accuracy_chart(trend: Sequence[Measured]) -> Chart | None:
    """Accuracy on the held-out set over time; None before there are two measurements."""
    if len(trend) < 2:
        return None
    bands = [interval(one.correct, one.total) for one in trend]
    first, last = trend[0], trend[-1]
    spread = (last.time - first.time) or 1
    frame, low, high = _frame(
        [value for band in bands for value in band], _dates(first.time, last.time),
        lambda tick, digits: f"{tick:.{max(2, digits)}f}".removeprefix("0"),
    )  # fmt: skip

    def at(time: int, value: float) -> tuple[float, float]:
        return (time - first.time) / spread, 1 - (value - low) / (high - low)

    def path(values: Sequence[float]) -> str:
        return " ".join(
            f"{_UNIT * x:.1f},{_UNIT * y:.1f}"
            for x, y in (at(one.time, value) for one, value in zip(trend, values, strict=True))
        )

    upper, lower = path([band[1] for band in bands]), path([band[0] for band in bands])
    back = " ".join(reversed(lower.split(" ")))
    start = _UNIT * at(first.time, first.share)[1]
    inner = Markup(
        '<polygon class="band" points="{} {}"/><path class="dash" d="M0 {s:.1f}H1000"/>'
        '<polyline class="ln" points="{}"/>'
    ).format(upper, back, path([one.share for one in trend]), s=start)
    height = _HEIGHT
    _, y = at(last.time, last.share)
    end = Markup(
        '<circle class="end" cx="100%" cy="{:.1f}" r="3.5"/><text class="b" x="100%" dx="8" y="{:.1f}">{}</text>'
    ).format(
        height * y, height * y + 4, share(last.share)
    )  # fmt: skip
    up, down = _moves(trend)
    marks = Markup("").join(_mark(at(one.time, one.share), height, up=one in up) for one in (*up, *down))
    words = f"Accuracy from {share(first.share)} to {share(last.share)} on {last.total} held-out samples."
    table = [
        (datetime.fromtimestamp(one.time, UTC).strftime("%Y-%m-%d %H:%M UTC"), f"{one.block_number:,}",
         f"{one.accepted:,}", share(one.share), f"{share(band[0])} to {share(band[1])}")
        for one, band in zip(trend, bands, strict=True)
    ]  # fmt: skip
    return Chart(
        "accuracy", "Accuracy over time", f"Share of {last.total:,} held-out samples that the model classifies right",
        _shell(words, frame + _stretched(inner) + end + marks), _moved(trend, up, down),
        ("Time", "Block", "Contributions", "Accuracy", "95 % interval"), table,
    )  # fmt: skip


def _moves(trend: Sequence[Measured]) -> tuple[list[Measured], list[Measured]]:
    """The measurements after the two largest steps up, and the two largest down."""
    steps = sorted(
        ((after.share - before.share, after) for before, after in pairwise(trend)),
        key=lambda step: step[0],
    )
    return [one for step, one in steps[-2:] if step > 0], [one for step, one in steps[:2] if step < 0]


def _mark(place: tuple[float, float], height: int, *, up: bool) -> Markup:
    x, y = 100 * place[0], height * place[1]
    shape, tone, dy = ("M-4 5L4 5L0 -2Z", "honest", 8) if up else ("M-4 -5L4 -5L0 2Z", "harmful", -8)
    return Markup('<svg x="{:.2f}%" y="{:.1f}" overflow="visible"><path class="mark-{}" d="{}"/></svg>').format(
        x, y + dy, tone, shape
    )


def _moved(trend: Sequence[Measured], up: Sequence[Measured], down: Sequence[Measured]) -> str:
    before = dict(zip(trend[1:], trend, strict=False))

    def told(one: Measured) -> str:
        old = before[one]
        numbers = f"#{old.accepted}" if one.accepted - old.accepted == 1 else f"#{old.accepted} to #{one.accepted - 1}"
        return f"{numbers} ({one.share - old.share:+.4f})".replace("-0.", "\N{MINUS SIGN}.").replace("+0.", "+.")

    parts = []
    if up:
        parts.append(f"Moved it up most: {', '.join(told(one) for one in up)}.")
    if down:
        parts.append(f"Moved it down most: {', '.join(told(one) for one in down)}.")
    return " ".join([*parts, "The held-out samples are the operator's own, and they decide no money."])


def sparkline(trend: Sequence[Measured]) -> Markup:
    """A trend without axes, beside its number."""
    if len(trend) < 2:
        return Markup("")
    times, values = [one.time for one in trend], [one.share for one in trend]
    low, high, first, last = min(values), max(values), times[0], times[-1]
    wide, tall = (last - first) or 1, (high - low) or 1
    points = [(2 + 122 * (t - first) / wide, 36 - 32 * (v - low) / tall) for t, v in zip(times, values, strict=True)]
    return Markup(
        '<svg class="spark" viewBox="0 0 132 40" role="img" aria-label="Trend from {} to {}">'
        '<polyline points="{}"/><circle class="end" cx="{:.1f}" cy="{:.1f}" r="3"/></svg>'
    ).format(share(values[0]), share(values[-1]), " ".join(f"{x:.1f},{y:.1f}" for x, y in points), *points[-1])


@dataclass(frozen=True)
class Part:
    """A part of a pool's deposits.

    Attributes:
        tone: its colour's name.
        name: what it is called.
        words: who has it.
        amount: in wei.
        part: of all deposits, from 0 to 1.
    """

    tone: str
    name: str
    words: str
    amount: int
    part: float


def parts_of(money: Money, *, sealed: bool = False) -> list[Part]:
    """Where a pool's deposits went; all of them add up to what was paid in.

    Args:
        money: the sums.
        sealed: whether contributions are settled after seals, so that nobody gets another's deposit.
    """
    total = money.deposits or 1
    found = [
        ("refunded", "Refunded", "back to their authors", money.refunds),
        ("shared", "Shared", "to those who reported them", money.shares),
        ("credit", "Collected", "to whoever collected them", money.leftovers),
        ("burned", "Burned", "nobody can ever take it", money.burned),
        ("claimable", "Claimable", "windows open or over", money.claimable),
        ("waiting", "Waiting", "windows not open yet", money.waiting),
    ]
    if sealed:
        found = [
            ("refunded", "Came back", "settled by their authors", money.refunds),
            ("burned", "Lost", "at risk and not settled in time; it pays for seals", money.burned),
            ("waiting", "Open", "not settled yet", money.claimable + money.waiting),
        ]
    return [Part(tone, name, words, amount, amount / total) for tone, name, words, amount in found]


def flow(money: Money, *, sealed: bool = False) -> Markup:
    """Deposits that part into where they went, each as thick as it is large; see `parts_of`."""
    parts = [part for part in parts_of(money, sealed=sealed) if part.amount]
    if not parts:
        return Markup("")
    height, gap, at, to = 240.0, 14.0, 0.0, 0.0
    room = height - gap * (len(parts) - 1)
    ribbons = []
    for part in parts:
        tall, thin = height * part.part, max(2.0, room * part.part)
        ribbons.append(
            Markup(
                '<path class="ribbon fill-{t}" d="M14 {a:.1f}C150 {a:.1f} 150 {b:.1f} 286 {b:.1f}V{c:.1f}'
                'C150 {c:.1f} 150 {d:.1f} 14 {d:.1f}Z"/>'
                '<rect class="fill-{t}" x="0" y="{a:.1f}" width="14" height="{h:.1f}"/>'
                '<rect class="fill-{t}" x="286" y="{b:.1f}" width="14" height="{k:.1f}"/>'
            ).format(t=part.tone, a=at, b=to, c=to + thin, d=at + tall, h=tall, k=thin)
        )
        at, to = at + tall, to + thin + gap
    words = "; ".join(f"{part.name} {exact_ether(part.amount)} {symbol()}" for part in parts)
    return Markup(
        '<svg class="flow" viewBox="0 0 300 {:.0f}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(
        max(height, to - gap), f"Of {exact_ether(money.deposits)} {symbol()} deposited: {words}.",
        Markup("").join(ribbons),
    )  # fmt: skip
