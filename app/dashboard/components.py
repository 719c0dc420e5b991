"""The parts that pages share: amounts, addresses, states, times, windows. Each is safe whatever it is given."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Context, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from earnest.dashboard.icons import icon
from earnest.pools.schemas import TokenShown

#: Decimals of an ether, or of a token, that are shown.
_DECIMALS = 4
#: Parts of each kind that are kept: pages that are looked at again show most of them again.
_REMEMBERED = 2_048


class Unit(NamedTuple):
    """What amounts are of.

    Attributes:
        symbol: of the unit that people read.
        decimals: of it; amounts are whole numbers of its smallest part.
        smallest: what that is called.
    """

    symbol: str
    decimals: int
    smallest: str


ETHER = Unit("ETH", 18, "wei")
#: Of the page that is being made.
_UNIT: ContextVar[Unit] = ContextVar("unit", default=ETHER)
#: Seconds before a window's end from which it is urgent.
URGENT = 6 * 3600
NONE = Markup("\N{EN DASH}")


# MONEY


def unit_of(token: TokenShown | None) -> Unit:
    """The unit of a pool's amounts; ether's for native coin."""
    return ETHER if token is None else Unit(token.symbol, token.decimals, f"of {10**token.decimals:,} in 1")


@contextmanager
def paid_in(unit: Unit) -> Iterator[None]:
    """Show amounts in this unit, where nothing else is said of one."""
    before = _UNIT.set(unit)
    try:
        yield
    finally:
        _UNIT.reset(before)


def symbol() -> str:
    """Of the unit that amounts are shown in."""
    return _UNIT.get().symbol


def smallest() -> str:
    """What the smallest part of that unit is called."""
    return _UNIT.get().smallest


def decimals() -> int:
    """Of that unit."""
    return _UNIT.get().decimals


def exact_ether(wei: int) -> str:
    """All of an amount's decimals, and no more."""
    whole = format(Decimal(wei).scaleb(-_UNIT.get().decimals), "f")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def short_ether(wei: int) -> str:
    """An amount to four decimals, rounded half to even; dust is never 0."""
    size = Decimal(abs(wei)).scaleb(-_UNIT.get().decimals)
    if 0 < size < Decimal(1).scaleb(-_DECIMALS):
        return "< 0.0001"
    return f"{round(size, _DECIMALS):,.{_DECIMALS}f}"


def ether(wei: int | None, *, change: bool = False, nothing: str = "", of: Unit | None = None) -> Markup:
    """An amount with its unit; where it is rounded, the exact one opens by a touch or a key.

    Args:
        wei: how much; None for not known.
        change: whether it is added or taken away, which is said by a sign.
        nothing: what is said instead of zero.
        of: what it is of; the page's unit unless given.
    """
    return NONE if wei is None else _amount(wei, change, nothing, of or _UNIT.get())


@lru_cache(maxsize=_REMEMBERED)
def _amount(wei: int, change: bool, nothing: str, of: Unit) -> Markup:
    if wei == 0 and (change or nothing):
        return Markup("{}").format(nothing) if nothing else NONE
    sign = "" if not change else "+" if wei > 0 else "\N{MINUS SIGN}"
    with paid_in(of):
        shown, exact = f"{sign}{short_ether(wei)}", f"{exact_ether(abs(wei))} {of.symbol}"
    unit = Markup('<span class="u{}">{}</span>').format("" if of == ETHER else " token", of.symbol)
    whole = Decimal(abs(wei)).scaleb(-of.decimals)
    if whole == round(whole, _DECIMALS):
        return Markup('<span class="amount" title="{e} = {w} {p}">{s}{u}</span>').format(
            e=exact, w=f"{abs(wei):,}", s=shown, u=unit, p=of.smallest
        )
    return Markup(
        '<details class="exact"><summary class="amount rounded" title="{e} = {w} {p}">{s}{u}</summary>'
        "<span><b>{e}</b><span>{w} {p}</span></span></details>"
    ).format(e=exact, w=f"{abs(wei):,}", s=shown, u=unit, p=of.smallest)


def exact(wei: int) -> str:
    """All of an amount's decimals with its unit, as what is signed has to say it."""
    whole, point, rest = exact_ether(wei).partition(".")
    return f"{int(whole):,}{point}{rest} {symbol()}"


def at_most(wei: int) -> str:
    """A bound in native coin to two digits, rounded up, as text: for where nothing can open."""
    size = Context(prec=2, rounding=ROUND_CEILING).plus(Decimal(wei).scaleb(-ETHER.decimals))
    return f"{size.normalize():f} {ETHER.symbol}"


def sum_of(amounts: Sequence[int]) -> str:
    """Amounts and what they come to, exactly."""
    return f"{' + '.join(exact_ether(amount) for amount in amounts)} = {exact_ether(sum(amounts))} {symbol()}"


