"""Answers about contributions."""

from typing import Literal

from pydantic import Field

from earnest.core.models.model import NOT_PREDICTED
from earnest.web.schemas import Amount, Schema


def shown_prediction(predicted: int) -> int | None:
    """The class that a contract predicted; None where its model learns without predicting."""
    return None if predicted == NOT_PREDICTED else predicted


class Action(Schema):
    """What can be done with a contribution, by whom and when; times are seconds of chain time, ends included."""

    verb: Literal["refund", "report", "collect"]
    by: Literal["contributor", "verified others", "anyone"]
    since: int
    until: int | None
    open: bool
    amount: Amount | None = Field(description="What it would pay now; for a report it depends on who reports.")
    reason: str | None = Field(description="Why it would be refused now.")


class ClaimShown(Schema):
    """A claim that was confirmed."""

    verb: Literal["refund", "report", "collect"]
    account: str
    amount: Amount
    burned: bool
    time: int
    block_number: int
    transaction_hash: str


class ContributionShown(Schema):
    """A contribution at a block."""

    chain_id: int
    pool: str
    index: int
    contributor: str
    label: int
    predicted: int | None = Field(
        description="The model's class before it learned from this; null where the model learns without predicting."
    )
    predicted_now: int
    deposit: Amount
    claimable: Amount
    status: Literal["open", "refunded", "taken", "collected"]
    time: int
    features: int
    sample_hash: str
    batch_first: int | None = Field(description="First contribution of the committed batch that it came in.")
    text: str | None
    block_number: int
    transaction_hash: str
    as_of_block: int
    actions: list[Action] = Field(description="What can be done with it; nothing while the chain is silent.")


class ContributionDetail(ContributionShown):
    """A contribution with its sample and its claims."""

    sample: list[int]
    claims: list[ClaimShown]
