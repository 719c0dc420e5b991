"""What schemathesis checks besides its own: loaded by it, in its own process."""

from typing import Any

import schemathesis

#: Problems that say that a request is not what its schema describes.
MALFORMED = ("urn:earnest:problem:payload-invalid", "urn:earnest:problem:body-malformed")


def _problem(response: schemathesis.Response) -> dict[str, Any]:
    found = response.json() if "problem+json" in "".join(response.headers.get("content-type", [])) else {}
    return dict(found)


@schemathesis.check
def what_fits_its_schema_is_not_called_malformed(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A request may fit its schema and break a pool's rules, which has problems of its own: no schema knows a model."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return
    problem = _problem(response)
    assert problem.get("type") not in MALFORMED, f"a request that fits its schema is refused: {problem.get('detail')}"


@schemathesis.check
def only_what_is_not_ready_yet_is_answered_503(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Such as a pool that is on its way to the chain, and the advice that is not installed."""
    if response.status_code == 503:
        problem = _problem(response)
        assert problem.get("type") == "urn:earnest:problem:not-ready", problem
        assert "deploying" in problem["detail"], problem
