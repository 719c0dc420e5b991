"""Requests and answers about accounts."""

from typing import Annotated

from pydantic import Field

from earnest.web.schemas import Amount, Name, Schema, example


class AccountRequest(Schema):
    """A new managed development account."""

    model_config = example({"name": "ada"})

    name: Annotated[Name, Field(examples=["ada"])]


class AccountCreated(Schema):
    """The account and its token, which is shown this once."""

    address: str
    name: str
    token: str


class PoolStanding(Schema):
    """An account in one pool."""

    pool: str
    pool_name: str
    credit: Amount
    verified: int
    standing: Annotated[int, Field(description="What agreeing with a sealed judge has earned; 0 in other pools.")]
    contributions: int
    deposits: Amount
    refunds: Amount
    shares: Amount
    leftovers: Amount
    earnings: Annotated[Amount, Field(description="What claims on others' deposits brought: shares and leftovers.")]


class AccountShown(Schema):
    """An account's balance on chain and its standing in each pool."""

    address: str
    name: str | None
    balance: Amount
    block_number: int
    pools: list[PoolStanding]
