"""Requests and answers about the faucet and the clock of development chains."""

from typing import Annotated

from pydantic import Field

from earnest.web.schemas import Amount, Schema, Whole, example


class FaucetRequest(Schema):
    """Ether for a development account, or of the token for development, in its smallest unit."""

    model_config = example({"amount": "1000000000000000000"})

    amount: Annotated[Amount, Field(examples=["1000000000000000000"])] = 10**18
    token: Annotated[
        str | None,
        Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="Address of the token for development; null for ether."),
    ] = None


class FaucetPaid(Schema):
    """A confirmed payment from the faucet."""

    address: str
    amount: Amount
    balance: Amount = Field(description="Of what was paid.")
    transaction_hash: str


class TimeRequest(Schema):
    """How far to move the chain's clock."""

    model_config = example({"seconds": 86_400})

    seconds: Annotated[Whole, Field(ge=1, le=10 * 365 * 86_400, examples=[86_400])]


class TimeShown(Schema):
    """The chain's latest block."""

    block_number: int
    timestamp: int
