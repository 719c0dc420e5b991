"""What is refused about accounts and their tokens."""

from earnest.errors import EarnestError


class TokenInvalid(EarnestError):
    """The bearer token is missing or unknown."""

    status = 401
    type = "token-invalid"
    title = "Token invalid"


class ScopeMissing(EarnestError):
    """The token is good, and not for this."""

    status = 403
    type = "scope-missing"
    title = "Scope missing"


class KeyNotHere(EarnestError):
    """The account's key is its own, so that nothing can be signed for it here."""

    status = 409
    type = "key-not-here"
    title = "Key not here"


class PasswordWrong(EarnestError):
    """The password does not open the keys in the tables."""

    status = 503
    type = "password-wrong"
    title = "Password wrong"


class AccountUnknown(EarnestError):
    """There is no such account."""

    status = 404
    type = "account-unknown"
    title = "Account unknown"
