"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.development.service import DevelopmentService
from earnest.readiness import OPERATE, READ
from earnest.web.dependencies import provided

Development = Annotated[DevelopmentService, Depends(provided(DevelopmentService, READ, OPERATE))]
