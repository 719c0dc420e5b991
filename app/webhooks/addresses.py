"""Where events may be delivered to: web addresses of public hosts.

Whoever registers a webhook has the service send requests for them, from where the service stands: inside the operator's
network. So an address is looked at twice, as it is written and, at each connection, as what its name stands for then; a
connection goes to exactly the address that was looked at.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Longest address, in characters.
MAX_URL = 2_000
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]{2,45}\]")
#: Addresses of version 6 whose last bits are one of version 4 (NAT64, RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
#: From a host and a port to the addresses that the host has now.
Resolve = Callable[[str, int], Sequence[str]]


class AddressRefused(ValueError):
    """Nothing is delivered there; the message says why, as a sentence without its end."""


@dataclass(frozen=True)
class Target:
    """A web address in parts.

    Attributes:
        host: a name, or an address of either version without brackets.
    """

    url: str
    host: str
    port: int


def parse_target(url: str) -> Target:
    """A web address that events could be delivered to, as far as its letters tell.

    Raises:
        AddressRefused: says why.
    """
    if len(url) > MAX_URL:
        raise AddressRefused(f"it has more than {MAX_URL:,} characters")
    if not re.fullmatch(r"https?://[!-\[\]-~]+", url):
        raise AddressRefused("it must begin with https:// or http://, and hold printable characters of ASCII only")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("it is no web address") from None
    if "@" in parts.netloc:
        raise AddressRefused("it holds a name or a password; the signature says who sends")
    if "#" in url:
        raise AddressRefused("it has a fragment, which is never sent")
    written = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc.removesuffix(":")
    if port == 0 or not _HOST.fullmatch(written):
        raise AddressRefused("its host or its port is malformed; names with other letters are written with xn--")
    host = written.strip("[]")
    return Target(url, host, port or (443 if parts.scheme == "https" else 80))


def written_address(host: str) -> IPAddress | None:
    """The address that a host is written as; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: IPAddress) -> bool:
    """Whether an address is one host's on the public internet, and hides no other one.

    Private, loopback, link-local, shared, multicast, reserved and unspecified addresses are not.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        # Teredo is not global by itself
        hidden = address.ipv4_mapped or address.sixtofour
        if hidden is not None:
            return is_public(hidden)
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
    )


def permitted(host: str, port: int, resolver: Resolve, *, allow_private: bool) -> Sequence[str]:
    """The addresses of a host to connect to.

    A host that has a public and a private address is refused: nobody needs that, but whoever tries both in turn.

    Raises:
        AddressRefused: one of them is not public, or there is none.
        OSError: the name is unknown, or the resolver does not answer.
    """
    found = resolver(host, port)
    if not found:
        raise AddressRefused(f"{host} has no address")
    for one in found:
        if not allow_private and not is_public(ipaddress.ip_address(one)):
            raise AddressRefused(f"{host} is not a public host")
    return found
