"""Importing pools."""

from fastapi import APIRouter

from earnest.accounts.dependencies import Admin
from earnest.imports.dependencies import Imports
from earnest.imports.schemas import ImportRequest, PoolImported
from earnest.web.routes import StrictRoute
from earnest.web.threads import sending

router = APIRouter(tags=["pools"], route_class=StrictRoute)


@router.post("/imported-pools", status_code=201)
@sending
def import_pool(request: ImportRequest, imports: Imports, admin: Admin) -> PoolImported:
    """Serve a pool that somebody else deployed, from its code and its events alone; nothing is sent.

    Its code, rules and initial weights are checked as `earnest verify` checks them, and its tables are filled from the
    block of its creation on.
    """
    return imports.take(request)
