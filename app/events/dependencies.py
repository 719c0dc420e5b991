"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.events.service import EventService
from earnest.web.dependencies import provided

Events = Annotated[EventService, Depends(provided(EventService))]
