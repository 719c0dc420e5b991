"""Messages of Sign-In with Ethereum (EIP-4361), read strictly: by the standard's grammar, and by nothing else."""

import re
from dataclasses import dataclass
from datetime import datetime

from earnest.errors import EarnestError
from earnest.web.addresses import checksummed

#: Longest message that is read, in characters.
MAX_MESSAGE = 8_000
#: Most resources that one names.
MAX_RESOURCES = 50


class MessageInvalid(EarnestError):
    """The message to sign in with does not follow the standard."""

    status = 422
    type = "sign-in-message-invalid"
    title = "Sign-in message invalid"


@dataclass(frozen=True)
class SignInMessage:
    """A message; times are seconds since 1970, None for what it leaves out.

    Attributes:
        scheme: of the domain's address, such as https.
        domain: who asks for it.
        address: whose account, checksummed.
        statement: what its user agrees to.
        uri: what it is for.
        chain_id: to which the account is bound.
        nonce: what it was asked with.
        issued_at: when.
        expires_at: from when it is worth nothing.
        not_before: before when it is worth nothing.
        request_id: of whoever asked.
        resources: what else its user agrees to.
    """

    scheme: str | None
    domain: str
    address: str
    statement: str | None
    uri: str
    chain_id: int
    nonce: str
    issued_at: float
    expires_at: float | None
    not_before: float | None
    request_id: str | None
    resources: tuple[str, ...]


_UNRESERVED, _SUB, _GEN = r"A-Za-z0-9\-._~", r"!$&'()*+,;=", r":/?#\[\]@"
_PERCENT = r"%[0-9A-Fa-f]{2}"
_URI = rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:[{_UNRESERVED}{_SUB}{_GEN}]|{_PERCENT})*"
_DOMAIN = rf"(?:[{_UNRESERVED}{_SUB}:@\[\]]|{_PERCENT})+"
_TIME = r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
_MESSAGE = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://)?(?P<domain>{_DOMAIN})"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9A-Fa-f]{40})\n\n"
    rf"(?:(?P<statement>[{_UNRESERVED}{_SUB}{_GEN} ]+)\n)?\n"
    rf"URI: (?P<uri>{_URI})\n"
    r"Version: (?P<version>[0-9]+)\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,200})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expires_at>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    rf"(?:\nRequest ID: (?P<request_id>(?:[{_UNRESERVED}{_SUB}:@]|{_PERCENT})*))?"
    rf"(?P<resources>\nResources:(?:\n- {_URI})*)?",
    re.ASCII,
)


def parse(text: str) -> SignInMessage:
    """Read a message; O(characters).

    Raises:
        MessageInvalid: it does not follow the grammar, or has a slip in its address or times.
    """
    if len(text) > MAX_MESSAGE:
        raise MessageInvalid(f"A message to sign in with has at most {MAX_MESSAGE:,} characters.")
    found = _MESSAGE.fullmatch(text)
    if found is None:
        raise MessageInvalid(
            "The message does not follow EIP-4361: its lines must be the standard's, in its order, ended by line feeds."
        )
    if found["version"] != "1":
        raise MessageInvalid(f"The message is of version {found['version'][:20]}; it must be 1.")
    if found["address"] != checksummed(found["address"]):
        raise MessageInvalid("The checksum of the message's address is wrong (EIP-55), or it has none.")
    resources = (found["resources"] or "").split("\n- ")[1:]
    if len(resources) > MAX_RESOURCES:
        raise MessageInvalid(f"The message names {len(resources)} resources; at most {MAX_RESOURCES} are read.")
    return SignInMessage(
        scheme=found["scheme"],
        domain=found["domain"],
        address=found["address"],
        statement=found["statement"],
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=_seconds("Issued At", found["issued_at"]),
        expires_at=_seconds("Expiration Time", found["expires_at"]) if found["expires_at"] else None,
        not_before=_seconds("Not Before", found["not_before"]) if found["not_before"] else None,
        request_id=found["request_id"],
        resources=tuple(resources),
    )


def _seconds(name: str, told: str) -> float:
    try:
        return datetime.fromisoformat(told.upper()).timestamp()
    except (ValueError, OverflowError):
        raise MessageInvalid(f"{name} of the message is {told}, which is no time.") from None
