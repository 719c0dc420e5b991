"""Where there is nothing to show, a page says why: to people, in HTML."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from earnest.accounts.service import AccountService
from earnest.contributions.service import ContributionService
from earnest.dashboard.router import mount_dashboard
from earnest.development.service import DevelopmentService
from earnest.pools.overview import OverviewService
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.submissions.service import SubmissionService
from earnest.sweeps.service import SweepService
from earnest.verification.service import ProofService
from earnest.web.dependencies import READINESS, SERVICES
from earnest.web.problems import install_problem_handlers

PLACES = [
    ("GET", "/", None),
    ("GET", "/pools/x", None),
    ("GET", "/pools/x/proof", None),
    ("GET", "/pools/x/try", None),
    ("POST", "/pools/x/try", {"text": "A film."}),
    ("GET", "/pools/x/contribute", None),
    ("POST", "/pools/x/contribute", {"action": "quote", "text": "A film.", "label": "1"}),
    ("GET", "/pools/x/contributions/1", None),
    ("GET", "/account", None),
    ("POST", "/account", {"action": "account"}),
    ("GET", "/accounts/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", None),
    ("GET", "/explorer", None),
    ("GET", "/operator", None),
    ("GET", "/sweeps", None),
    ("POST", "/sweeps", {"scenario": "paper"}),
    ("GET", "/sweeps/x", None),
    ("POST", "/sweeps/x", {"action": "cancel"}),
]


def answer_of(readiness: Readiness, method: str, path: str, form: dict[str, str] | None) -> httpx.Response:
    """Of an application whose services can do nothing: none has come up."""
    app = FastAPI()
    kinds = (
        AccountService, ContributionService, DevelopmentService, OverviewService, PoolService, ProofService,
        SubmissionService, SweepService,
    )  # fmt: skip
    setattr(app.state, READINESS, readiness)
    setattr(app.state, SERVICES, {kind: kind.__new__(kind) for kind in kinds})
    install_problem_handlers(app)
    mount_dashboard(app)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://earnest") as client:
            return await client.request(method, path, data=form)

    return asyncio.run(ask())


@pytest.mark.parametrize(("method", "path", "form"), PLACES)
def test_every_page_of_a_service_that_is_not_ready_gives_each_reason(method, path, form):
    readiness = Readiness()
    readiness.block("pool x", "The model of x <differs> from the chain's.")
    answer = answer_of(readiness, method, path, form)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "The service is starting." in answer.text
    assert "The model of x &lt;differs&gt; from the chain&#39;s." in answer.text


@pytest.mark.parametrize(("method", "path", "form"), PLACES[1:2])
def test_what_nobody_foresaw_is_no_page(method, path, form):
    readiness = Readiness()
    readiness.clear("start")
    answer = answer_of(readiness, method, path, form)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
