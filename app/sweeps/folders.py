"""Where the folders of the service's sweeps are: one for each, named after its id."""

import logging
from pathlib import Path

from earnest.sweeps.folder import SweepFolder
from earnest.sweeps.process import BackgroundProcess

log = logging.getLogger(__name__)


class SweepFolders:
    """Finds a sweep's folder, also where an earlier version put it.

    Args:
        path: holds a folder for each sweep.
        former: held them in an earlier version.
    """

    def __init__(self, path: Path, former: Path) -> None:
        self.path = path
        self._former = former

    def of(self, sweep_id: str) -> SweepFolder:
        """The folder of a sweep, whether it was made yet or not."""
        here, there = self.path / sweep_id, self._former / sweep_id
        return SweepFolder(there if there.is_dir() and not here.is_dir() else here)

    def take_over(self) -> None:
        """Bring the folders of an earlier version here; before anything of this service looks at one.

        A process knows its folder by name: where one lives, the folder stays, and is used there, until a later start.
        """
        if not self._former.is_dir():
            return
        try:
            folders = [place for place in self._former.iterdir() if place.is_dir()]
            busy = [place for place in folders if BackgroundProcess(place).alive()]
            if not busy and not self.path.exists():
                # in one piece, so that a link to a larger disk remains one
                self._former.rename(self.path)
                return
            self.path.mkdir(exist_ok=True)
            for place in folders:
                if place not in busy and not (self.path / place.name).exists():
                    place.rename(self.path / place.name)
            if not any(self._former.iterdir()):
                self._former.rmdir()
        except OSError as error:
            log.warning(
                "%s could not be moved to %s (%s): sweeps of earlier versions are used where they are",
                self._former, self.path, error.strerror,
            )  # fmt: skip
