"""Runs studies one at a time: a sweep's process, then its report's. Both go on without the service.

What is true is on disk: the study's row, the lock that its process holds, and what the process left in its folder. So a
service that starts finds everything as one that went on, and has one way to look at it.
"""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from earnest.db.engine import Sessions
from earnest.db.queries.sweeps import next_queued, sweeps_with_a_process
from earnest.db.tables import Study
from earnest.sweeps.commands import Commands
from earnest.sweeps.folder import Progress, StudyFolder
from earnest.sweeps.process import BackgroundProcess

log = logging.getLogger(__name__)

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = "queued", "running", "finished", "failed", "cancelled"
DATA, RUNS, REPORT = "data", "runs", "report"
#: A cancelled study's last stage: a report on the runs that were finished.
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
    """How far a running study is; `done` are runs."""

    stage: str | None
    done: int
    seconds_left: float | None


@dataclass
class _Attempts:
    """Processes of a study that ended without a result, since it came further."""

    died: int = 0
    at: tuple[bool, int] | None = None


class Runner:
    """Starts, watches and stops the processes of studies.

    Args:
        sessions: the database.
        folder: holds a folder for each study.
        commands: what is run.
    """

    def __init__(self, sessions: Sessions, folder: Path, commands: Commands) -> None:
        self._sessions = sessions
        self._folder = folder
        self._commands = commands
        self._processes: dict[str, BackgroundProcess] = {}
        self._attempts: dict[str, _Attempts] = {}
        self._live: dict[str, Live] = {}
        self._since: dict[str, tuple[float, int]] = {}
        self._interrupted: dict[str, float] = {}
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="studies", daemon=True)

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

    def live(self, study_id: str) -> Live | None:
        """How far a running study is; None before the first look at it."""
        return self._live.get(study_id)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception:
                log.exception("Looking after the studies failed; it is tried again")
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()

    # ONE LOOK

    def look(self) -> None:
        """Tend the study that has a process, or start the next one."""
        with self._sessions() as session:
            taken, following = sweeps_with_a_process(session), next_queued(session)
        # every one of them is tended, but a process is started only while none lives
        busy = [self._tend(study) for study in taken]
        if following is not None and not any(busy):
            self._begin(following, DATA)

    def _tend(self, study: Study) -> bool:
        """Look after a study that was started; whether it still takes the machine."""
        process = self._process(study.id)
        if process.alive():
            if study.status != CANCELLED:
                self._note(study)
            elif study.stage != PARTIAL:
                self._end(study.id, process)
            elif time.monotonic() - self._since.setdefault(study.id, (time.monotonic(), 0))[0] > PARTIAL_SECONDS:
                process.kill()
            return True
        if study.status == CANCELLED:
            return self._after_cancel(study)
        if study.stage == REPORT:
            return self._after_report(study)
        return self._after_sweep(study)

    def _after_cancel(self, study: Study) -> bool:
        """Report on what a cancelled sweep came to, if it came to anything; there is one try."""
        done = StudyFolder(self._folder / study.id).count()
        if done and study.stage in (DATA, RUNS) and self._begin(study, PARTIAL, CANCELLED):
            return True
        self._close(study.id, CANCELLED, done=done)
        return False

    def _after_sweep(self, study: Study) -> bool:
        folder = StudyFolder(self._folder / study.id)
        said = folder.progress()
        if said is None or not said.ended:
            return self._after_death(study, folder.count(), study.stage or DATA)
        kept = folder.count()
        done = min(study.runs, kept + said.failed)
        if said.error is not None:
            self._close(study.id, FAILED, error=_public(said.error, folder.path), done=done)
            return False
        if kept == 0:
            reason = _public(said.reason or "no reason was given", folder.path)
            self._close(
                study.id, FAILED, error=f"No run finished; the first one: {reason}.", done=done, failed=said.failed
            )
            return False
        self._write(study.id, done=done, failed_runs=said.failed)
        return self._begin(study, REPORT)

    def _after_report(self, study: Study) -> bool:
        if StudyFolder(self._folder / study.id).page.is_file():
            self._close(study.id, FINISHED)
            return False
        return self._after_death(study, study.done, REPORT)

    def _after_death(self, study: Study, done: int, stage: str) -> bool:
        """Start a process again that ended without a result, as one that was killed, unless that leads nowhere."""
        attempts = self._attempts.setdefault(study.id, _Attempts())
        if (stage == REPORT, done) != attempts.at:
            attempts.died, attempts.at = 0, (stage == REPORT, done)
        attempts.died += 1
        if attempts.died < TRIES:
            log.warning("The process of study %s is gone; it is started again", study.id)
            return self._begin(study, stage)
        words = self._process(study.id).last_words() or "its process said nothing, as when memory runs out"
        told = f"{TRIES} times ({_public(words, self._folder / study.id)})"
        if stage == REPORT:
            self._close(study.id, FINISHED, error=f"The report could not be made, {told}; the rows are complete.")
        else:
            self._close(
                study.id, FAILED, error=f"The sweep ended without a result, {told}; finished runs are kept.", done=done
            )
        return False

    # PROCESSES

    def _begin(self, study: Study, stage: str, status: str = RUNNING) -> bool:
        """Start a study's process, the row first: a crash in between is found as a process that is gone."""
        if not self._write(study.id, status=status, stage=stage, started_at=study.started_at or int(time.time())):
            return False
        folder = StudyFolder(self._folder / study.id)
        self._since.pop(study.id, None)
        try:
            if stage in (REPORT, PARTIAL):
                folder.forget_report()
                command = self._commands.report(folder.path)
                self._live[study.id] = Live(stage, study.runs if stage == REPORT else folder.count(), None)
            else:
                folder.prepare(study.request)
                command = self._commands.sweep(folder.path)
                self._live[study.id] = Live(DATA, study.done, None)
            self._process(study.id).start(command, self._commands.environment(), self._commands.nice)
        except OSError as error:
            ended = CANCELLED if status == CANCELLED else FAILED
            self._close(study.id, ended, error=f"It could not be started ({error.strerror}): make room, and resume it.")
            return False
        return True

    def _note(self, study: Study) -> None:
        """Keep what a living process says."""
        if study.stage == REPORT:
            self._live[study.id] = Live(REPORT, study.done, None)
            return
        said = StudyFolder(self._folder / study.id).progress()
        if said is None or said.stage != "Runs":
            self._live.setdefault(study.id, Live(DATA, study.done, None))
            return
        if study.stage != RUNS:
            self._write(study.id, stage=RUNS)
        self._live[study.id] = Live(RUNS, said.done, self._seconds_left(study.id, said))

    def _seconds_left(self, study_id: str, said: Progress) -> float | None:
        begun, first = self._since.setdefault(study_id, (time.monotonic(), said.done))
        if said.done <= first:
            return None
        return round((time.monotonic() - begun) / (said.done - first) * (said.total - said.done), 1)

    def _end(self, study_id: str, process: BackgroundProcess) -> None:
        """Interrupt a process, which then writes its tables; kill it when that takes too long."""
        now = time.monotonic()
        if study_id not in self._interrupted:
            if process.interrupt():
                self._interrupted[study_id] = now
        elif now - self._interrupted[study_id] > GRACE_SECONDS:
            process.kill()

    def _process(self, study_id: str) -> BackgroundProcess:
        return self._processes.setdefault(study_id, BackgroundProcess(self._folder / study_id))

    # ROWS

    def _close(
        self,
        study_id: str,
        status: str,
        *,
        error: str | None = None,
        done: int | None = None,
        failed: int | None = None,
    ) -> None:
        changes = {"status": status, "error": error, "stage": None, "finished_at": int(time.time())}
        changes |= {name: value for name, value in (("done", done), ("failed_runs", failed)) if value is not None}
        if error is not None:
            log.warning("Study %s: %s", study_id, error)
        self._write(study_id, **changes)
        for kept in (self._processes, self._attempts, self._live, self._since, self._interrupted):
            kept.pop(study_id, None)

    def _write(self, study_id: str, **changes: object) -> bool:
        """Change a study's row, unless it was cancelled meanwhile; then only its end is noted."""
        with self._sessions.begin() as session:
            study = session.get(Study, study_id, with_for_update=True)
            if study is None or (study.status == CANCELLED and changes.get("status") != CANCELLED):
                return False
            for name, value in changes.items():
                setattr(study, name, value)
        return True


def _public(sentence: str, folder: Path) -> str:
    """A command's sentence without the place on this machine, which is nobody's business."""
    return sentence.replace(str(folder), "the study's folder").replace("go on with --resume", "resume the sweep")
