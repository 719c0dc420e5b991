"""Exports."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from earnest.contributions.schemas import Status
from earnest.exports.dependencies import Exports
from earnest.exports.formats import FORMATS
from earnest.exports.service import Filters
from earnest.web.addresses import GivenAddress
from earnest.web.routes import StrictRoute
from earnest.web.threads import Threads

router = APIRouter(tags=["exports"], route_class=StrictRoute)

#: Exports that are begun at a time; each piece of one that runs takes a thread while it is made.
_exporting = Threads(4)

Tag = Annotated[str | None, Header(description="Answered with 304 where the export is still that one.")]
#: What an export answers besides a problem.
_UNCHANGED: dict[str, Any] = {"description": "It is still the one that `If-None-Match` names."}


def _is_known(tag: str, given: str | None) -> bool:
    return given is not None and (given.strip() == "*" or tag in [each.strip() for each in given.split(",")])


@router.get(
    "/pools/{pool}/exports/{name}",
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {
                **{each.media_type: {"schema": {"type": "string"}} for each in FORMATS.values()},
                "application/json": {"schema": {"type": "object"}},
            },
        },
        304: _UNCHANGED,
    },
)
@_exporting
def get_export(
    pool: str,
    name: Literal["contributions.csv", "contributions.jsonl", "contributions.parquet", "model.json"],
    exports: Exports,
    contributor: GivenAddress | None = None,
    status: Status | None = None,
    label: Annotated[int | None, Query(ge=0, le=65_535)] = None,
    order: Literal["oldest", "newest"] = "oldest",
    if_none_match: Tag = None,
) -> Response:
    """A pool's contributions, all or those of a contributor, a status or a label, with their kept texts; or its model.

    However many there are, they are written as they are read. The model's document, with its encoder, is read by
    `earnest.load_model` without a service.
    """
    headers = {"ETag": exports.tag(pool, name, contributor, status, label, order), "Cache-Control": "no-cache"}
    if _is_known(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if name not in FORMATS:
        return JSONResponse(exports.model(pool), headers=headers)
    pieces = exports.contributions(pool, name, Filters(contributor, status, label, order == "newest"))
    return StreamingResponse(pieces, media_type=FORMATS[name].media_type, headers=headers)