# WHO


@lru_cache(maxsize=_REMEMBERED)
def identicon(address: str) -> Markup:
    """A picture of an address: five by five cells, the same on both sides."""
    digest = hashlib.sha256(address.lower().encode()).digest()
    cells = [(x, y) for x in range(3) for y in range(5) if digest[5 * x + y] % 2]
    both = sorted({*cells, *((4 - x, y) for x, y in cells)})
    path = "".join(f"M{x} {y}h1v1h-1z" for x, y in both)
    return Markup(
        '<svg class="id" viewBox="0 0 5 5" aria-hidden="true" shape-rendering="crispEdges">'
        '<path d="{}" class="fill-k{}"/></svg>'
    ).format(path, digest[31] % 6 + 1)


def cut(text: str) -> str:
    """An address or a hash, its middle left out."""
    return f"{text[:6]}…{text[-4:]}"


def copier(text: str, what: str) -> Markup:
    """A button that copies; shown where there are scripts."""
    return Markup('<button type="button" class="copy" data-copy="{}" aria-label="Copy {}">{}</button>').format(
        text, what, icon("copy")
    )


@lru_cache(maxsize=_REMEMBERED)
def address(text: str | None, you: str | None = None, *, whole: bool = False, link: bool = True) -> Markup:
    """An address with its picture; the whole one is copied, and stands on its own page."""
    if text is None:
        return Markup('<span class="faint">not deployed yet</span>')
    label = text if whole else cut(text)
    shown = (
        Markup('<a href="/accounts/{0}" title="{0}">{1}</a>').format(text, label)
        if link
        else Markup('<span title="{}">{}</span>').format(text, label)
    )
    own = Markup(' <span class="you">you</span>') if you is not None and you.lower() == text.lower() else ""
    return Markup('<span class="addr{}">{}{}{}{}</span>').format(
        " whole" if whole else "", identicon(text), shown, own, copier(text, f"address {cut(text)}")
    )


def hashed(text: str | None, to: str | None = None) -> Markup:
    """A hash, its middle left out."""
    if text is None:
        return NONE
    if to is None:
        return Markup('<span class="mono" title="{}">{}</span>').format(text, cut(text))
    return Markup('<a class="mono" href="{}" title="{}">{}</a>').format(to, text, cut(text))


# STATES


@dataclass(frozen=True)
class State:
    """How a state is shown.

    Attributes:
        words: what it is called.
        tone: class of the badge.
        icon: beside the words.
    """

    words: str
    tone: str
    icon: str


STATES = {
    "open": State("Open", "claimable", "clock"),
    "claimable": State("Refundable", "claimable", "back"),
    "reportable": State("Reportable", "shared", "share"),
    "collectable": State("Window over", "burned", "clock"),
    "disagrees": State("Model disagrees", "danger", "warn"),
    "refunded": State("Refunded", "refunded", "check"),
    "taken": State("Shared", "shared", "share"),
    "collected": State("Collected", "burned", "flame"),
    "settled": State("Settled", "refunded", "check"),
    "expired": State("Expired", "burned", "flame"),
    "lost": State("Lost", "burned", "flame"),
    "burned": State("Burned", "burned", "flame"),
    "waiting": State("Waiting", "waiting", "clock"),
    "ready": State("Live", "claimable", "check"),
    "active": State("Delivers", "claimable", "check"),
    "paused": State("Paused", "waiting", "pause"),
    "deploying": State("Deploying", "waiting", "clock"),
    "failed": State("Failed", "danger", "warn"),
    "prepared": State("Prepared", "", "dot"),
    "sent": State("Sent", "waiting", "sent"),
    "aside": State("Set aside", "waiting", "clock"),
    "confirmed": State("Confirmed", "refunded", "check"),
    "dropped": State("Dropped", "", "cross"),
    "queued": State("Queued", "waiting", "clock"),
    "running": State("Running", "waiting", "clock"),
    "finished": State("Finished", "refunded", "check"),
    "cancelled": State("Cancelled", "", "cross"),
    "ok": State("Works", "claimable", "check"),
    "trouble": State("Trouble", "danger", "warn"),
}


@lru_cache(maxsize=_REMEMBERED)
def badge(state: str, words: str | None = None) -> Markup:
    """A state as an icon and a word."""
    known = STATES.get(state) or State(state, "", "dot")
    return Markup('<span class="badge {}">{}{}</span>').format(known.tone, icon(known.icon), words or known.words)


def class_name(label: int | None, names: Sequence[str]) -> Markup:
    """A class by its name, with the shape and colour that it has everywhere."""
    if label is None:
        return NONE
    name = names[label] if label < len(names) else f"class {label}"
    return Markup('<span class="cls k{}" title="{}"><span>{}</span></span>').format(label % 6 + 1, name, name)


