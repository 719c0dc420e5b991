"""The call that the service would prepare for what a call says: the same bytes, and the gas that it needs at most."""

from dataclasses import replace

from sqlalchemy.orm import Session

from earnest.chain.gateway import Gateway
from earnest.chain.interface import decode_call
from earnest.chain.sealed import contribute_call
from earnest.chain.signer import TypedSignature
from earnest.chain.tokens import deposit_call, moving, permit_call, token_of
from earnest.chain.types import Call
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import contribution
from earnest.db.tables import Pool
from earnest.pools.service import model_of_pool
from earnest.submissions.calls import claim_call, claimed
from earnest.submissions.sealed_calls import settle
from earnest.wallet.verbs import DEPOSIT_PERMITTED, LIVES, SAMPLES, TOKENS, Meant


def canonical(session: Session, gateway: Gateway, pool: Pool, meant: Meant, data: bytes) -> Call | None:
    """The call, without coins; None where the service would prepare none of these bytes.

    Args:
        session: the tables.
        gateway: makes calls; nothing is asked of the chain.
        pool: that is called.
        meant: what the data say.
        data: that it is called with.
    """
    call = _rebuilt(session, gateway, pool, meant, data)
    if call is None or call.data != data:
        return None
    return moving(replace(call, value=0), token_of(pool.token))


def _rebuilt(session: Session, gateway: Gateway, pool: Pool, meant: Meant, data: bytes) -> Call | None:
    address, verb, is_sealed = pool.address or "", meant.verb, terms_of_pool(pool).incentive.is_sealed
    if verb.asks == SAMPLES:
        return _contribution(gateway, pool, meant, is_sealed=is_sealed)
    if verb.name == "withdraw":
        return gateway.withdraw_call(address)
    if verb.asks == TOKENS and not meant.amount:
        # nothing would be deposited, which anybody can have done, and the gas paid for
        return None
    if verb.name == DEPOSIT_PERMITTED.name:
        return _permitted(address, data)
    if verb.name == "deposit":
        return deposit_call(address, meant.amount or 0)
    rows = [row for item in meant.items if (row := contribution(session, pool, item.index or 0)) is not None]
    if len(rows) != len(meant.items):
        return None
    if is_sealed:
        return settle(pool, rows[0]) if len(rows) == 1 else None
    return claim_call(gateway, pool, verb.name, [claimed(session, row) for row in rows])


def _contribution(gateway: Gateway, pool: Pool, meant: Meant, *, is_sealed: bool) -> Call | None:
    address, model = pool.address or "", model_of_pool(pool)
    samples, labels = [item.sample or b"" for item in meant.items], [item.label or 0 for item in meant.items]
    most = meant.max_price or 0
    if model is None:
        return None
    if is_sealed:
        return contribute_call(address, samples[0], labels[0], most, 0, model) if len(samples) == 1 else None
    return gateway.contribute_call(
        address, samples, labels, most, 0, committed=meant.one_commitment and len(samples) > 1, model=model
    )


def _permitted(address: str, data: bytes) -> Call | None:
    for life in LIVES.values():
        called = decode_call(life.interface, data)
        if called is not None and called[0] in DEPOSIT_PERMITTED.functions:
            given = called[1]
            signature = TypedSignature(given["v"], given["r"], given["s"])
            return permit_call(address, given["amount"], given["deadline"], signature)
    return None
