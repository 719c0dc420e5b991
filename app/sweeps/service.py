"""Studies from their request to their rows and report."""

import hashlib
import json
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from earnest.db.engine import Sessions
from earnest.db.queries.sweeps import newest_sequence, page_of_sweeps, sweep_of_key
from earnest.db.tables import Study
from earnest.errors import EarnestError, IdempotencyKeyReused
from earnest.sweeps.check import Checker, SweepInvalid
from earnest.sweeps.folder import StudyFolder
from earnest.sweeps.runner import CANCELLED, FINISHED, QUEUED, Live, Runner
from earnest.sweeps.schemas import SweepDetail, SweepRequest, SweepShown
from earnest.web.schemas import CursorInvalid

_ID = re.compile(r"[0-9a-f-]{36}")


class SweepUnknown(EarnestError):
    """There is no such sweep."""

    status = 404
    type = "sweep-unknown"
    title = "Sweep unknown"


class SweepFileUnknown(EarnestError):
    """A sweep has no such file, or not yet."""

    status = 404
    type = "sweep-file-unknown"
    title = "Sweep's file unknown"


class SweepTooLarge(SweepInvalid):
    """More runs than the operator allows."""

    type = "sweep-too-large"
    title = "Sweep too large"


class SweepNotOpen(EarnestError):
    """What is asked for does not fit the sweep's status."""

    status = 409
    type = "sweep-status"
    title = "Sweep's status does not allow this"


