"""Sends requests to an address that a stranger chose: bounded in time and in what is read, and pinned to its host."""

import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from earnest.webhooks.addresses import AddressRefused, Resolve, parse_target, permitted
from earnest.webhooks.lookups import resolve

#: Seconds for a request as a whole, from the connection to the answer's head; and for a connection alone.
REQUEST_SECONDS, CONNECT_SECONDS = 10.0, 5.0
#: Most of an answer's body that is read, in bytes; nothing of it is kept or shown.
MAX_ANSWER = 2**14

_HEADERS = {"Content-Type": "application/json", "User-Agent": "Earnest-Webhooks/1"}
_REDIRECTS = range(300, 400)
_GONE = 410


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Attributes:
        status: of HTTP; None where no answer came.
        error: why it does not count as delivered; None where it does. Nothing of the answer's body is in it.
        milliseconds: that it took.
        is_final: whether there is no use in another try: the receiver wants no more (HTTP 410), say.
    """

    status: int | None
    error: str | None
    milliseconds: int
    is_final: bool = False


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing lasts longer than what is left of its request's time."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[float | None], float]) -> None:
        self._inner, self._left = inner, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Connects to the addresses that were looked at, and to no others; a name is resolved once for each connection."""

    def __init__(self, resolver: Resolve, *, allow_private: bool) -> None:
        self._inner = httpcore.SyncBackend()
        self._resolver = resolver
        self._allow_private = allow_private
        #: when the request under way must be over
        self.until = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = permitted(host, port, self._resolver, allow_private=self._allow_private)
        except OSError as error:
            raise httpcore.ConnectError(f"the name {host} cannot be resolved") from error
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._left(timeout), local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._left)
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no socket of this machine is a webhook")

    def _left(self, timeout: float | None) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the request took too long")
        return left if timeout is None else min(left, timeout)


class Poster:
    """Posts to one address, over one connection as long as it lasts. No proxy is asked, no redirect is followed.

    Args:
        url: where to.
        allow_private: whether addresses that are not public will do.
        resolver: of names.
        context: of TLS; the common authorities by default.
        seconds: for a request.
    """

    def __init__(
        self,
        url: str,
        *,
        allow_private: bool,
        resolver: Resolve = resolve,
        context: ssl.SSLContext | None = None,
        seconds: float = REQUEST_SECONDS,
    ) -> None:
        self._url = url
        self._seconds = seconds
        self._network = _Network(resolver, allow_private=allow_private)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=1, keepalive_expiry=5.0, retries=0, network_backend=self._network
        )

    def __enter__(self) -> "Poster":
        return self

    def __exit__(self, *ignored: object) -> None:
        self._pool.close()

    def post(self, body: bytes, headers: dict[str, str]) -> Outcome:
        """Send a request, and say what came of it; what goes wrong is told, not raised."""
        begun = time.monotonic()
        self._network.until = begun + self._seconds
        status, error = None, None
        try:
            status = self._ask(body, headers)
        except AddressRefused as refusal:
            error = f"{refusal}: nothing was sent."
        except httpcore.TimeoutException:
            error = f"There was no answer within {self._seconds:.0f} s."
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as failure:
            error = f"There was no answer: {_words(failure)}."
        if status in _REDIRECTS:
            error = f"It answered {status}: redirects are not followed."
        elif status is not None and not 200 <= status < 300:
            error = f"It answered {status}; delivered is what is answered with 2xx."
        return Outcome(status, error, int((time.monotonic() - begun) * 1000), status == _GONE)

    def _ask(self, body: bytes, headers: dict[str, str]) -> int:
        limits = {"connect": CONNECT_SECONDS, "read": self._seconds, "write": self._seconds, "pool": 1.0}
        with self._pool.stream(
            "POST",
            parse_target(self._url).url,
            headers=list((_HEADERS | headers).items()),
            content=body,
            extensions={"timeout": limits},
        ) as answer:
            # a connection is used again once its answer was read to the end; a long one is not
            size = 0
            try:
                for part in answer.iter_stream():
                    size += len(part)
                    if size > MAX_ANSWER:
                        break
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
                # the status says what there is to say
                pass
            return int(answer.status)


def _words(failure: Exception) -> str:
    """What a network says of itself, in one short line."""
    words = str(failure) or type(failure).__name__
    return "".join(each if each.isprintable() else " " for each in words)[:200]
