"""ERC-20 tokens: what they say of themselves, and the calls that pools need of them.

A token is somebody else's contract, and may say anything: what it says of itself is bounded, and made harmless to
show, before it is kept.
"""

from dataclasses import replace
from typing import Any, NamedTuple

from eth_abi.exceptions import DecodingError
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address

from earnest.chain.errors import ChainError, ChainUnavailable
from earnest.chain.gateway import BlockTag, Gateway
from earnest.chain.interface import encode_call
from earnest.chain.signer import TypedSignature
from earnest.chain.types import Call

#: The artifact whose interface has all that is called of tokens: ERC-20, its names, and EIP-2612.
ERC20 = "DevelopmentToken"
#: Most characters of a symbol and of a name that are kept, and most decimals that are taken at their word.
MOST_SYMBOL, MOST_NAME, MOST_DECIMALS = 16, 64, 36
#: Most characters of a name that a wallet is asked to sign under.
MOST_DOMAIN = 200
#: Gas of a token's own calls: enough for one that lies behind a proxy and keeps lists.
APPROVE_GAS, DEPOSIT_GAS, MINT_GAS = 120_000, 300_000, 120_000
#: What moving tokens adds to a call of a pool, at most; and a permit.
MOVE_GAS, PERMIT_GAS = 200_000, 150_000
#: Versions that tokens' domains have, besides what `eip712Domain` (EIP-5267) says; None for a domain without one.
_VERSIONS = ("1", "2", None)
_PERMIT = [
    {"name": "owner", "type": "address"},
    {"name": "spender", "type": "address"},
    {"name": "value", "type": "uint256"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]
_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


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
        permits=_domain(gateway, address) is not None,
    )


def _domain(gateway: Gateway, token: str) -> dict[str, Any] | None:
    """The domain of a token's signatures (EIP-712): the one whose hash it says; None where it takes none."""
    expected, name = _asked(gateway, token, "DOMAIN_SEPARATOR"), _asked(gateway, token, "name")
    if not isinstance(expected, bytes) or not isinstance(name, str) or len(name) > MOST_DOMAIN:
        return None
    if not isinstance(_asked(gateway, token, "nonces", token), int):
        return None
    place = {"chainId": gateway.chain_id(), "verifyingContract": to_checksum_address(token)}
    for version in _VERSIONS:
        domain = {"name": name, **({} if version is None else {"version": version}), **place}
        if encode_typed_data(full_message=permit_typed(domain, token, token, 0, 0, 0)).header == expected:
            return domain
    return None


def permit_typed(
    domain: dict[str, Any], owner: str, spender: str, amount: int, nonce: int, deadline: int
) -> dict[str, Any]:
    """The typed data of a permit (EIP-2612) in a token's domain."""
    return {
        "types": {"EIP712Domain": [{"name": key, "type": _DOMAIN[key]} for key in domain], "Permit": _PERMIT},
        "primaryType": "Permit",
        "domain": domain,
        "message": {"owner": owner, "spender": spender, "value": amount, "nonce": nonce, "deadline": deadline},
    }


def permit_to_sign(
    gateway: Gateway, token: Token, owner: str, pool: str, amount: int, deadline: int
) -> dict[str, Any] | None:
    """The typed data (EIP-712) whose signature lets a pool take exactly `amount` until `deadline`; None without permit.

    Args:
        gateway: the chain.
        token: the pool's.
        owner: who is to sign.
        pool: its address.
        amount: in the token's smallest unit.
        deadline: in seconds of chain time.
    """
    domain = _domain(gateway, token.address)
    nonce = _asked(gateway, token.address, "nonces", owner)
    if domain is None or not isinstance(nonce, int):
        return None
    return permit_typed(domain, to_checksum_address(owner), to_checksum_address(pool), amount, nonce, deadline)


def permit_call(pool: str, amount: int, deadline: int, signature: TypedSignature) -> Call:
    """Put tokens into one's credit in a pool, allowed by a signature."""
    data = encode_call("IPool", "depositTokensPermitted", amount, deadline, *signature)
    return Call(pool, data, 0, DEPOSIT_GAS + PERMIT_GAS)


def moving(call: Call, token: Token | None) -> Call:
    """A call of a pool with the gas for moving its token; the same where its deposits are native coin."""
    return call if token is None else replace(call, gas=call.gas + MOVE_GAS)


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


def told(amount: int, token: Token | None) -> str:
    """An amount of a pool's deposits in a sentence: in the unit of its token that people read, or in wei."""
    return f"{amount} wei" if token is None else token.amount(amount)


def approve_call(token: str, pool: str, amount: int) -> Call:
    """Let a pool take so much of the sender's tokens, in place of what it might take before."""
    return Call(token, encode_call(ERC20, "approve", pool, amount), 0, APPROVE_GAS)


def transfer_call(token: str, receiver: str, amount: int) -> Call:
    """Move so much of the sender's tokens."""
    return Call(token, encode_call(ERC20, "transfer", receiver, amount), 0, MOVE_GAS)


def deposit_call(pool: str, amount: int) -> Call:
    """Put tokens into one's credit in a pool."""
    return Call(pool, encode_call("IPool", "depositTokens", amount), 0, DEPOSIT_GAS)


def mint_call(token: str, holder: str, amount: int) -> Call:
    """Make tokens of development's own for an account."""
    return Call(token, encode_call(ERC20, "mint", holder, amount), 0, MINT_GAS)
