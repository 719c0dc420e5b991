"""Texts that are nearly the same: MinHash (Broder 1997) finds candidates, and their words decide.

Two texts are held to be nearly the same where they share four in five of the runs of three words that either has.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from earnest.extras import needed

#: Words of a run, runs of a text that are looked at, and the share of runs from which texts are nearly the same.
RUN, MOST_RUNS, THRESHOLD = 3, 1_000, 0.8
#: Hashes of a text's signature, and candidates for one text that are looked at, the newest ones.
HASHES, MOST_CANDIDATES = 64, 50
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Group:
    """Texts that are nearly the same.

    Attributes:
        members: their places, ascending; at least two.
        similarity: least share of runs by which one of them was taken in, from `THRESHOLD` to 1.
    """

    members: list[int]
    similarity: float


def runs_of(text: str) -> frozenset[str]:
    """The runs of words of a text's beginning; of a text of fewer words, all of it."""
    words = _WORD.findall(text.lower())[: MOST_RUNS + RUN - 1]
    return frozenset(" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)))


def near_duplicates(texts: Sequence[str]) -> list[Group]:
    """Groups of texts that are nearly the same, the largest first.

    O(texts) signatures, and `MOST_CANDIDATES` comparisons for each. Groups grow by their members: the first and the
    last of one may have less in common than each has with its neighbour.

    Raises:
        ExtraMissing: datasketch is not installed.
    """
    with needed("quality", "Looking for near-duplicates"):
        from datasketch import MinHash, MinHashLSH
    index = MinHashLSH(threshold=THRESHOLD, num_perm=HASHES)
    seen: dict[frozenset[str], int] = {}
    #: by a text's place: the place of one that it goes with, itself where it is the first
    goes_with = list(range(len(texts)))
    least: dict[int, float] = {}

    def first(place: int) -> int:
        while goes_with[place] != place:
            goes_with[place] = goes_with[goes_with[place]]
            place = goes_with[place]
        return place

    def join(place: int, other: int, similarity: float) -> None:
        ours, theirs = first(place), first(other)
        low, high = min(ours, theirs), max(ours, theirs)
        least[low] = min(similarity, least.get(low, 1.0), least.get(high, 1.0))
        goes_with[high] = low

    kept: dict[int, frozenset[str]] = {}
    for place, text in enumerate(texts):
        runs = runs_of(text)
        if runs in seen:
            # copies are many where somebody is lazy; they need no signature
            join(place, seen[runs], 1.0)
            continue
        seen[runs] = place
        signature = MinHash(num_perm=HASHES, seed=1)
        signature.update_batch([run.encode() for run in runs])
        for other in sorted(index.query(signature), reverse=True)[:MOST_CANDIDATES]:
            shared = len(runs & kept[other])
            similarity = shared / (len(runs) + len(kept[other]) - shared)
            if similarity >= THRESHOLD:
                join(place, other, similarity)
        index.insert(place, signature, check_duplication=False)
        kept[place] = runs
    members: dict[int, list[int]] = {}
    for place in range(len(texts)):
        members.setdefault(first(place), []).append(place)
    groups = [Group(all_of, least[leader]) for leader, all_of in members.items() if len(all_of) > 1]
    return sorted(groups, key=lambda group: (-len(group.members), group.members))
