"""The chain's port: JSON-RPC over HTTP, bounded before anything is parsed."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from earnest.chain.embedded.methods import Methods
from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import parse
from earnest.secrets import matches

#: Largest request that is read, in bytes.
MAX_REQUEST = 4_000_000
#: Most calls in one request.
MAX_BATCH = 1_000

# codes of JSON-RPC 2.0
_PARSE_ERROR, _INVALID_REQUEST = -32700, -32600


def _error(code: int, message: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}


def answer(methods: Methods, lock: threading.Lock, body: bytes) -> object:
    """The answer to a request or a batch; what is refused comes as JSON-RPC's errors.

    Args:
        methods: what can be called; one call at a time.
        lock: held during the calls, reads included, since py-evm is not safe under threads.
        body: as it came.
    """
    try:
        request = parse(body, max_bytes=MAX_REQUEST)
    except JsonInvalid as error:
        return _error(_PARSE_ERROR, f"The request is refused. {error}")
    if not isinstance(request, list):
        with lock:
            return methods.answer(request)
    if not 1 <= len(request) <= MAX_BATCH:
        return _error(_INVALID_REQUEST, f"A batch has from 1 to {MAX_BATCH} requests, not {len(request)}.")
    with lock:
        return [methods.answer(item) for item in request]


class Port(ThreadingHTTPServer):
    """Serves the methods on loopback.

    Args:
        port: TCP port; 0 for a free one.
        secret: the path of its address: any page that a browser of this machine shows could else call it.
        methods: what can be called.
    """

    daemon_threads = True

    def __init__(self, port: int, secret: str, methods: Methods) -> None:
        super().__init__(("127.0.0.1", port), _handler(secret, methods, threading.Lock()))


def _handler(secret: str, methods: Methods, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # one packet for head and body, else each answer waits for an acknowledgement
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            if not matches(self.path.removeprefix("/"), secret):
                self._refuse(403, "The address lacks the secret that it ends with: it is in the file chain-url.")
                return
            announced = self.headers.get("Content-Length") or ""
            if not announced.isdecimal() or "Transfer-Encoding" in self.headers:
                self._refuse(411, "Give the length of the request (Content-Length).")
                return
            if len(announced) > 20 or int(announced) > MAX_REQUEST:
                self._refuse(413, f"A request has at most {MAX_REQUEST:,} bytes.")
                return
            self._send(200, answer(methods, lock, self.rfile.read(int(announced))))

        def _refuse(self, status: int, message: str) -> None:
            # what follows is not read, so that no other request can follow it
            self.close_connection = True
            self._send(status, _error(_INVALID_REQUEST, message))

        def _send(self, status: int, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Nothing: the chain itself is the log."""

    return Handler
