"""What a pool has to be let take of an account's tokens before a contribution can be paid, and whether it can be."""

from dataclasses import dataclass
from typing import Any

from earnest.chain.errors import ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.tokens import APPROVE_GAS, DEPOSIT_GAS, PERMIT_GAS, Token, permit_to_sign, transfer_call
from earnest.errors import EarnestError
from earnest.submissions.sender import problem_of
from earnest.wallet.schemas import PreparedShown


@dataclass(frozen=True)
class Covering:
    """What is missing to pay a contribution; amounts are of the token's smallest unit.

    Attributes:
        needed: what the pool takes of the account's tokens.
        allowed: what it may take now, which is less.
        lacks: how many of them the account does not have; 0 for none.
        permits: whether a signature does in place of an approval now.
        gas: most that the transaction before the contribution uses.
        gas_cost_most: the same in wei.
        refusal: why the token would not move as much to the pool now; null where it would, or too few are there.
    """

    needed: int
    allowed: int
    lacks: int
    permits: bool
    gas: int
    gas_cost_most: int
    refusal: dict[str, Any] | None


def covering(gateway: Gateway, token: Token, pool: str, prepared: PreparedShown) -> Covering | None:
    """What is missing for a prepared contribution to a pool of a token; None where nothing is.

    Args:
        gateway: the chain.
        token: the pool's.
        pool: its address.
        prepared: the contribution.

    Raises:
        ChainUnavailable: the node does not answer.
    """
    needed, allowed = -prepared.balance_change, prepared.allowed or 0
    if needed <= allowed:
        return None
    permits = token.permits and permit_to_sign(gateway, token, prepared.account, pool, needed, 0) is not None
    gas = DEPOSIT_GAS + PERMIT_GAS if permits else APPROVE_GAS
    lacks = max(0, needed - prepared.balance)
    return Covering(
        needed=needed,
        allowed=allowed,
        lacks=lacks,
        permits=permits,
        gas=gas,
        gas_cost_most=gas * prepared.gas_cost_most // prepared.gas,
        refusal=None if lacks else _refusal(gateway, token, pool, prepared.account, needed),
    )


def _refusal(gateway: Gateway, token: Token, pool: str, account: str, amount: int) -> dict[str, Any] | None:
    """A token that is paused, or has blocked somebody, takes approvals all the same: its own transfer tells."""
    try:
        gateway.try_call(transfer_call(token.address, pool, amount), account)
    except ChainUnavailable:
        raise
    except EarnestError as error:
        return problem_of(error, token)
    return None
