"""Words of any language: Unicode's normal form and folding of case, and its word boundaries (UAX 29).

What is written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) is read by characters, each alone and with
the one after it; an emoji is a word. Apostrophes within words stay, dots and underscores part them, and numbers keep
their points and commas.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import filterfalse

import regex

from earnest.core.encoders.kind import EncoderKind
from earnest.core.encoders.normal import folded, is_european
from earnest.core.encoders.reader import Reader
from earnest.core.encoders.vocabulary import kind_of

#: Runs of what is written without spaces, marks included.
_UNSPACED = regex.compile(
    r"(?V1)(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}"
    r"&&[\p{L}\p{M}]]\p{M}*)+"
)
_BOUNDARY = regex.compile(r"(?w)\b")
_CHARACTERS = regex.compile(r"\X")
#: What makes a piece between two boundaries a word.
_SAYS = regex.compile(r"[\p{L}\p{N}\p{So}\p{Extended_Pictographic}\p{RI}]")
#: The same pieces of what is ASCII alone, ten times as fast; a test holds the two against each other.
_ASCII = re.compile(
    r"[a-z0-9_]+(?:(?:(?<=[a-z])[.:'](?=[a-z])|(?<=[0-9])[.,;'](?=[0-9]))[a-z0-9_]+)*",
    re.ASCII,
)
#: What is no part of any of them, as a space: most that lies between is a word then, and needs no more looks.
_APART = bytes(byte if chr(byte).isalnum() or chr(byte) in "_.:',;" else 0x20 for byte in range(128)) + bytes(128)
#: Of what is not made a space there, what is no word's first and no word's last.
_MARKS = ".:',;"
#: Pieces with marks in them, as in "don't" and "10/10", whose words are remembered: so many, and so long at most.
_REMEMBERED, _LONGEST = 2**14, 32
#: What stands around words, and belongs to them between letters only.
_QUOTES = "'\"\u2019"
_PARTS = regex.compile(r"[._:\u00b7]+")


def split(text: str) -> list[str]:
    """The words of a text, in order."""
    whole = folded(text)
    if whole.isascii():
        found: list[str] = []
        for run in whole.encode().translate(_APART).decode().split():
            # of letters alone it is a word as it is
            if run.isalpha():
                found.append(run)
            else:
                found += _of_run(run)
        return found
    return split_any(whole)


def different(text: str) -> set[str]:
    """The words of a text, each once: the same as of `split`."""
    if text.isascii():
        return _of_ascii(text.lower())
    if not is_european(text):
        return set(split(text))
    # spaces part words, so that those in ASCII can be read as fast as elsewhere
    pieces = text.split(" ")
    others = " ".join(filterfalse(str.isascii, pieces))
    return _of_ascii(" ".join(filter(str.isascii, pieces)).lower()).union(split_any(folded(others)))


def _of_ascii(whole: str) -> set[str]:
    """The different words of a folded text of ASCII."""
    found = set(whole.encode().translate(_APART).decode().split())
    others = list(filterfalse(str.isalpha, found))
    found.difference_update(others)
    for run in others:
        bare = run.strip(_MARKS)
        if bare.isalpha():
            found.add(bare)
        else:
            found.update(_of_run(bare))
    return found


def _of_run(run: str) -> Sequence[str]:
    """The words of a run of ASCII without spaces."""
    return _remembered(run) if len(run) <= _LONGEST else _words(_ASCII.findall(run))


@lru_cache(maxsize=_REMEMBERED)
def _remembered(run: str) -> tuple[str, ...]:
    return tuple(_words(_ASCII.findall(run)))


def split_any(whole: str) -> list[str]:
    """The words of a folded text, whatever it is written in."""
    found: list[str] = []
    start = 0
    for run in _UNSPACED.finditer(whole):
        found += _words(_BOUNDARY.split(whole[start : run.start()]))
        characters = _CHARACTERS.findall(run[0])
        for place, character in enumerate(characters):
            found.append(character)
            if place + 1 < len(characters):
                found.append(character + characters[place + 1])
        start = run.end()
    return found + _words(_BOUNDARY.split(whole[start:]))


def _words(pieces: list[str]) -> list[str]:
    """The words among pieces between boundaries."""
    found: list[str] = []
    for piece in pieces:
        if piece.isascii() and piece.isalpha():
            found.append(piece)
            continue
        # the library leaves a quotation mark before a word that comes after another mark, as in "'oh
        piece = piece.strip(_QUOTES)
        if not _SAYS.search(piece):
            continue
        if piece[0].isdigit() or not _PARTS.search(piece):
            found.append(piece)
        else:
            found += [part for part in _PARTS.split(piece) if _SAYS.search(part)]
    return found


UNICODE = Reader(("earnest-vocabulary 2", "nfkc-casefold-1", "unicode-words-1"), split, different)

ENCODERS: tuple[EncoderKind, ...] = (
    kind_of(
        "unicode-words",
        "Words of any language by Unicode's rules, whatever their case and normal form; characters and pairs of them "
        "where there are no spaces; emoji.",
        UNICODE,
        is_default=True,
    ),
)
