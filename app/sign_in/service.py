"""Nonces, sessions and their tokens; of each token the tables hold the hash alone."""

import secrets
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from earnest.accounts.identity import Identity
from earnest.accounts.tokens import ACCESS, REFRESH, hash_of
from earnest.chain.gateway import Gateway
from earnest.chain.signatures import message_hash, signer_of
from earnest.config import LOOPBACK, Settings
from earnest.db.engine import Sessions
from earnest.db.queries.sessions import (
    forget_expired,
    forget_tokens,
    forget_used,
    live_sessions,
    nonce_to_use,
    refresh_token_to_use,
    session_of,
)
from earnest.db.tables import SessionToken, SignInNonce, SignInSession
from earnest.sign_in.errors import RefreshReused, SessionUnknown, SignInRefused
from earnest.sign_in.message import SignInMessage, parse
from earnest.sign_in.schemas import NonceShown, SessionShown, SignedIn
from earnest.web.limits import CLIENT, SIGN_INS, WRONG_TOKENS, Limits

#: Seconds in which a nonce must come back.
NONCE_SECONDS = 300
#: Seconds by which clocks may differ.
SKEW = 60
#: Most sessions of an account; one more ends the oldest.
MAX_SESSIONS = 50
#: Used refresh tokens of a session that are known again; an older one is as good as unknown.
MAX_USED = 100


def authorities_of(host: str, port: int) -> frozenset[str]:
    """Under what a service is reached that was given no names: this machine's, or the address where it listens."""
    names = (f"[{name}]" if ":" in name else name.lower() for name in (*LOOPBACK, host))
    return frozenset(each for name in names for each in ((name, f"{name}:80") if port == 80 else (f"{name}:{port}",)))


