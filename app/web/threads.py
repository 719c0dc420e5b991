"""Threads of their own for endpoints that wait, so that nobody else waits with them.

Endpoints that are plain functions share forty threads. One that asks the chain may wait as long as the node is silent;
one that writes waits for whoever writes before it. On the common threads a few dozen such requests would keep
predictions and pages from everybody. They run on other threads here, so many at a time; those beyond wait without one.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

P = ParamSpec("P")
Result = TypeVar("Result")


class Threads:
    """So many threads for one kind of endpoints.

    Args:
        count: at a time.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._limiters: dict[asyncio.AbstractEventLoop, CapacityLimiter] = {}

    async def run(self, function: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Call a function on one of the threads, once there is one."""
        # a limiter belongs to one event loop; a process that serves has one, tests have many
        loop = asyncio.get_running_loop()
        limiter = self._limiters.get(loop)
        if limiter is None:
            limiter = self._limiters[loop] = CapacityLimiter(self._count)
        # a request that is cancelled at the service's end leaves its thread behind
        return await to_thread.run_sync(partial(function, *args, **kwargs), limiter=limiter, abandon_on_cancel=True)

    def __call__(self, endpoint: Callable[P, Result]) -> Callable[P, Coroutine[Any, Any, Result]]:
        """An endpoint that runs on these threads; below the route's own decorator."""

        @wraps(endpoint)
        async def run(*args: P.args, **kwargs: P.kwargs) -> Result:
            return await self.run(endpoint, *args, **kwargs)

        return run


#: Of endpoints that ask the chain, and answer.
asking = Threads(24)
#: Of endpoints that write into the tables: they wait for one another there.
writing = Threads(8)
#: Of endpoints that accept what is to be sent: they write, and may ask the chain for the price before.
submitting = Threads(16)
#: Of what is sent for others, which may wait for a block until there are coins for it.
relaying = Threads(4)
#: Of endpoints that wait for a block with a transaction of the operator's.
sending = Threads(4)
