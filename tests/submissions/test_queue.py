"""The queue: accounts by turns, each with one thread at a time; what goes wrong with one holds up no other."""

import threading
import time

import pytest

from earnest.chain.errors import ChainUnavailable
from earnest.submissions.queue import SendQueue

PATIENCE = 10


class Driver:
    """Stands in for the sender: notes what it drives, and holds on until it is told."""

    def __init__(self, failing=()):
        self.driven, self.at_once, self._busy = [], 0, set()
        self._failing = dict(failing)
        self.go, self._lock = threading.Event(), threading.Lock()

    def drive(self, submission_id):
        account = submission_id.split("-")[0]
        with self._lock:
            assert account not in self._busy
            self._busy.add(account)
            self.at_once = max(self.at_once, len(self._busy))
            self.driven.append(submission_id)
        self.go.wait(PATIENCE)
        with self._lock:
            self._busy.discard(account)
        if submission_id in self._failing:
            raise self._failing[submission_id]


@pytest.fixture
def started():
    made = []

    def start(driver, workers):
        queue = SendQueue(driver, workers)
        queue.start()
        made.append((queue, driver))
        return queue

    yield start
    for queue, driver in made:
        driver.go.set()
        queue.stop()


def test_accounts_take_turns_and_each_keeps_its_order(started):
    driver = Driver()
    queue = started(driver, 1)
    futures = [queue.put("a", f"a-{number}") for number in range(3)] + [queue.put("b", "b-0")]
    driver.go.set()
    for future in futures:
        future.result(PATIENCE)
    assert [each for each in driver.driven if each.startswith("a")] == ["a-0", "a-1", "a-2"]
    # not behind all of the other's
    assert driver.driven.index("b-0") < 3


def test_no_account_has_two_threads(started):
    driver = Driver()
    queue = started(driver, 4)
    futures = [queue.put(account, f"{account}-{number}") for number in range(3) for account in "ab"]
    time.sleep(0.2)
    assert sorted(driver.driven) == ["a-0", "b-0"]
    assert (queue.count("a"), queue.count("b"), queue.count("c")) == (2, 2, 0)
    driver.go.set()
    for future in futures:
        future.result(PATIENCE)
    assert driver.at_once == 2


def test_what_is_queued_already_keeps_its_place(started):
    driver = Driver()
    queue = started(driver, 1)
    first = queue.put("a", "a-0")
    assert queue.put("a", "a-0") is first
    driver.go.set()
    first.result(PATIENCE)
    queue.put("a", "a-0").result(PATIENCE)
    assert driver.driven == ["a-0", "a-0"]


@pytest.mark.parametrize("trouble", [ChainUnavailable("The node is gone."), ZeroDivisionError()])
def test_trouble_with_one_leaves_the_others(started, trouble):
    driver = Driver({"a-0": trouble})
    driver.go.set()
    queue = started(driver, 1)
    for account, name in (("a", "a-0"), ("a", "a-1"), ("b", "b-0")):
        queue.put(account, name).result(PATIENCE)
    assert driver.driven == ["a-0", "a-1", "b-0"]


def test_a_stop_takes_nothing_more_up(started):
    driver = Driver()
    queue = started(driver, 1)
    queue.put("a", "a-0")
    queue.put("b", "b-0")
    time.sleep(0.1)
    begun = time.monotonic()
    queue.stop(0.2)
    assert time.monotonic() - begun < 5
    driver.go.set()
    assert queue.put("c", "c-0").done()
    time.sleep(0.1)
    assert driver.driven == ["a-0"]
