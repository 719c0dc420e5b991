"""What people type: a text, or a row of numbers, as the sample that a pool takes; and how a text is shown again."""

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup
from pydantic import ValidationError

from earnest.core.errors import CoreError, SampleInvalid
from earnest.core.models.formats.sample_format import NUMBERS
from earnest.dashboard.format import sample_format
from earnest.errors import EarnestError
from earnest.pools.overview import Told
from earnest.pools.schemas import PoolShown
from earnest.web.problems import plain_message, words_of
from earnest.web.schemas import LabelledSample, SampleInput

#: What separates words, and the words between.
_PARTS = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*|[\W_]+", re.UNICODE)
_BETWEEN = re.compile(r"[,;\s]+")
#: Signs of scripts without spaces, whose words encoders take out of a run of them: Thai and Lao, kana, Han.
_RUN = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


def _numbers(text: str) -> list[float]:
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    try:
        return [float(part) for part in parts]
    except ValueError:
        wrong = next(part for part in parts if not _is_number(part))
        raise SampleInvalid(
            f"{wrong[:40]!r} is no number: give a number for each column, separated by commas or spaces.",
            "SampleLengthInvalid",
        ) from None


def _is_number(part: str) -> bool:
    try:
        float(part)
    except ValueError:
        return False
    return True


def sample_given(pool: PoolShown, text: str) -> SampleInput:
    """The sample in what somebody typed.

    Raises:
        SampleInvalid: a row holds something else than numbers.
        ValidationError: it is empty, or too long.
    """
    if sample_format(pool).TAKES == NUMBERS:
        return SampleInput(features=_numbers(text))
    return SampleInput(text=text)


def labelled(given: SampleInput, label: int) -> LabelledSample:
    """The same with its label."""
    return LabelledSample(text=given.text, features=given.features, label=label)


def sentence_of(error: Exception) -> str:
    """What was wrong with what somebody gave, in a sentence."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return plain_message(first["msg"]) if first["type"] == "value_error" else f"{words_of(first)}"
    if isinstance(error, EarnestError):
        return error.detail
    return str(error)


#: What what somebody gave is refused with.
REFUSALS = (EarnestError, CoreError, ValidationError)


def tones(told: Told, classes: Sequence[str]) -> tuple[int, int | None]:
    """Colours of what speaks for the class, and of what speaks against it."""
    return told.label % 6 + 1, (1 - told.label) % 6 + 1 if len(classes) == 2 else None


def _pieces(part: str, deciding: Mapping[str, int], unknown: set[str]) -> list[str]:
    """A part as it is, or, of a script without spaces, cut around the longest words that decided, and sign by sign."""
    low = part.lower()
    if low in deciding or low in unknown or len(low) != len(part) or not _RUN.search(part):
        return [part]
    found, at = [], 0
    while at < len(part):
        longest = max((len(word) for word in deciding if word and low.startswith(word, at)), default=1)
        found.append(part[at : at + longest])
        at += longest
    return found


def marked(text: str, told: Told, classes: Sequence[str]) -> Markup:
    """A text in which unknown words are struck, and those that decided are underlined."""
    unknown = {word.lower() for word in told.unknown}
    deciding: Mapping[str, int] = dict(told.deciding)
    towards, against = tones(told, classes)
    parts = []
    for part in (piece for run in _PARTS.findall(text) for piece in _pieces(run, deciding, unknown)):
        word = part.lower()
        if word in deciding:
            tone = towards if deciding[word] > 0 else against
            parts.append(Markup('<b class="{}">{}</b>').format(f"k{tone}" if tone else "", part))
        elif word in unknown:
            parts.append(Markup("<s>{}</s>").format(part))
        else:
            parts.append(Markup("{}").format(part))
    return Markup("").join(parts)


def bars(told: Told, classes: Sequence[str]) -> list[tuple[str, str, Markup]]:
    """What decided: its name, its part of the margin with a sign, and that as a bar from the middle."""
    most = max((abs(weight) for _, weight in told.deciding), default=1)
    towards, against = tones(told, classes)
    found = []
    for name, weight in told.deciding:
        width = 50 * abs(weight) / most
        tone = towards if weight > 0 else against or towards
        bar = Markup(
            '<svg aria-hidden="true"><line class="middle" x1="50%" x2="50%" y1="0" y2="10"/>'
            '<rect class="fill-k{}" x="{:.1f}%" width="{:.1f}%" height="10" rx="1"/></svg>'
        ).format(tone, 50 if weight > 0 else 50 - width, width)
        found.append((name, f"{weight:+,}".replace("-", "\N{MINUS SIGN}"), bar))
    return found
