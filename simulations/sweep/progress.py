"""How far a sweep is, in a file for another program: one JSON object.

The file never grows and is written in place: a full disk, which ends the sweep, does not keep it from saying so.
"""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from earnest.simulations.errors import OutputError
from earnest.simulations.sweep.sweep import Outcome

#: Bytes of the file: the object and then spaces.
SIZE = 4096
#: Longest sentence that is told, in characters; one takes up to six bytes.
_LONGEST = 600
#: Seconds between two writes within a stage.
_PAUSE = 0.1


class ProgressFile:
    """Keeps a file up to date with a sweep; an error on the way out is told there too.

    The object has `stage`, `done`, `total`, and at the end `ended`: true, with `failed` (runs that came to nothing),
    `reason` (of the first of them) and `error` (what stopped the sweep; null if nothing did). A sweep that was killed
    leaves a file without `ended`.

    Args:
        path: of the file.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: dict[str, Any] = {"stage": "Start", "done": 0, "total": 0}
        self._written = 0.0
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            os.pwrite(self._file, self._content(), 0)
        except OSError as error:
            raise OutputError(
                f"Progress cannot be written to {path} ({error.strerror}): choose another file."
            ) from None

    def __enter__(self) -> Self:
        """The file, until the sweep ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell what stopped the sweep, unless that was a signal or a key."""
        if isinstance(error, Exception):
            self._end(error=" ".join(str(error).split()) or type(error).__name__)
        os.close(self._file)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell what is done of a stage."""
        news = stage != self._told["stage"] or done == total
        self._told |= {"stage": stage, "done": done, "total": total}
        if news or time.monotonic() - self._written > _PAUSE:
            self._write()

    def finish(self, outcome: Outcome) -> None:
        """Tell what the sweep came to."""
        self._end(failed=len(outcome.failed), reason=outcome.failed[0]["reason"] if outcome.failed else None)

    def _end(self, *, error: str | None = None, failed: int = 0, reason: str | None = None) -> None:
        self._told |= {"ended": True, "error": _short(error), "failed": failed, "reason": _short(reason)}
        self._write()

    def _write(self) -> None:
        # a sweep goes on without its watcher
        with suppress(OSError):
            os.pwrite(self._file, self._content(), 0)
        self._written = time.monotonic()

    def _content(self) -> bytes:
        return json.dumps(self._told, ensure_ascii=False).encode(errors="replace").ljust(SIZE)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
