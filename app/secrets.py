"""Secrets that the service keeps in its data folder: made once, readable by their owner only."""

import os
import secrets
from pathlib import Path


class SecretDamaged(Exception):
    """A file that should hold a secret does not; the message says what to do."""


def matches(given: str | None, secret: str) -> bool:
    """Whether a secret was given, in time that does not depend on how much of it is right; an empty one never is."""
    if not given or not secret:
        return False
    return secrets.compare_digest(given.encode(errors="surrogatepass"), secret.encode(errors="surrogatepass"))


def read_or_create(path: Path, nbytes: int = 32) -> str:
    """The secret in `path`; a new random one (hex) when there is none yet.

    The file appears whole or not at all, with mode 600.

    Raises:
        OSError: the folder cannot be written.
        SecretDamaged: the file holds none.
    """
    try:
        return _kept(path)
    except FileNotFoundError:
        pass
    write(path, secrets.token_hex(nbytes))
    return _kept(path)


def write(path: Path, secret: str) -> None:
    """Put a secret in a file, which appears or changes whole, with mode 600.

    Raises:
        OSError: the folder cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def _kept(path: Path) -> str:
    try:
        secret = path.read_text("ascii").strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret:
        raise SecretDamaged(f"{path} holds no secret: restore it from a backup, or remove it and a new one is made.")
    return secret