class StudyService:
    """Queues sweeps, and shows what became of them.

    Args:
        sessions: the database.
        folder: holds a folder for each study.
        checker: says what a request would run.
        runner: runs them.
        max_runs: most runs of one sweep.
    """

    def __init__(self, sessions: Sessions, folder: Path, checker: Checker, runner: Runner, max_runs: int) -> None:
        self._sessions = sessions
        self._folder = folder
        self._checker = checker
        self._runner = runner
        self._max_runs = max_runs
        self._creating = threading.Lock()

    # WRITE

    def create(self, request: SweepRequest, key: str | None) -> SweepShown:
        """Check a request and queue it; a retry with the same key and request finds what the first made.

        Raises:
            ScenarioInvalid, SweepInvalid, DataMissing: it cannot be run; nothing was written.
            SweepTooLarge: it has too many runs.
            IdempotencyKeyReused: the key was used for another request.
        """
        asked = request.model_dump()
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        with self._creating:
            if key is not None and (known := self._known(key, digest)) is not None:
                return known
            planned = self._checker.check(asked)
            if planned.runs > self._max_runs:
                raise SweepTooLarge(
                    f"The sweep has {planned.runs:,} runs, and this service takes at most {self._max_runs:,}: "
                    "give fewer values or seeds."
                )
            study_id = str(uuid.uuid4())
            with self._sessions.begin() as session:
                study = Study(
                    id=study_id,
                    sequence=newest_sequence(session) + 1,
                    name=request.name or planned.plan["scenario"],
                    request=asked,
                    plan=planned.plan,
                    runs=planned.runs,
                    status=QUEUED,
                    done=0,
                    failed_runs=0,
                    idempotency_key=key or study_id,
                    request_hash=digest,
                    created_at=int(time.time()),
                )
                session.add(study)
        self._runner.wake()
        return self._show(study)

    def cancel(self, which: str) -> SweepShown:
        """Take a sweep out of the queue, or stop it; what is finished of it is kept.

        Raises:
            SweepNotOpen: it has ended.
        """

        def change(study: Study) -> None:
            if study.finished_at is not None or study.status == CANCELLED:
                raise SweepNotOpen(f"The sweep is {study.status}; there is nothing to cancel.")
            # the runner ends the process, if there is one, and notes the time
            if study.status == QUEUED:
                study.finished_at = int(time.time())
            study.status = CANCELLED

        return self._changed(which, change)

    def resume(self, which: str) -> SweepShown:
        """Queue a sweep again that was cancelled, failed or lacks runs; finished runs are not repeated.

        Raises:
            SweepNotOpen: it has not ended, or lacks nothing.
        """

        def change(study: Study) -> None:
            if study.finished_at is None:
                raise SweepNotOpen(f"The sweep is {study.status}; it can be resumed once it has ended.")
            if study.status == FINISHED and not study.failed_runs and study.error is None:
                raise SweepNotOpen("The sweep lacks nothing; start a new one for other axes or seeds.")
            study.status, study.stage, study.error = QUEUED, None, None
            study.started_at = study.finished_at = None
            study.failed_runs = 0

        return self._changed(which, change)

    def delete(self, which: str) -> None:
        """Forget a sweep that has ended, with its rows, files and report.

        Raises:
            SweepNotOpen: it has not ended.
        """
        with self._sessions.begin() as session:
            study = self._find(session, which, lock=True)
            if study.finished_at is None:
                raise SweepNotOpen(f"The sweep is {study.status}; cancel it first.")
            session.delete(study)
        shutil.rmtree(self._folder / study.id, ignore_errors=True)

    def _changed(self, which: str, change: Callable[[Study], None]) -> SweepShown:
        with self._sessions.begin() as session:
            study = self._find(session, which, lock=True)
            change(study)
        self._runner.wake()
        return self._show(study)

    def _known(self, key: str, digest: str) -> SweepShown | None:
        with self._sessions() as session:
            study = sweep_of_key(session, key)
        if study is None:
            return None
        if study.request_hash != digest:
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request; choose a new one.")
        return self._show(study)

    # READ

    def page(self, before: int | None, limit: int) -> tuple[list[SweepShown], int | None]:
        """Sweeps, newest first, and where the next page starts."""
        with self._sessions() as session:
            studies = page_of_sweeps(session, before, limit + 1)
        shown = [self._show(study) for study in studies[:limit]]
        return shown, studies[limit - 1].sequence if len(studies) > limit else None

    def show(self, which: str) -> SweepDetail:
        """A sweep with its request and its files.

        Raises:
            SweepUnknown: there is none.
        """
        with self._sessions() as session:
            study = self._find(session, which)
        files = self.folder(study.id).files()
        shown = self._show(study).model_dump()
        return SweepDetail(**shown, seeds=study.plan["seeds"], request=study.request, files=files)

    def watch(self, which: str) -> SweepShown:
        """A sweep and how far it is.

        Raises:
            SweepUnknown: there is none.
        """
        with self._sessions() as session:
            return self._show(self._find(session, which))

    def rows(self, which: str, start: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Rows of finished runs; see `StudyFolder.rows`.

        Raises:
            SweepUnknown: there is no such sweep.
            CursorInvalid: no row starts there.
        """
        folder = self._existing(which)
        try:
            return folder.rows(start, limit)
        except ValueError:
            raise CursorInvalid("The cursor is not one of this list's; leave it out to start again.") from None

    def file(self, which: str, name: str) -> Path:
        """Where a file of a sweep or of its report is.

        Raises:
            SweepUnknown: there is no such sweep.
            SweepFileUnknown: there is no such file, or not yet.
        """
        folder = self._existing(which)
        found = folder.file(name)
        if found is None:
            there = ", ".join(folder.files()) or "none yet"
            raise SweepFileUnknown(f"The sweep has no file {name}; its files: {there}.")
        return found

    def report(self, which: str) -> Path:
        """Where the page of a sweep's report is.

        Raises:
            SweepUnknown: there is no such sweep.
            SweepFileUnknown: there is no report, or not yet.
        """
        folder = self._existing(which)
        if not folder.page.is_file():
            raise SweepFileUnknown(
                "The sweep has no report; it is made once all runs have come to an end, or the sweep was cancelled."
            )
        return folder.page

    def folder(self, study_id: str) -> StudyFolder:
        """The folder of a study."""
        return StudyFolder(self._folder / study_id)

    def _existing(self, which: str) -> StudyFolder:
        with self._sessions() as session:
            return self.folder(self._find(session, which).id)

    def _find(self, session: Session, which: str, *, lock: bool = False) -> Study:
        study = session.get(Study, which, with_for_update=lock or None) if _ID.fullmatch(which) else None
        if study is None:
            raise SweepUnknown(f"There is no sweep {which}.")
        return study

    def _show(self, study: Study) -> SweepShown:
        live = self._runner.live(study.id) if study.finished_at is None else None
        live = live or Live(study.stage, study.done, None)
        return SweepShown(
            id=study.id,
            name=study.name,
            scenario=study.plan["scenario"],
            description=study.plan["description"],
            axes=dict(study.plan["axes"]),
            seed_count=len(study.plan["seeds"]),
            status=study.status,
            stage=live.stage if study.status == "running" else None,
            runs=study.runs,
            done=live.done,
            failed_runs=study.failed_runs,
            seconds_left=live.seconds_left,
            error=study.error,
            report=study.finished_at is not None
            and study.status in (FINISHED, CANCELLED)
            and self.folder(study.id).page.is_file(),
            created_at=study.created_at,
            started_at=study.started_at,
            finished_at=study.finished_at,
        )
