"""Signing in: nonces, sessions, tokens; and API keys."""

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from earnest.db.tables import ApiKey, SessionToken, SignInNonce, SignInSession


def nonce_to_use(session: Session, nonce: str) -> SignInNonce | None:
    """A nonce, for whoever will delete it: of two who ask at once, one waits and finds none."""
    return session.scalar(select(SignInNonce).where(SignInNonce.nonce == nonce).with_for_update())


def refresh_token_to_use(session: Session, token_hash: str) -> SessionToken | None:
    """A refresh token, for whoever will mark it as used."""
    return session.scalar(
        select(SessionToken)
        .where(SessionToken.token_hash == token_hash, SessionToken.kind == "refresh")
        .with_for_update()
    )


def forget_expired(session: Session, now: int) -> None:
    """Delete nonces and tokens that are worth nothing any more, with the sessions that are over and have none left."""
    session.execute(delete(SignInNonce).where(SignInNonce.expires_at <= now))
    session.execute(delete(SessionToken).where(SessionToken.expires_at <= now))
    session.execute(
        delete(SignInSession).where(
            or_(SignInSession.expires_at <= now, SignInSession.ended_at.is_not(None)),
            ~SignInSession.id.in_(select(SessionToken.session_id)),
        )
    )


def live_sessions(session: Session, account: str, now: int) -> Sequence[SignInSession]:
    """An account's sessions that go on, newest first."""
    return session.scalars(
        select(SignInSession)
        .where(SignInSession.account == account, SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
        .order_by(SignInSession.created_at.desc(), SignInSession.id)
    ).all()


def session_of(session: Session, account: str, session_id: str) -> SignInSession | None:
    """An account's session that was not ended."""
    return session.scalar(
        select(SignInSession).where(
            SignInSession.id == session_id, SignInSession.account == account, SignInSession.ended_at.is_(None)
        )
    )


def forget_tokens(session: Session, session_id: str) -> None:
    """Delete all of a session's tokens."""
    session.execute(delete(SessionToken).where(SessionToken.session_id == session_id))


def forget_used(session: Session, session_id: str, kept: int, now: int) -> None:
    """Delete a session's access tokens that are over, and its used refresh tokens but for so many of the newest."""
    used = (
        select(SessionToken.token_hash)
        .where(SessionToken.session_id == session_id, SessionToken.used_at.is_not(None))
        .order_by(SessionToken.used_at.desc())
        .offset(kept)
    )
    old = session.scalars(used).all()
    session.execute(
        delete(SessionToken).where(
            SessionToken.session_id == session_id,
            or_(SessionToken.token_hash.in_(old), SessionToken.expires_at <= now),
        )
    )


def account_of_access(session: Session, token_hash: str, now: int) -> tuple[str, str] | None:
    """Account and session of an access token that is good now."""
    row = session.execute(
        select(SignInSession.account, SignInSession.id)
        .join(SessionToken, SessionToken.session_id == SignInSession.id)
        .where(
            SessionToken.token_hash == token_hash,
            SessionToken.kind == "access",
            SessionToken.expires_at > now,
            SignInSession.ended_at.is_(None),
        )
    ).first()
    return None if row is None else (row[0], row[1])


def key_of_hash(session: Session, key_hash: str) -> ApiKey | None:
    """An API key by the hash of what its holder sends."""
    return session.scalar(select(ApiKey).where(ApiKey.key_hash == key_hash))


def keys_of(session: Session, account: str | None) -> Sequence[ApiKey]:
    """An account's API keys, or the operator's, newest first; those that were revoked are gone."""
    return session.scalars(
        select(ApiKey).where(ApiKey.account == account).order_by(ApiKey.created_at.desc(), ApiKey.id)
    ).all()


def count_keys(session: Session, account: str | None) -> int:
    """How many API keys an account, or the operator, has."""
    return session.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.account == account)) or 0
