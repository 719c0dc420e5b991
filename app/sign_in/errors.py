"""What signing in refuses."""

from earnest.errors import EarnestError


class SignInRefused(EarnestError):
    """The message is not for this service, not for now, or not signed by its account."""

    status = 401
    type = "sign-in-refused"
    title = "Sign-in refused"


class RefreshReused(EarnestError):
    """A refresh token was used twice: somebody else may have it, so the session has ended."""

    status = 401
    type = "refresh-reused"
    title = "Refresh token reused"


class SessionUnknown(EarnestError):
    """There is no such session of this account."""

    status = 404
    type = "session-unknown"
    title = "Session unknown"
