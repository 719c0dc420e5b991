"""How commands talk: results, errors as one sentence, notes, bars."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task
from rich.text import Text

from earnest.extras import needed


def plainly(*, stderr: bool = False) -> Console:
    """A console for sentences, which are neither broken nor coloured, and whose brackets mean nothing."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False)


@contextmanager
def told(what: str) -> Iterator[None]:
    """An error as one sentence, a stop from the keyboard as what is kept, an old name as a note.

    Args:
        what: is done here, as the beginning of a sentence.
    """
    from earnest.core.errors import CoreError
    from earnest.simulations.errors import SimulationError

    complaints = plainly(stderr=True)
    try:
        with needed("simulations", what), _noting(complaints):
            yield
    except (CoreError, SimulationError) as error:
        complaints.print(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        complaints.print("Stopped; finished runs of a sweep are kept: go on with --resume.")
        raise typer.Exit(130) from None


@contextmanager
def _noting(complaints: Console) -> Iterator[None]:
    """Old names as notes, each once: every point of a sweep says so again."""
    from earnest.core.renamed import OldName

    with warnings.catch_warnings():
        warnings.simplefilter("always", OldName)
        shown, notes = warnings.showwarning, set[str]()

        def show(message: Warning | str, category: type[Warning], *where: Any, **further: Any) -> None:
            if not issubclass(category, OldName):
                shown(message, category, *where, **further)
            elif str(message) not in notes:
                notes.add(str(message))
                complaints.print(f"Note: {message}")

        warnings.showwarning = show
        yield


@contextmanager
def bars(*columns: ProgressColumn, console: Console) -> Iterator[Progress]:
    """Bars that an error takes off the screen, so that it stands alone."""
    with Progress(*columns, console=console) as shown:
        try:
            yield shown
        except Exception:
            shown.live.transient = True
            raise


class Rate(ProgressColumn):
    """Runs a second."""

    def render(self, task: Task) -> Text:
        """The rate since the start, runs that were there already left out."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")
