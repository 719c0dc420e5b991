"""The chain's process: `python -m earnest.chain.embedded --database FILE --funded ADDRESS --secret FILE [--port N]`.

Prints its port as one line of JSON, then serves until its standard input closes, which happens when the process that
started it ends in whatever way.
"""

import argparse
import json
import os
import sys
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from earnest.chain.embedded.methods import Methods
from earnest.chain.embedded.node import Node
from earnest.chain.embedded.port import Port
from earnest.chain.embedded.store import Store, StoreError
from earnest.secrets import read_or_create

#: Frames of py-evm's calls within calls: 12 for each of the EVM's 1,024, as py-evm itself sets it. A block's gas ends a
#: chain of calls before; its other dependency, py_ecc, would allow 100,000 frames, which the stack does not hold.
RECURSION_LIMIT = 12 * 1024
#: Bytes of a thread's stack, which hold these frames several times over.
STACK_SIZE = 64 * 2**20


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main() -> int:
    """Serve; returns 1 with one sentence on standard error when the database cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m earnest.chain.embedded")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--funded", required=True)
    parser.add_argument("--secret", type=Path, required=True)
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
    sys.setrecursionlimit(RECURSION_LIMIT)
    threading.stack_size(STACK_SIZE)
    port = Port(arguments.port, read_or_create(arguments.secret), Methods(node, store))
    print(json.dumps({"port": port.server_port}), flush=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    port.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
