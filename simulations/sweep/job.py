"""One run of a sweep, as a worker carries it out."""

from typing import NamedTuple

from earnest.simulations.data import TaskFiles, open_task
from earnest.simulations.measures import Row
from earnest.simulations.scenario import Scenario


class Job(NamedTuple):
    """A run to do.

    Attributes:
        number: its place in the sweep.
        scenario: of the run.
        seed: of the run.
        files: its prepared data.
        series: whether its series is wanted too.
        label: what to call it in a message.
    """

    number: int
    scenario: Scenario
    seed: int
    files: TaskFiles
    series: bool
    label: str


class Finished(NamedTuple):
    """A run that is done: its row, and its series (columns by name) if it was wanted."""

    number: int
    row: Row
    series: dict[str, list[float]] | None


class Failed(NamedTuple):
    """A run that came to nothing, and why, in one line."""

    number: int
    reason: str


def execute(job: Job) -> Finished | Failed:
    """Carry out a run; the data are mapped once in each process."""
    from earnest.simulations import measures, run
    from earnest.simulations.derived import as_derived

    try:
        task = open_task(job.files)
        scenario = as_derived(job.scenario, task)
        outcome = run.simulate(scenario, task, job.seed)
        row = measures.row_of(scenario, task, job.seed, outcome)
        series = measures.series_of(scenario, job.seed, outcome) if job.series else None
    except Exception as error:
        # whatever is wrong with one run must not end the others
        return Failed(job.number, " ".join(f"{type(error).__name__}: {error}".split()))
    columns = {name: [seen[name] for seen in series] for name in series[0]} if series else None
    return Finished(job.number, row, columns)
