"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.web.dependencies import provided
from earnest.webhooks.service import WebhookService

Webhooks = Annotated[WebhookService, Depends(provided(WebhookService))]
