"""Answers are kept for a moment, for whoever asks the same, and never beyond a change."""

import asyncio
from collections.abc import Sequence

import pytest

from earnest.web.kept import FRESH_SECONDS, MOST_OF_ALL, MOST_OF_ONE, KeptAnswers

POOL = "/v1/pools/one"


class Answering:
    """What comes after: numbers its answers, and holds them back for as long as it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.status, self.headers, self.body = 200, [(b"content-type", b"text/plain")], None
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def __call__(self, scope, receive, send):
        self.count += 1
        mine = f"answer {self.count}".encode() if self.body is None else self.body
        await self.gate.wait()
        if self.broken:
            raise RuntimeError("broken")
        scope["route"] = "the route"
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": mine[:3], "more_body": True})
        await send({"type": "http.response.body", "body": mine[3:]})


class World:
    """The middleware, its clock, and what answers follow from."""

    def __init__(self) -> None:
        self.app, self.version, self.now = Answering(), 1, 100.0
        self.kept = KeptAnswers(self.app, lambda: self.version, ("earnest_theme",), lambda: self.now)
        self.route = None

    async def ask(
        self, path: str = POOL, query: bytes = b"", method: str = "GET", headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> bytes:
        """The body of an answer."""
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers),
            "scheme": "http",
        }  # fmt: skip
        sent = []

        async def send(message):
            sent.append(message)

        await self.kept(scope, None, send)
        self.route = scope.get("route")
        assert sent[0]["status"] == self.app.status
        # whoever comes before adds headers, which must not be there the next time
        assert list(sent[0]["headers"]) == self.app.headers
        sent[0]["headers"].append((b"x-added", b"by another"))
        return b"".join(message.get("body", b"") for message in sent[1:])


def run(test):
    """Run a test on an event loop with a world of its own."""

    async def within():
        await test(World())

    asyncio.run(within())


@pytest.mark.parametrize(
    "path", ["/", "/v1/pools", POOL, f"{POOL}/contributions", f"{POOL}/contributions/7", "/pools/one"]
)
def test_what_anybody_sees_is_worked_out_once(path):
    async def test(world):
        assert [await world.ask(path) for _ in range(3)] == [b"answer 1"] * 3
        assert world.route == "the route"
        # another address, or another cookie, is another thing
        assert await world.ask(path, b"limit=2") == b"answer 2"
        assert await world.ask(path, headers=[(b"cookie", b"earnest_theme=dark")]) == b"answer 3"
        assert await world.ask(path) == b"answer 1"
        # nor is what an answer may be made by the same
        for number, name in enumerate((b"host", b"accept", b"accept-language"), 4):
            assert [await world.ask(path, headers=[(name, b"a")]) for _ in range(2)] == [b"answer %d" % number] * 2
        others = [(b"user-agent", b"any"), (b"x-forwarded-for", b"10.0.0.1")]
        assert await world.ask(path, headers=others) == b"answer 1"

    run(test)


def test_a_change_ends_it():
    async def test(world):
        assert await world.ask() == b"answer 1"
        world.version = 2
        assert [await world.ask(), await world.ask()] == [b"answer 2"] * 2

    run(test)


def test_what_changed_while_it_was_worked_out_is_worked_out_again():
    async def test(world):
        world.app.gate.clear()
        first = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        world.version = 2
        second = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        world.app.gate.set()
        assert [await first, await second, await world.ask()] == [b"answer 1", b"answer 2", b"answer 2"]

    run(test)


def test_it_is_kept_for_a_moment_only():
    async def test(world):
        assert await world.ask() == b"answer 1"
        world.now += FRESH_SECONDS * 0.9
        assert await world.ask() == b"answer 1"
        world.now += FRESH_SECONDS * 0.2
        assert await world.ask() == b"answer 2"

    run(test)


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"path": f"{POOL}/scans"},
        {"path": "/account"},
        {"path": "/v1/accounts/me"},
        {"headers": [(b"authorization", b"Bearer ea_1")]},
        {"headers": [(b"cookie", b"earnest_theme=dark; earnest_account=ea_1")]},
        {"headers": [(b"cookie", b"earnest_theme=dark"), (b"cookie", b"earnest_account=ea_1")]},
        {"headers": [(b"cookie", b"earnest_wallet=0x01")]},
        {"headers": [(b"cookie", b"of_another=1")]},
        {"headers": [(b"cookie", b"earnest_theme")], "path": f"{POOL}/contributions/7/calendar.ics"},
        {"headers": [(b"if-none-match", b"*")]},
        {"headers": [(b"range", b"bytes=0-3")]},
        {"path": f"{POOL}/events"},
        {"path": f"{POOL}/contributions/7/receipt"},
        {"query": b"x" * 1_100},
        # what is remembered of them would be a hundred times as long as what they say
        {"headers": [(b"accept", b"")] * 40},
    ],
)
def test_what_is_one_s_own_or_changes_something_is_not_kept(asked):
    async def test(world):
        assert [await world.ask(**asked), await world.ask(**asked)] == [b"answer 1", b"answer 2"]

    run(test)


def test_refusals_and_answers_that_set_cookies_or_are_long_are_not_kept():
    async def test(world):
        world.app.status = 503
        assert [await world.ask(), await world.ask()] == [b"answer 1", b"answer 2"]
        world.app.status, world.app.headers = 200, [(b"Set-Cookie", b"a=b")]
        assert [await world.ask(), await world.ask()] == [b"answer 3", b"answer 4"]
        world.app.headers = [(b"vary", b"cookie")]
        assert [await world.ask(), await world.ask()] == [b"answer 5", b"answer 6"]
        world.app.headers, world.app.body = [], b"x" * (MOST_OF_ONE + 1)
        assert await world.ask() == world.app.body
        world.app.body = None
        assert await world.ask() == b"answer 8"

    run(test)


def test_who_asks_meanwhile_waits_for_the_same():
    async def test(world):
        world.app.gate.clear()
        asking = [asyncio.create_task(world.ask()) for _ in range(20)]
        await asyncio.sleep(0)
        world.app.gate.set()
        assert await asyncio.gather(*asking) == [b"answer 1"] * 20

    run(test)


def test_who_waits_for_what_fails_asks_again():
    async def test(world):
        world.app.gate.clear()
        world.app.broken = True
        asking = [asyncio.create_task(world.ask()) for _ in range(3)]
        await asyncio.sleep(0)
        world.app.gate.set()
        assert all(isinstance(found, RuntimeError) for found in await asyncio.gather(*asking, return_exceptions=True))
        world.app.broken = False
        assert await world.ask() == b"answer 4"

    run(test)


def test_a_client_that_reads_nothing_holds_up_nobody():
    async def test(world):
        never = asyncio.Event()

        async def send(message):
            await never.wait()

        scope = {"type": "http", "method": "GET", "path": POOL, "query_string": b"", "headers": [], "scheme": "http"}
        stuck = asyncio.create_task(world.kept(scope, None, send))
        async with asyncio.timeout(10):
            assert [await world.ask(), await world.ask()] == [b"answer 1"] * 2
        assert not stuck.done()
        never.set()
        await stuck

    run(test)


def test_who_leaves_while_it_is_worked_out_takes_nothing_along():
    async def test(world):
        world.app.gate.clear()
        first = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        second = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        first.cancel()
        world.app.gate.set()
        assert await second == b"answer 2"

    run(test)


def test_the_oldest_make_room():
    async def test(world):
        world.app.body = b"x" * MOST_OF_ONE
        for number in range(2 * MOST_OF_ALL // MOST_OF_ONE):
            await world.ask(query=str(number).encode())
        before = world.app.count
        await world.ask(query=b"0")
        assert world.app.count == before + 1
        await world.ask(query=str(2 * MOST_OF_ALL // MOST_OF_ONE - 1).encode())
        assert world.app.count == before + 1
        assert world.kept._size <= MOST_OF_ALL

    run(test)
