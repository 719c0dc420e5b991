"""ERC-20 tokens: what they say of themselves, and the calls that pools need of them.

A token is somebody else's contract, and may say anything: what it says of itself is bounded, and made harmless to
show, before it is kept.
"""

from typing import Any, NamedTuple

from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from earnest.chain.errors import ChainError, ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.types import BlockTag, Call

#: The artifact whose interface has all that is called of tokens: ERC-20, its names, and EIP-2612.
ERC20 = "DevelopmentToken"
#: Most characters of a symbol and of a name that are kept, and most decimals that are taken at their word.
MOST_SYMBOL, MOST_NAME, MOST_DECIMALS = 16, 64, 36
#: Gas of a token's own calls: enough for one that lies behind a proxy and keeps lists.
APPROVE_GAS, DEPOSIT_GAS, MINT_GAS = 120_000, 300_000, 120_000


class Token(NamedTuple):
    """A token, as it was described when its first pool here was made.

    Attributes:
        address: checksummed.
        symbol: of letters and digits that can be seen; its address's beginning where it has none.
        decimals: of its unit that people read.
        name: as the symbol, or empty.
        permits: whether it seems to take signatures in place of approvals (EIP-2612).
    """

    address: str
    symbol: str
    decimals: int
    name: str
    permits: bool

    def stored(self) -> dict[str, Any]:
        """As a pool's row keeps it."""
        return self._asdict()

    def amount(self, amount: int) -> str:
        """An amount in the unit that people read."""
        whole, rest = divmod(abs(amount), 10**self.decimals)
        part = f".{rest:0{self.decimals}d}".rstrip("0") if rest else ""
        return f"{'-' if amount < 0 else ''}{whole:,}{part} {self.symbol}"


def token_of(stored: dict[str, Any] | None) -> Token | None:
    """A token as a pool's row keeps it; None for native coin."""
    return None if stored is None else Token(**stored)


def describe(gateway: Gateway, address: str) -> Token:
    """What a token says of itself, made harmless.

    Raises:
        ChainError: there is no contract, or it says no number of decimals that could be meant.
        ChainUnavailable: the node does not answer.
    """
    if not gateway.code(address):
        raise ChainError(f"There is no contract at {address}, so that it is no token.")
    decimals = _asked(gateway, address, "decimals")
    if not isinstance(decimals, int) or not 0 <= decimals <= MOST_DECIMALS:
        raise ChainError(
            f"The token {address} does not say how many decimals its amounts have, or more than {MOST_DECIMALS}."
        )
    shown = _harmless(_asked(gateway, address, "symbol"), MOST_SYMBOL)
    return Token(
        address=to_checksum_address(address),
        symbol=shown or address[:10],
        decimals=decimals,
        name=_harmless(_asked(gateway, address, "name"), MOST_NAME),
        permits=isinstance(_asked(gateway, address, "DOMAIN_SEPARATOR"), bytes)
        and isinstance(_asked(gateway, address, "nonces", address), int),
    )


def _asked(gateway: Gateway, token: str, name: str, *arguments: Any) -> Any:
    """What a token answers; None where it does not, or not as it should."""
    try:
        return gateway.view(ERC20, token, name, *arguments)[0]
    except ChainUnavailable:
        raise
    except (ChainError, DecodingError, ValueError, OverflowError):
        return None


def _harmless(said: object, most: int) -> str:
    """What can be shown of a text: no control characters, none that turn the direction of writing, and not too many."""
    if not isinstance(said, str):
        return ""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in said[:most]).strip()


def balance_of(gateway: Gateway, token: str, holder: str, block: BlockTag = "latest") -> int:
    """What an account holds of a token."""
    return int(gateway.view(ERC20, token, "balanceOf", holder, block=block)[0])


def allowance(gateway: Gateway, token: str, owner: str, pool: str, block: BlockTag = "latest") -> int:
    """What a pool may take of an account's tokens."""
    return int(gateway.view(ERC20, token, "allowance", owner, pool, block=block)[0])


def funds(gateway: Gateway, token: str | None, pool: str, block: BlockTag) -> int:
    """What a pool holds of what its deposits are paid in: of its token, or wei."""
    return gateway.balance(pool, block) if token is None else balance_of(gateway, token, pool, block)


def unit(token: str | None) -> str:
    """What amounts of a pool are counted in."""
    return "wei" if token is None else "of the token's units"


def approve_call(token: str, pool: str, amount: int) -> Call:
    """Let a pool take so much of the sender's tokens, in place of what it might take before."""
    return Call(token, encode_call(ERC20, "approve", pool, amount), 0, APPROVE_GAS)


def deposit_call(pool: str, amount: int) -> Call:
    """Put tokens into one's credit in a pool."""
    return Call(pool, encode_call("IPool", "depositTokens", amount), 0, DEPOSIT_GAS)


def mint_call(token: str, holder: str, amount: int) -> Call:
    """Make tokens of development's own for an account."""
    return Call(token, encode_call(ERC20, "mint", holder, amount), 0, MINT_GAS)
