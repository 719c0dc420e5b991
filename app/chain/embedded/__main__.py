"""The chain's process: `python -m earnest.chain.embedded --database FILE --funded ADDRESS [--port N]`.

Prints its address as one line of JSON, then serves until its standard input closes, which happens when the process that
started it ends in whatever way.
"""

import argparse
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from filelock import FileLock, Timeout

from earnest.chain.embedded.methods import Methods
from earnest.chain.embedded.node import Node
from earnest.chain.embedded.store import Store, StoreError

#: Largest request that is read, in bytes.
MAX_REQUEST = 4_000_000


def _handler(methods: Methods, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # one packet for head and body, else each answer waits for an acknowledgement
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= MAX_REQUEST:
                self.send_error(413)
                return
            try:
                request = json.loads(self.rfile.read(length))
            except ValueError:
                self._send({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}})
                return
            # py-evm is not safe under threads: one call at a time, reads included
            with lock:
                if isinstance(request, list):
                    answer: object = [methods.answer(item) for item in request]
                else:
                    answer = methods.answer(request)
            self._send(answer)

        def _send(self, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Nothing: the chain itself is the log."""

    return Handler


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main() -> int:
    """Serve; returns 1 with one sentence on standard error when the database cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m earnest.chain.embedded")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--funded", required=True)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    lock = FileLock(arguments.database.with_suffix(".lock"), timeout=2)
    try:
        lock.acquire()
        store = Store(arguments.database)
        node = Node(store, bytes.fromhex(arguments.funded[2:]))
    except Timeout:
        print(f"Another process uses the chain's database {arguments.database}: stop it first.", file=sys.stderr)
        return 1
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), _handler(Methods(node, store), threading.Lock()))
    server.daemon_threads = True
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
