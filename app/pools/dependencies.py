"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.pools.administration import PoolAdministration
from earnest.pools.service import PoolService
from earnest.web.dependencies import provided

Pools = Annotated[PoolService, Depends(provided(PoolService))]
Administration = Annotated[PoolAdministration, Depends(provided(PoolAdministration))]
