"""Sweeps from their request to their rows and report."""

import hashlib
import json
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from earnest.db.engine import Sessions
from earnest.db.queries.sweeps import newest_ended, newest_sequence, page_of_sweeps, sweep_of_key
from earnest.db.tables import Sweep
from earnest.errors import IdempotencyKeyReused
from earnest.sweeps.check import Checker
from earnest.sweeps.errors import SweepFileUnknown, SweepNotOpen, SweepsBusy, SweepTooLarge, SweepUnknown
from earnest.sweeps.folder import SweepFolder
from earnest.sweeps.folders import SweepFolders
from earnest.sweeps.pictures import Pictures
from earnest.sweeps.results.choice import Choice
from earnest.sweeps.results.loaded import Results, labels_of, load, so_far
from earnest.sweeps.runner import CANCELLED, FINISHED, QUEUED, Live, Runner
from earnest.sweeps.schemas import (
    Expected,
    KnobShown,
    ScenarioShown,
    SweepDetail,
    SweepName,
    SweepRequest,
    SweepShown,
)
from earnest.web.schemas import CursorInvalid

_ID = re.compile(r"[0-9a-f-]{36}")
#: Of a sweep that runs: what is drawn first, of how many of its runs; and sweeps among which one is compared.
_FIRST_MEASURE, _SO_FAR, _COMPARED = "final_accuracy", 2_000, 50


