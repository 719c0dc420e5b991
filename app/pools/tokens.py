"""The ERC-20 tokens that new pools may take deposits in: those of a setting, or one for development."""

import logging
import threading
from collections.abc import Callable

from eth_utils.address import to_checksum_address

from earnest.chain.deployment import ZERO_ADDRESS, deploy_contract
from earnest.chain.errors import ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.signer import Signer
from earnest.chain.tokens import ERC20, Token, describe
from earnest.config import DEVELOPMENT_TOKEN, Settings
from earnest.core.errors import RuleViolation
from earnest.db.engine import Sessions
from earnest.db.tables import Implementation
from earnest.errors import EarnestError
from earnest.web.addresses import parse_address

log = logging.getLogger(__name__)


class TokenUnfit(EarnestError):
    """A token of the setting cannot be one."""

    status = 503
    type = "token-unfit"
    title = "Token unfit"


class AllowedTokens:
    """The tokens; described once, and a factory allows them for good.

    Args:
        sessions: the database.
        gateway: the chain.
        operator: deploys the one for development.
        settings: which there are.
        may_send: whether this process sends for the operator; another one deploys the token otherwise.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        operator: Signer,
        settings: Settings,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_send = may_send
        self._sessions, self._gateway, self._operator, self._settings = sessions, gateway, operator, settings
        self._tokens: tuple[Token, ...] | None = None
        self._loading = threading.Lock()

    def load(self) -> tuple[Token, ...]:
        """All of them, in the setting's order; asked of the chain the first time.

        Raises:
            TokenUnfit: one is no token, or this is no development chain; says which.
            AddressInvalid: an address has a slip in it.
            ChainUnavailable: the node does not answer.
        """
        with self._loading:
            if self._tokens is None:
                self._tokens = tuple(self._described(address) for address in self._addresses())
            return self._tokens

    def find(self, address: str | None) -> Token | None:
        """The token that a request names; None for native coin.

        Raises:
            RuleViolation: it is none of these.
        """
        if address is None or int(address, 16) == 0:
            return None
        known = {token.address: token for token in self.load()}
        wanted = to_checksum_address(address)
        if wanted not in known:
            listed = ", ".join(f"{token.symbol} ({token.address})" for token in known.values())
            raise RuleViolation(
                f"The token {wanted} is not one that this service's pools take deposits in: "
                + (f"use {listed}, or leave token out for native coin." if listed else "it takes native coin only.")
            )
        return known[wanted]

    @property
    def of_development(self) -> str | None:
        """Address of the token that anybody may have of; None where there is none."""
        if not self._settings.has_development_token:
            return None
        return self.load()[0].address

    def _addresses(self) -> tuple[str, ...]:
        if self._settings.has_development_token:
            return (self._deployed(),)
        return tuple(parse_address(each) for each in self._settings.token_addresses)

    def _described(self, address: str) -> Token:
        try:
            return describe(self._gateway, address)
        except ChainUnavailable:
            raise
        except EarnestError as error:
            raise TokenUnfit(f"EARNEST_TOKENS: {error.detail} Name another, or leave it out.") from None

    def _deployed(self) -> str:
        """The token for development, deployed once."""
        if not self._gateway.is_development():
            raise TokenUnfit(
                f"EARNEST_TOKENS is {DEVELOPMENT_TOKEN}, and this is no development chain: a token of which anybody "
                "may make any amount is worth nothing. Give the addresses of tokens, or leave it out."
            )
        chain_id = self._gateway.chain_id()
        with self._sessions() as session:
            known = session.get(Implementation, (chain_id, ERC20))
        if known is not None:
            return known.address
        if not self._may_send():
            raise TokenUnfit("The token for development is not deployed yet by the process that does it. Try again.")
        address = deploy_contract(self._gateway, self._operator, ERC20)
        with self._sessions.begin() as session:
            session.add(Implementation(chain_id=chain_id, name=ERC20, address=address))
        log.info("Deployed %s at %s", ERC20, address)
        return address


def address_of(token: Token | None) -> str:
    """As contracts take it: zeros for native coin."""
    return ZERO_ADDRESS if token is None else token.address
