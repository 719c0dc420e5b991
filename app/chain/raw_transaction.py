"""Signed transactions as their bytes: what one says, who signed it, and by which hash it is known.

Nothing of it is taken on trust: the hash is computed, and the sender recovered from the signature (EIP-155, EIP-2930,
EIP-1559). What a node tells of a transaction is turned into its bytes and read like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException
from rlp.sedes import Binary, CountableList, List, big_endian_int, binary

from earnest.chain.errors import ChainError

#: Most bytes that are read; nodes pass on no longer ones.
MAX_RAW = 131_072
#: Order of the curve's group. Signatures with an `s` above its half are nobody's (EIP-2).
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_ACCESS_LIST = CountableList(List([Binary.fixed_length(20), CountableList(Binary.fixed_length(32))]))
_TO = Binary.fixed_length(20, allow_empty=True)
#: The fields of each kind in their order, as JSON-RPC calls them; the signature's own three come last.
_FIELDS: dict[int, dict[str, Any]] = {
    0: {
        "nonce": big_endian_int, "gasPrice": big_endian_int, "gas": big_endian_int, "to": _TO, "value": big_endian_int,
        "input": binary,
    },
    1: {
        "chainId": big_endian_int, "nonce": big_endian_int, "gasPrice": big_endian_int, "gas": big_endian_int,
        "to": _TO, "value": big_endian_int, "input": binary, "accessList": _ACCESS_LIST,
    },
    2: {
        "chainId": big_endian_int, "nonce": big_endian_int, "maxPriorityFeePerGas": big_endian_int,
        "maxFeePerGas": big_endian_int, "gas": big_endian_int, "to": _TO, "value": big_endian_int, "input": binary,
        "accessList": _ACCESS_LIST,
    },
}  # fmt: skip
_SIGNATURE = {"v": big_endian_int, "r": big_endian_int, "s": big_endian_int}
#: `v` of a legacy transaction is this, twice the chain's id, and the key's parity, added up.
_EIP_155 = 35


class TransactionInvalid(ChainError):
    """What should be a signed transaction is none, or none that can be used here."""

    status = 422
    type = "transaction-invalid"
    title = "Transaction invalid"


@dataclass(frozen=True)
class SignedCall:
    """A signed transaction.

    Attributes:
        raw: its bytes.
        hash: 0x-prefixed lower-case hex.
        sender: who signed it, checksummed.
        chain_id: of the chain that it is for.
        nonce: its place among the sender's transactions.
        to: whom it calls, checksummed; None where it creates a contract.
        value: wei that it sends.
        data: what it calls with.
        gas: most that it uses.
        max_fee_per_gas: most that it pays for each, in wei.
    """

    raw: bytes
    hash: str
    sender: str
    chain_id: int
    nonce: int
    to: str | None
    value: int
    data: bytes
    gas: int
    max_fee_per_gas: int

    @property
    def most(self) -> int:
        """Wei that the sender must have for it."""
        return self.value + self.gas * self.max_fee_per_gas


def decode(raw: bytes) -> SignedCall:
    """Read a signed transaction; O(bytes).

    Raises:
        TransactionInvalid: it is none, or of a kind that carries more than a call; the message says what is wrong.
    """
    if not 0 < len(raw) <= MAX_RAW:
        raise TransactionInvalid(f"A signed transaction has from 1 to {MAX_RAW:,} bytes; this has {len(raw):,}.")
    kind = raw[0] if raw[0] <= 0x7F else 0
    fields = _FIELDS.get(kind)
    if fields is None or (kind == 0 and raw[0] <= 0x7F):
        raise TransactionInvalid(
            f"Transactions of type {raw[0]} are not taken: sign one of type 2 (EIP-1559), 1 or a legacy one."
        )
    try:
        parts = rlp.decode(raw[1:] if kind else raw, List([*fields.values(), *_SIGNATURE.values()]))
    except (RLPException, RecursionError, ValueError, TypeError):
        raise TransactionInvalid("The bytes are no signed transaction: its fields cannot be read.") from None
    said = dict(zip([*fields, *_SIGNATURE], parts, strict=True))
    chain_id, parity = _chain_and_parity(kind, said)
    _require_words(said, chain_id)
    unsigned = [said[name] for name in fields] + ([chain_id, 0, 0] if kind == 0 else [])
    sedes = [*fields.values()] + ([big_endian_int] * 3 if kind == 0 else [])
    signed = (bytes([kind]) if kind else b"") + rlp.encode(unsigned, List(sedes))
    try:
        key = Signature(vrs=(parity, said["r"], said["s"])).recover_public_key_from_msg_hash(keccak(signed))
    except (BadSignature, ValidationError):
        raise TransactionInvalid("The transaction's signature is nobody's.") from None
    return SignedCall(
        raw=raw,
        hash="0x" + keccak(raw).hex(),
        sender=str(key.to_checksum_address()),
        chain_id=chain_id,
        nonce=said["nonce"],
        to=_checksummed(said["to"]),
        value=said["value"],
        data=said["input"],
        gas=said["gas"],
        max_fee_per_gas=said["maxFeePerGas"] if kind == 2 else said["gasPrice"],
    )


def _chain_and_parity(kind: int, said: Mapping[str, Any]) -> tuple[int, int]:
    if kind == 0:
        if said["v"] < _EIP_155:
            raise TransactionInvalid("The transaction names no chain (EIP-155), so that it could be replayed on any.")
        chain_id, parity = divmod(int(said["v"]) - _EIP_155, 2)
        return chain_id, parity
    return int(said["chainId"]), int(said["v"])


def _require_words(said: Mapping[str, Any], chain_id: int) -> None:
    """Refuse numbers that no transaction has."""
    if not 0 < said["r"] < _ORDER or not 0 < said["s"] <= _ORDER // 2:
        raise TransactionInvalid("The transaction's signature is out of range.")
    if chain_id >= 2**64 or said["nonce"] >= 2**63 or said["gas"] >= 2**63:
        raise TransactionInvalid("The transaction's chain id, nonce or gas is out of range.")
    if any(said.get(name, 0) >= 2**128 for name in ("value", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")):
        raise TransactionInvalid("The transaction's value or price of gas is out of range.")
    if said.get("maxPriorityFeePerGas", 0) > said.get("maxFeePerGas", 0):
        raise TransactionInvalid("The transaction's tip is above the most that it pays for gas.")


def _checksummed(address: bytes) -> str | None:
    return to_checksum_address(address) if address else None


def from_node(told: Mapping[str, Any]) -> SignedCall:
    """Read what a node tells of a transaction (`eth_getTransactionByHash`).

    Raises:
        TransactionInvalid: see `decode`; or it tells of another transaction than the one by whose hash it is known.
    """
    try:
        kind = int(told.get("type", "0x0"), 16)
        fields = _FIELDS.get(kind)
        if fields is None:
            raise TransactionInvalid(f"Transactions of type {kind} are not taken; use type 2 (EIP-1559), 1 or legacy.")
        values = [_value(name, sedes, told) for name, sedes in (fields | _SIGNATURE).items()]
        raw = (bytes([kind]) if kind else b"") + rlp.encode(values, List([*fields.values(), *_SIGNATURE.values()]))
    except (KeyError, TypeError, ValueError, AttributeError, RLPException):
        raise TransactionInvalid("What the node tells of the transaction is not whole.") from None
    found = decode(raw)
    if found.hash != str(told.get("hash", "")).lower():
        raise TransactionInvalid("What the node tells of the transaction is not what its hash stands for.")
    return found


def _value(name: str, sedes: Any, told: Mapping[str, Any]) -> Any:
    given = told[name] if name != "v" or "v" in told else told["yParity"]
    if sedes is big_endian_int:
        return int(given, 16)
    if name == "accessList":
        return [
            [bytes.fromhex(item["address"][2:]), [bytes.fromhex(key[2:]) for key in item["storageKeys"]]]
            for item in given
        ]
    return bytes.fromhex((given or "0x")[2:])
