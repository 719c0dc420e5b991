"""`python -m earnest.sweeps.background LOCK NICE COMMAND...`: become a command that leaves the machine to others.

Apart from the service's own process, because priorities belong to a thread, and a service has many.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

#: What the kernel ends first when memory runs out, from 0 to 1000.
_EXPENDABLE = "800"
#: In place of a lock, for a command that somebody waits for.
NO_LOCK = "-"


def main() -> None:
    """Note the process id in the lock's file, step back, and become the command."""
    lock, nice, *command = sys.argv[1:]
    if lock != NO_LOCK:
        os.pwrite(int(lock), f"{os.getpid()}\n".encode(), 0)
    step_back(int(nice))
    # a service that was started in a shell's background ignores the interrupt, and so would the command
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606


def step_back(nice: int) -> None:
    """Take a lower priority, from 0 (none lower) to 19, also as a session where the kernel knows that."""
    os.nice(nice)
    own = Path("/proc/self")
    # where sessions are scheduled as groups, a nice value counts among one session's processes only
    for name, value in (("autogroup", str(nice)), ("oom_score_adj", _EXPENDABLE)):
        with suppress(OSError):
            (own / name).write_text(value)


if __name__ == "__main__":
    main()