# TIMES


@lru_cache(maxsize=_REMEMBERED)
def moment(seconds: int | None) -> Markup:
    """A time in UTC; scripts show it as the clock on the reader's wall, and keep UTC in the title."""
    if seconds is None:
        return NONE
    at = datetime.fromtimestamp(seconds, UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        f"{at.day} {at.strftime('%b %Y, %H:%M UTC')}",
    )  # fmt: skip


def span(seconds: float) -> str:
    """How long something takes or is away, in the unit that suits it."""
    seconds = abs(seconds)
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit != "min" and seconds >= size and seconds % size == 0):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def ago(seconds: int | None, now: int | None) -> str:
    """How long ago something was."""
    if seconds is None or now is None:
        return "\N{EN DASH}"
    return "now" if now - seconds < 2 else f"{span(now - seconds)} ago"


def window_words(first: int, last: int | None, now: int) -> Markup:
    """When a window opens or ends, as words; the last hours are marked."""
    if now < first:
        return Markup("opens in {}").format(span(first - now))
    if last is None:
        return Markup("open since {}").format(span(now - first))
    if now > last:
        return Markup("over since {}").format(span(now - last))
    words = f"ends in {span(last - now)}"
    return Markup('<span class="due">{}</span>').format(words) if last - now <= URGENT else Markup("{}").format(words)


def window(made: int, first: int, last: int, now: int, reach: int, *, by_author: bool) -> Markup:
    """A contribution's windows on a line of time that is `reach` seconds long to both sides of now."""

    def place(at: int) -> float:
        return min(100.0, max(0.0, 50 + 50 * (at - now) / reach))

    left, middle, right = place(made), place(first), place(last)
    who = "refundable by its author" if by_author else "reportable by others"
    words = f"waiting until {_utc(first)}, {who} until {_utc(last)}"
    return Markup(
        '<svg class="win" role="img" aria-label="{w}">'
        '<rect class="w" x="{a:.2f}%" y="7" width="{ab:.2f}%" height="8" rx="2"/>'
        '<rect class="{k}" x="{b:.2f}%" y="7" width="{bc:.2f}%" height="8" rx="2"/>'
        '<line class="now" x1="50%" x2="50%" y1="0" y2="22"/></svg>'
    ).format(w=words, a=left, ab=max(0.0, middle - left), b=middle, bc=max(0.0, right - middle),
             k="o" if by_author else "r")  # fmt: skip


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


# PARTS OF A WHOLE


def meter(share: float, tone: str, words: str) -> Markup:
    """A share of 1 as a bar."""
    return Markup(
        '<svg class="meter" role="img" aria-label="{}"><rect class="back" width="100%" height="8" rx="2"/>'
        '<rect class="fill-{}" width="{:.1f}%" height="8" rx="2"/></svg>'
    ).format(words, tone, 100 * min(1.0, max(0.0, share)))


def stacked(parts: Sequence[tuple[str, int, str]], words: str) -> Markup:
    """Amounts beside each other, as long as they are large: (tone, amount, name)."""
    total = sum(amount for _, amount, _ in parts) or 1
    at, bars = 0.0, []
    for tone, amount, name in parts:
        width = 100 * amount / total
        if amount:
            bars.append(
                Markup('<rect class="fill-{}" x="{:.3f}%" width="{:.3f}%" height="12" rx="2"><title>{}</title></rect>')
                .format(tone, at, max(width - 0.25, 0.3), name)
            )  # fmt: skip
        at += width
    return Markup('<svg class="meter thick" role="img" aria-label="{}">{}</svg>').format(words, Markup("").join(bars))


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def share(value: float | None) -> str:
    """A share of 1 to four digits, without a leading 0."""
    return "\N{EN DASH}" if value is None else f"{value:.4f}".removeprefix("0")


def percent(value: float | None) -> str:
    """A share of 1 in hundredths."""
    return "\N{EN DASH}" if value is None else f"{100 * value:.0f}\N{NO-BREAK SPACE}%"


FILTERS: dict[str, Callable[..., Any]] = {
    "ether": ether, "exact_ether": exact_ether, "exact": exact, "at_most": at_most,
    "address": address, "hashed": hashed, "cut": cut,
    "badge": badge, "class_name": class_name, "moment": moment, "span": span, "ago": ago, "plural": plural,
    "share": share, "percent": percent, "icon": icon, "identicon": identicon,
}  # fmt: skip
GLOBALS: dict[str, Any] = {
    "icon": icon, "window": window, "window_words": window_words, "meter": meter, "stacked": stacked, "copier": copier,
    "sum_of": sum_of, "symbol": symbol, "native": ETHER, "unit_of": unit_of,
}  # fmt: skip
