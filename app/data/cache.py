"""Arrays that are expensive to make, kept in files.

A file is the sha256 of all that follows, then a header, then the arrays as they are in memory, so that they can be
mapped. It is named after everything that its arrays depend on, so it never goes stale; it is written beside its place
and moved there, so it is never half there; one that does not match its checksum is made again.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import DatasetError

Arrays = dict[str, NDArray[Any]]
Key = Mapping[str, str | int | float | None]

_CHECKSUM_LENGTH = 32
#: Bytes of the number that tells how long the header is.
_LENGTH = 8
_ALIGNMENT = 64


class ArrayCache:
    """Named arrays by key, in one folder.

    Args:
        folder: made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: Key) -> Path:
        """The file of a key, whether it exists or not."""
        name = hashlib.sha256(json.dumps(dict(key), sort_keys=True).encode()).hexdigest()
        return self.folder / f"{name}.arrays"

    def get_or_make(self, key: Key, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of a key, from their file if it is whole, else made and kept.

        Args:
            key: everything that the arrays depend on, their format's version included.
            make: makes them; none of object type.

        Raises:
            DatasetError: they could not be kept, for example because the disk is full; no file is left behind.
        """
        path = self.path(key)
        kept = read(path)
        if kept is not None:
            return kept
        arrays = make()
        _write(path, arrays)
        return arrays


def read(path: Path) -> Arrays | None:
    """The arrays of a file, mapped into memory: read when they are used, shared by all processes that map them.

    They may be changed; nobody else sees that.

    Returns:
        the arrays, or None if the file is missing or damaged.
    """
    try:
        mapped = np.asarray(np.memmap(path, dtype=np.uint8, mode="c"))
    except (OSError, ValueError):
        # an empty file cannot be mapped
        return None
    if hashlib.sha256(mapped[_CHECKSUM_LENGTH:].data).digest() != mapped[:_CHECKSUM_LENGTH].tobytes():
        return None
    try:
        start = _CHECKSUM_LENGTH + _LENGTH
        length = int.from_bytes(mapped[_CHECKSUM_LENGTH:start].tobytes(), "little")
        listed = json.loads(mapped[start : start + length].tobytes())
        return {
            name: mapped[offset : offset + size].view(dtype).reshape(shape)
            for name, (dtype, shape, offset, size) in listed.items()
        }
    except (ValueError, TypeError, AttributeError):
        # of an older layout
        return None


def _layout(arrays: Arrays) -> tuple[bytes, list[tuple[int, NDArray[Any]]], int]:
    """The header, each array with its place in the file, and the file's size."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    # the header's length depends on the offsets it holds: room for it is taken first, and filled up with spaces
    room = 256 * (1 + len(contiguous))
    place = _CHECKSUM_LENGTH + _LENGTH + room
    listed, placed = {}, []
    for name, array in contiguous.items():
        place = -(-place // _ALIGNMENT) * _ALIGNMENT
        listed[name] = (array.dtype.str, array.shape, place, array.nbytes)
        placed.append((place, array))
        place += array.nbytes
    return json.dumps(listed).encode().ljust(room), placed, place


def _content(arrays: Arrays) -> NDArray[np.uint8]:
    header, placed, size = _layout(arrays)
    content = np.zeros(size, dtype=np.uint8)
    start = _CHECKSUM_LENGTH + _LENGTH
    content[_CHECKSUM_LENGTH:start] = np.frombuffer(len(header).to_bytes(_LENGTH, "little"), dtype=np.uint8)
    content[start : start + len(header)] = np.frombuffer(header, dtype=np.uint8)
    for place, array in placed:
        content[place : place + array.nbytes] = array.reshape(-1).view(np.uint8)
    content[:_CHECKSUM_LENGTH] = np.frombuffer(hashlib.sha256(content[_CHECKSUM_LENGTH:].data).digest(), dtype=np.uint8)
    return content


def _write(path: Path, arrays: Arrays) -> None:
    content = _content(arrays)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".unfinished-", delete=False) as file:
            temporary = Path(file.name)
            file.write(content.data)
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
