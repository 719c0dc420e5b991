"""Texts that are nearly the same are found, and others are left alone, in bounded time."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from earnest.pools.quality.duplicates import MOST_RUNS, Group, near_duplicates, runs_of

WORDS = [f"word{number}" for number in range(2_000)]


def text(seed: int, length: int = 120) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def test_copies_and_texts_with_a_word_changed_are_one_group_and_others_none():
    first, other = text(1), text(2)
    changed = [*first[:60], "changed", *first[61:]]
    texts = [" ".join(each) for each in (first, other, changed, first, text(3))]
    (group,) = near_duplicates(texts)
    assert group.members == [0, 2, 3]
    assert 0.9 < group.similarity < 1


def test_case_and_punctuation_make_no_difference():
    plain = "a wonderful film with a great cast and a moving end"
    assert near_duplicates([plain, plain.title().replace(" ", ", ") + "!"]) == [Group([0, 1], 1.0)]


def test_texts_with_half_in_common_are_not_nearly_the_same():
    shared = text(4, 60)
    assert near_duplicates([" ".join(shared + text(seed, 60)) for seed in range(5, 15)]) == []


def test_short_and_empty_texts_go_by_all_of_their_words():
    groups = near_duplicates(["good film", "Good film!", "bad film", "", "...", "good"])
    assert [group.members for group in groups] == [[0, 1], [3, 4]]
    assert near_duplicates([]) == []


def test_largest_group_comes_first_and_chains_are_one_group():
    words = text(7)
    chain = [" ".join(words[at : at + 100]) for at in range(0, 20, 5)]
    groups = near_duplicates([*chain, "one text alone", "twice said", "twice said"])
    assert [group.members for group in groups] == [[0, 1, 2, 3], [5, 6]]


def test_long_texts_are_looked_at_to_a_bound():
    assert len(runs_of(" ".join(WORDS * 3))) == MOST_RUNS


def test_many_copies_and_many_likenesses_end_in_time():
    words = text(8, 60)
    alike = [" ".join([*words[:30], f"x{number}", *words[31:]]) for number in range(400)]
    begun = time.monotonic()
    groups = near_duplicates([" ".join(words)] * 2_000 + alike)
    assert time.monotonic() - begun < 10
    assert sum(len(group.members) for group in groups) >= 2_300


@given(st.lists(st.text(alphabet="ab ", max_size=12), max_size=12))
def test_every_text_is_in_one_group_at_most_and_equal_ones_are_together(texts):
    groups = near_duplicates(texts)
    members = [place for group in groups for place in group.members]
    assert len(members) == len(set(members))
    home = {place: number for number, group in enumerate(groups) for place in group.members}
    for place, one in enumerate(texts):
        for other in range(place):
            if runs_of(texts[other]) == runs_of(one):
                assert home[place] == home[other]
