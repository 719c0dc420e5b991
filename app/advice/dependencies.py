"""What endpoints ask for, by the room's service."""

from typing import Annotated

from fastapi import Depends

from earnest.advice.service import AdviceService
from earnest.readiness import OPERATE, READ
from earnest.web.dependencies import provided

#: Whoever uses it requires `OPERATE` where advice is asked about: what else its page shows goes on without.
AdvicesOfPages = Annotated[AdviceService, Depends(provided(AdviceService, READ))]
Advices = Annotated[AdviceService, Depends(provided(AdviceService, READ, OPERATE))]
