"""Lines of the log: with the request and the transaction that they are about, and without secrets."""

import json
import logging
import re
import time
from typing import Any

from earnest.web.dependencies import REQUEST

#: Tokens and keys by their first letters, what follows "Bearer", private keys and seeds in hex that are named as such.
_SECRET = re.compile(
    r"\b(?:ea|er|ek)_[A-Za-z0-9_-]{20,}|\bwhsec_[A-Za-z0-9+/=]{20,}|(?<=[Bb]earer )[!-~]+|(?<=://)[^/@\s]+:[^/@\s]+(?=@)"
    r"|(?i:(?<=key[ =:])|(?<=token[ =:])|(?<=password[ =:]))\s*['\"]?[!-~]{16,}"
)
#: What of it every secret has about it, in lower case: a line without any of them, as most are, is not searched.
_SIGNS = ("ea_", "er_", "ek_", "whsec_", "bearer ", "://", "key", "token", "password")
_TRANSACTION = re.compile(r"\b[Tt]ransaction (0x[0-9a-f]{64})\b")
_HIDDEN = "[hidden]"
#: What a terminal obeys, or a reader takes for the end of a line: strangers choose addresses, and what else is logged.
_CONTROLS = {
    code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F))
}


def without_secrets(text: str) -> str:
    """A text in which nothing is left that looks like a secret."""
    lowered = text.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return text
    return _SECRET.sub(_HIDDEN, text)


class TextFormatter(logging.Formatter):
    """A line for people; the request's id stands in brackets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        request = REQUEST.get()
        return without_secrets(super().format(record)) + (f" [{request}]" if request else "")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The message's own line; what would begin another one, or move the cursor, is spelt out."""
        line = super().formatMessage(record)
        # none of those that are spelt out can be printed
        return line if line.isprintable() else line.translate(_CONTROLS)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Lines that stand further in than any that begins with a time, since messages of errors have breaks too."""
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {line.translate(_CONTROLS)}" for line in lines)


class JsonFormatter(logging.Formatter):
    """An object a line: time, level, logger, message, and where there are some: request, transaction, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        message = without_secrets(record.getMessage())
        said = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if (request := REQUEST.get()) is not None:
            said["request"] = request
        if (found := _TRANSACTION.search(message)) is not None:
            said["transaction"] = found[1]
        if record.exc_info:
            said["exception"] = without_secrets(self.formatException(record.exc_info))
        # JSON spells out what is below the blank, and leaves the rest to us
        return json.dumps(said, ensure_ascii=False).translate(_CONTROLS)


def set_up(form: str) -> None:
    """Write the log of this process to standard error.

    Args:
        form: "text", or "json" for an object a line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
