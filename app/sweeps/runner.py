"""Runs sweeps one at a time: a sweep's process, then its report's. Both go on without the service.

What is true is on disk: the sweep's row, the lock that its process holds, and what the process left in its folder. So a
service that starts finds everything as one that went on, and has one way to look at it.
"""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import OperationalError

from earnest.db.engine import Sessions
from earnest.db.queries.sweeps import next_queued, sweeps_with_a_process
from earnest.db.tables import Sweep
from earnest.sweeps.commands import Commands
from earnest.sweeps.folder import Progress
from earnest.sweeps.folders import SweepFolders
from earnest.sweeps.process import BackgroundProcess

log = logging.getLogger(__name__)

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = "queued", "running", "finished", "failed", "cancelled"
DATA, RUNS, REPORT = "data", "runs", "report"
#: A cancelled sweep's last stage: a report on the runs that were finished.
PARTIAL = "partial"

#: Seconds between two looks.
LOOK_SECONDS = 0.25
#: Seconds that a sweep has to write its tables after it was cancelled.
GRACE_SECONDS = 15.0
#: Seconds that the report on a cancelled sweep may take.
PARTIAL_SECONDS = 300.0
#: Times that a process may be started without getting any further.
TRIES = 3


@dataclass(frozen=True)
class Live:
    """How far a running sweep is; `done` are runs."""

    stage: str | None
    done: int
    seconds_left: float | None


@dataclass
class _Attempts:
    """Processes of a sweep that ended without a result, since it came further."""

    died: int = 0
    at: tuple[bool, int] | None = None


