"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.readiness import SUBMIT
from earnest.submissions.service import SubmissionService
from earnest.web.dependencies import provided

#: For who asks about submissions.
Submissions = Annotated[SubmissionService, Depends(provided(SubmissionService))]
#: For who makes some.
Submitting = Annotated[SubmissionService, Depends(provided(SubmissionService, SUBMIT))]
