"""What endpoints ask for, by the room's services."""

from typing import Annotated

from fastapi import Depends

from earnest.readiness import OPERATE, SUBMIT
from earnest.wallet.service import WalletService
from earnest.web.dependencies import provided

#: For who asks about what was handed in.
Wallets = Annotated[WalletService, Depends(provided(WalletService))]
#: For who asks for transactions to sign, and hands signed ones in.
Signing = Annotated[WalletService, Depends(provided(WalletService, SUBMIT))]
#: For who hands in calls that the operator is to send, which one process alone does.
Relays = Annotated[WalletService, Depends(provided(WalletService, SUBMIT, OPERATE))]
