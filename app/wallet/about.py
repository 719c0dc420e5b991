"""Which pool a transaction is about, what it says, and whether it can take effect."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from earnest.chain.forwarder import next_nonce, request_in
from earnest.chain.gateway import Gateway
from earnest.chain.raw_transaction import SignedCall
from earnest.chain.tokens import token_of
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.pools import pool_at
from earnest.db.tables import Pool
from earnest.wallet.errors import TransactionUnfit
from earnest.wallet.verbs import Meant, read, read_approval


def pool_about(session: Session, signed: SignedCall) -> Pool | None:
    """The pool that a transaction is about: it calls the pool, or lets it take of its token; None for none of ours."""
    if signed.to is None:
        return None
    pool = pool_at(session, signed.to)
    approved = read_approval(signed.data) if pool is None else None
    if approved is not None:
        pool = pool_at(session, approved[1])
        token = token_of(pool.token) if pool is not None else None
        if token is None or token.address.lower() != signed.to.lower():
            return None
    return pool


def meant_of(pool: Pool, to: str | None, data: bytes) -> Meant | None:
    """What a call that is about a pool says; None when it is none of the verbs."""
    if to is not None and to.lower() != (pool.address or "").lower():
        approved = read_approval(data)
        return None if approved is None else approved[0]
    return read(terms_of_pool(pool).incentive, data)


def require_possible(gateway: Gateway, signed: SignedCall, most_under_way: int) -> None:
    """Refuse what no node would take, before a row is written of it; what is mined already is looked at no more.

    Args:
        gateway: the chain.
        signed: the transaction.
        most_under_way: how far ahead of its account's next one it may be.

    Raises:
        TransactionUnfit: it can never take effect, or not with what the account has.
    """
    if gateway.receipt(signed.hash) is not None:
        return
    count = gateway.nonce(signed.sender, "latest")
    if signed.nonce < count:
        raise TransactionUnfit(
            f"The nonce {signed.nonce} is taken by another transaction: the account's next one is {count}."
        )
    if signed.nonce >= count + most_under_way:
        raise TransactionUnfit(
            f"The transaction has the nonce {signed.nonce}, and the account's next one is {count}: send those "
            "before it first."
        )
    base = gateway.base_fee()
    if signed.max_fee_per_gas < base:
        # an account without money could have any number of them here
        raise TransactionUnfit(
            f"The transaction pays {signed.max_fee_per_gas} wei for a unit of gas at most, and one costs {base} "
            "now: sign it with more."
        )
    balance = gateway.balance(signed.sender)
    if balance < signed.most:
        raise TransactionUnfit(
            f"The transaction may cost {signed.most} wei with its gas, and {signed.sender} has {balance}."
        )


def sendable_until(gateway: Gateway, signed: SignedCall, digest: str) -> int | None:
    """The last second in which anybody can send again what a transaction forwarded in vain.

    Whoever signed it did so in public. None where its place is taken by now, or its time is over.

    Args:
        gateway: the chain.
        signed: the transaction.
        digest: what was signed, in hexadecimal digits; that alone says its place in the account's order.

    Raises:
        ChainUnavailable: the node does not answer.
    """
    request = request_in(signed.data)
    if request is None or signed.to is None or request.deadline < gateway.pending_time():
        return None
    at_its_turn = replace(request, nonce=next_nonce(gateway, signed.to, request.account))
    return request.deadline if at_its_turn.digest(signed.to, gateway.chain_id()) == f"0x{digest}" else None


def with_numbers_as_strings(typed: dict[str, Any]) -> dict[str, Any]:
    """Typed data as JSON, whose numbers other languages read as such only up to 2^53."""
    return typed | {
        part: {name: str(value) if isinstance(value, int) else value for name, value in typed[part].items()}
        for part in ("domain", "message")
    }
