"""JSON-RPC nodes behind web3's HTTP provider; the nodes' faults become our errors here.

A public node is not one machine that is always right: it limits how often it is asked and how much it tells at once,
forgets old states, lags behind the others of its address, and goes away. Several addresses stand in for each other.
"""

import re
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_netrc_auth
from web3 import HTTPProvider
from web3.exceptions import Web3Exception
from web3.types import RPCResponse

from earnest.chain.errors import (
    ChainError,
    ChainUnavailable,
    HistoryMissing,
    LogRangeRefused,
    TransactionRefused,
    UnknownRevert,
    decode_contract_error,
)
from earnest.core.strict_json import parse
from earnest.telemetry import span

#: Largest answer of a node that is read, in bytes.
MAX_ANSWER = 256 * 2**20
#: How often all nodes are asked before a request is given up, and seconds between two rounds: a little longer each.
ROUNDS, ROUND_SECONDS = 4, 0.25
#: Connections that are kept to a node; more are closed after their request.
_CONNECTIONS = 128
#: Longest that a node may ask to be left alone before it is asked again, in seconds; one that asks for more is left.
MAX_RETRY_AFTER = 5.0
#: Seconds in which a node that failed is asked after the others.
COOLING_SECONDS = 10.0
_HEX = re.compile(r"0x([0-9a-fA-F]{2})*")
#: JSON-RPC error code of a reverted call.
_REVERTED = 3
#: "Resource unavailable" (EIP-1474): a full disk, say; the same request may succeed later.
_UNAVAILABLE = -32002
#: "Limit exceeded" (EIP-1474): of requests, or of what one may ask for.
_LIMIT = -32005
_TOO_MANY = 429
#: How nodes say that they were asked too often, that too much was asked for, and that they lack a state.
_OFTEN = re.compile(r"too many requests|rate.?limit|throttl|per second|compute units|capacity exceeded", re.IGNORECASE)
_RANGE = re.compile(
    r"block range|range (?:is )?too|query returned more than|too many (?:logs|results|blocks)|max(?:imum)? .*range|"
    r"limited to|exceed.*(?:range|blocks|results|logs|limit)|response size|too large|log response|query timeout|"
    r"more than \d+ (?:results|blocks|logs)",
    re.IGNORECASE,
)
_FORGOTTEN = re.compile(
    r"missing trie node|header not found|unknown block|block not found|BlockOutOfRange|pruned|archive|"
    r"state (?:is )?not available|historical state|no state available|history.*(?:unavailable|not available)",
    re.IGNORECASE,
)


class _Provider(HTTPProvider):
    """web3's provider with the service's own parser."""

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> RPCResponse:
        """The answer; a ValueError says what is wrong with it."""
        answer = parse(raw_response, max_bytes=MAX_ANSWER)
        if not isinstance(answer, dict) or not ("result" in answer or answer.get("error") is not None):
            raise ValueError("the answer is none of JSON-RPC")
        return cast(RPCResponse, answer)


def _session(url: str) -> requests.Session:
    """Connections to a node, for all threads.

    What the environment says of proxies, certificates and passwords is looked up once: before each request it would
    take as long as the request.
    """
    session = requests.Session()
    # a cookie may bind all threads to one of the machines behind an address, and that one may lag
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify, session.cert = found["proxies"], found["verify"], found["cert"]
    session.auth = get_netrc_auth(url)
    session.trust_env = False
    return session


class _Node:
    """A node at an address, and until when it is asked after the others."""

    def __init__(self, url: str, timeout: float) -> None:
        kwargs = {"timeout": timeout}
        self.provider = _Provider(url, kwargs, _session(url), exception_retry_configuration=None)
        self.cooling_until = -float("inf")


class _AskedTooOften(ChainUnavailable):
    """The node wants to be left alone for a while.

    Attributes:
        seconds: how long; None where it does not say.
    """

    def __init__(self, seconds: float | None) -> None:
        super().__init__("The chain's node was asked too often; try again.")
        self.seconds = seconds


