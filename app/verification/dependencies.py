"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.readiness import SUBMIT
from earnest.verification.service import ProofService
from earnest.web.dependencies import provided

#: It asks the chain.
Proofs = Annotated[ProofService, Depends(provided(ProofService, SUBMIT))]
