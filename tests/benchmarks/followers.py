"""Open pages of a pool, as many as one likes: each follows the pool's events, and loads the page anew when told."""

import asyncio
import threading
from urllib.parse import urlsplit

#: Seconds that a page waits for more to happen before it loads itself, and from one time to the next, as its script.
SOON, QUIET = 0.15, 1.0
PATIENCE = 60.0
#: What the page of a pool follows.
FOLLOWED = frozenset(
    b"contributed refunded reported collected credit withdrawn paused unpaused evaluated reorganised reset settled "
    b"sealed node".split()
)


class Followers:
    """Visitors with a pool's page open.

    Args:
        url: of the service.
        pool: whose page.
        count: of visitors.

    Attributes:
        told: how often one of them was told of something.
        loaded: how often one of them loaded the page.
        failed: what went wrong.
    """

    def __init__(self, url: str, pool: str, count: int) -> None:
        self._place = urlsplit(url)
        self._pool = pool
        self._count = count
        self._following = threading.Semaphore(0)
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.told = self.loaded = 0
        self.failed: list[str] = []

    def run(self) -> None:
        """Follow until `stop`."""
        asyncio.run(self._all())

    def wait_until_all_follow(self) -> None:
        """Return once every stream is open."""
        for _ in range(self._count):
            assert self._following.acquire(timeout=PATIENCE), self.failed

    def stop(self) -> None:
        """Close all pages."""
        assert self._loop is not None and self._stop is not None  # noqa: PT018 - both are there from the start
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _all(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        tasks = [asyncio.create_task(self._one()) for _ in range(self._count)]
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self) -> None:
        try:
            await self._page()
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            self.failed.append(repr(error))
            self._following.release()

    async def _page(self) -> None:
        reader, writer = await self._ask(f"/v1/pools/{self._pool}/events", "text/event-stream")
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head:
            raise ValueError(head.decode("latin-1"))
        self._following.release()
        due = asyncio.Event()
        loading = asyncio.create_task(self._load_when(due))
        try:
            while line := await reader.readline():
                if line.startswith(b"event: ") and line[7:].strip() in FOLLOWED:
                    self.told += 1
                    due.set()
        finally:
            loading.cancel()
            writer.close()

    async def _load_when(self, due: asyncio.Event) -> None:
        while True:
            await due.wait()
            await asyncio.sleep(SOON)
            due.clear()
            try:
                reader, writer = await self._ask(f"/pools/{self._pool}", "text/html", "Connection: close\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.read()
                writer.close()
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failed.append(repr(error))
                continue
            if b" 200 " not in head:
                self.failed.append(head.decode("latin-1"))
            self.loaded += 1
            await asyncio.sleep(QUIET)

    async def _ask(self, path: str, accept: str, more: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self._place.hostname, self._place.port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self._place.netloc}\r\nAccept: {accept}\r\nAccept-Encoding: gzip\r\n"
            f"{more}\r\n".encode()
        )
        return reader, writer
