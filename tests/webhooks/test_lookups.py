"""A resolver that hangs holds nobody up: not its webhook, not others, not the end of the process."""

import subprocess
import sys
import threading
import time

import pytest

from earnest.webhooks.lookups import Lookups
from earnest.webhooks.posting import Poster
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.loopback


class Resolver:
    """Hangs at names that begin with "hang", for as long as it is told to."""

    def __init__(self):
        self.asked = []
        self.go_on = threading.Event()

    def __call__(self, host, port):
        self.asked.append(host)
        if host.startswith("hang"):
            self.go_on.wait(60)
        return ["127.0.0.1"]


@pytest.fixture
def resolver():
    made = Resolver()
    yield made
    made.go_on.set()


def test_name_that_never_answers_fails_in_time_and_costs_one_thread(resolver):
    lookups, begun = Lookups(resolver, seconds=0.2), time.monotonic()
    for _ in range(3):
        with pytest.raises(OSError, match=r"hang\.example was not found within 0\.2 s"):
            lookups("hang.example", 443)
    assert time.monotonic() - begun < 5
    assert resolver.asked == ["hang.example"]
    # others are found meanwhile, and this one once it answers
    assert lookups("hooks.example", 443) == ["127.0.0.1"]
    resolver.go_on.set()
    assert lookups("hang.example", 443) == ["127.0.0.1"]


def test_no_more_names_are_looked_up_at_once_than_there_are_threads_for(resolver):
    lookups = Lookups(resolver, seconds=0.1, most=2)
    for name in ("hang-1.example", "hang-2.example"):
        with pytest.raises(OSError, match="not found within"):
            lookups(name, 443)
    with pytest.raises(OSError, match="too many names"):
        lookups("hooks.example", 443)
    assert resolver.asked == ["hang-1.example", "hang-2.example"]
    resolver.go_on.set()
    until = time.monotonic() + 10
    while True:
        try:
            assert lookups("hooks.example", 443) == ["127.0.0.1"]
            break
        except OSError:
            assert time.monotonic() < until


def test_what_the_resolver_says_is_said(resolver):
    def unknown(host, port):
        raise OSError("no such name")

    with pytest.raises(OSError, match="no such name"):
        Lookups(unknown)("nobody.example", 443)


def test_delivery_to_a_name_that_never_answers_is_over_in_time_and_another_arrives(resolver):
    lookups = Lookups(resolver, seconds=0.3)
    with receiving() as receiver:
        port = receiver.url.rsplit(":", 1)[1].split("/")[0]
        begun = time.monotonic()
        with Poster(f"http://hang.example:{port}/x", allow_private=True, resolver=lookups) as poster:
            outcome = poster.post(b"{}", {})
        assert time.monotonic() - begun < 5
        assert outcome.status is None
        assert "hang.example cannot be resolved" in outcome.error
        assert receiver.connections == 0
        with Poster(f"http://hooks.example:{port}/x", allow_private=True, resolver=lookups) as poster:
            assert poster.post(b"{}", {}).error is None


PROGRAM = """
import time
from earnest.webhooks.lookups import Lookups
try:
    Lookups(lambda host, port: time.sleep(600), seconds=0.1)("hang.example", 443)
except OSError as error:
    print(error)
"""


def test_process_ends_while_a_name_is_looked_up():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "hang.example was not found within 0.1 s\n")
