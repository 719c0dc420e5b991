"""Downloads from a server on this machine that breaks off, changes its file, or knows no ranges."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from earnest.core.errors import DatasetError
from earnest.data import download
from earnest.data.download import local_copy

pytestmark = pytest.mark.loopback

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Gives one file, as it is told to.

    Attributes:
        content: the file.
        etag: what it says of it; none where empty.
        ranges: whether it knows ranges.
        breaks: after how many bytes each of the next answers breaks off.
        asked: the Range of each request, or None.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.etag, self.ranges = CONTENT, '"one"', True
        self.breaks: list[int] = []
        self.asked: list[str | None] = []

    def address(self, fragment: str = "") -> Path:
        return Path(f"http://127.0.0.1:{self.server_address[1]}/data/reviews.tar.gz{fragment}")


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path != "/data/reviews.tar.gz":
            self.send_error(404)
            return
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.ranges else 0
        if self.headers.get("If-Range", server.etag) != server.etag:
            begin = 0
        if begin > len(server.content):
            self.send_error(416)
            return
        rest = server.content[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(server.content) - 1}/{len(server.content)}")
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: server.breaks.pop(0)] if server.breaks else rest)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert local_copy(tmp_path / "reviews.tar.gz", tmp_path) == tmp_path / "reviews.tar.gz"


def test_file_with_another_checksum_is_refused_and_nothing_of_it_is_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=f"has the checksum {SHA256}, not 0000"):
        local_copy(server.address("#sha256=" + "0" * 64), tmp_path)
    assert files(tmp_path) == []


def test_fragment_that_is_no_checksum_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="write #sha256= and 64 hex digits"):
        local_copy(server.address("#md5=1"), tmp_path)
    assert server.asked == []


def test_server_that_is_not_there_or_has_no_such_file_is_told_in_one_sentence(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"failed .*404 Not Found"):
        local_copy(Path(f"http://127.0.0.1:{server.server_address[1]}/nothing"), tmp_path)
    with pytest.raises(DatasetError, match=r"failed .*give its path"):
        local_copy(Path("http://127.0.0.1:9/reviews.tar.gz"), tmp_path)


def test_download_that_breaks_off_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000, 2000]
    path = local_copy(server.address(f"#sha256={SHA256}"), tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1000-", "bytes=3000-"]
    assert files(tmp_path) == [path.name]


def test_download_given_up_is_resumed_the_next_time(server: Server, tmp_path: Path) -> None:
    server.breaks = [10] * download.TRIES
    with pytest.raises(DatasetError, match="start again to go on"):
        local_copy(server.address(), tmp_path)
    assert not any(name.endswith("reviews.tar.gz") and not name.startswith(".") for name in files(tmp_path))
    assert local_copy(server.address(), tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={10 * download.TRIES}-"


def test_file_that_changed_meanwhile_is_downloaded_anew(server: Server, tmp_path: Path) -> None:
    server.breaks = [10] * download.TRIES
    with pytest.raises(DatasetError):
        local_copy(server.address(), tmp_path)
    server.content, server.etag = CONTENT[::-1], '"two"'
    assert local_copy(server.address(), tmp_path).read_bytes() == CONTENT[::-1]


def test_file_that_changed_under_a_server_without_tags_is_found_by_its_checksum(server: Server, tmp_path: Path) -> None:
    server.etag, server.content, server.breaks = "", CONTENT[::-1], [10] * download.TRIES
    address = server.address(f"#sha256={SHA256}")
    with pytest.raises(DatasetError, match="start again"):
        local_copy(address, tmp_path)
    server.content = CONTENT
    with pytest.raises(DatasetError, match="has the checksum"):
        local_copy(address, tmp_path)
    assert local_copy(address, tmp_path).read_bytes() == CONTENT


def test_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.ranges, server.breaks = False, [1000]
    assert local_copy(server.address(), tmp_path).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_kept_part_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000] * download.TRIES
    with pytest.raises(DatasetError):
        local_copy(server.address(), tmp_path)
    (part,) = tmp_path.glob(".unfinished-*.gz")
    part.write_bytes(CONTENT * 2)
    assert local_copy(server.address(), tmp_path).read_bytes() == CONTENT


def test_second_time_nothing_is_asked(server: Server, tmp_path: Path) -> None:
    assert local_copy(server.address(), tmp_path) == local_copy(server.address(), tmp_path)
    assert len(server.asked) == 1


def test_full_disk_is_told_and_leaves_no_file_in_place(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.os, "fsync", full)
    with pytest.raises(DatasetError, match=r"cannot be written \(No space left on device\): make room"):
        local_copy(server.address(), tmp_path)
    assert not list(tmp_path.glob("[!.]*"))
