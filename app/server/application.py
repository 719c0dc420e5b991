"""The web application: routers, problem documents, health."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool

from earnest import telemetry
from earnest.accounts.router import router as accounts
from earnest.advice.router import router as advice
from earnest.audit.router import router as audit
from earnest.contributions.router import router as contributions
from earnest.dashboard.frame import HIDDEN, THEME
from earnest.dashboard.router import mount_dashboard
from earnest.development.router import router as development
from earnest.events.router import router as events
from earnest.exports.router import router as exports
from earnest.imports.router import router as imports
from earnest.keys.router import router as keys
from earnest.operations.requests import WatchedRequests
from earnest.operations.router import router as operations
from earnest.pools.router import router as pools
from earnest.readiness import CAPABILITIES, NotReady
from earnest.reviews.router import router as reviews
from earnest.runtime import Runtime
from earnest.secrets import matches
from earnest.sign_in.router import router as sign_in
from earnest.statements.router import router as statements
from earnest.submissions.router import router as submissions
from earnest.sweeps.reference import describe_scenarios
from earnest.sweeps.router import router as sweeps
from earnest.sweeps.schemas import KnobShown
from earnest.sweeps.service import SweepService
from earnest.texts.router import router as texts
from earnest.transactions.router import router as transactions
from earnest.wallet.router import router as wallet
from earnest.web.bodies import BoundedRequests
from earnest.web.dependencies import LEAVING, LONGEST_WAIT, READINESS, SERVICES, STREAMS
from earnest.web.guide import mount_guide
from earnest.web.headers import SafeHeaders
from earnest.web.kept import KeptAnswers
from earnest.web.limits import LimitedAddresses
from earnest.web.origins import OwnPagesOnly, names_of
from earnest.web.problems import RESPONSES, Unexpected, describe_problems, install_problem_handlers, problem
from earnest.web.streams import OpenStreams
from earnest.webhooks.router import router as webhooks

#: Of every room that has one.
ROUTERS = (
    pools, reviews, imports, submissions, contributions, texts, transactions, wallet, accounts, sign_in, keys, audit,
    development, sweeps, advice, events, webhooks, statements, exports,
)  # fmt: skip

DESCRIPTION = """Train one model together with strangers: deposits in a smart contract keep contributors honest.

Amounts are decimal strings of wei, times are seconds of chain time (of the machine's clock for sweeps), errors are
problem documents (RFC 9457)."""


def create_app(runtime: Runtime) -> FastAPI:
    """The application on top of a runtime, which starts and stops with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime.start()
        try:
            yield
        finally:
            await run_in_threadpool(runtime.stop)
            # the server ends the process by the signal that it was sent
            await run_in_threadpool(telemetry.stop)

    app = FastAPIOffline(title="Earnest", version="1", description=DESCRIPTION, lifespan=lifespan)
    for name, value in (
        (SERVICES, runtime.services),
        (READINESS, runtime.readiness),
        (LEAVING, lambda: runtime.leaving()),
        (LONGEST_WAIT, runtime.settings.confirm_seconds),
        (STREAMS, OpenStreams(runtime.settings)),
    ):
        setattr(app.state, name, value)
    settings = runtime.settings
    app.add_middleware(Unexpected)
    app.add_middleware(KeptAnswers, version=runtime.version, choices=(THEME, HIDDEN))
    # the last that is added is the first that sees a request
    app.add_middleware(BoundedRequests, is_operator=lambda token: matches(token, runtime.admin_token))
    app.add_middleware(OwnPagesOnly, names=names_of(settings.host, settings.public_names), public=settings.public_names)
    app.add_middleware(LimitedAddresses, limits=runtime.limits)
    app.add_middleware(SafeHeaders)
    app.add_middleware(WatchedRequests, counts=runtime.counts)
    install_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1", responses=RESPONSES)
    app.include_router(operations, responses=RESPONSES)
    describe_problems(app)
    describe_scenarios(app, lambda: _knobs(runtime))
    _serve_reference(app)
    mount_dashboard(app)
    mount_guide(app)

    @app.get("/version", tags=["operations"])
    async def show_version() -> dict[str, str]:
        """Which version answers."""
        return {"version": version("earnest"), "api": "v1"}

    @app.get(
        "/.well-known/security.txt",
        tags=["operations"],
        response_class=PlainTextResponse,
        responses={404: RESPONSES[404]},
    )
    async def security() -> Any:
        """Whom to tell of a weakness (RFC 9116), where the operator has said so."""
        if settings.security_contact is None:
            return problem(404, "not-found", "Not Found", "The operator has named nobody: EARNEST_SECURITY_CONTACT.")
        expires = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 180 * 86_400))
        return PlainTextResponse(f"Contact: {settings.security_contact}\nExpires: {expires}\n")

    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        # without a thread: however many requests wait
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    async def readyz(request: Request) -> Any:
        """200 when the service reads, predicts and submits; 503 with the reasons otherwise.

        `capability=predict` asks about that alone, `pool=ID` about one pool; else a pool that lacks something is shown
        with its reasons, and the service is ready for the others.
        """
        readiness, pool = runtime.readiness, request.query_params.get("pool")
        capability = request.query_params.get("capability")
        if capability is not None and capability not in CAPABILITIES:
            detail = f"There is no capability {capability[:40]!r}; ask for one of {', '.join(CAPABILITIES)}."
            return problem(422, "capability-unknown", "Capability unknown", detail)
        reasons = readiness.against(capability, pool)
        if reasons:
            detail = " ".join(reasons.values())
            return problem(503, "not-ready", "Not ready", detail, reasons=reasons, **readiness.shown())
        return JSONResponse({"status": "ready", **readiness.shown()})

    return app


def _knobs(runtime: Runtime) -> list[KnobShown]:
    """The simulations' knobs.

    Raises:
        NotReady: the service is not up yet, or never will be, as where only its reference is made.
    """
    sweeps = runtime.services.get(SweepService)
    if not isinstance(sweeps, SweepService):
        raise NotReady("The service is not up, and cannot ask the simulations for their knobs.")
    return sweeps.knobs()


def _serve_reference(app: FastAPI) -> None:
    """Serve the API's reference by a thread of its own: to make it takes seconds, which others would wait."""
    where = str(app.openapi_url)
    (built_in,) = [route for route in app.router.routes if getattr(route, "path", None) == where]
    app.router.routes.remove(built_in)
    app.add_route(where, lambda _: JSONResponse(app.openapi()), include_in_schema=False)