class SweepService:
    """Queues sweeps, and shows what became of them.

    Args:
        sessions: the database.
        folders: of all sweeps.
        checker: says what a request would run.
        runner: runs them.
        max_runs: most runs of one sweep.
        jobs: runs that are made at once.
    """

    def __init__(
        self, sessions: Sessions, folders: SweepFolders, checker: Checker, runner: Runner, max_runs: int, jobs: int = 1
    ) -> None:
        self._sessions = sessions
        self._folders = folders
        self._checker = checker
        self._runner = runner
        self._max_runs = max_runs
        self._jobs = jobs
        self._pictures = Pictures(checker.drawn)
        self._creating, self._measuring = threading.Lock(), threading.Lock()

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
            sweep_id = str(uuid.uuid4())
            with self._sessions.begin() as session:
                sweep = Sweep(
                    id=sweep_id,
                    sequence=newest_sequence(session) + 1,
                    name=request.name or planned.plan["scenario"],
                    request=asked,
                    plan=planned.plan,
                    runs=planned.runs,
                    status=QUEUED,
                    done=0,
                    failed_runs=0,
                    idempotency_key=key or sweep_id,
                    request_hash=digest,
                    created_at=int(time.time()),
                )
                session.add(sweep)
        self._runner.wake()
        return self._show(sweep)

    def cancel(self, which: str) -> SweepShown:
        """Take a sweep out of the queue, or stop it; what is finished of it is kept.

        Raises:
            SweepNotOpen: it has ended.
        """

        def change(sweep: Sweep) -> None:
            if sweep.finished_at is not None or sweep.status == CANCELLED:
                raise SweepNotOpen(f"The sweep is {sweep.status}; there is nothing to cancel.")
            # the runner ends the process, if there is one, and notes the time
            if sweep.status == QUEUED:
                sweep.finished_at = int(time.time())
            sweep.status = CANCELLED

        return self._changed(which, change)

    def resume(self, which: str) -> SweepShown:
        """Queue a sweep again that was cancelled, failed or lacks runs; finished runs are not repeated.

        Raises:
            SweepNotOpen: it has not ended, or lacks nothing.
        """

        def change(sweep: Sweep) -> None:
            if sweep.finished_at is None:
                raise SweepNotOpen(f"The sweep is {sweep.status}; it can be resumed once it has ended.")
            if sweep.status == FINISHED and not sweep.failed_runs and sweep.error is None:
                raise SweepNotOpen("The sweep lacks nothing; start a new one for other axes or seeds.")
            sweep.status, sweep.stage, sweep.error = QUEUED, None, None
            sweep.started_at = sweep.finished_at = None
            sweep.failed_runs = 0

        return self._changed(which, change)

    def delete(self, which: str) -> None:
        """Forget a sweep that has ended, with its rows, files and report.

        Raises:
            SweepNotOpen: it has not ended.
        """
        with self._sessions.begin() as session:
            sweep = self._find(session, which, lock=True)
            if sweep.finished_at is None:
                raise SweepNotOpen(f"The sweep is {sweep.status}; cancel it first.")
            session.delete(sweep)
        shutil.rmtree(self._folders.of(sweep.id).path, ignore_errors=True)

    def _changed(self, which: str, change: Callable[[Sweep], None]) -> SweepShown:
        with self._sessions.begin() as session:
            sweep = self._find(session, which, lock=True)
            change(sweep)
        self._runner.wake()
        return self._show(sweep)

    def _known(self, key: str, digest: str) -> SweepShown | None:
        with self._sessions() as session:
            sweep = sweep_of_key(session, key)
        if sweep is None:
            return None
        if sweep.request_hash != digest:
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request; choose a new one.")
        return self._show(sweep)

    # READ

    def knobs(self) -> list[KnobShown]:
        """What a scenario sets and a sweep varies, guests' included.

        Raises:
            CheckFailed: they could not be listed.
        """
        return [KnobShown(**knob) for knob in self._checker.knobs()]

    def scenarios(self) -> list[ScenarioShown]:
        """The scenarios that ship.

        Raises:
            CheckFailed: they could not be listed.
        """
        return [ScenarioShown(**one) for one in self._checker.scenarios()]

    def expected(self, request: SweepRequest) -> Expected:
        """What a request would run, and how long that takes here: measured by some of its runs, which takes minutes.

        Raises:
            ScenarioInvalid, SweepInvalid, DataMissing: it cannot be run.
            SweepsBusy: another one is being measured.
            CheckFailed: there was no answer.
        """
        if not self._measuring.acquire(blocking=False):
            raise SweepsBusy("Another sweep is being measured: try again in a minute.", retry_after=60)
        try:
            planned = self._checker.check(request.model_dump(), time=True)
        finally:
            self._measuring.release()
        return Expected(
            runs=planned.runs, minutes=(planned.seconds or 0.0) / self._jobs / 60, processes=self._jobs,
            too_many=planned.runs > self._max_runs,
        )  # fmt: skip

    def results(self, which: str) -> Results | None:
        """What came out of a sweep; of one that runs, what came out so far. None where nothing can be shown yet.

        Raises:
            SweepUnknown: there is none.
        """
        with self._sessions() as session:
            sweep = self._find(session, which)
        folder = self.folder(sweep.id)
        if sweep.finished_at is not None:
            return load(folder.view)
        # of one that was resumed, an earlier report says less than the rows do
        varied = {knob: values for knob, values in dict(sweep.plan["axes"]).items() if len(values) > 1}
        if not varied:
            return None
        rows, _ = folder.rows(0, _SO_FAR)
        return so_far(rows, varied, _FIRST_MEASURE)

    def comparable(self, which: str) -> list[SweepName]:
        """The newest sweeps with results, another one than this."""
        with self._sessions() as session:
            ended = newest_ended(session, _COMPARED)
        return [SweepName(*one) for one in ended if one[0] != which and self.folder(one[0]).view.is_file()]

    def labels(self, sweeps: Iterable[SweepShown]) -> dict[str, tuple[str, ...]]:
        """What was swept, in words, by the ids of those sweeps that were reported on."""
        found = {sweep.id: labels_of(self.folder(sweep.id).view) for sweep in sweeps if sweep.report}
        return {sweep_id: labels for sweep_id, labels in found.items() if labels}

    def picture(
        self, which: str, results: Results, choice: Choice, kind: str, view: Callable[[], dict[str, Any] | None]
    ) -> bytes | None:
        """A view of a sweep's page as a picture, which takes seconds unless it was drawn lately.

        Args:
            which: the sweep's id.
            results: that the view is of.
            choice: the view.
            kind: of the file.
            view: says what is drawn; None for nothing. It is asked only if it has to be.

        Raises:
            SweepsBusy: another one is being drawn.
            CheckFailed: it could not be drawn.
        """
        # what came in so far is more a moment later
        key = (which, results.changed, choice.drawn_as, kind) if results.changed else None
        return self._pictures.picture(key, view, kind)

    def page(self, before: int | None, limit: int) -> tuple[list[SweepShown], int | None]:
        """Sweeps, newest first, and where the next page starts."""
        with self._sessions() as session:
            sweeps = page_of_sweeps(session, before, limit + 1)
        shown = [self._show(sweep) for sweep in sweeps[:limit]]
        return shown, sweeps[limit - 1].sequence if len(sweeps) > limit else None

    def show(self, which: str) -> SweepDetail:
        """A sweep with its request and its files.

        Raises:
            SweepUnknown: there is none.
        """
        with self._sessions() as session:
            sweep = self._find(session, which)
        files = self.folder(sweep.id).files()
        shown = self._show(sweep).model_dump()
        return SweepDetail(**shown, seeds=sweep.plan["seeds"], request=sweep.request, files=files)

    def watch(self, which: str) -> SweepShown:
        """A sweep and how far it is.

        Raises:
            SweepUnknown: there is none.
        """
        with self._sessions() as session:
            return self._show(self._find(session, which))

    def rows(self, which: str, start: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Rows of finished runs; see `SweepFolder.rows`.

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

    def folder(self, sweep_id: str) -> SweepFolder:
        """The folder of a sweep."""
        return self._folders.of(sweep_id)

    def _existing(self, which: str) -> SweepFolder:
        with self._sessions() as session:
            return self.folder(self._find(session, which).id)

    def _find(self, session: Session, which: str, *, lock: bool = False) -> Sweep:
        sweep = session.get(Sweep, which, with_for_update=lock or None) if _ID.fullmatch(which) else None
        if sweep is None:
            raise SweepUnknown(f"There is no sweep {which}.")
        return sweep

    def _show(self, sweep: Sweep) -> SweepShown:
        live = self._runner.live(sweep.id) if sweep.finished_at is None else None
        live = live or Live(sweep.stage, sweep.done, None)
        return SweepShown(
            id=sweep.id,
            name=sweep.name,
            scenario=sweep.plan["scenario"],
            description=sweep.plan["description"],
            axes=dict(sweep.plan["axes"]),
            seed_count=len(sweep.plan["seeds"]),
            status=sweep.status,
            stage=live.stage if sweep.status == "running" else None,
            runs=sweep.runs,
            done=live.done,
            failed_runs=sweep.failed_runs,
            seconds_left=live.seconds_left,
            error=sweep.error,
            report=sweep.finished_at is not None
            and sweep.status in (FINISHED, CANCELLED)
            and self.folder(sweep.id).page.is_file(),
            notes=sweep.plan.get("notes", []),
            created_at=sweep.created_at,
            started_at=sweep.started_at,
            finished_at=sweep.finished_at,
        )
