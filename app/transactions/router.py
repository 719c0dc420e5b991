"""Transactions."""

from fastapi import APIRouter

from earnest.transactions.schemas import TransactionShown
from earnest.web.dependencies import Ready
from earnest.web.routes import StrictRoute

router = APIRouter(tags=["contributions"], route_class=StrictRoute)


@router.get("/transactions/{transaction_hash}")
def show_transaction(transaction_hash: str, runtime: Ready) -> TransactionShown:
    """A mined transaction's receipt as the chain has it, with the pools' events in it."""
    return runtime.transactions.show(transaction_hash)
