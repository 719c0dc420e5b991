"""Errors of verification."""


class CheckFailed(Exception):
    """A check found that something is not as it should be; the message says what."""
