"""Makes, lists and revokes API keys; the tables hold their hashes alone."""

import secrets
import time
import uuid
from collections.abc import Callable

from earnest.accounts.errors import ScopeMissing
from earnest.accounts.identity import OPERATE, Identity
from earnest.accounts.tokens import API_KEY, hash_of
from earnest.db.engine import Sessions
from earnest.db.queries.sessions import count_keys, keys_of
from earnest.db.tables import ApiKey
from earnest.keys.errors import KeyUnknown, TooManyKeys
from earnest.keys.schemas import KeyMade, KeyRequest, KeyShown

#: Most keys of an account.
MAX_KEYS = 50


class KeyService:
    """API keys.

    Args:
        sessions: the database.
        clock: seconds since 1970.
    """

    def __init__(self, sessions: Sessions, clock: Callable[[], float] = time.time) -> None:
        self._sessions = sessions
        self._clock = clock

    def make(self, holder: Identity, request: KeyRequest) -> KeyMade:
        """A new key.

        Raises:
            ScopeMissing: it would be allowed more than its maker.
            TooManyKeys: there are as many as there can be.
        """
        wanted = sorted(set(request.scopes))
        if not holder.scopes.issuperset(wanted) or (holder.address is None and wanted != [OPERATE]):
            raise ScopeMissing(
                f"A key may have the scopes {', '.join(sorted(holder.scopes))} here."
                if holder.address is not None
                else f"The operator's keys have the scope {OPERATE} and no other."
            )
        now, key = int(self._clock()), API_KEY + secrets.token_urlsafe(32)
        with self._sessions.begin() as session:
            if count_keys(session, holder.address) >= MAX_KEYS:
                raise TooManyKeys(f"There are {MAX_KEYS} keys already: revoke one first.")
            row = ApiKey(
                id=str(uuid.uuid4()),
                account=holder.address,
                name=request.name,
                key_hash=hash_of(key),
                scopes=wanted,
                created_at=now,
                expires_at=None if request.expires_in is None else now + request.expires_in,
            )
            session.add(row)
        return KeyMade(**_shown(row).model_dump(), key=key)

    def all(self, holder: Identity) -> list[KeyShown]:
        """Every key of an account, or of the operator, newest first."""
        with self._sessions() as session:
            return [_shown(row) for row in keys_of(session, holder.address)]

    def revoke(self, holder: Identity, key_id: str) -> None:
        """Revoke a key.

        Raises:
            KeyUnknown: the caller has none such.
        """
        with self._sessions.begin() as session:
            row = session.get(ApiKey, key_id)
            if row is None or row.account != holder.address:
                raise KeyUnknown("The caller has no such key.")
            session.delete(row)


def _shown(row: ApiKey) -> KeyShown:
    return KeyShown(
        id=row.id,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
