"""A question's folder: what was asked, by whom, and what the command left there."""

import base64
import json
import shutil
import time
from pathlib import Path
from typing import Any

from earnest.advice.schemas import AdviceRequest
from earnest.sweeps.commands import PROGRESS
from earnest.sweeps.folder import Progress
from earnest.sweeps.process import BackgroundProcess

QUESTION, DATA, ASKED, CANCELLED, ANSWER = "question.json", "data", "asked.json", "cancelled", "advice.json"


class AdviceFolder:
    """Reads and prepares one folder.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.process = BackgroundProcess(path)

    @property
    def question(self) -> Path:
        """Where the question is."""
        return self.path / QUESTION

    @property
    def data(self) -> Path | None:
        """Where the file is that came with it; None where it names a data set."""
        place = self.path / DATA
        return place if place.is_file() else None

    def prepare(self, request: AdviceRequest, owner: str, form: dict[str, str]) -> None:
        """Make the folder with its question.

        Args:
            request: what is asked.
            owner: who asks.
            form: what the page's form held, so that it can be shown again.

        Raises:
            OSError: for example the disk is full.
            ValueError: the file is no base64.
        """
        self.path.mkdir(parents=True)
        asked = request.model_dump(mode="json", exclude={"csv", "file"}, exclude_none=True)
        if request.has_file:
            content = (request.csv or "").encode()
            if request.file is not None:
                content = base64.b64decode(request.file, validate=True)
            (self.path / DATA).write_bytes(content)
        (self.path / QUESTION).write_text(json.dumps(asked, allow_nan=False), "utf-8")
        told = {"owner": owner, "created_at": int(time.time()), "form": form}
        (self.path / ASKED).write_text(json.dumps(told), "utf-8")

    def asked(self) -> dict[str, Any]:
        """Owner, time and form.

        Raises:
            OSError, ValueError: there is no such folder.
        """
        found: dict[str, Any] = json.loads((self.path / ASKED).read_text("utf-8"))
        return found

    def progress(self) -> Progress | None:
        """What the command says; None before it says something."""
        try:
            return Progress(**json.loads((self.path / PROGRESS).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def answer(self) -> dict[str, Any] | None:
        """The answer; None before it is there."""
        try:
            found: dict[str, Any] = json.loads((self.path / ANSWER).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return (self.path / CANCELLED).exists()

    def cancel(self) -> None:
        """Note that it is cancelled, and ask its process to end.

        Raises:
            OSError: for example the disk is full.
        """
        (self.path / CANCELLED).touch()
        self.process.interrupt()

    def forget(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.path, ignore_errors=True)
