"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.readiness import OPERATE, READ
from earnest.sweeps.service import SweepService
from earnest.web.dependencies import provided

Sweeps = Annotated[SweepService, Depends(provided(SweepService, READ, OPERATE))]
