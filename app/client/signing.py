"""Signs what the service prepared, after a look at what it says: the service is not trusted with a key's money."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, Protocol, runtime_checkable

from earnest.chain.forwarder import ForwardRequest
from earnest.chain.gateway import DEVELOPMENT_CHAIN_IDS
from earnest.chain.interface import decode_call
from earnest.chain.signer import SignedTransaction, TypedSignature
from earnest.chain.tokens import Token, permit_typed, told
from earnest.client.answers import Permit, Pool, Prepared
from earnest.client.errors import ClientError, Untrustworthy
from earnest.core.models.formats.words import Words, pack_sample
from earnest.core.models.registry import deployable
from earnest.wallet.verbs import APPROVE, DEPOSIT_PERMITTED, LIVES, ReadItem, read_approval

#: Highest fee for one transaction that is signed unless the client is told otherwise, in wei.
MOST_FEE = 10**17
#: Seconds for which a call or a permit is signed at most.
LONGEST = 2 * 86_400
#: Models whose samples are words, as pools say which they have.
_ON_WORDS = frozenset(model.MODEL_ID for model in deployable().values() if issubclass(model.FORMAT, Words))
#: What pays a credit out to somebody else is never meant here.
_NEVER = ("withdrawTo",)


class Signer(Protocol):
    """Has a key; `earnest.chain.signer.LocalSigner` is one. Relayed calls need a `TypedSigner`."""

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign(self, transaction: dict[str, Any]) -> SignedTransaction:
        """Sign a complete EIP-1559 transaction."""


@runtime_checkable
class TypedSigner(Signer, Protocol):
    """A signer that signs typed data as well."""

    def sign_typed(self, typed: dict[str, Any]) -> TypedSignature:
        """Sign typed data (EIP-712)."""


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
    meant = _Meant(verb, labels, features, indices, max_price, amount)
    numbers, _ = _require_meant(pool, prepared, meant)
    if numbers["gas"] * numbers["maxFeePerGas"] > most_fee:
        raise Untrustworthy(
            f"The prepared transaction may cost {numbers['gas'] * numbers['maxFeePerGas']} wei in gas, and at most "
            f"{most_fee} were meant; nothing was signed."
        )
    return signer.sign({**numbers, "to": prepared.transaction.to, "data": prepared.transaction.data})


def sign_relayed(
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
) -> dict[str, Any]:
    """The request, signed, that has the service send the call and pay its gas (ERC-2771): the body of `/v1/relays`.

    What is signed is put together here: the service says the place in the order, the gas and the deadline of it, and
    no signature that it could use for anything but a forwarder of this name on the pool's chain comes out of it. Which
    forwarder the pool believes is in its code, as `earnest verify` shows.

    Args:
        signer: whose.
        pool: that is called.
        prepared: by the service.
        verb: see `sign`, as the others.
        labels: see `sign`.
        features: see `sign`.
        indices: see `sign`.
        max_price: see `sign`.
        amount: see `sign`.

    Raises:
        Untrustworthy: the call does something else, or costs more.
        ClientError: it cannot be relayed, or the signer signs no typed data.
    """
    numbers, data = _require_meant(pool, prepared, _Meant(verb, labels, features, indices, max_price, amount))
    relay = prepared.relay
    if relay is None:
        raise ClientError(
            "The service does not relay this: send it as a transaction of your own. The pool believes no forwarder, or "
            "coins would have to be sent along, which credit or a token would save."
        )
    if not isinstance(signer, TypedSigner):
        raise ClientError("This signer signs no typed data (EIP-712), which a call has to be for others to send it.")
    require_soon(pool, relay.deadline)
    if numbers["value"]:
        raise Untrustworthy("The prepared call sends coins along, and is said to be relayed; nothing was signed.")
    request = ForwardRequest(signer.address, prepared.transaction.to, 0, relay.gas, relay.nonce, relay.deadline, data)
    return {
        "account": signer.address, "to": request.to, "gas": request.gas, "nonce": request.nonce,
        "deadline": request.deadline, "data": "0x" + data.hex(),
        "signature": hex_of(signer.sign_typed(request.typed(relay.forwarder, pool.chain_id))),
    }  # fmt: skip


def sign_permit(signer: Signer, pool: Pool, permit: Permit, amount: int) -> str:
    """The signature, in hex, that lets a token's pool take exactly `amount` once.

    Raises:
        Untrustworthy: the service asks for another signature.
        ClientError: the signer signs no typed data.
    """
    if not isinstance(signer, TypedSigner):
        raise ClientError("This signer signs no typed data (EIP-712), which a permit is.")
    token, given = pool.token, permit.typed_data
    require_soon(pool, permit.deadline)
    try:
        domain, message = given["domain"], given["message"]
        place = int(domain["chainId"]), str(domain["verifyingContract"]).lower()
        nonce = int(message["nonce"])
        named = {key: domain[key] for key in ("name", "version") if key in domain}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Untrustworthy("What is to be signed as a permit is malformed; nothing was signed.") from None
    if token is None or place != (pool.chain_id, token.address.lower()):
        raise Untrustworthy("What is to be signed is no permit of the pool's token; nothing was signed.")
    domain = {**named, "chainId": pool.chain_id, "verifyingContract": token.address}
    return hex_of(
        signer.sign_typed(permit_typed(domain, signer.address, pool.address or "", amount, nonce, permit.deadline))
    )


def require_soon(pool: Pool, deadline: int) -> None:
    """Refuse what could be kept, and used much later.

    Raises:
        Untrustworthy: so it is. Chains for development, whose clock may be moved, are taken at their word.
    """
    if pool.chain_id not in DEVELOPMENT_CHAIN_IDS and deadline > time.time() + LONGEST:
        raise Untrustworthy(
            f"What is to be signed would work until {deadline}, in seconds since 1970, and two days from now is the "
            "longest; nothing was signed."
        )


def hex_of(signature: TypedSignature) -> str:
    """A signature as wallets give it: r, s and v."""
    return "0x" + (signature.r + signature.s + bytes([signature.v])).hex()


class _Meant(NamedTuple):
    """What was asked for; see `sign`."""

    verb: str
    labels: Sequence[int]
    features: Sequence[Sequence[float] | None]
    indices: Sequence[int]
    max_price: int
    amount: int


def _require_meant(pool: Pool, prepared: Prepared, meant: _Meant) -> tuple[dict[str, int], bytes]:
    """The numbers and the data of a prepared transaction that does what was meant, whatever its gas costs.

    Raises:
        Untrustworthy: it does something else, or is paid more.
    """
    verb, labels, features, indices, max_price, amount = meant
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
    if verb == DEPOSIT_PERMITTED.name and _deposited(data) != amount:
        raise Untrustworthy("The prepared call does not deposit exactly what was meant; nothing was signed.")
    items = [] if verb in (APPROVE.name, DEPOSIT_PERMITTED.name) else _items(verb, data)
    if [item.label for item in items if item.label is not None] != list(labels) or [
        item.index for item in items if item.index is not None
    ] != list(indices):
        raise Untrustworthy(f"The prepared transaction is not the {verb} that was asked for; nothing was signed.")
    if pool.model in _ON_WORDS:
        for item, said in zip(items, features, strict=False):
            if said is not None and item.sample != _packed(said):
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
    return numbers, data


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


def _deposited(data: bytes) -> int | None:
    """How much a call deposits of tokens that a signature permits to be taken; None where it calls something else."""
    for life in LIVES.values():
        called = decode_call(life.interface, data)
        if called is not None and called[0] in DEPOSIT_PERMITTED.functions:
            return int(called[1]["amount"])
    return None


def _accepted(data: bytes) -> int | None:
    """The highest price of a sample that a call of any of the pool's verbs accepts, if it is about that."""
    found = (decode_call(life.interface, data) for life in LIVES.values())
    prices = [called[1]["maxPrice"] for called in found if called is not None and "maxPrice" in called[1]]
    return max(prices, default=None)
