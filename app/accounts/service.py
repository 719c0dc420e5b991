"""Managed development accounts: keys encrypted at rest, bearer tokens stored as hashes, a faucet."""

import hashlib
import secrets
import time

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from earnest.accounts.schemas import AccountCreated, AccountShown, FaucetPaid, PoolStanding
from earnest.chain.deployment import send_and_wait
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner, Signer, create_keystore, open_keystore
from earnest.db.engine import Sessions
from earnest.db.tables import Account, Claim, Contribution, Pool, PoolAccount
from earnest.errors import EarnestError
from earnest.secrets import matches

#: Most that the faucet gives at once.
MAX_FAUCET = 1000 * 10**18


class DevelopmentOnly(EarnestError):
    """Only development chains have this."""

    status = 403
    type = "development-only"
    title = "Development chains only"


class TokenInvalid(EarnestError):
    """The bearer token is missing or unknown."""

    status = 401
    type = "token-invalid"
    title = "Token invalid"


class FaucetLimit(EarnestError):
    """The faucet does not give that much."""

    status = 422
    type = "faucet-limit"
    title = "Faucet limit"


class AccountService:
    """Accounts and their keys.

    Args:
        sessions: the database.
        gateway: the chain.
        operator: fills the faucet.
        password: encrypts the keystores.
        admin_token: the operator's bearer token.
    """

    def __init__(self, sessions: Sessions, gateway: Gateway, operator: Signer, password: str, admin_token: str) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._operator = operator
        self._password = password
        self._admin_token = admin_token
        self._signers: dict[str, LocalSigner] = {}

    def require_development(self) -> None:
        """Refuse on chains with real money.

        Raises:
            DevelopmentOnly: this is one.
        """
        if not self._gateway.is_development():
            raise DevelopmentOnly("Managed accounts, the faucet and time travel exist on development chains only.")

    def create(self, name: str) -> AccountCreated:
        """A new account; its token is told this once."""
        self.require_development()
        address, keystore = create_keystore(self._password)
        token = secrets.token_urlsafe(32)
        with self._sessions.begin() as session:
            session.add(
                Account(
                    address=address, name=name, keystore=keystore, token_hash=_hash(token), created_at=int(time.time())
                )
            )
        return AccountCreated(address=address, name=name, token=token)

    def authenticate(self, token: str | None) -> str:
        """The address that a bearer token stands for.

        Raises:
            TokenInvalid: missing or unknown.
        """
        if token:
            with self._sessions() as session:
                address = session.scalar(select(Account.address).where(Account.token_hash == _hash(token)))
            if address is not None:
                return address
        raise TokenInvalid("Send the account's token as `Authorization: Bearer TOKEN`; it was shown at its creation.")

    def is_admin(self, token: str | None) -> bool:
        """Whether this is the operator's bearer token."""
        return matches(token, self._admin_token)

    def require_admin(self, token: str | None) -> None:
        """Refuse everyone but the operator.

        Raises:
            TokenInvalid: missing or wrong.
        """
        if not self.is_admin(token):
            raise TokenInvalid("Send the admin token as `Authorization: Bearer TOKEN`; it is in data/admin-token.")

    def signer(self, address: str) -> LocalSigner:
        """The signer of a managed account; opened once, kept in memory."""
        if address not in self._signers:
            with self._sessions() as session:
                keystore = session.get_one(Account, address).keystore
            self._signers[address] = open_keystore(keystore, self._password)
        return self._signers[address]

    def fund(self, address: str, amount: int) -> FaucetPaid:
        """Give a managed account ether.

        Raises:
            FaucetLimit: too much, or nothing.
        """
        self.require_development()
        if not 1 <= amount <= MAX_FAUCET:
            raise FaucetLimit(f"The faucet gives from 1 to {MAX_FAUCET} wei at once.")
        receipt = send_and_wait(self._gateway, self._gateway.transfer_call(address, amount), self._operator)
        return FaucetPaid(
            address=address,
            amount=amount,
            balance=self._gateway.balance(address),
            transaction_hash=receipt.transaction_hash,
        )

    def show(self, session: Session, address: str) -> AccountShown:
        """Balance on chain, and standing in each pool that the account takes part in."""
        account = session.get(Account, address)
        standings = [self._standing(session, pool, address) for pool in session.scalars(_deployed()).all()]
        head = self._gateway.head()
        return AccountShown(
            address=address,
            name=account.name if account else None,
            balance=self._gateway.balance(address, head.number),
            block_number=head.number,
            pools=[standing for standing in standings if standing is not None],
        )

    def _standing(self, session: Session, pool: Pool, address: str) -> PoolStanding | None:
        mine = (Contribution.chain_id == pool.chain_id, Contribution.pool_address == pool.address)
        deposits = session.scalars(select(Contribution.deposit).where(*mine, Contribution.contributor == address)).all()
        row = session.get(PoolAccount, (pool.chain_id, pool.address, address))
        if row is None and not deposits:
            return None
        claims = session.scalars(
            select(Claim).where(
                Claim.chain_id == pool.chain_id, Claim.pool_address == pool.address, Claim.account == address
            )
        ).all()
        sums = {
            verb: sum(claim.amount for claim in claims if claim.verb == verb and not claim.burned)
            for verb in ("refund", "report", "collect")
        }
        return PoolStanding(
            pool=pool.id,
            pool_name=pool.name,
            credit=row.credit if row else 0,
            verified=row.verified if row else 0,
            contributions=len(deposits),
            deposits=sum(deposits),
            refunds=sums["refund"],
            shares=sums["report"],
            leftovers=sums["collect"],
            earnings=sums["report"] + sums["collect"],
        )

    def known(self, address: str) -> str:
        """The checksummed address of a managed account.

        Raises:
            AccountUnknown: there is none.
        """
        with self._sessions() as session:
            found = session.scalar(select(Account.address).where(func.lower(Account.address) == address.lower()))
        if found is None:
            raise AccountUnknown(f"There is no managed account {address}.")
        return found


class AccountUnknown(EarnestError):
    """There is no such account."""

    status = 404
    type = "account-unknown"
    title = "Account unknown"


def _deployed() -> Select[Pool]:
    return select(Pool).where(Pool.status == "ready").order_by(Pool.created_at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
