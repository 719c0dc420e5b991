"""What is refused about API keys."""

from earnest.errors import EarnestError


class KeyUnknown(EarnestError):
    """There is no such key of this account."""

    status = 404
    type = "key-unknown"
    title = "Key unknown"


class TooManyKeys(EarnestError):
    """An account has so many keys and no more."""

    status = 409
    type = "too-many-keys"
    title = "Too many keys"
