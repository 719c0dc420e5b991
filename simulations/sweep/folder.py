"""A sweep's folder: each finished run is in its journal at once, whatever happens next.

manifest.json    scenario, axes, seeds, versions, checksums of the data, failed runs
journal.jsonl    one line a finished run, in the order they were finished
runs.parquet     the rows in the order of the grid, written when the sweep ends or is stopped
series.parquet   series of the first seed of every point
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from earnest.simulations import output
from earnest.simulations.errors import OutputError, SweepError
from earnest.simulations.sweep.identity import require_same
from earnest.simulations.sweep.job import Finished

MANIFEST, JOURNAL, LOCK = "manifest.json", "journal.jsonl", ".lock"


class SweepFolder:
    """The folder while a sweep runs; see `opened`.

    Attributes:
        path: of the folder.
        done: numbers of the runs that are kept.
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self._manifest = path, manifest
        self._journal = path / JOURNAL
        self.done = {finished.number for finished in self.finished()}
        # a line that a kill cut off is no run
        whole = sum(len(line) for line in self._lines())
        if self._journal.exists() and self._journal.stat().st_size > whole:
            os.truncate(self._journal, whole)

    def keep(self, finished: Finished) -> None:
        """Keep a run; once this returns, neither a kill nor a power cut loses it.

        Raises:
            OutputError: for example the disk is full; what was kept before stays.
        """
        line = json.dumps(finished._asdict(), default=_plain).encode() + b"\n"
        whole = self._journal.stat().st_size if self._journal.exists() else 0
        try:
            with self._journal.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                os.truncate(self._journal, whole)
            raise OutputError(
                f"The disk of {self.path} takes no more ({error.strerror}): {len(self.done)} finished runs are kept "
                "there; make room, and go on with --resume."
            ) from None
        self.done.add(finished.number)

    def write(self, failed: list[dict[str, Any]], *, complete: bool) -> None:
        """Write the tables of all kept runs, in the order of the grid, and what became of the others.

        Raises:
            OutputError: see `output.write`.
        """
        runs, series = [], []
        for finished in sorted(self.finished(), key=lambda finished: finished.number):
            runs.append({"run": finished.number, **finished.row})
            if finished.series:
                columns = finished.series
                length = len(next(iter(columns.values())))
                series += [
                    {"run": finished.number} | {name: columns[name][i] for name in columns} for i in range(length)
                ]
        files = {MANIFEST: _json(self._manifest | {"failed": failed, "complete": complete})}
        if runs:
            files[output.RUNS] = output.parquet(runs)
        if series:
            files[output.SERIES] = output.parquet(series)
        output.write(self.path, files)

    def finished(self) -> Iterator[Finished]:
        """Every kept run, in the order they were finished."""
        for line in self._lines():
            yield Finished(**json.loads(line))

    def _lines(self) -> Iterator[bytes]:
        if not self._journal.exists():
            return
        with self._journal.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return
                yield line


@contextmanager
def opened(path: Path, manifest: dict[str, Any], *, resume: bool) -> Iterator[SweepFolder]:
    """Open a folder for a sweep, and let no other sweep have it meanwhile.

    Args:
        path: made if it is not there.
        manifest: what identifies the sweep.
        resume: whether a sweep that is there already is gone on with.

    Raises:
        OutputError: it cannot be written to.
        SweepError: it holds a sweep already, or another one, or something else, or another process writes to it.
    """
    output.prepare_folder(path)
    with _locked(path):
        if _kept(path, manifest, resume=resume) is None:
            output.write(path, {MANIFEST: _json(manifest | {"failed": [], "complete": False})})
        yield SweepFolder(path, manifest)


def require_usable(path: Path, manifest: dict[str, Any], *, resume: bool) -> None:
    """Refuse a folder that `opened` would refuse, before anything was done for the sweep.

    Args:
        path: not made if it is not there; then the folder that it would be made in must be writable.
        manifest: what identifies the sweep, as far as it is known.
        resume: see `opened`.

    Raises:
        OutputError, SweepError: see `opened`.
    """
    output.prepare_folder(next(folder for folder in (path, *path.absolute().parents) if folder.exists()))
    # a lock leaves its file behind, and a folder without one is nobody's yet
    with _locked(path) if (path / LOCK).exists() else nullcontext():
        _kept(path, manifest, resume=resume)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        with FileLock(path / LOCK, timeout=0):
            yield
    except Timeout:
        raise SweepError(f"Another sweep is writing to {path}: wait for it, or choose another --out.") from None


def _kept(path: Path, manifest: dict[str, Any], *, resume: bool) -> dict[str, Any] | None:
    """The manifest of the sweep that is to be gone on with; None where there is none."""
    kept = _read_manifest(path)
    if kept is None:
        if (path / JOURNAL).exists():
            raise SweepError(f"{path} holds a journal without a manifest: choose another --out.")
        return None
    if not resume:
        raise SweepError(f"{path} holds a sweep already: go on with --resume, or choose another --out.")
    require_same(kept, json.loads(_json(manifest)))
    return kept


def _read_manifest(path: Path) -> dict[str, Any] | None:
    try:
        read = json.loads((path / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        read = None
    if not isinstance(read, dict):
        raise SweepError(f"{path / MANIFEST} is no manifest of a sweep: choose another --out.")
    return read


def _json(manifest: dict[str, Any]) -> bytes:
    return (json.dumps(manifest, indent=2, default=_plain) + "\n").encode()


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    return value.item()
