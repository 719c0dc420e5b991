"""Requests that are known by their idempotency keys."""

import hashlib
import json
from typing import Any

from sqlalchemy.orm import Session

from earnest.db.tables import KnownRequest
from earnest.errors import IdempotencyKeyReused


def fingerprint(*parts: Any) -> str:
    """What tells one request from another."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def known_request(session: Session, scope: str, key: str | None, request_hash: str) -> KnownRequest | None:
    """The request that came under a key before; None without a key, or for the first time.

    Raises:
        IdempotencyKeyReused: it was another request.
    """
    row = session.get(KnownRequest, (scope, key)) if key is not None else None
    if row is not None and row.request_hash != request_hash:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request; choose a new one.")
    return row
