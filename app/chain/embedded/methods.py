"""JSON-RPC methods of the embedded chain, by name."""

import logging
import sqlite3
from collections.abc import Callable
from typing import Any

from eth_utils.exceptions import ValidationError

from earnest.chain.embedded.node import BLOCK_GAS_LIMIT, CHAIN_ID, Node, NodeRefusal, Reverted, hexed
from earnest.chain.embedded.store import Store

log = logging.getLogger(__name__)

#: Priority fee that is proposed; any will do.
_TIP = 10**9


def _address(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _matches(log: dict[str, Any], topics: list[Any]) -> bool:
    if len(topics) > len(log["topics"]):
        return False
    for wanted, found in zip(topics, log["topics"], strict=False):
        if wanted is not None and found not in (
            [wanted.lower()] if isinstance(wanted, str) else [w.lower() for w in wanted]
        ):
            return False
    return True


class Methods:
    """Answers requests; not safe under threads."""

    def __init__(self, node: Node, store: Store) -> None:
        self._node = node
        self._store = store
        self._by_name: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "earnest-embedded/1",
            "net_version": lambda: str(CHAIN_ID),
            "eth_chainId": lambda: hexed(CHAIN_ID),
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_blockNumber": lambda: hexed(node.head.block_number),
            "eth_gasPrice": lambda: hexed(node.head.base_fee_per_gas + _TIP),
            "eth_maxPriorityFeePerGas": lambda: hexed(_TIP),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": lambda which, full=False: store.block(which.lower()),
            "eth_getBalance": lambda who, tag="latest": hexed(node.state_at(tag).get_balance(_address(who))),
            "eth_getCode": lambda who, tag="latest": hexed(node.state_at(tag).get_code(_address(who))),
            "eth_getTransactionCount": lambda who, tag="latest": hexed(node.state_at(tag).get_nonce(_address(who))),
            "eth_getStorageAt": self._storage,
            "eth_call": lambda request, tag="latest": hexed(node.call(request, tag)),
            "eth_estimateGas": lambda request, tag="latest": (node.call(request, tag), hexed(BLOCK_GAS_LIMIT // 2))[1],
            "eth_sendRawTransaction": lambda raw: node.send(_address(raw)),
            "eth_getTransactionByHash": lambda which: (store.transaction(which.lower()) or (None,))[0],
            "eth_getTransactionReceipt": lambda which: (store.transaction(which.lower()) or (None, None))[1],
            "eth_getLogs": self._logs,
            "evm_increaseTime": lambda by: hexed(node.increase_time(int(by, 16) if isinstance(by, str) else by)),
            "evm_mine": lambda *ignored: self._mine(),
        }

    def answer(self, request: Any) -> dict[str, Any]:
        """The response to one request; errors in the usual form, a revert as code 3 with its data."""
        identifier = request.get("id") if isinstance(request, dict) else None
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": identifier}
        try:
            method = self._by_name.get(request["method"])
            if method is None:
                return {**reply, "error": {"code": -32601, "message": f"the method {request['method']} does not exist"}}
            return {**reply, "result": method(*request.get("params", []))}
        except Reverted as revert:
            return {**reply, "error": {"code": 3, "message": "execution reverted", "data": hexed(revert.data)}}
        except NodeRefusal as refusal:
            return {**reply, "error": {"code": -32000, "message": str(refusal)}}
        except sqlite3.Error as error:
            # "resource unavailable" (EIP-1474): nothing was changed, and the same request may succeed later
            return {**reply, "error": {"code": -32002, "message": f"the chain's disk refuses: {error}"}}
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError, ValidationError) as error:
            return {**reply, "error": {"code": -32602, "message": f"invalid params: {type(error).__name__}: {error}"}}
        except Exception as error:
            log.exception("Unexpected error")
            return {**reply, "error": {"code": -32603, "message": f"internal error: {type(error).__name__}"}}

    def _mine(self) -> str:
        self._node.mine()
        return "0x0"

    def _block_by_number(self, tag: str, full: bool = False) -> dict[str, Any] | None:
        if tag == "pending":
            head = self._store.block(self._node.head.block_number) or {}
            return {
                **head,
                "number": hexed(self._node.head.block_number + 1),
                "hash": None,
                "parentHash": head.get("hash"),
                "timestamp": hexed(self._node.next_time()),
                "transactions": [],
            }
        if tag in ("latest", "safe", "finalized"):
            return self._store.block(self._node.head.block_number)
        return self._store.block(0 if tag == "earliest" else int(tag, 16))

    def _storage(self, who: str, slot: str, tag: str = "latest") -> str:
        value = self._node.state_at(tag).get_storage(_address(who), int(slot, 16))
        return hexed(value.to_bytes(32, "big"))

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in query:
            block = self._store.block(query["blockHash"].lower())
            first = last = int(block["number"], 16) if block else -1
        else:
            first, last = (self._number(query.get(end, "latest")) for end in ("fromBlock", "toBlock"))
        given = query.get("address")
        addresses = None if given is None else [a.lower() for a in ([given] if isinstance(given, str) else given)]
        return [log for log in self._store.logs(first, last, addresses) if _matches(log, query.get("topics") or [])]

    def _number(self, tag: str) -> int:
        if tag == "earliest":
            return 0
        return int(tag, 16) if tag.startswith("0x") else self._node.head.block_number
