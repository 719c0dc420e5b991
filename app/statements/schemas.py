"""Receipts and statements."""

from typing import Literal

from pydantic import Field

from earnest.contributions.schemas import ContributionDetail
from earnest.web.schemas import Amount, Schema


class TransactionOfReceipt(Schema):
    """A transaction in which a contribution was made or claimed."""

    verb: Literal["contribute", "refund", "report", "collect", "settle"]
    account: str
    amount: Amount = Field(description="Paid in by `contribute`, paid out by the others.")
    time: int
    block_number: int
    transaction_hash: str


class Receipt(Schema):
    """All there is to say of a contribution's money: `deposit` = `claimed` + `pending`."""

    contribution: ContributionDetail = Field(
        description="What it is; `actions` says what can be claimed, from when and by whom."
    )
    digest_before: str | None = Field(
        description="The model's digest before it learned from this; null where it does not learn at once."
    )
    digest_after: str | None
    verdict: Literal[
        "agrees", "disagrees", "agreed", "promised", "at risk", "refunded", "taken", "collected", "settled", "expired"
    ] = Field(
        description="How the contribution ended; while it is open, whether the model agrees with its label now or, "
        "where the judge is sealed, its case."
    )
    reason: str
    deposit: Amount
    claimed: Amount = Field(description="Paid out by the claims on it, or burned by them.")
    pending: Amount = Field(description="What is left of the deposit.")
    transactions: list[TransactionOfReceipt]


class EntryShown(Schema):
    """A change of what a pool owes an account; `amount` is below 0 where it fell."""

    kind: Literal["payment", "deposit", "refund", "report", "collect", "withdrawal"]
    amount: str = Field(pattern=r"^-?(0|[1-9][0-9]*)$", description="In wei.")
    credit: Amount = Field(description="What the pool owes the account after this.")
    index: int | None = Field(description="Of the contribution.")
    time: int
    block_number: int
    log_index: int
    transaction_hash: str


class Statement(Schema):
    """An account in a pool, entry by entry, oldest first: `opening` + the entries' amounts = `closing`.

    The last page's `closing` is the account's credit. A transaction's entries stand on one page, which so may have more
    than were asked for.
    """

    pool: str
    account: str
    block_number: int = Field(description="The tables stand at this block.")
    credit: Amount = Field(description="What the pool owes the account now.")
    opening: Amount
    closing: Amount
    items: list[EntryShown]
    next: str | None = Field(description="Into `cursor` of the next request; null at the end.")
