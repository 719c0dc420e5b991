"""Answers about what was contributed to a pool."""

from pydantic import Field

from earnest.web.schemas import Schema

#: Contributions that are looked at unless told otherwise, and at most.
USUAL, MOST = 2_000, 5_000


class DuplicatesShown(Schema):
    """Contributions whose texts are nearly the same."""

    contributions: int = Field(description="How many they are.")
    contributors: int = Field(description="From how many accounts.")
    labels: dict[str, int] = Field(description="How many of each class: one text under two labels is worth a look.")
    similarity: float = Field(description="Least share of runs of three words that one shares with another, up to 1.")
    indices: list[int] = Field(description="Their numbers, oldest first, at most 20.")


class DoubtShown(Schema):
    """A label that is likely wrong."""

    index: int
    contributor: str
    label: int
    likely: int = Field(description="The class that it more likely has.")
    confidence: float = Field(description="How likely its own label is, from 0 to 1.")


class DoubtsShown(Schema):
    """Labels that are likely wrong, by confident learning on a logistic regression."""

    looked_at: int
    accuracy: float = Field(description="Share of all labels that the regression says too, of samples it did not see.")
    found: int
    items: list[DoubtShown] = Field(description="The most doubtful first, at most 100.")


class HabitsShown(Schema):
    """What a contributor's samples have in common, of those that were looked at."""

    contributor: str
    contributions: int
    agreed: float | None = Field(description="Share of labels that the model said right before; null if never asked.")
    agrees: float = Field(description="Share that it says now, having learned from some of them.")
    seconds_between: float | None = Field(description="Median between two contributions; null for a single one.")
    labels: dict[str, int] = Field(description="How many of each class.")


class QualityShown(Schema):
    """Advice for a pool's owner about its newest contributions. Nothing is decided by it, and no money moves."""

    newest: int = Field(description="Contributions that were looked at, the newest ones.")
    of: int = Field(description="Contributions that the pool has.")
    texts: int = Field(description="Of those looked at, how many have a kept text.")
    duplicates: int = Field(description="Texts beyond the first of each group.")
    groups: list[DuplicatesShown] = Field(description="The largest first, at most 50.")
    doubts: DoubtsShown | None
    no_doubts: str | None = Field(description="Why labels are not doubted, where they are not.")
    contributors: list[HabitsShown] = Field(description="Whoever gave most first, at most 100.")
