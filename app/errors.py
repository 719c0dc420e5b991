"""Base of the service's errors.

EarnestError
├── ChainError             earnest.chain.errors
├── NotReady               earnest.readiness
├── CursorInvalid          earnest.web.schemas
├── IdempotencyKeyReused   here: several services refuse it
└── one class for each refusal, beside the service that refuses

An error carries what the API's problem document says (RFC 9457); the web layer only translates.
"""

from typing import Any, ClassVar


class EarnestError(Exception):
    """Something that the service refuses or cannot do.

    Attributes:
        status: HTTP status.
        type: stable slug of the problem type.
        title: what kind of problem it is.
        detail: what happened this time and what to do.
        extra: further members of the problem document.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class IdempotencyKeyReused(EarnestError):
    """The key was used for another request."""

    status = 409
    type = "idempotency-key-reused"
    title = "Idempotency key reused"
