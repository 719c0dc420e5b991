"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.operations.service import MetricsService
from earnest.web.dependencies import provided

Metrics = Annotated[MetricsService, Depends(provided(MetricsService))]
