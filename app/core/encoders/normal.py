"""Unicode's normal forms of texts, so that what reads alike is one thing: for words, for labels, for repeated texts.

NFKC, and not NFC: it also joins full-width letters and half-width kana, ligatures, and Arabic presentation forms (as
texts copied from a page have them) with the letters that everybody types; docs/data.md has the figures.
"""

import re
import unicodedata

import regex

#: What takes no room: soft hyphens, marks of direction, zero-width spaces, selectors of a glyph's look. The joiner is
#: among them; between two emoji it makes one of both, and stays.
_INVISIBLE = regex.compile(
    r"(?V1)[\p{Default_Ignorable_Code_Point}--\u200d]|(?<!\p{Extended_Pictographic}\p{M}*\p{Emoji_Modifier}?)\u200d"
    r"|\u200d(?!\p{Extended_Pictographic})"
)
#: Latin letters with their accents, and typographic punctuation.
_EUROPEAN = re.compile("[\0-\u024f\u2010-\u2027]*")


def is_european(text: str) -> bool:
    """Whether a text holds no more than Latin letters, with or without accents, digits and usual punctuation.

    Such a text hardly lengthens in any form, and a space in it parts what is before from what is after.
    """
    return text.isascii() or _EUROPEAN.fullmatch(text) is not None


def visible(text: str) -> str:
    """A text without what takes no room."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def composed(text: str) -> str:
    """A text in NFKC without what takes no room; its case stays. The same of what it gives."""
    if text.isascii():
        return text
    found = unicodedata.normalize("NFKC", visible(text))
    # a compatibility form may hold what takes no room (the Hangul filler's half-width form, say)
    return found if (again := visible(found)) == found else unicodedata.normalize("NFKC", again)


def folded(text: str) -> str:
    """The same without case, by Unicode's full folding, and a typographic apostrophe as the one on keyboards."""
    if text.isascii():
        return text.lower()
    # folding may undo the normal form, and the normal form of something folded may have a case again (U+03F4)
    once = composed(composed(text).casefold())
    return composed(once.casefold()).replace("\u2019", "'")


def as_one(text: str) -> str:
    """What tells samples apart: texts that agree in it are one sample, whatever their case, spacing and normal form."""
    return " ".join(folded(text).split())
