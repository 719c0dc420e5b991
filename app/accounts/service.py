"""Managed development accounts: keys encrypted at rest, bearer tokens stored as hashes."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from earnest.accounts.errors import AccountUnknown, KeyNotHere, PasswordWrong, ScopeMissing, TokenInvalid
from earnest.accounts.identity import OPERATE, READ, SUBMIT, Identity
from earnest.accounts.schemas import AccountCreated, AccountShown, PoolStanding
from earnest.accounts.tokens import ACCESS, API_KEY, hash_of
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner, create_keystore, open_keystore
from earnest.db.engine import Sessions
from earnest.db.queries.accounts import address_of_token, any_account, managed_address, standings_of
from earnest.db.queries.requests import fingerprint, known_request
from earnest.db.queries.sessions import account_of_access, key_of_hash
from earnest.db.tables import Account, Act, ApiKey, KnownRequest, Pool, PoolAccount
from earnest.errors import EarnestError
from earnest.secrets import matches
from earnest.web.addresses import looks_like_address, parse_address
from earnest.web.limits import CLIENT, NEW_ACCOUNTS, OF_ACCOUNT, WRONG_TOKENS, Limits

#: Of the keys under which accounts are made.
SCOPE = "accounts"
#: Whoever sends the operator's own token.
OPERATOR = Identity(None, frozenset({OPERATE}))
#: An API key's last use is written down no more often, in seconds.
USED_SECONDS = 60


class AccountService:
    """Accounts and their keys.

    Args:
        sessions: the database.
        gateway: the chain.
        password: encrypts the keystores.
        admin_token: the operator's bearer token.
        limits: how often tokens may be wrong, and accounts be made and ask.
        operators: addresses whose sessions do what the operator does.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        password: str,
        admin_token: str,
        limits: Limits,
        operators: Collection[str] = (),
    ) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._password = password
        self._admin_token = admin_token
        self._limits = limits
        self._operators = frozenset(operators)
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
            address=address, name=name, keystore=keystore, token_hash=hash_of(token), created_at=int(time.time())
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

    def authenticate(self, token: str | None, scope: str = READ) -> str:
        """The address that a bearer token stands for.

        Raises:
            TokenInvalid: missing or unknown.
            ScopeMissing: it is an API key for something else, or the operator's.
            RateLimited: too many wrong ones from this address, or requests of this account.
        """
        found = self.identify(token)
        if found.address is None:
            raise ScopeMissing("The operator has no account: send an account's token.")
        self.require_scope(found, scope)
        return found.address

    def identify(self, token: str | None) -> Identity:
        """Who a bearer token stands for: a managed account's, a session's, an API key, or the operator's.

        Raises:
            TokenInvalid: missing, unknown or expired.
            RateLimited: too many wrong ones from this address, or requests of this account.
        """
        if not token:
            raise TokenInvalid("Send the account's token as `Authorization: Bearer TOKEN`, or sign in for one.")
        self._limits.require(WRONG_TOKENS, CLIENT.get())
        found = OPERATOR if matches(token, self._admin_token) else self._look_up(token)
        if found is None:
            self._limits.take(WRONG_TOKENS, CLIENT.get())
            raise TokenInvalid(
                "The token is unknown, or has expired or been revoked: send the one that was shown at the account's "
                "creation, refresh the session's, or sign in again."
            )
        if found.address is not None:
            self._limits.take(OF_ACCOUNT, found.address)
        return found

    def _look_up(self, token: str) -> Identity | None:
        now, kept = int(time.time()), hash_of(token)
        with self._sessions() as session:
            if token.startswith(API_KEY):
                key = key_of_hash(session, kept)
            elif token.startswith(ACCESS):
                signed_in = account_of_access(session, kept, now)
                return None if signed_in is None else self._of_account(signed_in[0], session=signed_in[1])
            else:
                address = address_of_token(session, kept)
                return None if address is None else self._of_account(address)
        if key is None or (key.expires_at is not None and key.expires_at <= now):
            return None
        if key.last_used_at is None or now - key.last_used_at >= USED_SECONDS:
            with self._sessions.begin() as session:
                again = session.get(ApiKey, key.id)
                if again is None:
                    return None
                again.last_used_at = now
        scopes = frozenset(key.scopes)
        if key.account is not None:
            # whoever is an operator no longer has no operator's keys
            scopes &= self._of_account(key.account).scopes
        return Identity(key.account, scopes, key=key.id)

    def _of_account(self, address: str, session: str | None = None) -> Identity:
        scopes = {READ, SUBMIT} | ({OPERATE} if address in self._operators else set())
        return Identity(address, frozenset(scopes), session=session)

    @staticmethod
    def require_scope(identity: Identity, scope: str) -> None:
        """Refuse a token that is not for something.

        Raises:
            ScopeMissing: so it is.
        """
        if scope not in identity.scopes:
            has = ", ".join(sorted(identity.scopes)) or "none"
            raise ScopeMissing(f"This needs the scope {scope}; the token has {has}.")

    def is_admin(self, token: str | None) -> bool:
        """Whether this is the operator's own bearer token."""
        return matches(token, self._admin_token)

    def require_admin(self, token: str | None) -> Identity:
        """Refuse everyone but operators.

        Raises:
            TokenInvalid: missing or wrong, or of an account that is no operator.
            RateLimited: too many wrong ones from this address.
        """
        words = "Send the admin token as `Authorization: Bearer TOKEN`; it is in data/admin-token."
        try:
            found = self.identify(token)
        except TokenInvalid:
            raise TokenInvalid(words) from None
        if not found.is_operator:
            raise TokenInvalid(f"This token is no operator's. {words}")
        return found

    @contextmanager
    def acting(self, token: str | None, action: str, request_id: str | None = None) -> Iterator[Identity]:
        """Let an operator do something, and write down what came of it.

        Args:
            token: the operator's.
            action: what is done, as the audit log calls it.
            request_id: of the request by which it is done.

        Raises:
            TokenInvalid, RateLimited: see `require_admin`; nothing is written down.
        """
        actor, outcome = self.require_admin(token), "failed"
        try:
            yield actor
            outcome = "done"
        except EarnestError as error:
            outcome = error.type
            raise
        finally:
            self._note(actor, action, outcome, request_id)

    def _note(self, actor: Identity, action: str, outcome: str, request_id: str | None) -> None:
        with self._sessions.begin() as session:
            session.add(
                Act(
                    time=int(time.time()),
                    actor=actor.shown[:100],
                    action=action[:200],
                    outcome=outcome[:100],
                    request_id=request_id,
                )
            )

    def require_key(self, address: str) -> str:
        """Refuse an account that nothing can be signed for here.

        Raises:
            KeyNotHere: so it is.
        """
        with self._sessions() as session:
            if managed_address(session, address) is None:
                raise KeyNotHere(
                    f"The key of {address} is not here: ask for the transaction under `prepared`, sign it, and hand it "
                    "in."
                )
        return address

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
        """The checksummed address of an account, managed or with a key of its own.

        Raises:
            AccountUnknown: it is no address, and can be none's.
            AddressInvalid: the address has a slip in it.
        """
        if not looks_like_address(address):
            raise AccountUnknown(f"There is no account {address}: an address has 0x and 40 hexadecimal digits.")
        return parse_address(address)


def _standing(pool: Pool, row: PoolAccount) -> PoolStanding:
    return PoolStanding(
        pool=pool.id,
        pool_name=pool.name,
        credit=row.credit,
        verified=row.verified,
        standing=row.standing,
        contributions=row.contributions,
        deposits=row.deposits,
        refunds=row.refunds,
        shares=row.shares,
        leftovers=row.leftovers,
        earnings=row.shares + row.leftovers,
    )
