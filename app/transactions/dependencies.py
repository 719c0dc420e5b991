"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.transactions.service import TransactionService
from earnest.web.dependencies import provided

Transactions = Annotated[TransactionService, Depends(provided(TransactionService))]
