"""Ether and time on development chains."""

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from earnest.chain.deployment import send_and_wait, wait_for
from earnest.chain.errors import TransactionRefused
from earnest.chain.gateway import Gateway
from earnest.chain.signer import Signer
from earnest.chain.tokens import funds, mint_call
from earnest.chain.types import Prepared, Receipt
from earnest.db.engine import Sessions
from earnest.db.queries.requests import fingerprint, known_request
from earnest.db.tables import KnownRequest
from earnest.development.errors import FaucetLimit
from earnest.development.schemas import FaucetPaid, TimeShown
from earnest.errors import EarnestError
from earnest.pools.tokens import AllowedTokens
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
        sessions: the database.
        gateway: the chain.
        operator: fills the faucet.
        limits: knows the faucet's budget.
        tokens: knows which token is for development.
    """

    def __init__(
        self, sessions: Sessions, gateway: Gateway, operator: Signer, limits: Limits, tokens: AllowedTokens
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._limits = limits
        self._gateway = gateway
        self._operator = operator

    def fund(self, address: str, amount: int, key: str | None = None, token: str | None = None) -> FaucetPaid:
        """Give an account ether, or of the token for development; under a key once, however often it is asked for.

        Args:
            address: of the account.
            amount: in wei, or in the token's smallest unit.
            key: of the request.
            token: address of the token; None for ether.

        Raises:
            DevelopmentOnly: the chain has real money.
            FaucetLimit: too much, or nothing, or more than the operator can spare, or another token.
            RateLimited: the faucet has given its budget.
            IdempotencyKeyReused: the key was used for another amount.
        """
        self._gateway.require_development()
        if not 1 <= amount <= MAX_FAUCET:
            raise FaucetLimit(f"The faucet gives from 1 to {MAX_FAUCET} wei at once.")
        scope, asked = f"faucet {address}", fingerprint(amount) if token is None else fingerprint([amount, token])
        receipt = self._paid_before(scope, key, asked)
        if receipt is None and token is not None:
            receipt = self._make(address, amount, token, scope, key, asked)
        if receipt is None:
            receipt = self._pay(address, amount, scope, key, asked)
        return FaucetPaid(
            address=address,
            amount=amount,
            balance=funds(self._gateway, token, address, "latest"),
            transaction_hash=receipt.transaction_hash,
        )

    def _make(self, address: str, amount: int, token: str, scope: str, key: str | None, asked: str) -> Receipt:
        """Make tokens that are worth nothing."""
        ours = self._tokens.of_development
        if ours is None or token.lower() != ours.lower():
            raise FaucetLimit(
                f"The faucet gives ether, and of the token {ours}."
                if ours
                else "The faucet gives ether only: set EARNEST_TOKENS=development for a token that it can give."
            )
        call = mint_call(ours, address, amount)
        try:
            return send_and_wait(self._gateway, call, self._operator, signed=self._note(scope, key, asked))
        except IntegrityError:
            # the same request came twice at once, and the other one makes them
            return self._paid_before(scope, key, asked) or self._make(address, amount, token, scope, key, asked)

    def _note(self, scope: str, key: str | None, asked: str) -> Callable[[Prepared], None]:
        """What writes down which transaction pays a request."""

        def note(prepared: Prepared) -> None:
            if key is not None:
                with self._sessions.begin() as session:
                    session.add(
                        KnownRequest(scope=scope, key=key, request_hash=asked, made=prepared.hash, raw=prepared.raw)
                    )

        return note

    def _pay(self, address: str, amount: int, scope: str, key: str | None, asked: str) -> Receipt:
        if self._gateway.balance(self._operator.address) < amount + RESERVE:
            raise FaucetLimit("The faucet is empty: what the operator has left is for deploying pools.")

        self._limits.take(FAUCET, _ALL, amount)
        call = self._gateway.transfer_call(address, amount)
        try:
            return send_and_wait(self._gateway, call, self._operator, signed=self._note(scope, key, asked))
        except IntegrityError:
            # the same request came twice at once, and the other one pays
            self._limits.put_back(FAUCET, _ALL, amount)
            return self._paid_before(scope, key, asked) or self._pay(address, amount, scope, key, asked)
        except EarnestError:
            self._limits.put_back(FAUCET, _ALL, amount)
            raise

    def _paid_before(self, scope: str, key: str | None, asked: str) -> Receipt | None:
        """The receipt of what was paid under a key; its bytes are sent again where the chain lacks them."""
        with self._sessions() as session:
            known = known_request(session, scope, key, asked)
        if known is None:
            return None
        receipt = self._gateway.receipt(known.made)
        if receipt is not None:
            return receipt
        try:
            self._gateway.send(known.raw or b"", known.made)
        except TransactionRefused:
            # its nonce is another's: it can never take effect
            with self._sessions.begin() as session:
                session.delete(session.merge(known))
            return None
        return wait_for(self._gateway, known.made)

    def advance_time(self, seconds: int) -> TimeShown:
        """Move the chain's clock forward.

        Raises:
            DevelopmentOnly: the chain's time is everybody's.
        """
        block = self._gateway.advance_time(seconds)
        # what was worked out before it shows the former time
        self._sessions.touch()
        return TimeShown(block_number=block.number, timestamp=block.timestamp)
