"""The chain's time is asked for once in a while, never known to be wrong, and nobody waits for another's question."""

import threading

import pytest

from earnest.chain.clock import FRESH_SECONDS, STALE_SECONDS, RecentTime
from earnest.chain.errors import ChainUnavailable


class Node:
    """Answers, and counts how often."""

    def __init__(self) -> None:
        self.time, self.asked, self.clock = 1_000, 0, 50.0
        self.recent = RecentTime(self.ask, lambda: self.clock)

    def ask(self) -> int:
        self.asked += 1
        return self.time


def test_it_is_asked_once_in_a_while():
    node = Node()
    assert [node.recent.now() for _ in range(5)] == [1_000] * 5
    node.time += 1
    node.clock += FRESH_SECONDS / 2
    assert (node.recent.now(), node.asked) == (1_000, 1)
    node.clock += FRESH_SECONDS
    assert (node.recent.now(), node.asked) == (1_001, 2)


def test_a_block_that_is_not_before_it_and_a_clock_that_was_moved_end_it():
    node = Node()
    node.recent.now()
    node.recent.see(999)
    node.recent.now()
    assert node.asked == 1
    node.recent.see(1_000)
    node.time = 1_001
    assert (node.recent.now(), node.asked) == (1_001, 2)
    node.recent.forget()
    node.time = 90_000
    assert (node.recent.now(), node.asked) == (90_000, 3)


def test_what_is_answered_after_the_clock_was_moved_is_not_kept_if_it_was_asked_before():
    node = Node()

    def moved_meanwhile() -> int:
        found = node.ask()
        node.recent.forget()
        return found

    node.recent._ask = moved_meanwhile
    assert [node.recent.now(), node.recent.now(), node.asked] == [1_000, 1_000, 2]


def test_while_one_asks_others_take_what_was_known_a_moment_ago():
    node = Node()
    node.recent.now()
    node.clock += FRESH_SECONDS
    asking, answer = threading.Event(), threading.Event()

    def slow() -> int:
        asking.set()
        answer.wait(10)
        return node.ask()

    node.recent._ask = slow
    thread = threading.Thread(target=node.recent.now)
    thread.start()
    assert asking.wait(10)
    assert node.recent.now() == 1_000
    # too old to be taken: they ask for themselves, whatever the other one waits for
    node.clock += STALE_SECONDS
    node.recent._ask = lambda: 2_000
    assert node.recent.now() == 2_000
    answer.set()
    thread.join(10)


def test_a_silent_node_is_told_and_asked_again():
    node = Node()

    def silent() -> int:
        raise ChainUnavailable("The chain's node does not answer; try again.")

    node.recent._ask = silent
    for _ in range(2):
        with pytest.raises(ChainUnavailable):
            node.recent.now()
    node.recent._ask = node.ask
    assert node.recent.now() == 1_000


def test_answer_that_a_block_overtook_while_it_was_asked_for_is_not_kept():
    node = Node()

    def overtaken() -> int:
        found = node.ask()
        node.recent.see(1_000)
        return found

    node.recent._ask = overtaken
    node.recent.now()
    node.recent._ask = node.ask
    node.time = 1_001
    assert (node.recent.now(), node.asked) == (1_001, 2)