class SignInService:
    """Signs accounts in.

    Args:
        sessions: the database.
        gateway: the chain, which contract wallets are asked on.
        limits: how often may be tried.
        settings: the service's names, address and port, and how long tokens and sessions last.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._limits = limits
        self._public = frozenset(name.lower() for name in settings.public_names)
        self._own = authorities_of(settings.host, settings.port)
        self._access_seconds = settings.access_seconds
        self._session_seconds = settings.session_seconds
        self._clock = clock

    def nonce(self) -> NonceShown:
        """A new nonce.

        Raises:
            RateLimited: too many from this address.
        """
        self._limits.take(SIGN_INS, CLIENT.get())
        now = int(self._clock())
        made = SignInNonce(nonce=secrets.token_hex(16), expires_at=now + NONCE_SECONDS)
        with self._sessions.begin() as session:
            forget_expired(session, now)
            session.add(made)
        return NonceShown(nonce=made.nonce, expires_at=made.expires_at, chain_id=self._gateway.chain_id())

    def sign_in(self, text: str, signature: bytes, host: str) -> SignedIn:
        """A session for whoever signed a message.

        Args:
            text: the message.
            signature: its account's.
            host: by which name the client reached the service.

        Raises:
            MessageInvalid: it does not follow the standard.
            SignInRefused: not for this service or time, an unknown nonce, or signed by somebody else.
            RateLimited: too many wrong ones from this address.
        """
        self._limits.require(WRONG_TOKENS, CLIENT.get())
        message = parse(text)
        try:
            self._require_ours(message, host)
            self._require_signed(message, text.encode(), signature)
        except SignInRefused:
            self._limits.take(WRONG_TOKENS, CLIENT.get())
            raise
        now = int(self._clock())
        with self._sessions.begin() as session:
            # looked at last, so that nobody without a signature can use a nonce up
            used = nonce_to_use(session, message.nonce)
            if used is None or used.expires_at <= now:
                raise SignInRefused("The message's nonce is unknown, used or too old: ask for a new one.")
            session.delete(used)
            live = live_sessions(session, message.address, now)
            for row in live[MAX_SESSIONS - 1 :]:
                self._end(session, row)
            row = SignInSession(
                id=str(uuid.uuid4()),
                account=message.address,
                created_at=now,
                refreshed_at=now,
                expires_at=now + self._session_seconds,
            )
            session.add(row)
            session.flush()
            return self._tokens(session, row, now)

    def refresh(self, token: str) -> SignedIn:
        """New tokens for a session's newest refresh token.

        Raises:
            SignInRefused: the token is unknown, or its session has ended.
            RefreshReused: it was used before; the session has ended.
        """
        self._limits.require(WRONG_TOKENS, CLIENT.get())
        now, reused = int(self._clock()), False
        with self._sessions.begin() as session:
            found = refresh_token_to_use(session, hash_of(token))
            row = session.get_one(SignInSession, found.session_id) if found is not None else None
            if found is not None and row is not None and row.ended_at is None and row.expires_at > now:
                if found.used_at is None:
                    found.used_at, row.refreshed_at = now, now
                    session.flush()
                    forget_used(session, row.id, MAX_USED, now)
                    return self._tokens(session, row, now)
                # what is thrown inside of the transaction would undo it
                reused = True
                self._end(session, row)
        self._limits.take(WRONG_TOKENS, CLIENT.get())
        if reused:
            raise RefreshReused("This refresh token was used before, so that its session has ended: sign in again.")
        raise SignInRefused("The refresh token is unknown, or its session has ended: sign in again.")

    def sessions(self, holder: Identity) -> list[SessionShown]:
        """An account's sessions that go on, newest first."""
        with self._sessions() as session:
            rows = live_sessions(session, holder.address or "", int(self._clock()))
        return [
            SessionShown(
                id=row.id,
                created_at=row.created_at,
                refreshed_at=row.refreshed_at,
                expires_at=row.expires_at,
                current=row.id == holder.session,
            )
            for row in rows
        ]

    def end(self, holder: Identity, which: str) -> None:
        """End a session of an account's.

        Raises:
            SessionUnknown: it has none such.
        """
        wanted = holder.session if which == "current" else which
        with self._sessions.begin() as session:
            row = session_of(session, holder.address or "", wanted or "")
            if row is None:
                raise SessionUnknown("The account has no such session.")
            self._end(session, row)

    # INTERNAL

    def _require_ours(self, message: SignInMessage, host: str) -> None:
        """Refuse a message that was signed for somebody else, or for another time.

        Whoever hands in a message that it made somebody sign for another site says that site's name in `Host`, too: a
        name is the service's only where its operator gave it, or where it listens.
        """
        domain, now = message.domain.lower(), self._clock()
        if not self._is_public(domain):
            if domain != host.lower():
                raise SignInRefused(f"The message was signed for {message.domain}; this service is {host}.")
            if domain not in self._own:
                raise SignInRefused(
                    f"The message was signed for {message.domain}, which the service does not know for a name of its "
                    "own; its operator adds names with EARNEST_PUBLIC_HOSTS."
                )
        try:
            meant = urlsplit(message.uri)
            same = meant.netloc.lower() == domain and meant.scheme in ("http", "https")
        except ValueError:
            same = False
        if not same:
            raise SignInRefused(f"The message's URI, {message.uri}, is not on {message.domain}.")
        chain_id = self._gateway.chain_id()
        if message.chain_id != chain_id:
            raise SignInRefused(f"The message names chain {message.chain_id}; this service is on {chain_id}.")
        if message.issued_at > now + SKEW:
            raise SignInRefused("The message was issued in the future: set the clock right.")
        if message.expires_at is not None and message.expires_at <= now:
            raise SignInRefused("The message has expired: sign a new one.")
        if message.not_before is not None and message.not_before > now + SKEW:
            raise SignInRefused("The message is not good yet.")

    def _is_public(self, domain: str) -> bool:
        """Whether a domain, with any port, is one that the operator named."""
        try:
            return "@" not in domain and (urlsplit(f"//{domain}").hostname or "") in self._public
        except ValueError:
            return False

    def _require_signed(self, message: SignInMessage, text: bytes, signature: bytes) -> None:
        digest = message_hash(text)
        if signer_of(digest, signature) == message.address:
            return
        if self._gateway.stands_by(message.address, digest, signature):
            return
        raise SignInRefused(f"The signature is not {message.address}'s, nor one that its contract stands by.")

    def _tokens(self, session: Session, row: SignInSession, now: int) -> SignedIn:
        access, refresh = ACCESS + secrets.token_urlsafe(32), REFRESH + secrets.token_urlsafe(32)
        access_until = min(now + self._access_seconds, row.expires_at)
        session.add(SessionToken(token_hash=hash_of(access), session_id=row.id, kind="access", expires_at=access_until))
        session.add(
            SessionToken(token_hash=hash_of(refresh), session_id=row.id, kind="refresh", expires_at=row.expires_at)
        )
        return SignedIn(
            account=row.account,
            session=row.id,
            token_type="Bearer",  # noqa: S106
            access_token=access,
            access_expires_at=access_until,
            refresh_token=refresh,
            session_expires_at=row.expires_at,
        )

    def _end(self, session: Session, row: SignInSession) -> None:
        row.ended_at = int(self._clock())
        session.flush()
        forget_tokens(session, row.id)
