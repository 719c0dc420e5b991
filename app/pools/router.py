"""Pools, encoders, predictions, quotes."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from earnest.pools.schemas import PoolRequest, PoolShown, PredictionsRequest, PredictionsShown, Quote, QuoteRequest
from earnest.web.dependencies import Admin, Ready
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_position, encode_cursor

router = APIRouter(tags=["pools"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=100)]


@router.post("/pools", status_code=202)
def deploy_pool(request: PoolRequest, response: Response, runtime: Ready, admin: Admin) -> PoolShown:
    """Deploy a pool; what can never work is refused at once, and the pool's status tells when it is ready.

    A header `Warning` says what to write otherwise by the next release.
    """
    pool_id = runtime.deploy(request)
    if request.notes:
        response.headers["Warning"] = ", ".join(f'299 - "{note}"' for note in request.notes)
    with runtime.sessions() as session:
        return runtime.pools.show(session, runtime.pools.find(session, pool_id))


@router.get("/pools")
def list_pools(runtime: Ready, cursor: str | None = None, limit: Limit = 20) -> Page[PoolShown]:
    """All pools, oldest first."""
    after = decode_position(cursor, int, str) if cursor is not None else None
    with runtime.sessions() as session:
        items, following = runtime.pools.page(session, after, limit)
    return Page(items=items, next=encode_cursor(*following) if following is not None else None)


@router.get("/pools/{pool}")
def show_pool(pool: str, runtime: Ready) -> PoolShown:
    """A pool by id or address."""
    with runtime.sessions() as session:
        return runtime.pools.show(session, runtime.pools.find(session, pool))


@router.delete("/pools/{pool}", status_code=204)
def delete_pool(pool: str, runtime: Ready, admin: Admin) -> None:
    """Forget a pool whose deployment failed; any other is on the chain, and stays."""
    runtime.pools.forget(pool)


@router.post("/pools/{pool}/pause")
def pause_pool(pool: str, runtime: Ready, admin: Admin) -> PoolShown:
    """Stop new contributions to a pool that the operator owns; claims and withdrawals go on."""
    return _set_paused(pool, runtime, paused=True)


@router.post("/pools/{pool}/unpause")
def unpause_pool(pool: str, runtime: Ready, admin: Admin) -> PoolShown:
    """Let contributions go on."""
    return _set_paused(pool, runtime, paused=False)


def _set_paused(pool: str, runtime: Ready, *, paused: bool) -> PoolShown:
    runtime.set_paused(pool, paused=paused)
    with runtime.sessions() as session:
        return runtime.pools.show(session, runtime.pools.find(session, pool))


@router.get("/encoders/{encoder_hash}", response_class=Response)
def get_encoder(encoder_hash: str, runtime: Ready) -> Response:
    """An encoder's canonical file; its keccak256 is its name, so it never changes."""
    return Response(
        runtime.pools.encoder_file(encoder_hash),
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@router.post("/pools/{pool}/predictions")
def predict(pool: str, request: PredictionsRequest, runtime: Ready) -> PredictionsShown:
    """Class and score of up to 1,000 samples; free, and no account is needed."""
    with runtime.sessions() as session:
        found = runtime.pools.find(session, pool)
    return runtime.pools.predict(found, list(request.samples))


@router.post("/pools/{pool}/quotes")
def quote(pool: str, request: QuoteRequest, runtime: Ready) -> Quote:
    """What contributing a sample would cost, and what to expect of it; nothing is sent."""
    with runtime.sessions() as session:
        return runtime.pools.quote(session, runtime.pools.find(session, pool), request)
