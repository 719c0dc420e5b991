"""Addresses of accounts and contracts as people write them, with the checksum in their letters' case (EIP-55)."""

import re
from typing import Annotated

from pydantic import WithJsonSchema

from earnest.core.keccak import keccak256
from earnest.errors import EarnestError

_LOOKS_LIKE = re.compile(r"0[xX][0-9a-fA-F]{40}")


#: An address in a request's path or query; `parse_address` says what is wrong with one in better words than a pattern.
GivenAddress = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"})]


class AddressInvalid(EarnestError):
    """What looks like an address has a slip in it."""

    status = 422
    type = "address-invalid"
    title = "Address invalid"


def checksummed(address: str) -> str:
    """The one way to write an address: the case of each letter is a bit of its hash."""
    digits = address[2:].lower()
    bits = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(bit, 16) >= 8 else digit for digit, bit in zip(digits, bits[:40], strict=True)
    )


def looks_like_address(given: str) -> bool:
    """Whether somebody means an address by this, a slip in its case apart."""
    return _LOOKS_LIKE.fullmatch(given) is not None


def parse_address(given: str) -> str:
    """The checksummed address of what somebody wrote; letters of one case have no checksum and pass.

    Raises:
        AddressInvalid: it is none, or its checksum is wrong.
    """
    if not looks_like_address(given):
        raise AddressInvalid(f"{given[:60]!r} is no address: 0x and 40 hexadecimal digits.")
    if given.startswith("0X"):
        raise AddressInvalid(f"{given} begins with 0X: an address begins with 0x.")
    right, digits = checksummed(given), given[2:]
    if given != right and digits not in (digits.lower(), digits.upper()):
        raise AddressInvalid(f"The checksum of {given} is wrong: a letter or digit of it was changed. Copy it again.")
    return right
