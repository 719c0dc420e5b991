"""Requests and answers about importing pools."""

from typing import Annotated

from pydantic import Field

from earnest.pools.schemas import Address
from earnest.web.schemas import Name, Schema, Whole


class ImportRequest(Schema):
    """A pool on the chain to serve.

    `encoder` is the content of its encoder's file, which only its hash is on the chain of: any service that serves the
    pool has it at `/v1/encoders/HASH`. It can be left out where this service has it.
    """

    address: Address
    name: Name
    encoder: Annotated[str | None, Field(max_length=2**20)] = None
    from_block: Annotated[
        Whole, Field(ge=0, lt=2**53, description="Where to look for its creation; it must not be older.")
    ] = 0
    forwarders: Annotated[
        tuple[Address, ...],
        Field(
            max_length=16, description="Trusted forwarders that are known to check signatures; any other is refused."
        ),
    ] = ()


class PoolImported(Schema):
    """The pool, which is followed from now on; `GET /v1/pools/ID` shows how far that is."""

    id: str
    address: str
    encoder_hash: str
    deployed_block: int
    contributions: int = Field(description="That are in the tables already.")
