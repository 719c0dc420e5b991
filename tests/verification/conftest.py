"""A pool with a history on a node, and nodes and services that lie about it."""

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from earnest.chain.gateway import Gateway
from earnest.contracts.tools.anvil import running_anvil
from earnest.contracts.tools.gas import ADA, BOB, CLAIMABLE, DAY, Bench, random_weights

Answer = Callable[[str, bytes], bytes]


@pytest.fixture(scope="module")
def history() -> Iterator[tuple[str, str]]:
    """A node's address and a pool's: contributions, a refund, a report, a burn, a withdrawal, forced ether."""
    with running_anvil() as url:
        gateway = Gateway(url)
        bench = Bench.deploy(gateway, random_weights())
        good, _ = bench.contribute(ADA, [1, 2, 3], agrees=True)
        bad, _ = bench.contribute(BOB, [5, 6], agrees=False)
        late, _ = bench.contribute(BOB, [7, 600], agrees=True)
        bench.batch(ADA, [[1], [2], [3]], [True, False, True], committed=True)
        for paused in (True, True, False):
            # the second time nothing happens, so that nothing is announced
            bench.send(gateway.pause_call(bench.pool, paused=paused), ADA)
            gateway.advance_time(100)
        gateway.advance_time(CLAIMABLE)
        bench.refund(ADA, good, [1, 2, 3])
        bench.report(ADA, bad, [5, 6])
        gateway.advance_time(9 * DAY)
        bench.collect(ADA, late, [7, 600])
        bench.withdraw(ADA)
        gateway._rpc.request("anvil_setBalance", bench.pool, hex(gateway.balance(bench.pool) + 7))
        yield url, bench.pool


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A real HTTP server; `answer` makes its answers of path and body."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content = answer(self.path, body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _reply  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def lying(node: str, lie: Callable[[str, Any, Any], Any]) -> Iterator[str]:
    """A node that passes everything on to another, and changes results by `lie(method, params, result)`."""

    def answer(_: str, body: bytes) -> bytes:
        asked = json.loads(body)
        request = urllib.request.Request(node, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as passed:
            told = json.load(passed)
        if "result" in told:
            told["result"] = lie(asked["method"], asked.get("params"), told["result"])
        return json.dumps(told).encode()

    with serving(answer) as url:
        yield url
