"""A sweep's folder, as the commands leave it: progress, rows, files."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from earnest.core.renamed import silently
from earnest.sweeps.commands import PROGRESS, REPORT, REQUEST

JOURNAL, PAGE, VIEW = "journal.jsonl", "report.html", "view.json"
#: Files that are handed out: of the sweep, and of the report.
_OF_SWEEP = ("runs.parquet", "series.parquet", "manifest.json")
_OF_REPORT = re.compile(r"[a-z0-9][a-z0-9.-]*\.(csv|png|svg|pdf)")


class Progress(NamedTuple):
    """How far a sweep is.

    Attributes:
        stage: "Start", "Data" or "Runs".
        done: of it.
        total: of it.
        ended: whether the sweep came to its end, good or bad.
        failed: runs that came to nothing; known at the end.
        reason: of the first of them.
        error: what stopped the sweep.
    """

    stage: str
    done: int
    total: int
    ended: bool = False
    failed: int = 0
    reason: str | None = None
    error: str | None = None


class SweepFolder:
    """Reads and prepares one sweep's folder.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self, request: dict[str, Any]) -> None:
        """Make the folder with its request, and forget the progress of an earlier start.

        Raises:
            OSError: for example the disk is full.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        write_request(self.path, request)
        (self.path / PROGRESS).unlink(missing_ok=True)

    def forget_report(self) -> None:
        """Remove the page of an earlier report and its rows, so that either means that the report is done."""
        for name in (PAGE, VIEW):
            (self.path / REPORT / name).unlink(missing_ok=True)

    def progress(self) -> Progress | None:
        """What the sweep says; None before it says something."""
        try:
            said = json.loads((self.path / PROGRESS).read_bytes())
            return Progress(**said)
        except (OSError, ValueError, TypeError):
            return None

    @property
    def page(self) -> Path:
        """Where the report's page is."""
        return self.path / REPORT / PAGE

    @property
    def view(self) -> Path:
        """Where the rows are that the sweep's page draws from; there with the report."""
        return self.path / REPORT / VIEW

    def count(self) -> int:
        """Runs that are kept."""
        try:
            with (self.path / JOURNAL).open("rb") as file:
                return sum(line.endswith(b"\n") for line in file)
        except FileNotFoundError:
            return 0

    def rows(self, start: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Rows of finished runs in the order in which they were finished; the sweep may go on meanwhile.

        Args:
            start: position in the journal; 0, or what an earlier call gave.
            limit: most rows.

        Returns:
            the rows, each with its number as `run`, and the position of the next one; None if there is none yet.

        Raises:
            ValueError: no row starts there.
        """
        found: list[dict[str, Any]] = []
        if not 0 <= start < 2**60:
            raise ValueError(f"no row starts at {start}")
        try:
            with (self.path / JOURNAL).open("rb") as file:
                if start:
                    file.seek(start - 1)
                    if file.read(1) != b"\n":
                        raise ValueError(f"no row starts at {start}")
                while len(found) < limit and (line := file.readline()).endswith(b"\n"):
                    run = json.loads(line, parse_constant=_none)
                    # rows of an earlier release have older names
                    found.append({"run": run["number"], **silently(run["row"])})
                following = file.tell()
                return found, following if file.readline().endswith(b"\n") else None
        except FileNotFoundError:
            return [], None

    def files(self) -> list[str]:
        """Names of the files that can be had."""
        report = self.path / REPORT
        found = [name for name in _OF_SWEEP if (self.path / name).is_file()]
        made = report.iterdir() if self.page.is_file() else ()
        return found + sorted(file.name for file in made if _OF_REPORT.fullmatch(file.name))

    def file(self, name: str) -> Path | None:
        """Where a file is; None if there is none of that name, or none to hand out."""
        if name not in self.files():
            return None
        return self.path / name if name in _OF_SWEEP else self.path / REPORT / name


def write_request(folder: Path, request: dict[str, Any]) -> None:
    """Write what the commands are asked for.

    Raises:
        OSError: for example the disk is full.
        ValueError: it holds a number that JSON has not.
    """
    content = json.dumps(request, allow_nan=False).encode()
    scratch = folder / f".{REQUEST}"
    scratch.write_bytes(content)
    scratch.replace(folder / REQUEST)


def _none(_: str) -> None:
    """JSON has no NaN and no infinity."""
