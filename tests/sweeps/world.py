"""A service of sweeps without the rest of the service: a database, a runner that looks when it is told to."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from earnest.db.engine import make_engine, make_sessions, upgrade
from earnest.db.tables import Sweep
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands
from earnest.sweeps.folders import SweepFolders
from earnest.sweeps.process import BackgroundProcess
from earnest.sweeps.runner import Runner
from earnest.sweeps.schemas import SweepDetail, SweepRequest, SweepShown
from earnest.sweeps.service import SweepService

PATIENCE = 120.0
STAND_IN = Path(__file__).with_name("stand_in.py")
MAX_RUNS = 50


class World:
    """Sweeps whose commands are stood in for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.former = folder / "sweeps", folder / "studies"
        self.engine = make_engine(f"sqlite:///{folder / 'earnest.sqlite'}")
        upgrade(self.engine)
        self.commands = Commands(folder, nice=0, program=(sys.executable, "-S", str(STAND_IN)))
        self.start_service()

    def start_service(self) -> None:
        """As a service does that starts: whatever an earlier one had in memory is gone."""
        sessions = make_sessions(self.engine)
        folders = SweepFolders(self.folder, former=self.former)
        folders.take_over()
        self.runner = Runner(sessions, folders, self.commands)
        self.sweeps = SweepService(sessions, folders, Checker(self.commands), self.runner, MAX_RUNS)

    def ask(self, name: str = "a", key: str | None = None, **scenario: Any) -> SweepShown:
        return self.sweeps.create(SweepRequest(name=name, scenario=scenario), key)

    def until(self, true: Callable[[], Any]) -> None:
        """Look until something is true."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end
            self.runner.look()
            time.sleep(0.01)

    def ended(self, sweep: SweepShown) -> SweepDetail:
        """The sweep once it has ended."""
        self.until(lambda: self.show(sweep).finished_at)
        return self.show(sweep)

    def show(self, sweep: SweepShown) -> SweepDetail:
        return self.sweeps.show(sweep.id)

    def stage_on_disk(self, sweep: SweepShown) -> str | None:
        """What its row says."""
        with make_sessions(self.engine)() as session:
            return session.get_one(Sweep, sweep.id).stage

    def place(self, sweep: SweepShown) -> Path:
        return self.folder / sweep.id

    def numbers(self, sweep: SweepShown) -> list[int]:
        """Runs that are kept, in the order in which they were finished."""
        return [row["run"] for row in self.sweeps.rows(sweep.id, 0, 1000)[0]]

    def starts(self, sweep: SweepShown) -> int:
        """Times that the sweep was started."""
        try:
            return len((self.place(sweep) / "starts").read_text())
        except FileNotFoundError:
            return 0

    def environment(self, sweep: SweepShown) -> dict[str, Any]:
        """What the sweep's process found around itself."""
        found: dict[str, Any] = json.loads((self.place(sweep) / "environment.json").read_text())
        return found

    def close(self) -> None:
        """End what still runs."""
        for place in self.processes():
            process = BackgroundProcess(place)
            while process.alive():
                process.kill()
                time.sleep(0.01)
        for known in self.runner._processes.values():
            known.alive()
        self.engine.dispose()

    def processes(self) -> Iterator[Path]:
        """Folders of all sweeps."""
        with suppress(FileNotFoundError, NotADirectoryError):
            yield from self.folder.iterdir()


def exists(pid: int) -> bool:
    """Whether a process lives; one that is a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
