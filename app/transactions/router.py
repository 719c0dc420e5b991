"""Transactions."""

from typing import Annotated

from fastapi import APIRouter, Depends

from earnest.transactions.schemas import TransactionShown
from earnest.transactions.service import TransactionService
from earnest.web.dependencies import provided
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking

router = APIRouter(tags=["contributions"], route_class=StrictRoute)

Transactions = Annotated[TransactionService, Depends(provided(TransactionService))]


@router.get("/transactions/{transaction_hash}")
@asking
def show_transaction(transaction_hash: str, transactions: Transactions) -> TransactionShown:
    """A mined transaction's receipt as the chain has it, with the pools' events in it."""
    return transactions.show(transaction_hash)
