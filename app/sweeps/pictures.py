"""Pictures of what came out of sweeps: one is drawn at a time, and the last ones are kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from earnest.sweeps.errors import SweepsBusy

#: Bytes of all that are kept; a picture has some ten to a hundred thousand.
MOST_BYTES = 2**24
#: Seconds after which it is worth to ask again.
_RETRY_AFTER = 5


class Pictures:
    """Draws, and keeps what was drawn.

    Args:
        draw: makes a picture of a view, of a kind; takes seconds.
        most: bytes of all that are kept.
    """

    def __init__(self, draw: Callable[[dict[str, Any], str], bytes], most: int = MOST_BYTES) -> None:
        self._draw = draw
        self._most = most
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._drawing, self._changing = threading.Lock(), threading.Lock()

    def picture(self, key: Hashable, view: Callable[[], dict[str, Any] | None], kind: str) -> bytes | None:
        """A picture, drawn now or before; None where there is nothing to draw.

        Args:
            key: what it differs by; None for one that is not kept.
            view: says what is drawn; asked only if it has to be.
            kind: of the file.

        Raises:
            SweepsBusy: another one is being drawn; whoever waited here would keep a thread from others.
            CheckFailed: it could not be drawn.
        """
        if (found := self._known(key)) is not None:
            return found
        if not self._drawing.acquire(blocking=False):
            raise SweepsBusy(
                "Another picture is being drawn: try again in a moment. CSV and the LaTeX table are had meanwhile.",
                retry_after=_RETRY_AFTER,
            )
        try:
            # whoever drew a moment ago may have drawn this one
            if (found := self._known(key)) is not None:
                return found
            drawn = view()
            if drawn is None:
                return None
            made = self._draw(drawn, kind)
            if key is not None:
                self._keep(key, made)
            return made
        finally:
            self._drawing.release()

    def _known(self, key: Hashable) -> bytes | None:
        with self._changing:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: Hashable, made: bytes) -> None:
        with self._changing:
            self._size += len(made) - len(self._kept.pop(key, b""))
            self._kept[key] = made
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1])
