"""What endpoints ask for, by the room's service."""

from typing import Annotated

from fastapi import Depends

from earnest.reviews.service import ReviewService
from earnest.web.dependencies import provided

Reviews = Annotated[ReviewService, Depends(provided(ReviewService))]
