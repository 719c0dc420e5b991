"""Pools, encoders, predictions, quotes."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from earnest.accounts.dependencies import Admin, Owner
from earnest.pools.dependencies import Administering, Administration, Pools, Predictors, Quoters
from earnest.pools.quality.schemas import MOST, USUAL, QualityShown
from earnest.pools.schemas import (
    DataChecked,
    PoolRequest,
    PoolShown,
    PredictionsRequest,
    PredictionsShown,
    Quote,
    QuoteRequest,
    ScansShown,
    TokensShown,
)
from earnest.web.dependencies import IdempotencyKey
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_position, encode_cursor
from earnest.web.threads import asking, sending, writing

router = APIRouter(tags=["pools"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=100)]


# these two first: an address is held against one route after the other, and these are asked for most
@router.post("/pools/{pool}/predictions")
async def predict(pool: str, request: PredictionsRequest, pools: Predictors) -> PredictionsShown:
    """Class and score of up to 1,000 samples; free, and no account is needed."""
    if pools.is_quick(pool, request.samples):
        # to hand it to another thread would take longer
        return pools.predict(pool, request.samples)
    return await run_in_threadpool(pools.predict, pool, request.samples)


@router.post("/pools/{pool}/quotes")
async def quote(pool: str, request: QuoteRequest, pools: Quoters) -> Quote:
    """What contributing a sample would cost, and what to expect of it; nothing is sent."""
    at_once = pools.quote_at_once(pool, request)
    return at_once if at_once is not None else await asking.run(pools.quote, pool, request)


@router.post("/pools", status_code=202)
@sending
def deploy_pool(
    request: PoolRequest,
    response: Response,
    pools: Pools,
    administration: Administering,
    admin: Admin,
    idempotency_key: IdempotencyKey = None,
) -> PoolShown:
    """Deploy a pool; what can never work is refused at once, and the pool's status tells when it is ready.

    A header `Warning` says what to write otherwise by the next release.
    """
    shown = pools.show(administration.deploy(request, idempotency_key))
    if request.notes:
        response.headers["Warning"] = ", ".join(f'299 - "{note}"' for note in request.notes)
    return shown


@router.post("/pools/check")
@asking
def check_pool(request: PoolRequest, administration: Administration, admin: Admin) -> DataChecked:
    """Read a pool's data and learn from them as a deployment would: what is in them; nothing is deployed."""
    return administration.check(request)


@router.get("/pools")
@asking
def list_pools(pools: Pools, cursor: str | None = None, limit: Limit = 20) -> Page[PoolShown]:
    """All pools, oldest first."""
    after = decode_position(cursor, int, str) if cursor is not None else None
    items, following = pools.page(after, limit)
    return Page(items=items, next=encode_cursor(*following) if following is not None else None)


@router.get("/pools/{pool}")
@asking
def show_pool(pool: str, pools: Pools) -> PoolShown:
    """A pool by id or address."""
    return pools.show(pool)


@router.delete("/pools/{pool}", status_code=204)
@writing
def delete_pool(pool: str, pools: Pools, admin: Admin) -> None:
    """Forget a pool whose deployment failed; any other is on the chain, and stays."""
    pools.forget(pool)


@router.post("/pools/{pool}/pause")
@sending
def pause_pool(pool: str, pools: Pools, administration: Administering, admin: Admin) -> PoolShown:
    """Stop new contributions to a pool that the operator owns; claims and withdrawals go on."""
    administration.set_paused(pool, paused=True)
    return pools.show(pool)


@router.post("/pools/{pool}/unpause")
@sending
def unpause_pool(pool: str, pools: Pools, administration: Administering, admin: Admin) -> PoolShown:
    """Let contributions go on."""
    administration.set_paused(pool, paused=False)
    return pools.show(pool)


@router.get("/pools/{pool}/scans")
@asking
def scan_pool(
    pool: str, administration: Administration, admin: Admin, rate: Annotated[float, Query(ge=0, le=0.5)] = 0.03
) -> ScansShown:
    """Look for what deposits do not judge: backdoors, wrong labels, harmful contributors; with their false alarms."""
    return administration.scan(pool, rate)


@router.get("/pools/{pool}/quality")
@asking
def show_quality(
    pool: str, administration: Administration, owner: Owner, newest: Annotated[int, Query(ge=1, le=MOST)] = USUAL
) -> QualityShown:
    """Advice about the newest contributions, for the pool's owner and the operator; it decides nothing.

    Texts that are nearly the same, labels that are likely wrong, and of each contributor agreement with the model, pace
    and labels. Needs the extra `quality`, and takes seconds.
    """
    return administration.quality(owner, pool, newest)


@router.get("/tokens")
@asking
def list_tokens(administration: Administration) -> TokensShown:
    """The ERC-20 tokens that new pools may take deposits in, besides native coin."""
    return administration.tokens()


@router.get("/encoders/{encoder_hash}", response_class=Response)
def get_encoder(encoder_hash: str, pools: Pools) -> Response:
    """An encoder's canonical file; its keccak256 is its name, so it never changes."""
    return Response(
        pools.encoder_file(encoder_hash),
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
