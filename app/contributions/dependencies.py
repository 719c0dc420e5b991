"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.contributions.service import ContributionService
from earnest.web.dependencies import provided

Contributions = Annotated[ContributionService, Depends(provided(ContributionService))]
