"""Every error leaves the API as a problem document (RFC 9457, application/problem+json).

`type` is stable: one for each error of the service and each custom error of the contracts; programs branch on it.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earnest.core.errors import CoreError, SampleInvalid
from earnest.errors import EarnestError

log = logging.getLogger(__name__)

#: Problem types are URNs: they identify, and promise no page.
TYPE_PREFIX = "urn:earnest:problem:"

#: Largest integer that every JSON reader keeps exact.
_MAX_SAFE_INTEGER = 2**53 - 1


def _jsonable(value: Any) -> Any:
    """Amounts and other integers beyond 2^53 become decimal strings."""
    if isinstance(value, bool) or value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_SAFE_INTEGER else str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value)


def problem(status: int, slug: str, title: str, detail: str, **extra: Any) -> JSONResponse:
    """A problem document.

    Args:
        status: HTTP status.
        slug: last part of the type's URN.
        title: what kind of problem it is; the same for every problem of this type.
        detail: what happened this time and what to do.
        extra: further members, such as a contract error's values.
    """
    body = {"type": TYPE_PREFIX + slug, "title": title, "status": status, "detail": detail, **_jsonable(extra)}
    headers = {"Retry-After": str(extra["retry_after"])} if "retry_after" in extra else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


class Problem(BaseModel):
    """A problem document (RFC 9457); a contract's error adds its name as `error`, and its values."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(description="Stable: programs branch on it.", examples=[TYPE_PREFIX + "pool-unknown"])]
    title: str
    status: int
    detail: Annotated[str, Field(description="What happened this time, and what to do.")]


_MEANINGS = {
    400: "The body is no JSON, or JSON that readers understand differently, or nested too deep.",
    401: "The bearer token is missing or wrong.",
    403: "This is not for the caller, or not on this chain.",
    404: "There is no such thing.",
    409: "The contract refuses, or the request contradicts an earlier one.",
    413: "The body is too large.",
    422: "The request does not fit its schema, or what it asks for cannot be.",
    429: "Asked for more often than allowed; `Retry-After` says in how many seconds it is worth trying again.",
    503: "The service is not ready, or the chain or the database does not answer; nothing was changed.",
}

#: In place of the framework's words.
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take this method; the header Allow names those that it takes.",
}

#: What every operation may answer with, for the API's reference.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, meaning in _MEANINGS.items()
}


def _leave_out(schema: dict[str, Any]) -> None:
    """A parameter that may be left out: the framework says that it may be null, which no address or header can hold."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema |= {name: value for name, value in kinds[0].items() if name not in schema}


def describe_problems(app: FastAPI) -> None:
    """Put the problem document among the schemas of the API's reference."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        made = make()
        schemas = made["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        # the framework's own form of a refusal, which this service does not send
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for methods in made["paths"].values():
            for operation in methods.values():
                for parameter in operation.get("parameters", []):
                    _leave_out(parameter["schema"])
        return made

    app.openapi = openapi  # type: ignore[method-assign]


def plain_message(message: str) -> str:
    """A validation error's message without what the library puts before our own."""
    return message.removeprefix("Value error, ")


#: That addresses may take; what else a route answers to follows from these.
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
#: What is wrong by the library's names, in words for whoever sent it; the library's own speak of Python.
_WORDS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such member",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "bool_type": "it must be true or false",
    "string_type": "it must be a string",
    "list_type": "it must be a list",
    "dict_type": "it must be an object",
    "model_type": "it must be an object",
    "model_attributes_type": "it must be an object",
    "json_invalid": "it is no JSON",
    "finite_number": "it must be finite",
    "string_pattern_mismatch": "it holds characters that are not taken here, or is not of the right form",
    "greater_than_equal": "it must be at least {ge}",
    "greater_than": "it must be above {gt}",
    "less_than_equal": "it must be at most {le}",
    "less_than": "it must be below {lt}",
    "string_too_short": "it must have at least {min_length} characters",
    "string_too_long": "it must have at most {max_length} characters",
    "too_short": "it must have at least {min_length} items",
    "too_long": "it must have at most {max_length} items",
    "literal_error": "it must be one of {expected}",
    "union_tag_invalid": "it must be one of {expected_tags}",
    "union_tag_not_found": "it must say which kind it is",
}


def words_of(item: Mapping[str, Any]) -> str:
    """What is wrong with a part of a request."""
    words = _WORDS.get(item["type"])
    if words is None:
        return plain_message(item["msg"])
    return words.format_map(item.get("ctx", {}))


