"""Calls that somebody signed and somebody else sends and pays (ERC-2771, EIP-712), through `Forwarder`.

The forwarder is OpenZeppelin's. A request is signed for one forwarder on one chain and one place in its signer's order,
so that it takes effect once; its signature binds whom it calls, with what, with which coins and gas, and until when.
"""

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from earnest.chain.gateway import BlockTag, Gateway
from earnest.chain.interface import decode_call, encode_call
from earnest.chain.signer import TypedSignature
from earnest.chain.types import Call
from earnest.contracts import load_artifact

FORWARDER = "Forwarder"
#: Of the domain of the signatures.
NAME, VERSION = "Earnest", "1"
_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}
_REQUEST = {
    "from": "address", "to": "address", "value": "uint256", "gas": "uint256", "nonce": "uint256",
    "deadline": "uint48", "data": "bytes",
}  # fmt: skip
_TYPES = {
    "EIP712Domain": [{"name": name, "type": kind} for name, kind in _DOMAIN.items()],
    "ForwardRequest": [{"name": name, "type": kind} for name, kind in _REQUEST.items()],
}
_EXECUTED = "0x" + keccak(text="ExecutedForwardRequest(address,uint256,bool)").hex()
#: What forwarding uses beside what is forwarded: the transaction, the signature, a fresh place in the order, an event.
_FORWARDING = 90_000
#: One byte of calldata at most, by the floor price of EIP-7623.
_CALLDATA_BYTE = 40
#: Bytes of a request beside its data.
_AROUND = 600


@dataclass(frozen=True)
class ForwardRequest:
    """What somebody signs.

    Attributes:
        account: who signs, checksummed.
        to: whom it calls, checksummed.
        value: coins to send, in wei.
        gas: that the call has.
        nonce: its place in the account's order at the forwarder.
        deadline: the last second of chain time in which it works.
        data: what it calls with.
    """

    account: str
    to: str
    value: int
    gas: int
    nonce: int
    deadline: int
    data: bytes

    def typed(self, forwarder: str, chain_id: int) -> dict[str, Any]:
        """The typed data to sign (EIP-712)."""
        return {
            "types": _TYPES,
            "primaryType": "ForwardRequest",
            "domain": {
                "name": NAME, "version": VERSION, "chainId": chain_id,
                "verifyingContract": to_checksum_address(forwarder),
            },
            "message": {
                "from": self.account, "to": self.to, "value": self.value, "gas": self.gas, "nonce": self.nonce,
                "deadline": self.deadline, "data": "0x" + self.data.hex(),
            },
        }  # fmt: skip

    def digest(self, forwarder: str, chain_id: int) -> str:
        """What is signed, as 0x and 64 hexadecimal digits: another one for every other request."""
        message = encode_typed_data(full_message=self.typed(forwarder, chain_id))
        return "0x" + keccak(b"\x19" + message.version + message.header + message.body).hex()


def signer_of(request: ForwardRequest, forwarder: str, chain_id: int, signature: TypedSignature) -> str | None:
    """Who signed a request, checksummed; None where the signature is nobody's."""
    message = encode_typed_data(full_message=request.typed(forwarder, chain_id))
    vrs = (signature.v, int.from_bytes(signature.r, "big"), int.from_bytes(signature.s, "big"))
    try:
        return str(Account.recover_message(message, vrs=vrs))
    except (BadSignature, ValidationError, ValueError):
        return None


def next_nonce(gateway: Gateway, forwarder: str, account: str, block: BlockTag = "pending") -> int:
    """An account's next place in its order at a forwarder."""
    return int(gateway.view(FORWARDER, forwarder, "nonces", account, block=block)[0])


def forwarding_gas(data: bytes, gas: int) -> int:
    """Bound of what a transaction uses that forwards a call with `data` and `gas`."""
    # of what is left when the call is made, one part in 64 stays here (EIP-150)
    return gas + gas // 63 + 1 + _FORWARDING + _CALLDATA_BYTE * (_AROUND + len(data))


