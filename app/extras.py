"""The extras of an installation, and the sentence about one that is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from earnest.core.errors import CoreError


class ExtraMissing(CoreError, ImportError):
    """A library is missing that an extra installs; the message names the command."""

    def __init__(self, what: str, library: str, extra: str) -> None:
        super().__init__(f"{what} needs {library}, which is not installed: pip install 'earnest[{extra}]'")


@contextmanager
def needed(extra: str, what: str) -> Iterator[None]:
    """Around imports of what an extra installs.

    Args:
        extra: `service`, `simulations`, `cluster`, `tune`, `telemetry` or `quality`.
        what: needs it, as the beginning of a sentence.

    Raises:
        ExtraMissing: a library is missing, which is none of ours.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in ("", "earnest"):
            raise
        raise ExtraMissing(what, library, extra) from error
