"""Which service a command asks, as whom, and how it ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.core.errors import CoreError
from earnest.extras import needed

if TYPE_CHECKING:
    from earnest.client.signing import Signer
    from earnest.client.synchronous import Client

#: Exit codes: all went well; refused, or some of it failed; the command line or a file is unfit; no answer; bad rows
#: in a file, of which nothing was sent; the chain has not decided yet.
FAILED, UNFIT, SILENT, BAD_ROWS, UNDECIDED = 1, 2, 3, 4, 5
#: Of the keystore's password and of a private key; neither is taken from the command line, which others can read.
PASSWORD, KEY = "EARNEST_KEY_PASSWORD", "EARNEST_KEY"

Url = Annotated[str, typer.Option(envvar="EARNEST_URL", help="The service's address.")]
Token = Annotated[
    str | None,
    typer.Option(envvar="EARNEST_TOKEN", help="Token of a managed account, or the operator's.", show_default=False),
]
Keystore = Annotated[
    Path | None,
    typer.Option(
        envvar="EARNEST_KEYSTORE",
        help=f"Keystore file (version 3) of a key of one's own; {PASSWORD} has its password, else it is asked for. Or "
        f"{KEY} has the key itself.",
        show_default=False,
    ),
]
Relayed = Annotated[
    bool,
    typer.Option("--relayed", help="Only sign with the key of one's own: the service sends it and pays the gas."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of tables: one object a line.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing before something is paid or claimed.")]
Wait = Annotated[float, typer.Option(min=0, max=86_400, help="Seconds to wait for what the chain decides.")]
DEFAULT_URL = "http://127.0.0.1:8000"


@contextmanager
def connected(
    url: str, token: str | None = None, keystore: Path | None = None, *, relayed: bool = False
) -> Iterator["Client"]:
    """A client, while a command runs; what goes wrong is told in a sentence and an exit code."""
    with needed("service", "This command"):
        from earnest.client.errors import NotDecided, Unreachable
        from earnest.client.synchronous import Client
    try:
        signer = _signer(keystore)
        if relayed and signer is None:
            raise ended("--relayed is for a key of one's own: a managed account signs nothing here.", UNFIT)
        with Client(url, token=None if signer is not None else token, signer=signer, relayed=relayed) as client:
            yield client
    except Unreachable as error:
        raise ended(str(error), SILENT) from None
    except NotDecided as error:
        raise ended(f"{error} Repeat the command: nothing is sent twice.", UNDECIDED) from None
    except CoreError as error:
        raise ended(str(error), FAILED) from None


def ended(sentence: str, code: int) -> typer.Exit:
    """Say why on standard error; returns what to raise."""
    typer.echo(sentence, err=True)
    return typer.Exit(code)


def _signer(keystore: Path | None) -> "Signer | None":
    key = os.environ.get(KEY)
    if keystore is None and not key:
        return None
    with needed("service", "Signing"):
        from earnest.chain.signer import MAX_KEYSTORE, LocalSigner, open_keystore
    if keystore is None:
        try:
            return LocalSigner(key or "")
        except ValueError:
            raise ended(f"{KEY} holds no private key: 64 hexadecimal digits.", UNFIT) from None
    try:
        with keystore.open(encoding="utf-8") as file:
            content = file.read(MAX_KEYSTORE + 1)
        password = os.environ.get(PASSWORD) or typer.prompt(f"Password of {keystore.name}", hide_input=True, err=True)
        return open_keystore(content, password)
    except OSError as error:
        raise ended(f"{keystore} cannot be read: {error.strerror or error}.", UNFIT) from None
    except (ValueError, KeyError, TypeError, CoreError):
        raise ended(f"{keystore} is no keystore, or its password is another one.", UNFIT) from None
