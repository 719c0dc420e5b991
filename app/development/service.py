"""Ether and time on development chains."""

from earnest.chain.deployment import send_and_wait
from earnest.chain.gateway import Gateway
from earnest.chain.signer import Signer
from earnest.development.errors import FaucetLimit
from earnest.development.schemas import FaucetPaid, TimeShown
from earnest.errors import EarnestError
from earnest.web.limits import FAUCET, Limits

#: Most that the faucet gives at once.
MAX_FAUCET = 1000 * 10**18
#: What the operator keeps for itself, in wei.
RESERVE = 10 * 10**18
#: One budget for everybody.
_ALL = "all"


class DevelopmentService:
    """A faucet and a clock, on development chains only.

    Args:
        gateway: the chain.
        operator: fills the faucet.
        limits: knows the faucet's budget.
    """

    def __init__(self, gateway: Gateway, operator: Signer, limits: Limits) -> None:
        self._limits = limits
        self._gateway = gateway
        self._operator = operator

    def fund(self, address: str, amount: int) -> FaucetPaid:
        """Give an account ether.

        Raises:
            DevelopmentOnly: the chain has real money.
            FaucetLimit: too much, or nothing, or more than the operator can spare.
            RateLimited: the faucet has given its budget.
        """
        self._gateway.require_development()
        if not 1 <= amount <= MAX_FAUCET:
            raise FaucetLimit(f"The faucet gives from 1 to {MAX_FAUCET} wei at once.")
        if self._gateway.balance(self._operator.address) < amount + RESERVE:
            raise FaucetLimit("The faucet is empty: what the operator has left is for deploying pools.")
        self._limits.take(FAUCET, _ALL, amount)
        try:
            receipt = send_and_wait(self._gateway, self._gateway.transfer_call(address, amount), self._operator)
        except EarnestError:
            self._limits.put_back(FAUCET, _ALL, amount)
            raise
        return FaucetPaid(
            address=address,
            amount=amount,
            balance=self._gateway.balance(address),
            transaction_hash=receipt.transaction_hash,
        )

    def advance_time(self, seconds: int) -> TimeShown:
        """Move the chain's clock forward.

        Raises:
            DevelopmentOnly: the chain's time is everybody's.
        """
        block = self._gateway.advance_time(seconds)
        return TimeShown(block_number=block.number, timestamp=block.timestamp)
