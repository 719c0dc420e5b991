"""Advice: ask, look how far it is, cancel."""

from fastapi import APIRouter, Response

from earnest.accounts.dependencies import Operator
from earnest.advice.dependencies import Advices
from earnest.advice.schemas import AdviceRequest, AdviceShown
from earnest.web.routes import StrictRoute
from earnest.web.threads import writing

router = APIRouter(tags=["advice"], route_class=StrictRoute)


@router.post("/advice", status_code=202)
@writing
def ask_for_advice(request: AdviceRequest, response: Response, advices: Advices, operator: Operator) -> AdviceShown:
    """Simulate what would come of a pool before it is made; one question is answered at a time."""
    shown = advices.create(request, operator.shown)
    response.headers["Location"] = f"/v1/advice/{shown.id}"
    return shown


@router.get("/advice/{advice}")
def show_advice(advice: str, advices: Advices, operator: Operator) -> AdviceShown:
    """How far it is, and the answer once it is there; of nobody else's question."""
    return advices.show(advice, operator.shown)


@router.post("/advice/{advice}/cancel", status_code=202)
@writing
def cancel_advice(advice: str, advices: Advices, operator: Operator) -> AdviceShown:
    """Stop working it out."""
    return advices.cancel(advice, operator.shown)
