"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.development.service import DevelopmentService
from earnest.readiness import OPERATE, READ
from earnest.web.dependencies import provided

#: Whoever uses it requires `OPERATE` before anything is sent: what else its page does goes on without.
DevelopmentOfPages = Annotated[DevelopmentService, Depends(provided(DevelopmentService, READ))]
Development = Annotated[DevelopmentService, Depends(provided(DevelopmentService, READ, OPERATE))]
