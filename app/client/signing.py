"""Signs what the service prepared, after a look at what it says: the service is not trusted with a key's money."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from earnest.chain.interface import decode_call
from earnest.chain.signer import SignedTransaction
from earnest.chain.tokens import Token, told
from earnest.client.answers import Pool, Prepared
from earnest.client.errors import Untrustworthy
from earnest.core.models.formats.words import Words, pack_sample
from earnest.core.models.registry import deployable
from earnest.wallet.verbs import APPROVE, LIVES, ReadItem, read_approval

#: Highest fee for one transaction that is signed unless the client is told otherwise, in wei.
MOST_FEE = 10**17
#: Models whose samples are words.
_ON_WORDS = frozenset(name for name, model in deployable().items() if issubclass(model.FORMAT, Words))
#: What pays a credit out to somebody else is never meant here.
_NEVER = ("withdrawTo",)


class Signer(Protocol):
    """Has a key; `earnest.chain.signer.LocalSigner` is one."""

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign(self, transaction: dict[str, Any]) -> SignedTransaction:
        """Sign a complete EIP-1559 transaction."""


def sign(
    signer: Signer,
    pool: Pool,
    prepared: Prepared,
    verb: str,
    *,
    labels: Sequence[int] = (),
    features: Sequence[Sequence[float] | None] = (),
    indices: Sequence[int] = (),
    max_price: int = 0,
    amount: int = 0,
    most_fee: int = MOST_FEE,
) -> SignedTransaction:
    """The signed transaction.

    In a pool of a token no native coin is sent, and what the pool may take is bounded by what was approved.

    Args:
        signer: whose.
        pool: where to.
        prepared: by the service.
        verb: what was asked for.
        labels: of samples that were to be contributed.
        features: of each of these; None of one that is a text, which an encoder reads. Those of words
            are compared; what numbers become, an encoder decides as well.
        indices: of contributions that were to be claimed.
        max_price: most that a sample may cost, in wei, or in the token's smallest unit.
        amount: of tokens that the pool is to be let take.
        most_fee: most that the transaction may cost in gas, in wei.

    Raises:
        Untrustworthy: the transaction does something else, or costs more.
    """
    given = prepared.transaction
    try:
        numbers = {
            name: int(getattr(given, name), 16)
            for name in ("type", "chainId", "nonce", "value", "gas", "maxFeePerGas", "maxPriorityFeePerGas")
        }
        data = bytes.fromhex(given.data.removeprefix("0x"))
    except ValueError:
        raise Untrustworthy("The prepared transaction is malformed; nothing was signed.") from None
    target = pool.token.address if verb == APPROVE.name and pool.token is not None else pool.address
    if (numbers["type"], numbers["chainId"], given.to) != (2, pool.chain_id, target):
        raise Untrustworthy(
            f"The prepared transaction is for {given.to} on chain {numbers['chainId']}, and not for the pool; nothing "
            "was signed."
        )
    if verb == APPROVE.name:
        approved = read_approval(data)
        if approved is None or (approved[0].amount, approved[1]) != (amount, pool.address):
            raise Untrustworthy(
                "The prepared transaction does not let the pool take exactly what was meant; nothing was signed."
            )
    items = [] if verb == APPROVE.name else _items(verb, data)
    if [item.label for item in items if item.label is not None] != list(labels) or [
        item.index for item in items if item.index is not None
    ] != list(indices):
        raise Untrustworthy(f"The prepared transaction is not the {verb} that was asked for; nothing was signed.")
    if pool.model in _ON_WORDS:
        for item, meant in zip(items, features, strict=False):
            if meant is not None and item.sample != _packed(meant):
                raise Untrustworthy(
                    "The prepared transaction contributes another sample than was meant; nothing was signed."
                )
    accepted = _accepted(data)
    if accepted is not None and accepted > max_price:
        raise Untrustworthy(
            f"The prepared transaction accepts a price of {_told(accepted, pool)}, which credit may pay, and at most "
            f"{_told(max_price, pool)} were meant; nothing was signed."
        )
    if numbers["value"] and pool.token is not None:
        raise Untrustworthy("The prepared transaction sends native coin to a pool of a token; nothing was signed.")
    if numbers["value"] > max_price * len(labels):
        raise Untrustworthy(
            f"The prepared transaction pays {numbers['value']} wei, and at most {max_price * len(labels)} were meant; "
            "nothing was signed."
        )
    if numbers["gas"] * numbers["maxFeePerGas"] > most_fee:
        raise Untrustworthy(
            f"The prepared transaction may cost {numbers['gas'] * numbers['maxFeePerGas']} wei in gas, and at most "
            f"{most_fee} were meant; nothing was signed."
        )
    return signer.sign({**numbers, "to": given.to, "data": given.data})


def _packed(features: Sequence[float]) -> bytes | None:
    """A sample of words as the contract takes it; None where these are no words' numbers."""
    if not all(float(one).is_integer() and 0 <= one < 2**16 for one in features):
        return None
    return pack_sample(int(one) for one in features)


def _told(amount: int, pool: Pool) -> str:
    """An amount of the pool's deposits, in the unit that people read."""
    return told(amount, None if pool.token is None else Token(**asdict(pool.token)))


def _items(verb: str, data: bytes) -> list[ReadItem]:
    """What the call is about, if it is of this verb."""
    for life in LIVES.values():
        called = decode_call(life.interface, data)
        if called is None or called[0] in _NEVER:
            continue
        for known in life.verbs:
            reader = known.functions.get(called[0]) if known.name == verb else None
            if reader is not None:
                return reader(called[1])
    raise Untrustworthy(f"The prepared transaction calls another function than {verb}; nothing was signed.")


def _accepted(data: bytes) -> int | None:
    """The highest price of a sample that a call of any of the pool's verbs accepts, if it is about that."""
    found = (decode_call(life.interface, data) for life in LIVES.values())
    prices = [called[1]["maxPrice"] for called in found if called is not None and "maxPrice" in called[1]]
    return max(prices, default=None)
