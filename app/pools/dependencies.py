"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.pools.administration import PoolAdministration
from earnest.pools.overview import OverviewService
from earnest.pools.service import PoolService
from earnest.readiness import PREDICT, SUBMIT
from earnest.web.dependencies import provided

Pools = Annotated[PoolService, Depends(provided(PoolService))]
#: For predictions, which neither the chain nor the tables are needed for.
Predictors = Annotated[PoolService, Depends(provided(PoolService, PREDICT))]
#: For quotes, which the chain is asked for.
Quoters = Annotated[PoolService, Depends(provided(PoolService, SUBMIT))]
Administration = Annotated[PoolAdministration, Depends(provided(PoolAdministration, SUBMIT))]
#: For pages, which tell more than a pool's state.
Overviews = Annotated[OverviewService, Depends(provided(OverviewService))]
