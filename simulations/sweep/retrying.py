"""Runs whose worker died are tried once more, on whichever workers they are carried out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from earnest.simulations.sweep.job import Failed, Finished, Job

Result = Finished | Failed
Execute = Callable[[Job], Result]

#: A run is tried once more after its worker died.
TRIES = 2
DIED = "its worker died twice, as it does when memory runs out"


def retrying(
    jobs: Sequence[Job],
    execute: Execute,
    options: dict[str, Any],
    alone: Callable[[list[Job]], Iterator[Result]],
    deadly: tuple[type[BaseException], ...] = (TerminatedWorkerError,),
) -> Iterator[Result]:
    """Carry out runs by joblib; when a worker dies, try again, one by one, those that may have killed it.

    Args:
        jobs: runs to do.
        execute: carries out one.
        options: of `joblib.Parallel`: the backend and the number of workers.
        alone: carries out runs one by one, and says which ones failed.
        deadly: errors by which joblib tells that a worker died; everything it had been handed is lost with it.
    """
    waiting = list(jobs)
    while waiting:
        handed: dict[int, Job] = {}

        def hand_out(waiting: list[Job] = waiting, handed: dict[int, Job] = handed) -> Iterator[Any]:
            for job in waiting:
                handed[job.number] = job
                yield delayed(execute)(job)

        done: set[int] = set()
        try:
            # one run a batch: a batch is kept only when all of it is done
            parallel = Parallel(**options, batch_size=1, return_as="generator_unordered")
            with closing(parallel(hand_out())) as results:
                for result in results:
                    done.add(result.number)
                    yield result
        except deadly:
            suspects = [job for job in handed.values() if job.number not in done]
            done |= {job.number for job in suspects}
            yield from alone(suspects)
        waiting = [job for job in waiting if job.number not in done]
