"""One JSON-RPC node behind web3's HTTP provider; the node's faults become our errors here."""

import re
from typing import Any, cast

import requests
from web3 import HTTPProvider
from web3.exceptions import Web3Exception
from web3.types import RPCResponse

from earnest.chain.errors import ChainError, ChainUnavailable, TransactionRefused, UnknownRevert, decode_contract_error
from earnest.core.strict_json import parse

#: Largest answer of a node that is read, in bytes.
MAX_ANSWER = 256 * 2**20
_HEX = re.compile(r"0x([0-9a-fA-F]{2})*")
#: JSON-RPC error code of a reverted call.
_REVERTED = 3
#: "Resource unavailable" (EIP-1474): a full disk, say; the same request may succeed later.
_UNAVAILABLE = -32002


class _Provider(HTTPProvider):
    """web3's provider with the service's own parser."""

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> RPCResponse:
        """The answer; a ValueError says what is wrong with it."""
        answer = parse(raw_response, max_bytes=MAX_ANSWER)
        if not isinstance(answer, dict) or not ("result" in answer or answer.get("error") is not None):
            raise ValueError("the answer is none of JSON-RPC")
        return cast(RPCResponse, answer)


class Rpc:
    """A node at an address.

    Args:
        url: http or https.
        timeout: seconds for one request.
    """

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url
        self._provider = _Provider(url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None)

    def request(self, method: str, *params: Any) -> Any:
        """The result of a method.

        Raises:
            ChainUnavailable: no answer.
            ContractError, UnknownRevert: the call reverted.
            TransactionRefused: the node refused a transaction.
            ChainError: another error of the node.
        """
        try:
            answer = self._provider.make_request(method, list(params))
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
        if code == _UNAVAILABLE:
            return ChainUnavailable(f"The chain's node cannot answer now: {message}. Nothing was changed; try again.")
        if code == _REVERTED or "revert" in message.lower():
            return UnknownRevert(f"The call reverted: {message}.")
        if method in ("eth_sendRawTransaction", "eth_call", "eth_estimateGas"):
            return TransactionRefused(f"The node refused the transaction: {message}.")
        return ChainError(f"The node answered {method} with an error: {message}.")
