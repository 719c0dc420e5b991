"""What endpoints ask for, by the room's service."""

from typing import Annotated

from fastapi import Depends

from earnest.advice.service import AdviceService
from earnest.readiness import OPERATE, READ
from earnest.web.dependencies import provided

Advices = Annotated[AdviceService, Depends(provided(AdviceService, READ, OPERATE))]
