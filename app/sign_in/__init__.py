"""Sign-In with Ethereum: an account proves its key, and has a session for it."""
