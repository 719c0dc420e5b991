"""Where runs are carried out: processes of this machine, or a Dask cluster. Results come in any order."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol

from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import BrokenProcessPool

from earnest.extras import needed
from earnest.simulations.sweep.job import Failed, Job
from earnest.simulations.sweep.retrying import DIED, TRIES, Execute, Result, retrying

_WATCHER = "earnest-owner"


class Workers(Protocol):
    """Carries out runs."""

    def run(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Result]:
        """Results as they come; a run whose worker dies is tried once more, then reported as failed."""
        ...


def workers_of(jobs: int, cluster: str | None) -> Workers:
    """Who carries out the runs of a sweep; processes of this machine, or a cluster.

    Args:
        jobs: processes; 0 for one a core.
        cluster: address of a Dask scheduler, if its workers are to be used.

    Raises:
        SweepError: the cluster does not answer, has no workers, or they run other sources.
        ExtraMissing: a cluster is named, and the extra of that name is not installed.
    """
    if cluster is None:
        return LocalWorkers(jobs or len(os.sched_getaffinity(0)))
    with needed("cluster", "A sweep on a cluster"):
        from earnest.simulations.sweep.cluster import ClusterWorkers

    return ClusterWorkers(cluster)


class LocalWorkers:
    """Processes of this machine.

    Args:
        count: of processes.
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Result]:
        """See `Workers`."""
        execute = partial(_executed_for, os.getpid(), execute)
        if self.count == 1:
            # joblib would run in this process, and a run that dies would take it along
            yield from _one_by_one(jobs, execute, TRIES)
            return
        options = {"backend": "loky", "n_jobs": self.count, "max_nbytes": None}
        yield from retrying(jobs, execute, options, lambda suspects: _one_by_one(suspects, execute, TRIES - 1))


def _executed_for(owner: int, execute: Execute, job: Job) -> Result:
    """Carry out a run in a process that ends soon after the sweep's own does, however that ends."""
    if os.getppid() == owner and _WATCHER not in {thread.name for thread in threading.enumerate()}:
        threading.Thread(target=_end_without, args=(owner,), name=_WATCHER, daemon=True).start()
    return execute(job)


def _end_without(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(1)
    os._exit(1)


def _one_by_one(jobs: Iterable[Job], execute: Execute, tries: int) -> Iterator[Result]:
    """One process at a time, a new one after each death: what kills it is known."""
    pool = None
    try:
        for job in jobs:
            for _ in range(tries):
                pool = pool or ProcessPoolExecutor(max_workers=1)
                try:
                    yield pool.submit(execute, job).result()
                    break
                except BrokenProcessPool:
                    pool.shutdown(wait=True, kill_workers=True)
                    pool = None
            else:
                yield Failed(job.number, DIED)
    finally:
        if pool is not None:
            pool.shutdown(wait=True, kill_workers=True)
