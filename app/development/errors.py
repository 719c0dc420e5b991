"""What the faucet refuses."""

from earnest.errors import EarnestError


class FaucetLimit(EarnestError):
    """The faucet does not give that much."""

    status = 422
    type = "faucet-limit"
    title = "Faucet limit"
