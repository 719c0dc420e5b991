"""A wallet in the page that really signs: an EIP-1193 provider, announced by EIP-6963, on an account of eth-account."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from eth_account import Account
from eth_account.messages import encode_typed_data

from earnest.chain.tokens import approve_call

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: What a wallet answers whose owner refuses.
REFUSED = 4001

_PROVIDER = """
(() => {
  const provider = {
    async request(asked) {
      const answer = await window.walletAnswers(asked);
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
    on() {}, removeListener() {},
  };
  const detail = Object.freeze({
    info: { uuid: "7f0c7a2e-9d0d-4a52-8a0c-2f6d3a1b5c11", name: "Test wallet", icon: "data:,", rdns: "test.wallet" },
    provider,
  });
  const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""


class TestWallet:
    """The wallet of a page.

    Args:
        page: that it is put into, before it is opened.
        data: folder of the service, which says where its chain answers.
        chain: that the wallet is on at first.
    """

    __test__ = False

    def __init__(self, page: "Page", data: Path, chain: int = 1337) -> None:
        self.account = Account.create()
        self.chain = chain
        self.refuses = False
        self.signs_typed_data = True
        #: As a wallet does whose owner has put it on another account in between.
        self.signs_as_another = False
        #: What happens while it asks its owner, by method; once.
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.typed: list[dict[str, Any]] = []
        self.switches: list[int] = []
        self.sent: list[str] = []
        self._data = data
        self._node = (data / "chain-url").read_text().strip()
        page.expose_function("walletAnswers", self._answer)
        page.add_init_script(_PROVIDER)

    @property
    def address(self) -> str:
        """The account's, with its checksum."""
        return str(self.account.address)

    def rpc(self, method: str, *params: Any) -> Any:
        """Ask the node."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        said = httpx.post(self._node, json=body, timeout=30, trust_env=False).json()
        assert "error" not in said, said
        return said["result"]

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        method, params = asked["method"], asked.get("params") or []
        self.meanwhile.pop(method, lambda: None)()
        if method in ("eth_requestAccounts", "eth_accounts"):
            return {"result": [self.address.lower()]}
        if method == "eth_chainId":
            return {"result": hex(self.chain)}
        if method == "wallet_switchEthereumChain":
            self.chain = int(params[0]["chainId"], 16)
            self.switches.append(self.chain)
            return {"result": None}
        if method == "eth_sendTransaction":
            if self.refuses:
                return {"error": {"code": REFUSED, "message": "User rejected the request."}}
            return {"result": self._send(params[0])}
        if method == "eth_signTypedData_v4" and self.signs_typed_data:
            if self.refuses:
                return {"error": {"code": REFUSED, "message": "User rejected the request."}}
            return {"result": self._sign_typed(*params)}
        return {"error": {"code": 4200, "message": f"{method} is not supported."}}

    def _sign_typed(self, account: str, typed: str) -> str:
        """Sign as a wallet does: for its own account and the chain that it is on, with numbers as the types say."""
        data = json.loads(typed)
        assert account == self.address
        assert int(data["domain"]["chainId"]) == self.chain
        self.typed.append(data)
        numbers = {
            part: {field["name"] for field in data["types"][kind] if field["type"].startswith("uint")}
            for part, kind in (("domain", "EIP712Domain"), ("message", data["primaryType"]))
        }
        read = {
            part: {name: int(value) if name in numbers[part] else value for name, value in data[part].items()}
            for part in numbers
        }
        signer = Account.create() if self.signs_as_another else self.account
        signed = signer.sign_message(encode_typed_data(full_message=data | read))
        return "0x" + bytes(signed.signature).hex()

    def _send(self, asked: dict[str, str]) -> str:
        """Sign as a wallet does, with nonce and fees of its own, and send."""
        sent = self._signed_and_sent(
            self.account, asked["to"], int(asked["value"], 16), asked["data"], int(asked["gas"], 16)
        )
        self.sent.append(sent)
        return sent

    def _signed_and_sent(self, signer: Any, to: str, value: int, data: str, gas: int) -> str:
        base = int(self.rpc("eth_getBlockByNumber", "latest", False).get("baseFeePerGas") or "0x0", 16)
        nonce = int(self.rpc("eth_getTransactionCount", signer.address, "pending"), 16)
        signed = signer.sign_transaction(
            {
                "type": 2, "chainId": self.chain, "nonce": nonce, "to": to, "value": value, "data": data, "gas": gas,
                "maxFeePerGas": 2 * base + 10**9, "maxPriorityFeePerGas": 10**9,
            }
        )  # fmt: skip
        return str(self.rpc("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x")))

    def approve(self, token: str, spender: str, amount: int) -> None:
        """Let somebody take so much of a token, as its owner did before the page was opened."""
        call = approve_call(token, spender, amount)
        self._signed_and_sent(self.account, token, 0, "0x" + call.data.hex(), call.gas)

    def empty(self) -> None:
        """Send all ether to an account that no other test asks about, but for what the fee could have cost more."""
        held = int(self.rpc("eth_getBalance", self.address, "latest"), 16)
        base = int(self.rpc("eth_getBlockByNumber", "latest", False).get("baseFeePerGas") or "0x0", 16)
        self._signed_and_sent(self.account, Account.create().address, held - 21_000 * (2 * base + 10**9), "0x", 21_000)

    def fund(self, amount: int) -> None:
        """Ether of the operator's, whose key lies in the data folder of a service on its own chain."""
        operator = Account.from_key((self._data / "operator-key").read_text().strip())
        self._signed_and_sent(operator, self.address, amount, "0x", 21_000)
