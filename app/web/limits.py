"""How often something may be asked for: per address, per account, and for the service as a whole.

A bucket of tokens for each: it holds what may be asked for at once, and fills again evenly. Buckets are kept in memory,
the most recently used ones; a process that starts begins with full ones.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from earnest.config import Settings
from earnest.errors import EarnestError
from earnest.web.problems import problem

#: Address of whoever made the request that this code runs for; None outside of requests.
CLIENT: ContextVar[str | None] = ContextVar("client", default=None)
#: Buckets that are kept of one kind; beyond it those unused the longest are forgotten, as if they were full.
MAX_BUCKETS = 20_000
#: Answered however often they are asked for: whoever watches the service asks them.
UNLIMITED = ("/healthz", "/readyz")

REQUESTS, OF_ACCOUNT, WRONG_TOKENS, NEW_ACCOUNTS, FAUCET = "requests", "account", "wrong tokens", "accounts", "faucet"
SIGN_INS, WEBHOOK_TESTS = "sign-ins", "webhook tests"
RELAYS, RELAYED_OF_ACCOUNT = "relays", "relayed of account"
#: What one account has of a budget that all share.
ACCOUNTS_SHARE = 10
#: Of budgets in wei: what they are called.
_BUDGETS = {
    FAUCET: "The faucet has given its",
    RELAYED_OF_ACCOUNT: "The gas of this account's relayed calls, or of this address's, has used up its",
}


class RateLimited(EarnestError):
    """Asked for more often than allowed; `Retry-After` says when it is worth trying again."""

    status = 429
    type = "rate-limited"
    title = "Rate limited"


@dataclass(frozen=True)
class Rate:
    """So much in so many seconds, all of it at once if need be.

    Attributes:
        amount: how much.
        seconds: in which a bucket fills.
        words: how a refusal calls what there was too much of.
    """

    amount: int
    seconds: int
    words: str


class Buckets:
    """The buckets of one rate; safe under threads.

    Args:
        rate: of each.
        most: how many are kept.
        clock: seconds.
    """

    def __init__(self, rate: Rate, most: int = MAX_BUCKETS, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        #: by key: what is in the bucket, and when that was so
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, key: str, amount: int = 1) -> float:
        """Take from a bucket; returns 0, or the seconds until there will be enough, and then takes nothing."""
        return self._look(key, amount, taking=True)

    def lacks(self, key: str, amount: int = 1) -> float:
        """The same without taking."""
        return self._look(key, amount, taking=False)

    def put_back(self, key: str, amount: int) -> None:
        """Undo a `take` that came to nothing."""
        with self._lock:
            if key in self._kept:
                held, at = self._kept[key]
                self._kept[key] = (min(float(self.rate.amount), held + amount), at)

    def _look(self, key: str, amount: int, *, taking: bool) -> float:
        rate = self.rate
        with self._lock:
            now = self._clock()
            held, at = self._kept.get(key, (float(rate.amount), now))
            held = min(float(rate.amount), held + (now - at) * rate.amount / rate.seconds)
            if held < amount:
                return (amount - held) * rate.seconds / max(1, rate.amount)
            if taking:
                self._kept[key] = (held - amount, now)
                self._kept.move_to_end(key)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return 0.0


class Limits:
    """All rates of a service.

    Args:
        settings: the operator's; what they leave open is strict where strangers reach the service, and generous on a
            loopback address without public names, where its owner works.
        clock: seconds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        at_home = settings.is_private

        def rate(given: int | None, strict: int, generous: int, seconds: int, words: str) -> Rate:
            return Rate(given if given is not None else generous if at_home else strict, seconds, words)

        rates = {
            REQUESTS: rate(settings.rate_address, 1_200, 600_000, 60, "requests from this address"),
            OF_ACCOUNT: rate(settings.rate_account, 600, 600_000, 60, "requests of this account"),
            WRONG_TOKENS: rate(settings.rate_wrong_tokens, 30, 6_000, 60, "wrong tokens from this address"),
            NEW_ACCOUNTS: rate(settings.rate_new_accounts, 20, 100_000, 3_600, "new accounts from this address"),
            SIGN_INS: rate(settings.rate_sign_ins, 60, 60_000, 60, "nonces to sign in with from this address"),
            WEBHOOK_TESTS: Rate(6, 60, "tests of this webhook"),
            FAUCET: Rate(settings.faucet_budget, 86_400, "ether from the faucet, for all accounts together"),
            RELAYS: rate(None, 60, 6_000, 60, "calls to relay from this address"),
            RELAYED_OF_ACCOUNT: Rate(settings.relay_budget // ACCOUNTS_SHARE, 86_400, "gas of this account, in wei"),
        }
        self._buckets = {kind: Buckets(rate, clock=clock) for kind, rate in rates.items()}

    def take(self, kind: str, key: str | None, amount: int = 1) -> None:
        """Take from the bucket of a key; None stands for the service itself, which nothing limits.

        Raises:
            RateLimited: there is not enough in it; nothing was taken.
        """
        if key is not None:
            self._refuse(kind, self._buckets[kind].take(key, amount), amount)

    def require(self, kind: str, key: str | None) -> None:
        """Refuse when nothing is left in a bucket.

        Raises:
            RateLimited: so it is.
        """
        if key is not None:
            self._refuse(kind, self._buckets[kind].lacks(key), 1)

    def put_back(self, kind: str, key: str, amount: int) -> None:
        """Undo a `take` that came to nothing."""
        self._buckets[kind].put_back(key, amount)

    def _refuse(self, kind: str, seconds: float, amount: int) -> None:
        if seconds <= 0:
            return
        rate, wait = self._buckets[kind].rate, math.ceil(seconds)
        if amount > rate.amount:
            raise RateLimited(f"There is not so much at all: at most {rate.amount:,} in {_span(rate.seconds)}.")
        raise RateLimited(
            f"Too many {rate.words}: at most {rate.amount:,} in {_span(rate.seconds)}. Try again in {wait:,} s."
            if kind not in _BUDGETS
            else f"{_BUDGETS[kind]} {rate.amount:,} wei of {_span(rate.seconds)}. Try again in {wait:,} s.",
            retry_after=wait,
        )


def _span(seconds: int) -> str:
    return {60: "a minute", 3_600: "an hour", 86_400: "a day"}[seconds]


@lru_cache(maxsize=4_096)
def key_of(address: str) -> str:
    """What an address is counted as: one of version 6 by its first 64 bits, of which each host has many."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6:
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


class LimitedAddresses:
    """The middleware: counts requests by the address that they come from, and tells the rest which it is.

    Args:
        app: what comes after.
        limits: counts.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = key_of(scope["client"][0]) if scope.get("client") else "unknown"
        CLIENT.set(address)
        if scope["path"] not in UNLIMITED:
            try:
                self._limits.take(REQUESTS, address)
            except RateLimited as error:
                answer = problem(error.status, error.type, error.title, error.detail, **error.extra)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
