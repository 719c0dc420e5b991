"""What forms for the operator share."""

from typing import Annotated

from fastapi import Form

from earnest.errors import EarnestError

#: The operator's token; asked for each time, and kept nowhere.
Token = Annotated[str, Form(max_length=500)]


def refusal(error: EarnestError) -> str:
    """A refusal as a page says it: a form has no header."""
    return "The admin token is wrong; it is in data/admin-token." if error.status == 401 else error.detail
