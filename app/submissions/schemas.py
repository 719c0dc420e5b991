"""Requests and answers about submissions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from earnest.pools.schemas import Encoding
from earnest.web.schemas import Amount, Flag, LabelledSample, Schema, Whole, example

#: Most samples in one submission.
MAX_ITEMS = 200

Verb = Literal[
    "contribute", "refund", "report", "collect", "settle", "seal", "withdraw", "pause", "unpause", "approve", "deposit",
    "permitted"
]  # fmt: skip
Status = Literal["prepared", "sent", "confirmed", "failed", "dropped", "aside"]


class SubmissionRequest(Schema):
    """Samples to contribute; `max_price` bounds what any one of them may cost (default: the price now)."""

    model_config = example(
        {"items": [{"text": "A wonderful film, moving and funny.", "label": 1}], "max_price": "1000000000000000"}
    )

    items: Annotated[list[LabelledSample], Field(min_length=1, max_length=MAX_ITEMS)]
    max_price: Amount | None = None
    keep_text: Annotated[Flag, Field(description="Keep the texts, off chain, beside their samples.")] = True
    one_commitment: Annotated[
        Flag,
        Field(
            description="Let the samples of a transaction share one commitment: contributing costs less gas, and each "
            "claim somewhat more."
        ),
    ] = False
    accept_risk: Annotated[
        Flag,
        Field(
            description="Where the judge is sealed: send samples too that the judge disagrees with and the account has "
            "no standing for, whose deposits may be lost. Without it none of these is sent."
        ),
    ] = False


class ClaimRequest(Schema):
    """Contributions to claim with one verb."""

    model_config = example({"indices": [0]})

    indices: Annotated[list[Annotated[Whole, Field(ge=0, lt=2**40)]], Field(min_length=1, max_length=MAX_ITEMS)]


class SubmissionItemShown(Schema):
    """What became of one item."""

    position: int
    status: Status
    index: int | None = Field(description="The contribution's number in its pool, once confirmed.")
    transaction_hash: str | None
    block_number: int | None
    gas_used: int | None
    amount: Amount | None = Field(description="Paid in by a contribution, paid out by a claim, in wei; once confirmed.")
    error: dict[str, Any] | None
    encoding: Encoding | None = Field(
        default=None, description="What the encoder made of the text, as long as that is kept; null otherwise."
    )


class SubmissionShown(Schema):
    """A submission and its items; its status is `confirmed` once every item is."""

    id: str
    account: str
    pool: str
    verb: Verb
    status: Status
    created_at: int
    items: list[SubmissionItemShown]