class Runner:
    """Starts, watches and stops the processes of sweeps.

    Args:
        sessions: the database.
        folders: of all sweeps.
        commands: what is run.
    """

    def __init__(self, sessions: Sessions, folders: SweepFolders, commands: Commands) -> None:
        self._sessions = sessions
        self._folders = folders
        self._commands = commands
        self._processes: dict[str, BackgroundProcess] = {}
        self._attempts: dict[str, _Attempts] = {}
        self._live: dict[str, Live] = {}
        self._since: dict[str, tuple[float, int]] = {}
        self._interrupted: dict[str, float] = {}
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeps", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a process that runs goes on."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def live(self, sweep_id: str) -> Live | None:
        """How far a running sweep is; None before the first look at it."""
        return self._live.get(sweep_id)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except OperationalError as error:
                words = str(error).splitlines()[0]
                log.error("Sweeps cannot be looked after, the database does not answer: %s", words)
            except Exception:
                log.exception("Looking after the sweeps failed; it is tried again")
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()

    # ONE LOOK

    def look(self) -> None:
        """Tend the sweep that has a process, or start the next one."""
        with self._sessions() as session:
            taken, following = sweeps_with_a_process(session), next_queued(session)
        # every one of them is tended, but a process is started only while none lives
        busy = [self._tend(sweep) for sweep in taken]
        if following is not None and not any(busy):
            self._begin(following, DATA)

    def _tend(self, sweep: Sweep) -> bool:
        """Look after a sweep that was started; whether it still takes the machine."""
        process = self._process(sweep.id)
        if process.alive():
            if sweep.status != CANCELLED:
                self._note(sweep)
            elif sweep.stage != PARTIAL:
                self._end(sweep.id, process)
            elif time.monotonic() - self._since.setdefault(sweep.id, (time.monotonic(), 0))[0] > PARTIAL_SECONDS:
                process.kill()
            return True
        if sweep.status == CANCELLED:
            return self._after_cancel(sweep)
        if sweep.stage == REPORT:
            return self._after_report(sweep)
        return self._after_sweep(sweep)

    def _after_cancel(self, sweep: Sweep) -> bool:
        """Report on what a cancelled sweep came to, if it came to anything; there is one try."""
        done = self._folders.of(sweep.id).count()
        if done and sweep.stage in (DATA, RUNS) and self._begin(sweep, PARTIAL, CANCELLED):
            return True
        self._close(sweep.id, CANCELLED, done=done)
        return False

    def _after_sweep(self, sweep: Sweep) -> bool:
        folder = self._folders.of(sweep.id)
        said = folder.progress()
        if said is None or not said.ended:
            return self._after_death(sweep, folder.count(), sweep.stage or DATA)
        kept = folder.count()
        done = min(sweep.runs, kept + said.failed)
        if said.error is not None:
            self._close(sweep.id, FAILED, error=_public(said.error, folder.path), done=done)
            return False
        if kept == 0:
            reason = _public(said.reason or "no reason was given", folder.path)
            self._close(
                sweep.id, FAILED, error=f"No run finished; the first one: {reason}.", done=done, failed=said.failed
            )
            return False
        self._write(sweep.id, done=done, failed_runs=said.failed)
        return self._begin(sweep, REPORT)

    def _after_report(self, sweep: Sweep) -> bool:
        if self._folders.of(sweep.id).page.is_file():
            self._close(sweep.id, FINISHED)
            return False
        return self._after_death(sweep, sweep.done, REPORT)

    def _after_death(self, sweep: Sweep, done: int, stage: str) -> bool:
        """Start a process again that ended without a result, as one that was killed, unless that leads nowhere."""
        attempts = self._attempts.setdefault(sweep.id, _Attempts())
        if (stage == REPORT, done) != attempts.at:
            attempts.died, attempts.at = 0, (stage == REPORT, done)
        attempts.died += 1
        if attempts.died < TRIES:
            log.warning("The process of sweep %s is gone; it is started again", sweep.id)
            return self._begin(sweep, stage)
        words = self._process(sweep.id).last_words() or "its process said nothing, as when memory runs out"
        told = f"{TRIES} times ({_public(words, self._folders.of(sweep.id).path)})"
        if stage == REPORT:
            self._close(sweep.id, FINISHED, error=f"The report could not be made, {told}; the rows are complete.")
        else:
            self._close(
                sweep.id, FAILED, error=f"The sweep ended without a result, {told}; finished runs are kept.", done=done
            )
        return False

    # PROCESSES

    def _begin(self, sweep: Sweep, stage: str, status: str = RUNNING) -> bool:
        """Start a sweep's process, the row first: a crash in between is found as a process that is gone."""
        if not self._write(sweep.id, status=status, stage=stage, started_at=sweep.started_at or int(time.time())):
            return False
        folder = self._folders.of(sweep.id)
        self._since.pop(sweep.id, None)
        try:
            if stage in (REPORT, PARTIAL):
                folder.forget_report()
                command = self._commands.report(folder.path)
                self._live[sweep.id] = Live(stage, sweep.runs if stage == REPORT else folder.count(), None)
            else:
                folder.prepare(sweep.request)
                command = self._commands.sweep(folder.path)
                self._live[sweep.id] = Live(DATA, sweep.done, None)
            self._process(sweep.id).start(command, self._commands.environment(), self._commands.nice)
        except OSError as error:
            ended = CANCELLED if status == CANCELLED else FAILED
            self._close(sweep.id, ended, error=f"It could not be started ({error.strerror}): make room, and resume it.")
            return False
        return True

    def _note(self, sweep: Sweep) -> None:
        """Keep what a living process says."""
        if sweep.stage == REPORT:
            self._live[sweep.id] = Live(REPORT, sweep.done, None)
            return
        said = self._folders.of(sweep.id).progress()
        if said is None or said.stage != "Runs":
            self._live.setdefault(sweep.id, Live(DATA, sweep.done, None))
            return
        if sweep.stage != RUNS:
            self._write(sweep.id, stage=RUNS)
        self._live[sweep.id] = Live(RUNS, said.done, self._seconds_left(sweep.id, said))

    def _seconds_left(self, sweep_id: str, said: Progress) -> float | None:
        begun, first = self._since.setdefault(sweep_id, (time.monotonic(), said.done))
        if said.done <= first:
            return None
        return round((time.monotonic() - begun) / (said.done - first) * (said.total - said.done), 1)

    def _end(self, sweep_id: str, process: BackgroundProcess) -> None:
        """Interrupt a process, which then writes its tables; kill it when that takes too long."""
        now = time.monotonic()
        if sweep_id not in self._interrupted:
            if process.interrupt():
                self._interrupted[sweep_id] = now
        elif now - self._interrupted[sweep_id] > GRACE_SECONDS:
            process.kill()

    def _process(self, sweep_id: str) -> BackgroundProcess:
        return self._processes.setdefault(sweep_id, BackgroundProcess(self._folders.of(sweep_id).path))

    # ROWS

    def _close(
        self,
        sweep_id: str,
        status: str,
        *,
        error: str | None = None,
        done: int | None = None,
        failed: int | None = None,
    ) -> None:
        changes = {"status": status, "error": error, "stage": None, "finished_at": int(time.time())}
        changes |= {name: value for name, value in (("done", done), ("failed_runs", failed)) if value is not None}
        if error is not None:
            log.warning("Sweep %s: %s", sweep_id, error)
        self._write(sweep_id, **changes)
        for kept in (self._processes, self._attempts, self._live, self._since, self._interrupted):
            kept.pop(sweep_id, None)

    def _write(self, sweep_id: str, **changes: object) -> bool:
        """Change a sweep's row, unless it was cancelled meanwhile; then only its end is noted."""
        with self._sessions.begin() as session:
            sweep = session.get(Sweep, sweep_id, with_for_update=True)
            if sweep is None or (sweep.status == CANCELLED and changes.get("status") != CANCELLED):
                return False
            for name, value in changes.items():
                setattr(sweep, name, value)
        return True


def _public(sentence: str, folder: Path) -> str:
    """A command's sentence without the place on this machine, which is nobody's business."""
    return sentence.replace(str(folder), "the sweep's folder").replace("go on with --resume", "resume the sweep")
