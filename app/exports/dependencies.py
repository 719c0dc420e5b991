"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.exports.service import ExportService
from earnest.web.dependencies import provided

Exports = Annotated[ExportService, Depends(provided(ExportService))]
