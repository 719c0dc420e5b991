"""Managed development accounts: keys encrypted at rest, bearer tokens stored as hashes."""

import hashlib
import hmac
import secrets
import time

from sqlalchemy.exc import IntegrityError

from earnest.accounts.schemas import AccountCreated, AccountShown, PoolStanding
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner, create_keystore, open_keystore
from earnest.db.engine import Sessions
from earnest.db.queries.accounts import address_of_token, any_account, managed_address, standings_of
from earnest.db.queries.requests import fingerprint, known_request
from earnest.db.tables import Account, KnownRequest, Pool, PoolAccount
from earnest.errors import EarnestError
from earnest.secrets import matches
from earnest.web.addresses import looks_like_address, parse_address
from earnest.web.limits import CLIENT, NEW_ACCOUNTS, OF_ACCOUNT, WRONG_TOKENS, Limits

#: Of the keys under which accounts are made.
SCOPE = "accounts"


class TokenInvalid(EarnestError):
    """The bearer token is missing or unknown."""

    status = 401
    type = "token-invalid"
    title = "Token invalid"


class PasswordWrong(EarnestError):
    """The password does not open the keys in the tables."""

    status = 503
    type = "password-wrong"
    title = "Password wrong"


class AccountService:
    """Accounts and their keys.

    Args:
        sessions: the database.
        gateway: the chain.
        password: encrypts the keystores.
        admin_token: the operator's bearer token.
        limits: how often tokens may be wrong, and accounts be made and ask.
    """

    def __init__(self, sessions: Sessions, gateway: Gateway, password: str, admin_token: str, limits: Limits) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._password = password
        self._admin_token = admin_token
        self._limits = limits
        self._signers: dict[str, LocalSigner] = {}

    def create(self, name: str, key: str | None = None) -> AccountCreated:
        """A new account; its token is told this once, and again to whoever repeats the request under its key.

        Args:
            name: for people.
            key: of the request; as secret as the token that it stands for.

        Raises:
            IdempotencyKeyReused: the key was used with another name.
            DevelopmentOnly: on a chain with real money, keys stay with their owners.
            RateLimited: too many from this address.
        """
        self._gateway.require_development()
        asked = fingerprint(name)
        with self._sessions() as session:
            known = known_request(session, SCOPE, key, asked)
        if known is not None and key is not None:
            return AccountCreated(address=known.made, name=name, token=self._token_of(key))
        self._limits.take(NEW_ACCOUNTS, CLIENT.get())
        address, keystore = create_keystore(self._password)
        # the token is kept nowhere: one that is to be told again has to follow from the key
        token = secrets.token_urlsafe(32) if key is None else self._token_of(key)
        made = Account(
            address=address, name=name, keystore=keystore, token_hash=_hash(token), created_at=int(time.time())
        )
        try:
            with self._sessions.begin() as session:
                session.add(made)
                if key is not None:
                    session.add(KnownRequest(scope=SCOPE, key=key, request_hash=asked, made=address))
        except IntegrityError:
            # the same request came twice at once
            return self.create(name, key)
        return AccountCreated(address=address, name=name, token=token)

    def _token_of(self, key: str) -> str:
        """The token of the account that was made under a key; nobody without the password can tell it."""
        return hmac.new(self._password.encode(), b"account\0" + key.encode(), hashlib.sha256).hexdigest()

    def authenticate(self, token: str | None) -> str:
        """The address that a bearer token stands for.

        Raises:
            TokenInvalid: missing or unknown.
            RateLimited: too many wrong ones from this address, or requests of this account.
        """
        if token:
            self._limits.require(WRONG_TOKENS, CLIENT.get())
            with self._sessions() as session:
                address = address_of_token(session, _hash(token))
            if address is not None:
                self._limits.take(OF_ACCOUNT, address)
                return address
            self._limits.take(WRONG_TOKENS, CLIENT.get())
        raise TokenInvalid("Send the account's token as `Authorization: Bearer TOKEN`; it was shown at its creation.")

    def is_admin(self, token: str | None) -> bool:
        """Whether this is the operator's bearer token."""
        return matches(token, self._admin_token)

    def require_admin(self, token: str | None) -> None:
        """Refuse everyone but the operator.

        Raises:
            TokenInvalid: missing or wrong.
            RateLimited: too many wrong ones from this address.
        """
        if token:
            self._limits.require(WRONG_TOKENS, CLIENT.get())
        if not self.is_admin(token):
            if token:
                self._limits.take(WRONG_TOKENS, CLIENT.get())
            raise TokenInvalid("Send the admin token as `Authorization: Bearer TOKEN`; it is in data/admin-token.")

    def require_password(self) -> None:
        """Refuse a password that does not open the keys in the tables.

        Raises:
            PasswordWrong: it opens none; submissions could be neither signed nor settled.
        """
        with self._sessions() as session:
            kept = any_account(session)
        if kept is not None:
            try:
                open_keystore(kept.keystore, self._password)
            except ValueError:
                raise PasswordWrong(
                    "The accounts in the database were made under another keystore password: set "
                    "EARNEST_KEYSTORE_PASSWORD to it; it is in the file keystore-password of the data folder of the "
                    "service that made them."
                ) from None

    def signer(self, address: str) -> LocalSigner:
        """The signer of a managed account; opened once, kept in memory."""
        if address not in self._signers:
            with self._sessions() as session:
                keystore = session.get_one(Account, address).keystore
            self._signers[address] = open_keystore(keystore, self._password)
        return self._signers[address]

    def show(self, address: str) -> AccountShown:
        """Balance on chain, and standing in each pool that the account takes part in."""
        with self._sessions() as session:
            account = session.get(Account, address)
            standings = [_standing(pool, row) for pool, row in standings_of(session, address)]
        head = self._gateway.head()
        return AccountShown(
            address=address,
            name=account.name if account else None,
            balance=self._gateway.balance(address, head.number),
            block_number=head.number,
            pools=standings,
        )

    def known(self, address: str) -> str:
        """The checksummed address of a managed account.

        Raises:
            AccountUnknown: there is none.
            AddressInvalid: the address has a slip in it.
        """
        found = None
        if looks_like_address(address):
            with self._sessions() as session:
                found = managed_address(session, parse_address(address))
        if found is None:
            raise AccountUnknown(f"There is no managed account {address}.")
        return found


class AccountUnknown(EarnestError):
    """There is no such account."""

    status = 404
    type = "account-unknown"
    title = "Account unknown"


def _standing(pool: Pool, row: PoolAccount) -> PoolStanding:
    return PoolStanding(
        pool=pool.id,
        pool_name=pool.name,
        credit=row.credit,
        verified=row.verified,
        contributions=row.contributions,
        deposits=row.deposits,
        refunds=row.refunds,
        shares=row.shares,
        leftovers=row.leftovers,
        earnings=row.shares + row.leftovers,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
