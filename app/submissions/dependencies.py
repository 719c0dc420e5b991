"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.submissions.service import SubmissionService
from earnest.web.dependencies import provided

Submissions = Annotated[SubmissionService, Depends(provided(SubmissionService))]
