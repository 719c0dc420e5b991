"""Fonts of figures: those that have the signs of further scripts, and a word where no font of the machine has them."""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.text import Text

#: Comes with matplotlib, and has Latin, Greek, Cyrillic, Arabic and Hebrew signs.
USUAL = "DejaVu Sans"
#: Fonts that systems bring for other scripts: those that are there are asked, in this order, for what it lacks.
FURTHER = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Source Han Sans SC", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "Droid Sans Fallback", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji",
    "Segoe UI Symbol", "Arial Unicode MS", "Unifont",
)  # fmt: skip
#: What signs are called, by the first word of their Unicode names.
_SCRIPTS = {
    "CJK": "Chinese characters", "HANGUL": "Korean", "HIRAGANA": "Japanese", "KATAKANA": "Japanese",
}  # fmt: skip


def families() -> list[str]:
    """The fonts of this machine that figures are drawn with, in the order in which they are asked."""
    there = {font.name for font in fontManager.ttflist}
    return [USUAL, *(name for name in FURTHER if name in there)]


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with those fonts; that a sign is in none of them is said in the figure, not in a warning."""
    with matplotlib.rc_context({"font.sans-serif": families()}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        yield


def undrawn(figure: Figure) -> list[str]:
    """What no font has of a figure's words, by what it is called, in order; of a figure that was drawn before."""
    signs = {sign for text in figure.findobj(Text) for sign in text.get_text()}
    fonts = [get_font(fontManager.findfont(FontProperties(family=[name]))) for name in families()]
    return sorted(
        {_called(sign) for sign in signs if _seen(sign) and not any(font.get_char_index(ord(sign)) for font in fonts)}
    )


def _seen(sign: str) -> bool:
    """Whether a sign is drawn at all: spaces, ends of lines and signs that steer others are not."""
    return unicodedata.category(sign)[0] not in "CZ" and unicodedata.category(sign) != "Mn"


def _called(sign: str) -> str:
    name = unicodedata.name(sign, "").split(" ")[0]
    if name in _SCRIPTS:
        return _SCRIPTS[name]
    return "symbols such as emoji" if unicodedata.category(sign)[0] == "S" or not name else name.title()
