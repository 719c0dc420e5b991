"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.keys.service import KeyService
from earnest.web.dependencies import provided

Keys = Annotated[KeyService, Depends(provided(KeyService))]
