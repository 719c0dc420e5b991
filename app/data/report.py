"""What was read of some data: rows, classes, repeats, what an encoder does not know; in numbers and in sentences."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from earnest.core.encoders.encoder import Coverage, Encoder
from earnest.core.encoders.normal import as_one
from earnest.data.dataset import Dataset
from earnest.data.facts import Joined
from earnest.data.recipe import Part

#: Below this share of a file's words, a vocabulary is said to know too little of them.
LEAST_KNOWN = 0.5
_SHOWN = 4


@dataclass(frozen=True)
class Report:
    """What was read.

    Attributes:
        format: how a file was read; nothing for data that were no file.
        columns: names of a file's columns.
        rows: how many there are.
        classes: rows of each class, by name, class 0 first.
        repeated: rows whose sample stands in an earlier row; they are left out when the data are cut.
        contrary: different samples that stand with more than one label; the first one's is taken.
        joined: labels that were written in several ways.
        encoder: how it reads texts; nothing for numbers.
        coverage: how much of the texts it knows; None for numbers.
    """

    format: str
    columns: tuple[str, ...]
    rows: int
    classes: dict[str, int]
    repeated: int
    contrary: int
    joined: tuple[Joined, ...]
    encoder: str = ""
    coverage: Coverage | None = None

    @property
    def known_share(self) -> float | None:
        """Of all words, how many the encoder knows; None where there are none."""
        return self.coverage.known / self.coverage.words if self.coverage and self.coverage.words else None

    @property
    def remarks(self) -> list[str]:
        """What somebody should know of it, in sentences; none where there is nothing to say."""
        found = []
        for one in self.joined[:_SHOWN]:
            # what looks the same is told apart by its code points
            points = "" if one.written.isascii() else f", {one.written!a}"
            found.append(f"The label {one.written!r} ({_rows(one.rows)}{points}) is read as {one.taken!r}.")
        if len(self.joined) > _SHOWN:
            found.append(f"{len(self.joined) - _SHOWN} more ways of writing labels are joined with others.")
        if self.repeated:
            found.append(
                f"{_rows(self.repeated)} of {self.rows:,} {_repeat(self.repeated)} an earlier one and "
                f"{'is' if self.repeated == 1 else 'are'} left out: {self.rows - self.repeated:,} different ones stay."
            )
        if self.contrary:
            found.append(
                f"{self.contrary:,} {'sample stands' if self.contrary == 1 else 'samples stand'} with more than one "
                "label: the first one counts."
            )
        return found + self._of_words()

    def _of_words(self) -> list[str]:
        if self.coverage is None:
            return []
        found, share = [], self.known_share
        if share is None:
            found.append("The encoder finds no word in these texts: choose another encoder.")
        elif share < LEAST_KNOWN:
            found.append(
                f"The encoder ({self.encoder}) knows {share:.0%} of the {self.coverage.words:,} words in these texts, "
                "less than half: raise num_words, or choose an encoder that reads their language."
            )
        if self.coverage.empty:
            many = self.coverage.empty != 1
            found.append(
                f"{self.coverage.empty:,} {'texts hold' if many else 'text holds'} no word that the encoder knows: of "
                f"{'them' if many else 'it'}, a model learns nothing."
            )
        return found


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _repeat(count: int) -> str:
    return "repeats" if count == 1 else "repeat"


def report_on(part: Part, encoder: Encoder | None = None) -> Report:
    """What was read; O(its texts or numbers).

    Args:
        part: texts or numbers with labels.
        encoder: whose knowledge of the texts is asked for.
    """
    keys: list[Hashable]
    if isinstance(part, Dataset):
        keys, labels = [as_one(text) for text in part.texts], part.labels.tolist()
        coverage = None if encoder is None else encoder.coverage(part.texts)
    else:
        # adding 0 makes one zero of both
        keys, labels = [(row + 0.0).tobytes() for row in part.rows.X], part.rows.y.tolist()
        coverage = None
    pairs = Counter(key for key, _ in set(zip(keys, labels, strict=True)))
    counts = Counter(labels)
    facts = part.facts
    return Report(
        "" if facts is None else facts.format,
        () if facts is None else facts.columns,
        len(keys),
        {name: counts[label] for label, name in enumerate(part.classes)},
        len(keys) - len(pairs),
        sum(count > 1 for count in pairs.values()),
        () if facts is None else facts.joined,
        "" if coverage is None or encoder is None else encoder.normaliser,
        coverage,
    )
