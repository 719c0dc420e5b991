"""Advice from its question to its answer: one question at a time, in a process that outlives the service."""

import re
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from earnest.advice.errors import AdviceBusy, AdviceEnded, AdviceInvalid, AdviceUnknown
from earnest.advice.folder import AdviceFolder
from earnest.advice.schemas import AdviceRequest, AdviceShown
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands
from earnest.sweeps.errors import CheckFailed

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Answers that are kept, the newest ones.
KEPT = 20
#: Stages as the command calls them, and as answers do.
_STAGES = {"Start": "data", "Data": "data", "Speed": "speed", "Runs": "runs"}


class AdviceService:
    """Has questions answered, and shows how far that is.

    Args:
        path: holds a folder for each question.
        commands: what is run.
        checker: says what is wrong with a question.
    """

    def __init__(self, path: Path, commands: Commands, checker: Checker) -> None:
        self._path = path
        self._commands = commands
        self._checker = checker
        self._starting = threading.Lock()
        self._since: dict[str, tuple[float, int]] = {}
        self._folders: dict[str, AdviceFolder] = {}

    # WRITE

    def create(self, request: AdviceRequest, owner: str, form: dict[str, str] | None = None) -> AdviceShown:
        """Check a question, and begin to work its answer out.

        Args:
            request: the question.
            owner: who asks; nobody else sees it through the API.
            form: what the page's form held.

        Raises:
            AdviceBusy: another question is being answered.
            AdviceInvalid: it cannot be simulated; nothing is kept.
            CheckFailed: there is no room for it, or the check came to nothing.
        """
        with self._starting:
            for folder in self._all():
                if folder.process.alive():
                    whose = "Yours" if folder.asked()["owner"] == owner else "Another operator's question"
                    raise AdviceBusy(f"{whose} is being answered, and one is at a time: wait for it, or cancel it.")
            self._prune()
            advice_id = str(uuid.uuid4())
            folder = self._of(advice_id)
            try:
                folder.prepare(request, owner, form or {})
                self._check(folder)
                command = self._commands.advise(folder.path, folder.question, folder.data)
                folder.process.start(command, self._commands.environment(), self._commands.nice)
            except ValueError:
                folder.forget()
                raise AdviceInvalid("file is no base64: give a file's bytes in base64.") from None
            except OSError as error:
                folder.forget()
                raise CheckFailed(
                    f"The question could not be taken ({error.strerror}): make room, and ask again."
                ) from None
            except Exception:
                folder.forget()
                raise
        return self._show(advice_id, folder)

    def cancel(self, which: str, owner: str) -> AdviceShown:
        """Stop working an answer out.

        Raises:
            AdviceUnknown: there is none of this operator's.
            AdviceEnded: it has ended.
        """
        folder = self._find(which, owner)
        if not folder.process.alive():
            raise AdviceEnded("The advice has ended; there is nothing to cancel.")
        folder.cancel()
        return self._show(which, folder)

    def _check(self, folder: AdviceFolder) -> None:
        answer = self._checker.asked(self._commands.check_advice(folder.question, folder.data))
        if "error" in answer:
            raise AdviceInvalid(self._public(answer["error"], folder))

    def _prune(self) -> None:
        """Forget the oldest answers."""
        folders = sorted(self._all(), key=lambda folder: folder.path.stat().st_mtime, reverse=True)
        for folder in folders[KEPT - 1 :]:
            folder.forget()
            self._folders.pop(folder.path.name, None)
            self._since.pop(folder.path.name, None)

    # READ

    def show(self, which: str, owner: str) -> AdviceShown:
        """How far an answer is, for who asked.

        Raises:
            AdviceUnknown: there is none of this operator's.
        """
        return self._show(which, self._find(which, owner))

    def by_link(self, which: str) -> tuple[AdviceShown, dict[str, str]]:
        """The same with what the form held, for who has the page's address: its id is drawn, and nobody lists it.

        Raises:
            AdviceUnknown: there is none.
        """
        folder = self._find(which, None)
        return self._show(which, folder), folder.asked()["form"]

    def watch(self, which: str) -> AdviceShown:
        """The same without the answer.

        Raises:
            AdviceUnknown: there is none.
        """
        return self._show(which, self._find(which, None)).model_copy(update={"result": None})

    def _all(self) -> list[AdviceFolder]:
        if not self._path.is_dir():
            return []
        return [self._of(place.name) for place in self._path.iterdir() if _ID.fullmatch(place.name)]

    def _of(self, advice_id: str) -> AdviceFolder:
        # who started a process asks for its end, or it would stay as a zombie
        return self._folders.setdefault(advice_id, AdviceFolder(self._path / advice_id))

    def _find(self, which: str, owner: str | None) -> AdviceFolder:
        if _ID.fullmatch(which) and (self._path / which).is_dir():
            folder = self._of(which)
            try:
                if owner is None or folder.asked()["owner"] == owner:
                    return folder
            except (OSError, ValueError):
                pass
        raise AdviceUnknown(f"There is no advice {which[:60]} of yours.")

    def _show(self, which: str, folder: AdviceFolder) -> AdviceShown:
        # first, since it ends after it has written what it came to
        alive = folder.process.alive()
        said, answer = folder.progress(), folder.answer()
        told: dict[str, Any] = {"stage": None, "seconds_left": None, "error": None, "result": None}
        if answer is not None and not alive:
            told |= {"status": "finished", "result": answer}
        elif folder.cancelled:
            told |= {"status": "cancelled"}
        elif alive:
            told |= {"status": "running", "stage": _STAGES.get(said.stage if said else "Start", "data")}
            told["seconds_left"] = (
                self._seconds_left(which, said.done, said.total) if told["stage"] == "runs" and said else None
            )
        else:
            words = said.error if said is not None and said.error else folder.process.last_words()
            words = words or "its process ended and said nothing, as when memory runs out: ask again"
            told |= {"status": "failed", "error": self._public(words, folder)}
        return AdviceShown(
            id=which,
            done=said.done if said else 0,
            total=said.total if said else 0,
            created_at=folder.asked()["created_at"],
            **told,
        )

    def _seconds_left(self, which: str, done: int, total: int) -> float | None:
        begun, first = self._since.setdefault(which, (time.monotonic(), done))
        return None if done <= first else round((time.monotonic() - begun) / (done - first) * (total - done), 1)

    def _public(self, sentence: str, folder: AdviceFolder) -> str:
        """A command's sentence without places on this machine, which are nobody's business."""
        for place in (folder.path / "data", folder.path, self._commands.data_dir):
            sentence = sentence.replace(str(place), "the file" if place.name == "data" else "the folder")
        return sentence
