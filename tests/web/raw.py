"""Requests that no client library would send."""

import socket
from collections.abc import Iterable


def exchange(port: int, parts: Iterable[bytes], timeout: float = 30) -> bytes:
    """What a server answers until it closes, or falls silent after an answer.

    Args:
        port: on loopback.
        parts: sent one by one; sending ends where the server has closed.
        timeout: seconds to wait for an answer.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        while part := _more(connection):
            answer += part
            if _is_whole(answer):
                break
        return answer


def _more(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


def status_of(answer: bytes) -> int:
    """The status in an answer's first line; 0 where there is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def chunked(path: str, parts: Iterable[bytes], content_type: str = "application/json") -> Iterable[bytes]:
    """A POST whose length is not announced."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    yield head.encode()
    for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"
