"""What libraries change for the whole process when they are imported is put back."""

import subprocess
import sys

import pytest

LOOK = """
import decimal, logging, signal, socket, sys, threading, warnings

def settings():
    return {
        "recursion limit": sys.getrecursionlimit(),
        "digits": sys.get_int_max_str_digits(),
        "decimal": repr(decimal.getcontext()),
        "time-out": socket.getdefaulttimeout(),
        "signals": [(each.name, signal.getsignal(each)) for each in signal.Signals],
        "stack": threading.stack_size(),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
        "root logger": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "switch": sys.getswitchinterval(),
        # of all warnings, not of a library's own
        "warnings": [rule for rule in warnings.filters if rule[1] is None and rule[2].__module__ == "builtins"],
    }

before = settings()
import {modules}
after = settings()
print({{name: (before[name], after[name]) for name in before if before[name] != after[name]}})
"""


@pytest.mark.parametrize(
    "modules",
    [
        "earnest.server.application, earnest.runtime, earnest.server.process, uvicorn, earnest.cli",
        "earnest.verification.checks",
        "earnest.chain.signer",
        "earnest.demo.command",
        "earnest.simulations.cli, earnest.simulations.engine",
    ],
)
def test_imports_leave_the_process_as_it_was(modules):
    done = subprocess.run(
        [sys.executable, "-c", LOOK.replace("{modules}", modules).replace("{{", "{").replace("}}", "}")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "{}\n", done.stdout + done.stderr


def test_what_a_library_raises_is_put_back():
    from earnest.process_settings import kept

    limit = sys.getrecursionlimit()
    with kept():
        sys.setrecursionlimit(limit + 1)
    assert sys.getrecursionlimit() == limit
