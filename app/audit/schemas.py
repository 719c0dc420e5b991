"""Answers about what operators did."""

from earnest.web.schemas import Schema


class ActShown(Schema):
    """Something that an operator did or tried; `outcome` is "done", or the type of the refusal."""

    time: int
    actor: str
    action: str
    outcome: str
    request_id: str | None
