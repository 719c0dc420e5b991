"""Signatures over messages: who made one with a key (EIP-191), and whether a contract stands by one (ERC-1271)."""

from eth_abi.abi import encode
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

#: Longest signature that is read, in bytes; those of contract wallets are as long as they like.
MAX_SIGNATURE = 4_096
#: What a contract answers that stands by a signature: the selector of its own function.
MAGIC = keccak(text="isValidSignature(bytes32,bytes)")[:4]
#: Most gas that a contract may use to look at a signature.
CHECK_GAS = 2_000_000
_LENGTH = 65
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def message_hash(message: bytes) -> bytes:
    """What wallets sign of a message (EIP-191, version 0x45)."""
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """Whose key signed a hash, checksummed; None where this is no signature of a key."""
    if len(signature) != _LENGTH:
        return None
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    parity = v - 27 if v in (27, 28) else v
    if parity not in (0, 1) or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        return None
    try:
        key = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):
        return None
    return str(key.to_checksum_address())


def check_call(digest: bytes, signature: bytes) -> bytes:
    """Calldata that asks a contract whether it stands by a signature."""
    return MAGIC + encode(["bytes32", "bytes"], [digest, signature])
