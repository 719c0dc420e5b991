"""Answers about contributions."""

from typing import Literal

from pydantic import Field

from earnest.core.models.model import NOT_PREDICTED
from earnest.web.schemas import Amount, Schema

#: What can have become of a contribution; the last two are of pools whose judge is sealed.
Status = Literal["open", "refunded", "taken", "collected", "settled", "expired"]


def shown_prediction(predicted: int) -> int | None:
    """The class that a contract predicted; None where its model learns without predicting."""
    return None if predicted == NOT_PREDICTED else predicted


class Action(Schema):
    """What can be done with a contribution, by whom and when; times are seconds of chain time, ends included.

    Where the judge is sealed, windows count epochs, which are seals: `from_epoch` and `until_epoch` say when, and the
    times are null.
    """

    verb: Literal["refund", "report", "collect", "settle"]
    by: Literal["contributor", "verified others", "anyone"]
    since: int | None
    until: int | None
    from_epoch: int | None = Field(default=None, description="First epoch in which it works; null for others.")
    until_epoch: int | None = Field(default=None, description="Last epoch in which it works; null for ever.")
    open: bool
    amount: Amount | None = Field(description="What it would pay now; for a report it depends on who reports.")
    reason: str | None = Field(description="Why it would be refused now.")


class ClaimShown(Schema):
    """A claim that was confirmed."""

    verb: Literal["refund", "report", "collect", "settle"]
    account: str
    amount: Amount
    burned: bool
    taught: bool | None = Field(default=None, description="Of a settling: whether the model was given the sample.")
    standing: int | None = Field(default=None, description="Of a settling: its account's, after it.")
    time: int
    block_number: int
    transaction_hash: str


class SealedFacts(Schema):
    """What a contribution is where the judge is sealed."""

    case: Literal["agreed", "promised", "at risk"]
    epoch: int = Field(description="Seals made before it.")
    state: Literal["waiting", "due", "settled", "expired"] = Field(
        description="`waiting` for seals; `due` once it can be settled, though a judge may still refuse one at risk."
    )
    standing: int | None = Field(description="Its author's, right after it.")


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
    status: Status
    sealed: SealedFacts | None = Field(default=None, description="Case and state where the judge is sealed.")
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
