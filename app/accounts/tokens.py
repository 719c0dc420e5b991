"""Bearer tokens: each kind begins with letters of its own, so that a leaked one is known for what it is."""

import hashlib

#: Of access tokens and refresh tokens of sessions, and of API keys. Managed accounts' tokens have none.
ACCESS, REFRESH, API_KEY = "ea_", "er_", "ek_"


def hash_of(token: str) -> str:
    """What the tables keep of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
