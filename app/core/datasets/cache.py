"""Arrays that are expensive to make, kept in files.

A file is the sha256 of all that follows, then an npz. It is named after everything that its arrays depend on, so it
never goes stale; it is written beside its place and moved there, so it is never half there; one that does not match
its checksum is made again.
"""

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DatasetError

Arrays = dict[str, NDArray[Any]]

_CHECKSUM_LENGTH = 32


class ArrayCache:
    """Named arrays by key, in one folder.

    Args:
        folder: made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: Mapping[str, str | int]) -> Path:
        """The file of a key, whether it exists or not."""
        name = hashlib.sha256(json.dumps(dict(key), sort_keys=True).encode()).hexdigest()
        return self.folder / f"{name}.arrays"

    def get_or_make(self, key: Mapping[str, str | int], make: Callable[[], Arrays]) -> Arrays:
        """The arrays of a key, from their file if it is whole, else made and kept.

        Args:
            key: everything that the arrays depend on, their format's version included.
            make: makes them; none of object type.

        Raises:
            DatasetError: they could not be kept, for example because the disk is full; no file is left behind.
        """
        path = self.path(key)
        kept = _read(path)
        if kept is not None:
            return kept
        arrays = make()
        _write(path, arrays)
        return arrays


def _read(path: Path) -> Arrays | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    payload = memoryview(content)[_CHECKSUM_LENGTH:]
    if hashlib.sha256(payload).digest() != content[:_CHECKSUM_LENGTH]:
        return None
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile):
        return None


def _write(path: Path, arrays: Arrays) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    payload = buffer.getbuffer()
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".unfinished-", delete=False) as file:
            temporary = Path(file.name)
            file.write(hashlib.sha256(payload).digest())
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise DatasetError(
            f"The cache file {path} cannot be written ({error.strerror}): make room, or choose another data folder."
        ) from None
