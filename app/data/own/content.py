"""The bytes of a file, unpacked within bounds, and the text that they are."""

import zlib
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.own.options import FOUND

#: Most bytes that are read, and most that a packed file unpacks to.
MAX_BYTES = 200_000_000

_PACKED = b"\x1f\x8b"
_CHUNK = 1 << 20
#: Longest first: UTF-32's begins as UTF-16's does.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read(source: bytes | Path, most: int = MAX_BYTES) -> bytes:
    """The content of a file, unpacked where it is gzip's.

    Args:
        source: the content, or the file's path.
        most: bytes that it unpacks to.

    Raises:
        DatasetError: missing, unreadable, too large as it is or unpacked, or packed and damaged.
    """
    content = _of_path(source) if isinstance(source, Path) else source
    _require_small(len(content))
    return _unpacked(content, most) if content.startswith(_PACKED) else content


def _of_path(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise DatasetError(f"{path} is a folder: give the path of a file.")
        _require_small(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"The file {path} cannot be read: {error.strerror}.") from None


def _require_small(size: int) -> None:
    if size > MAX_BYTES:
        raise DatasetError(f"The file has {size:,} bytes; at most {MAX_BYTES:,} are read: give fewer rows.")


def _unpacked(packed: bytes, most: int) -> bytes:
    """The members of a gzip file, one after the other; hardly more than `most` are ever held."""
    found = bytearray()
    while packed:
        # 16: gzip's header and checksum
        stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            while packed and not stream.eof:
                found += stream.decompress(packed, _CHUNK)
                packed = stream.unconsumed_tail
                if len(found) > most:
                    raise DatasetError(f"The packed file unpacks to more than {most:,} bytes: give fewer rows.")
        except zlib.error:
            raise DatasetError("The packed file is damaged: pack it again with gzip.") from None
        if not stream.eof:
            raise DatasetError("The packed file is cut short: pack it again with gzip.")
        # zeros may follow the last member
        packed = stream.unused_data.lstrip(b"\0")
    return bytes(found)


def decode(content: bytes, encoding: str = FOUND) -> tuple[str, str]:
    """The text that bytes are, and the encoding that they were read by.

    Args:
        content: the bytes.
        encoding: theirs; `FOUND` for what their mark tells, or UTF-8.

    Raises:
        DatasetError: they are no text in it; says where, and names the option.
    """
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    used = encoding if encoding != FOUND else marked or "utf-8"
    if used.lower().replace("_", "-") in ("utf-8", "utf8"):
        used = "utf-8-sig"
    try:
        text = content.decode(used)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        told = "not UTF-8" if used == "utf-8-sig" else f"not {used}"
        raise DatasetError(
            f"The file is {told} (line {line}, byte {error.start}): save it as UTF-8, or name its encoding with the "
            "option encoding, such as latin-1 or cp1252."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DatasetError(
            f"The file holds NUL characters (the first in line {line}): if it is UTF-16 without a mark, name that with "
            "the option encoding, as utf-16-le or utf-16-be."
        )
    return text, used.removesuffix("-sig")