def gas_to_forward(call: Call, limit: int) -> int:
    """How much gas a request has for a call, so that forwarding it fits into a transaction of at most `limit` gas."""
    most = (limit - forwarding_gas(call.data, 0)) * 63 // 64 - 1
    return max(0, min(call.gas, most))


def execute_call(forwarder: str, request: ForwardRequest, signature: TypedSignature) -> Call:
    """Forward a request."""
    packed = signature.r + signature.s + bytes([signature.v])
    given = (request.account, request.to, request.value, request.gas, request.deadline, request.data, packed)
    data = encode_call(FORWARDER, "execute", given)
    return Call(forwarder, data, request.value, forwarding_gas(request.data, request.gas))


def inner_call(request: ForwardRequest) -> Call:
    """What the pool is called with, the account's address appended: from the forwarder, it acts for the account."""
    return Call(request.to, request.data + bytes.fromhex(request.account[2:]), request.value, request.gas)


@dataclass(frozen=True)
class Execution:
    """A call that was forwarded.

    Attributes:
        nonce: its place in the account's order.
        succeeded: whether the pool took it.
        transaction_hash: in which it was.
    """

    nonce: int
    succeeded: bool
    transaction_hash: str


def executions(gateway: Gateway, forwarder: str, account: str, first: int, last: int) -> list[Execution]:
    """An account's calls that a forwarder has made from one block to another."""
    query = {
        "address": forwarder, "fromBlock": hex(first), "toBlock": hex(last),
        "topics": [_EXECUTED, "0x" + account[2:].lower().rjust(64, "0")],
    }  # fmt: skip
    found = []
    for log in gateway.raw_logs(query):
        nonce, succeeded = decode(["uint256", "bool"], bytes.fromhex(log["data"][2:]))
        found.append(Execution(nonce, succeeded, log["transactionHash"].lower()))
    return found


def request_in(data: bytes) -> ForwardRequest | None:
    """The request that a transaction's data forward, without its place in the order, which they do not say."""
    called = decode_call(FORWARDER, data)
    if called is None or called[0] != "execute":
        return None
    account, to, value, gas, deadline, inner, _ = called[1]["request"]
    return ForwardRequest(to_checksum_address(account), to_checksum_address(to), value, gas, 0, deadline, inner)


def forwarded_in(data: bytes) -> tuple[str, str, int, bytes] | None:
    """Account, whom it calls, coins and data of a call that was forwarded; None where `data` forward nothing."""
    found = request_in(data)
    return None if found is None else (found.account, found.to, found.value, found.data)


def is_forwarder(address: str, chain_id: int, code: bytes) -> bool:
    """Whether code on a chain is that of this version's `Forwarder`, deployed on this chain at this address.

    All of its immutables follow from chain and address, so that one that checks signatures of another domain is none.
    """
    artifact = load_artifact(FORWARDER)
    hashed_name, hashed_version = keccak(text=NAME), keccak(text=VERSION)
    kinds = ",".join(f"{kind} {name}" for name, kind in _DOMAIN.items())
    place = bytes.fromhex(address[2:]).rjust(32, b"\0")
    chain = chain_id.to_bytes(32, "big")
    values = {
        "_cachedChainId": chain,
        "_cachedDomainSeparator": keccak(
            keccak(text=f"EIP712Domain({kinds})") + hashed_name + hashed_version + chain + place
        ),
        "_cachedThis": place,
        "_hashedName": hashed_name,
        "_hashedVersion": hashed_version,
        "_name": _short(NAME),
        "_version": _short(VERSION),
    }
    expected = bytearray(artifact.deployed_bytecode)
    for name, places in artifact.immutables.items():
        for start, length in places:
            expected[start : start + length] = values[name]
    return bytes(expected) == code


def _short(text: str) -> bytes:
    """A text of less than 32 bytes as OpenZeppelin's ShortStrings keep it: its length comes last."""
    return text.encode().ljust(31, b"\0") + bytes([len(text)])
