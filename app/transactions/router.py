"""Transactions."""

from fastapi import APIRouter

from earnest.transactions.dependencies import Transactions
from earnest.transactions.schemas import TransactionShown
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking

router = APIRouter(tags=["contributions"], route_class=StrictRoute)


@router.get("/transactions/{transaction_hash}")
@asking
def show_transaction(transaction_hash: str, transactions: Transactions) -> TransactionShown:
    """A mined transaction's receipt as the chain has it, with the pools' events in it."""
    return transactions.show(transaction_hash)
