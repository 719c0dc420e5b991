"""Lies of a node: each takes a method, its parameters and the true result, and gives the result that is told."""

from collections.abc import Callable
from typing import Any

from earnest.chain.events import topic_of
from earnest.chain.interface import encode_call
from earnest.core.pool.events import (
    BatchCommitted,
    Collected,
    Contributed,
    CreditChanged,
    Paused,
    Refunded,
    Reported,
    Withdrawn,
)

DIGEST, STATE, ACCOUNT = (
    "0x" + encode_call("IPool", name, *arguments)[:4].hex()
    for name, arguments in (("digest", ()), ("state", ()), ("account", ("0x" + "1" * 40,)))
)
CONTRIBUTED, BATCH_COMMITTED, REFUNDED, REPORTED, COLLECTED, CREDIT_CHANGED, WITHDRAWN, PAUSED = (
    topic_of(event)
    for event in (Contributed, BatchCommitted, Refunded, Reported, Collected, CreditChanged, Withdrawn, Paused)
)


def of_the_pool(method: str, params: Any) -> bool:
    """Whether a pool's own logs are asked for; its creation is asked of everybody."""
    return method == "eth_getLogs" and "address" in params[0]


def hide_the_second_log(method: str, params: Any, result: Any) -> Any:
    return result[:1] + result[2:] if of_the_pool(method, params) else result


def hide_the_last_withdrawal(method: str, params: Any, result: Any) -> Any:
    return without(WITHDRAWN, result) if of_the_pool(method, params) else result


def hide_the_new_owner(method: str, params: Any, result: Any) -> Any:
    return result[:-1] if of_the_pool(method, params) else result


def hide_the_creation(method: str, params: Any, result: Any) -> Any:
    return result if method != "eth_getLogs" or of_the_pool(method, params) else []


def without(topic: str, logs: Any) -> Any:
    return [log for log in logs if log["topics"][0] != topic]


def longer_batch(method: str, params: Any, result: Any) -> Any:
    """Says that the committed batch, of three contributions, has four."""
    if not of_the_pool(method, params):
        return result
    return [
        log | {"data": f"0x{4:064x}{log['data'][66:]}"} if log["topics"][0] == BATCH_COMMITTED else log
        for log in result
    ]


def hide_all_logs(method: str, params: Any, result: Any) -> Any:
    return [] if of_the_pool(method, params) else result


def changed(topic: str, word: int, value: int) -> Callable[[str, Any, Any], Any]:
    """A lie about a word of the data of the first log with a topic."""

    def lie(method: str, params: Any, result: Any) -> Any:
        if not of_the_pool(method, params):
            return result
        place = next(i for i, log in enumerate(result) if log["topics"][0] == topic)
        data, start = result[place]["data"], 2 + 64 * word
        log = result[place] | {"data": f"{data[:start]}{value:064x}{data[start + 64 :]}"}
        return [*result[:place], log, *result[place + 1 :]]

    return lie


def announced_twice(topic: str) -> Callable[[str, Any, Any], Any]:
    """A lie that doubles the first log with a topic."""

    def lie(method: str, params: Any, result: Any) -> Any:
        if not of_the_pool(method, params):
            return result
        place = next(i for i, log in enumerate(result) if log["topics"][0] == topic)
        return [*result[: place + 1], *result[place:]]

    return lie


def other_digest(method: str, params: Any, result: Any) -> Any:
    return "0x" + "ab" * 32 if method == "eth_call" and params[0]["data"].startswith(DIGEST) else result


def other_escrow(method: str, params: Any, result: Any) -> Any:
    if method == "eth_call" and params[0]["data"].startswith(STATE):
        return result[:130] + f"{1:064x}" + result[194:]
    return result


def other_credit(method: str, params: Any, result: Any) -> Any:
    if method == "eth_call" and params[0]["data"].startswith(ACCOUNT):
        return "0x" + f"{5:064x}" + result[66:]
    return result


def no_money(method: str, _: Any, result: Any) -> Any:
    return "0x0" if method == "eth_getBalance" else result


def other_code(method: str, _: Any, result: Any) -> Any:
    return (
        result[:-2] + ("00" if result[-2:] != "00" else "01")
        if method == "eth_getCode" and len(result) > 9000
        else result
    )


def other_weights(method: str, _: Any, result: Any) -> Any:
    return result[:100] + ("1" if result[100] != "1" else "2") + result[101:] if len(str(result)) == 4008 else result
