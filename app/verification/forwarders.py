"""Whom a pool believes when it says who called: its trusted forwarder (ERC-2771), which is in the pool's code for ever.

A forwarder that checks no signature, such as anybody's account, may act in everybody's name: `withdrawTo` then takes
every credit. The one that comes with this release is known by its code; any other is named by whoever trusts it.
"""

from collections.abc import Collection

from eth_utils.address import to_checksum_address

from earnest.chain.forwarder import is_forwarder
from earnest.chain.gateway import Gateway
from earnest.verification.errors import CheckFailed


def is_no_forwarder(address: str) -> bool:
    """Whether a pool believes nobody but the caller: the address is zero."""
    return int(address, 16) == 0


def is_ours(gateway: Gateway, address: str) -> bool:
    """Whether the forwarder at an address is the one of this version, which checks signatures."""
    return is_forwarder(address, gateway.chain_id(), gateway.code(address))


def require_forwarder(gateway: Gateway, address: str, named: Collection[str]) -> None:
    """Refuse a trusted forwarder that is neither this version's nor named by anybody.

    Args:
        gateway: the chain.
        address: of the forwarder, 0x and 40 hexadecimal digits; zero for none.
        named: addresses of forwarders that are trusted to check signatures, in any case of letters.

    Raises:
        CheckFailed: it is another.
    """
    if is_no_forwarder(address) or address.lower() in {one.lower() for one in named} or is_ours(gateway, address):
        return
    raise CheckFailed(
        f"the pool trusts the forwarder {to_checksum_address(address)}, which may act in everybody's name and take "
        "every credit with withdrawTo, unless its code checks signatures: nobody has named it as one that does "
        "(--forwarder, `forwarders` of an import, or EARNEST_FORWARDERS of a service)"
    )
