"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.statements.service import StatementService
from earnest.web.dependencies import provided

Statements = Annotated[StatementService, Depends(provided(StatementService))]
