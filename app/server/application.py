"""The web application: routers, problem documents, health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool

from earnest.accounts.router import router as accounts
from earnest.contributions.router import router as contributions
from earnest.dashboard.router import mount_dashboard
from earnest.development.router import router as development
from earnest.pools.router import router as pools
from earnest.readiness import CAPABILITIES, NotReady
from earnest.runtime import Runtime
from earnest.secrets import matches
from earnest.submissions.router import router as submissions
from earnest.sweeps.reference import describe_scenarios
from earnest.sweeps.router import router as sweeps
from earnest.sweeps.schemas import KnobShown
from earnest.sweeps.service import SweepService
from earnest.texts.router import router as texts
from earnest.transactions.router import router as transactions
from earnest.web.bodies import BoundedRequests
from earnest.web.dependencies import LEAVING, LONGEST_WAIT, READINESS, SERVICES
from earnest.web.guide import mount_guide
from earnest.web.headers import SafeHeaders
from earnest.web.limits import LimitedAddresses
from earnest.web.origins import OwnPagesOnly, names_of
from earnest.web.problems import RESPONSES, Unexpected, describe_problems, install_problem_handlers, problem

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

    app = FastAPIOffline(title="Earnest", version="1", description=DESCRIPTION, lifespan=lifespan)
    for name, value in (
        (SERVICES, runtime.services),
        (READINESS, runtime.readiness),
        (LEAVING, lambda: runtime.leaving()),
        (LONGEST_WAIT, runtime.settings.confirm_seconds),
    ):
        setattr(app.state, name, value)
    settings = runtime.settings
    app.add_middleware(Unexpected)
    # the last that is added is the first that sees a request
    app.add_middleware(BoundedRequests, is_operator=lambda token: matches(token, runtime.admin_token))
    app.add_middleware(OwnPagesOnly, names=names_of(settings.host, settings.public_names), public=settings.public_names)
    app.add_middleware(LimitedAddresses, limits=runtime.limits)
    app.add_middleware(SafeHeaders)
    install_problem_handlers(app)
    for router in (pools, submissions, contributions, texts, transactions, accounts, development, sweeps):
        app.include_router(router, prefix="/v1", responses=RESPONSES)
    describe_problems(app)
    describe_scenarios(app, lambda: _knobs(runtime))
    _serve_reference(app)
    mount_dashboard(app)
    mount_guide(app)

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
