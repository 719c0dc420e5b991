"""Receipts and statements."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from earnest.statements.dependencies import Statements
from earnest.statements.schemas import Receipt, Statement
from earnest.web.addresses import GivenAddress
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking

router = APIRouter(tags=["contributions"], route_class=StrictRoute)

#: Contributions are numbered from 0; the database keeps 64 bits.
Index = Annotated[int, Path(ge=0, lt=2**40)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/pools/{pool}/contributions/{index}/receipt")
@asking
def show_receipt(pool: str, index: Index, statements: Statements) -> Receipt:
    """A contribution's money: deposit, verdict and why, what was claimed and what is left, and every transaction.

    With the model's digest before it learned from it, and after.
    """
    return statements.receipt(pool, index)


@router.get("/pools/{pool}/statements/{address}")
@asking
def show_statement(
    pool: str, address: GivenAddress, statements: Statements, cursor: str | None = None, limit: Limit = 100
) -> Statement:
    """What changed an account's credit in a pool, oldest first, each entry with what the pool owed afterwards.

    All of it is public on the chain.
    """
    return statements.statement(pool, address, cursor, limit)


@router.get(
    "/pools/{pool}/statements/{address}/statement.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The whole statement."}},
)
@asking
def get_statement(pool: str, address: GivenAddress, statements: Statements) -> StreamingResponse:
    """The whole statement as CSV, however long it is."""
    return StreamingResponse(
        statements.lines(pool, address),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="statement.csv"'},
    )
