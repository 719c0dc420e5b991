"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.audit.service import AuditService
from earnest.web.dependencies import provided

Audits = Annotated[AuditService, Depends(provided(AuditService))]
