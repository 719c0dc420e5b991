"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.imports.service import ImportService
from earnest.readiness import OPERATE, SUBMIT
from earnest.web.dependencies import provided

Imports = Annotated[ImportService, Depends(provided(ImportService, SUBMIT, OPERATE))]