def _members(body: Any, item: Mapping[str, Any]) -> Sequence[int | str]:
    """Where in a request something is wrong, as its sender knows the place.

    The library's own path names the branches of unions too ("constrained-int", say): what is no member of the body on
    the way is one of these, unless it is what the body lacks.
    """
    path: list[int | str] = list(item["loc"][1:])
    if item["loc"][0] != "body" or not isinstance(body, Mapping | list):
        return path
    members: list[int | str] = []
    here: Any = body
    for depth, part in enumerate(path, start=1):
        if isinstance(here, Mapping):
            there = part in here
        else:
            there = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if there:
            here = here[part]
        if there or (item["type"] == "missing" and depth == len(path)):
            members.append(part)
    return members


def install_problem_handlers(app: FastAPI) -> None:
    """Make every exception that can leave an endpoint a problem document."""

    @app.exception_handler(EarnestError)
    def _earnest(request: Request, error: EarnestError) -> JSONResponse:
        return problem(error.status, error.type, error.title, error.detail, **error.extra)

    @app.exception_handler(SampleInvalid)
    def _sample(request: Request, error: SampleInvalid) -> JSONResponse:
        return problem(422, "sample-invalid", "Sample invalid", str(error), error=error.name, values=error.values)

    @app.exception_handler(CoreError)
    def _core(request: Request, error: CoreError) -> JSONResponse:
        return problem(422, "input-refused", "Input refused", str(error))

    @app.exception_handler(RequestValidationError)
    def _payload(request: Request, error: RequestValidationError) -> JSONResponse:
        places = [
            {
                "pointer": "/" + "/".join(map(str, _members(error.body, item))),
                "in": str(item["loc"][0]),
                "message": words_of(item),
            }
            for item in error.errors()
        ]
        # of the branches of a union, which all fail in one place, the last is the widest
        places = list({(place["in"], place["pointer"]): place for place in places}.values())
        first = places[0] if places else {"pointer": "/", "message": "malformed"}
        where = "" if first["pointer"] == "/" else f"{first['pointer']}: "
        detail = f"{where}{first['message']}."
        return problem(422, "payload-invalid", "Payload invalid", detail, errors=places)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            error.headers = {"Allow": ", ".join(sorted(_methods(app, request)))}
        phrase = HTTPStatus(error.status_code).phrase
        slug = phrase.lower().replace(" ", "-")
        answer = problem(error.status_code, slug, phrase, _SENTENCES.get(error.status_code, str(error.detail)))
        # such as Allow, which says what is allowed instead
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(OperationalError)
    @app.exception_handler(NoConnection)
    def _database(request: Request, error: OperationalError | NoConnection) -> JSONResponse:
        log.exception("The database did not answer")
        return problem(
            503,
            "database-unavailable",
            "Database unavailable",
            "The database does not answer; nothing was changed. Try again.",
        )

    @app.exception_handler(DataError)
    def _unstorable(request: Request, error: DataError) -> JSONResponse:
        log.warning("The database took a value of %s %s for none: %s", request.method, request.url.path, error.orig)
        return problem(
            422,
            "value-invalid",
            "Value invalid",
            "The database cannot hold a value of the request, such as a text with a NUL; nothing was changed.",
        )

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        return unexpected(request.scope, error)


def unexpected(scope: Scope, error: Exception) -> JSONResponse:
    """The answer to what nobody foresaw; the log has more."""
    log.error("Unexpected error in %s %s", scope["method"], scope["path"], exc_info=error)
    return problem(500, "internal-error", "Internal error", "Something went wrong here; it was written to the log.")


class Unexpected:
    """The middleware that answers what nobody foresaw, where the other middlewares see the answer and add to it.

    Args:
        app: what comes after.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await unexpected(scope, error)(scope, receive, send)


def _methods(app: FastAPI, request: Request) -> set[str]:
    """What an address takes, by whichever of its routes; files in folders can be read only.

    One that a route has word for word is not one of another's with something in the place of a name.
    """
    routes = [route for route in app.routes if not isinstance(route, Mount)]
    own: set[str] = set()
    for route in routes:
        # the framework keeps those of a router in it, whose addresses it knows with their prefixes
        within = getattr(route, "effective_route_contexts", None)
        for one in [route] if within is None else within():
            if getattr(one, "path", None) == request.scope["path"]:
                own |= set(getattr(one, "methods", None) or ())
    return (
        own & _METHODS
        or {
            method
            for method in _METHODS
            if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
        }
        or {"GET"}
    )