class Rpc:
    """One node, or several of one chain that stand in for each other.

    Args:
        url: http or https; several are separated by commas, in the order in which they are asked.
        timeout: seconds for one request.
        sleep: waits so many seconds.
        clock: seconds.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._nodes = [_Node(each.strip(), timeout) for each in url.split(",")]
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()

    def request(self, method: str, *params: Any) -> Any:
        """The result of a method, from the first node that has one.

        Raises:
            ChainUnavailable: no node answers.
            HistoryMissing: no node has the state that was asked for.
            LogRangeRefused: too many logs or blocks were asked for.
            ContractError, UnknownRevert: the call reverted.
            TransactionRefused: the node refused a transaction.
            ChainError: another error of the node.
        """
        failure: ChainError = ChainUnavailable("The chain's node does not answer; try again.")
        for turn in range(ROUNDS):
            waits = [ROUND_SECONDS * 2**turn]
            again = False
            for node in self._in_order():
                try:
                    return self._ask(node, method, params)
                except _AskedTooOften as error:
                    failure, again = error, True
                    if error.seconds is not None:
                        waits.append(error.seconds)
                except HistoryMissing as error:
                    # one that lags has it in a moment; one that forgot it never will
                    failure, again = error, True
                    continue
                except ChainUnavailable as error:
                    failure = error
                self._cool(node)
            # one node that is gone is not asked again here: whoever asks next does it, and others need not wait
            if not again or max(waits) > MAX_RETRY_AFTER:
                break
            if turn < ROUNDS - 1:
                self._sleep(max(waits))
        raise failure

    def _in_order(self) -> list[_Node]:
        """Those that answered last before those that failed a moment ago."""
        with self._lock:
            now = self._clock()
            return sorted(self._nodes, key=lambda node: max(0.0, node.cooling_until - now))

    def _cool(self, node: _Node) -> None:
        with self._lock:
            node.cooling_until = self._clock() + COOLING_SECONDS

    def _ask(self, node: _Node, method: str, params: tuple[Any, ...]) -> Any:
        try:
            with span(f"chain {method}", rpc__method=method, earnest__transaction=_transaction(method, params)):
                answer = node.provider.make_request(method, list(params))
        except requests.HTTPError as error:
            raise _of_http(method, error) from error
        except (requests.RequestException, OSError, Web3Exception, ValueError) as error:
            raise ChainUnavailable(f"The chain's node does not answer ({type(error).__name__}); try again.") from error
        if answer.get("error") is not None:
            raise self._translate(method, answer["error"])
        return answer["result"]

    @staticmethod
    def _translate(method: str, error: Any) -> ChainError:
        message = str(error.get("message", error) if isinstance(error, dict) else error)
        data = error.get("data") if isinstance(error, dict) else None
        if isinstance(data, dict):
            data = data.get("data")
        code = error.get("code") if isinstance(error, dict) else None
        if isinstance(data, str) and _HEX.fullmatch(data) and (code == _REVERTED or len(data) > 2):
            return decode_contract_error(bytes.fromhex(data[2:]))
        if code == _TOO_MANY or _OFTEN.search(message):
            return _AskedTooOften(None)
        if method == "eth_getLogs" and (code == _LIMIT or _RANGE.search(message)):
            return LogRangeRefused(f"The chain's node does not tell so many logs at once: {message}.")
        if code == _LIMIT:
            return _AskedTooOften(None)
        if _FORGOTTEN.search(message):
            return HistoryMissing(f"The chain's node does not have the state that was asked for: {message}.")
        if code == _UNAVAILABLE:
            return ChainUnavailable(f"The chain's node cannot answer now: {message}. Nothing was changed; try again.")
        if code == _REVERTED or "revert" in message.lower():
            return UnknownRevert(f"The call reverted: {message}.")
        if method in ("eth_sendRawTransaction", "eth_call", "eth_estimateGas"):
            return TransactionRefused(f"The node refused the transaction: {message}.")
        return ChainError(f"The node answered {method} with an error: {message}.")


def _transaction(method: str, params: tuple[Any, ...]) -> str | None:
    """The hash of the transaction that a request is about, where it names one."""
    return str(params[0]) if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") else None


def _of_http(method: str, error: requests.HTTPError) -> ChainError:
    """What a status of HTTP says."""
    answer = error.response
    status = 0 if answer is None else answer.status_code
    if answer is not None and status == _TOO_MANY:
        told = answer.headers.get("Retry-After", "")
        return _AskedTooOften(float(told) if told.isdecimal() else None)
    if method == "eth_getLogs" and status in (400, 413, 414):
        return LogRangeRefused(f"The chain's node does not tell so many logs at once (HTTP {status}).")
    return ChainUnavailable(f"The chain's node does not answer (HTTP {status}); try again.")
