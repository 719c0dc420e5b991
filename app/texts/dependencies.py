"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.texts.service import TextService
from earnest.web.dependencies import provided

Texts = Annotated[TextService, Depends(provided(TextService))]
