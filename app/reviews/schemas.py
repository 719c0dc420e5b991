"""Requests and answers about contributions that a pool's owner has to look at."""

from typing import Annotated, Literal

from pydantic import Field

from earnest.pools.quality.schemas import MOST, USUAL
from earnest.web.schemas import Schema, example

Verdict = Literal["open", "fine", "wrong"]
Share = Annotated[float, Field(ge=0, le=1)]


class PolicyShown(Schema):
    """What of a pool's newest contributions is put into the queue for its owner. It moves no money."""

    model_config = example({"newest": 2000, "duplicates": True, "doubts_below": 0.2, "agreed_below": 0.3})

    newest: Annotated[int, Field(ge=1, le=MOST, description="Contributions that are looked at, the newest.")] = USUAL
    duplicates: Annotated[bool, Field(description="Whether texts are put there that are nearly another's.")] = True
    doubts_below: Annotated[
        Share, Field(description="Labels that are likely wrong, and less likely right than this; 0 for none.")
    ] = 0.2
    agreed_below: Annotated[
        Share, Field(description="All of a contributor whom the model agreed with in less than this share; 0 for none.")
    ] = 0.0
    agreed_from: Annotated[
        int, Field(ge=1, le=MOST, description="Contributions from which on a contributor's share counts.")
    ] = 20


class QueuedShown(Schema):
    """What a look at the newest contributions put into the queue."""

    looked_at: int
    added: int = Field(description="Contributions that are new in the queue.")
    open: int = Field(description="Contributions that wait for a verdict now.")


class ReviewShown(Schema):
    """A contribution in the queue."""

    index: int
    contributor: str
    label: int
    reasons: list[str] = Field(description="Why it is worth a look, a sentence each.")
    text: str | None = Field(description="Its text's beginning, where that is kept.")
    verdict: Verdict
    note: str | None
    added_at: int = Field(description="In seconds of the machine's clock.")
    reviewed_at: int | None


class VerdictRequest(Schema):
    """What somebody found who looked at a contribution; `open` puts it back."""

    model_config = example({"verdict": "fine", "note": "A rare way of speaking."})

    verdict: Verdict
    #: Without control characters but newline and tab: PostgreSQL stores no NUL, and a page shows none of them.
    note: Annotated[str | None, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$")] = None
