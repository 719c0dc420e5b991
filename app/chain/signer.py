"""Keys sit behind a protocol; signing is local, and keystores are encrypted at rest."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from eth_account import Account

from earnest.core.strict_json import parse

#: Rounds of PBKDF2; the password is 256 random bits, which no number of rounds would need to protect.
_ROUNDS = 4096
#: Largest keystore that is read, in bytes; one has about 500.
MAX_KEYSTORE = 10_000


@dataclass(frozen=True)
class SignedTransaction:
    """What a node is sent, and the hash by which it is found again."""

    raw: bytes
    hash: str


class TypedSignature(NamedTuple):
    """A signature over typed data, as contracts take it."""

    v: int
    r: bytes
    s: bytes


class Signer(Protocol):
    """Signs transactions for one address."""

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign(self, transaction: dict[str, Any]) -> SignedTransaction:
        """Sign a complete EIP-1559 transaction."""


class LocalSigner:
    """A private key in memory."""

    def __init__(self, private_key: str | bytes) -> None:
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> str:
        """Checksummed address."""
        return str(self._account.address)

    def sign(self, transaction: dict[str, Any]) -> SignedTransaction:
        """Sign a complete EIP-1559 transaction."""
        signed = self._account.sign_transaction(transaction)
        return SignedTransaction(bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())

    def sign_typed(self, typed: dict[str, Any]) -> TypedSignature:
        """Sign typed data (EIP-712)."""
        signed = self._account.sign_typed_data(full_message=typed)
        return TypedSignature(signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))


def create_keystore(password: str) -> tuple[str, str]:
    """A new key.

    Returns:
        its address, and its encrypted keystore (JSON).
    """
    account = Account.create()
    keystore = Account.encrypt(account.key, password, kdf="pbkdf2", iterations=_ROUNDS)
    return str(account.address), json.dumps(keystore)


def open_keystore(keystore: str, password: str) -> LocalSigner:
    """The signer of a keystore.

    Raises:
        ValueError: another password, or a damaged keystore.
    """
    return LocalSigner(bytes(Account.decrypt(parse(keystore, max_bytes=MAX_KEYSTORE), password)))
