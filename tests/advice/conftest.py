"""Advice whose command is stood in for."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.advice.schemas import AdviceRequest, AdviceShown
from earnest.advice.service import AdviceService
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands

STAND_IN = Path(__file__).with_name("stand_in.py")
PATIENCE = 60.0


class World:
    """A service of advice without the rest of the service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "advice"
        self.commands = Commands(folder, nice=0, program=(sys.executable, "-S", str(STAND_IN)))
        self.start_service()

    def start_service(self) -> None:
        """As a service does that starts: whatever an earlier one had in memory is gone."""
        self.advices = AdviceService(self.folder, self.commands, Checker(self.commands))

    def ask(self, dataset: str = "made-up-reviews", owner: str = "ada", **members: object) -> AdviceShown:
        return self.advices.create(
            AdviceRequest.model_validate({"dataset": dataset} | members), owner, {"name": "mine"}
        )

    def ended(self, shown: AdviceShown, owner: str = "ada") -> AdviceShown:
        until = time.monotonic() + PATIENCE
        while (now := self.advices.show(shown.id, owner)).status == "running":
            assert time.monotonic() < until
            time.sleep(0.02)
        return now

    def close(self) -> None:
        for folder in self.advices._all():
            while folder.process.alive():
                folder.process.kill()
                time.sleep(0.01)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()
