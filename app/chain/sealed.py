"""Reads and calls of a pool whose judge is sealed (`ISealedPool`), through the gateway.

What it shares with every pool, contributing and withdrawing, is the gateway's.
"""

from typing import NamedTuple

from earnest.chain import gas
from earnest.chain.gateway import BlockTag, Gateway
from earnest.chain.interface import encode_call
from earnest.chain.types import Call, SealedState
from earnest.core.models.model import Model
from earnest.core.pool.sealed_contribution import SealedContribution

_INTERFACE = "ISealedPool"


class ChainQuote(NamedTuple):
    """What a contribution would be and cost now; the case is one of `incentives.sealed`."""

    case: int
    price: int


def sealed_state(gateway: Gateway, pool: str, block: BlockTag = "latest") -> SealedState:
    """The pool's totals."""
    return SealedState(*gateway.view(_INTERFACE, pool, "state", block=block))


def commitment(gateway: Gateway, pool: str, index: int, block: BlockTag = "latest") -> int:
    """What the contract keeps of a contribution; 0 once it is settled."""
    return int(gateway.view(_INTERFACE, pool, "commitment", index, block=block)[0])


def judge_digest(gateway: Gateway, pool: str, block: BlockTag = "latest") -> bytes:
    """The contract's digest of its judge's weights."""
    return bytes(gateway.view(_INTERFACE, pool, "judgeDigest", block=block)[0])


def chain_quote(
    gateway: Gateway, pool: str, account: str, sample: bytes, label: int, block: BlockTag = "latest"
) -> ChainQuote:
    """What the contract says that a contribution of this account's would be."""
    return ChainQuote(*gateway.view(_INTERFACE, pool, "quote", account, sample, label, block=block))


def contribute_call(pool: str, sample: bytes, label: int, max_price: int, value: int, model: Model) -> Call:
    """Contribute one sample, of a pool of this model."""
    data = encode_call(_INTERFACE, "contribute", sample, label, max_price)
    return Call(pool, data, value, gas.sealed_contribute_gas(sample, model))


def settle_call(pool: str, contribution: SealedContribution, sample: bytes, model: Model) -> Call:
    """Take one's own deposit back, and let the sample teach."""
    what = (
        contribution.index,
        contribution.contributor,
        contribution.label,
        contribution.outcome,
        contribution.epoch,
        contribution.deposit,
    )
    return Call(pool, encode_call(_INTERFACE, "settle", what, sample), 0, gas.settle_gas(sample, model))


def seal_call(pool: str, model: Model) -> Call:
    """Seal the judge anew."""
    return Call(pool, encode_call(_INTERFACE, "seal"), 0, gas.seal_gas(model))


def fund_call(pool: str, value: int) -> Call:
    """Give to the budget that seals are paid from."""
    return Call(pool, encode_call(_INTERFACE, "fund"), value, 100_000)
