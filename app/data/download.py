"""Files that are given by address instead of by path: downloaded once, resumed after an interruption, checked.

A file is kept under a name that depends on its address and checksum. What has arrived of it stands beside that place
and is moved there once it is whole, so the place never holds half a file. A download goes on where it stopped as long
as the server says that the file is still the same (RFC 9110, `If-Range`), and starts over otherwise.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from earnest.core.errors import DatasetError
from earnest.data.address import ADDRESS

log = logging.getLogger(__name__)

#: Checksums of files that are known by where they are.
KNOWN = {
    "ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz": (
        "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
    ),
}
#: Connections that may break off before the download is given up; each goes on where the one before stopped.
TRIES = 4
TIMEOUT = 60.0

_CHECKSUM = re.compile(r"sha256=([0-9a-fA-F]{64})")
_TOTAL = re.compile(r"bytes (\d+)-\d+/(\d+)")


def local_copy(given: Path, folder: Path) -> Path:
    """A path as it is; of an address, the file that it leads to.

    Args:
        given: a path, or an http or https address, optionally with `#sha256=HEX`, the checksum that the file must have.
        folder: where downloads are kept.

    Raises:
        DatasetError: the download failed or has another checksum; what has arrived is kept for the next time unless it
            is wrong.
    """
    match = ADDRESS.fullmatch(str(given))
    if match is None:
        return given
    address, _, fragment = f"{match[1]}://{match[2]}".partition("#")
    parts = urlsplit(address)
    wanted = KNOWN.get(parts.netloc + parts.path)
    if fragment:
        checksum = _CHECKSUM.fullmatch(fragment)
        if checksum is None:
            raise DatasetError(f"The address {address} ends with #{fragment}; write #sha256= and 64 hex digits.")
        wanted = checksum[1].lower()
    name = hashlib.sha256(f"{address} {wanted}".encode()).hexdigest()[:16]
    path = folder / f"{name}-{Path(parts.path).name or 'file'}"
    if not path.is_file():
        with _one_sentence(address, path):
            _Download(address, path, wanted).run()
    return path


@contextmanager
def _one_sentence(address: str, path: Path) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise DatasetError(
            f"The download of {address} failed ({reason}); what has arrived is kept: start again to go on, or get the "
            "file otherwise and give its path."
        ) from None
    except httpx.InvalidURL as error:
        raise DatasetError(f"{address} is no address ({error}).") from None
    except OSError as error:
        raise DatasetError(
            f"The download {path} cannot be written ({error.strerror}): make room, or choose another data folder."
        ) from None


class _Download:
    """One file on its way."""

    def __init__(self, address: str, path: Path, wanted: str | None) -> None:
        self.address, self.path, self.wanted = address, path, wanted
        self.part = path.with_name(f".unfinished-{path.name}")
        self.validator_file = path.with_name(f".unfinished-{path.name}.validator")

    def run(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for turn in range(TRIES):
            try:
                self._go_on()
                break
            except (httpx.TransportError, _BrokenOff) as error:
                if turn == TRIES - 1:
                    raise
                log.info("The download of %s broke off (%s); going on", self.address, error)
        self._check()
        self.part.replace(self.path)
        self.validator_file.unlink(missing_ok=True)

    def _go_on(self) -> None:
        """Ask for what is missing, and append it.

        Raises:
            httpx.HTTPError: the server refuses, or the connection breaks off.
            OSError: the file cannot be written.
        """
        have, validator = self._kept()
        # without encodings: they would make bytes of the file and of the answer differ
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-"} | ({"If-Range": validator} if validator else {})
        with httpx.stream("GET", self.address, headers=headers, follow_redirects=True, timeout=TIMEOUT) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._start_over()
                raise _BrokenOff("what was kept is longer than the file")
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            found = _TOTAL.fullmatch(response.headers.get("Content-Range", "")) if resumed else None
            if resumed and (found is None or int(found[1]) != have):
                self._start_over()
                raise _BrokenOff("the server answers with another part than was asked for")
            total = int(found[2]) if found else int(response.headers.get("Content-Length", -1))
            if not resumed:
                self._remember(response.headers)
            with self.part.open("ab" if resumed else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
        if 0 <= total != size:
            raise _BrokenOff(f"{size} of {total} bytes")

    def _kept(self) -> tuple[int, str]:
        """How much has arrived, and what tells the server which file that was; nothing where it cannot be resumed."""
        try:
            validator = json.loads(self.validator_file.read_text(encoding="utf-8"))
            return self.part.stat().st_size, str(validator)
        except (OSError, ValueError):
            return 0, ""

    def _remember(self, headers: httpx.Headers) -> None:
        etag = headers.get("ETag", "")
        # a weak tag does not promise the same bytes
        validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")
        # without one, the checksum tells in the end whether it was the same file
        if validator or self.wanted:
            self.validator_file.write_text(json.dumps(validator), encoding="utf-8")
        else:
            self.validator_file.unlink(missing_ok=True)

    def _start_over(self) -> None:
        self.part.unlink(missing_ok=True)
        self.validator_file.unlink(missing_ok=True)

    def _check(self) -> None:
        if self.wanted is None:
            return
        with self.part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.wanted:
            self._start_over()
            raise DatasetError(
                f"What {self.address} gives has the checksum {found}, not {self.wanted}: nothing of it is kept; get "
                "the file from its publisher."
            )


class _BrokenOff(httpx.HTTPError):
    """Less, or something else, arrived than was asked for."""
