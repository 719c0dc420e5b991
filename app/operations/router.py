"""Metrics."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from earnest.accounts.dependencies import Admin
from earnest.operations.dependencies import Metrics
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking

router = APIRouter(tags=["operations"], route_class=StrictRoute)


@router.get("/metrics", response_class=PlainTextResponse)
@asking
def show_metrics(metrics: Metrics, admin: Admin) -> PlainTextResponse:
    """Metrics in Prometheus' format; an operator's token, or an API key with the scope `operate`, is needed."""
    return PlainTextResponse(metrics.text(), media_type=CONTENT_TYPE_LATEST)
