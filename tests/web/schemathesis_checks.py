"""What schemathesis looks at besides its own checks; it loads this file itself.

Its own check of what is valid by the reference and refused takes every 422 for a fault. Here it is one only where the
refusal is about the form of the request (`payload-invalid`): that a cursor is no cursor of this API, an address has a
slip in it, or a pool has no such verb, no reference can say.
"""

from typing import Any

import schemathesis
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode

#: In JSON Schema 1.0 is a whole number; where money is staked it is refused.
_WHOLE = "it must be a whole number"


@schemathesis.check
def form_that_the_reference_names_is_taken(ctx: Any, response: Response, case: schemathesis.Case) -> None:
    """Refuse refusals of what the reference describes."""
    made = None if case.meta is None else case.meta.generation.mode
    if made is not GenerationMode.POSITIVE or response.status_code != 422:
        return
    problem = response.json()
    if problem["type"] == "urn:earnest:problem:payload-invalid":
        others = [each for each in problem["errors"] if each["message"] != _WHOLE]
        assert not others, f"The reference allows what is refused: {problem['detail']}"
