"""The workers of a Dask cluster, through joblib's Dask backend."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from distributed import CancelledError, Client, KilledWorker
from joblib._dask import DaskDistributedBackend

from earnest.simulations.errors import SweepError
from earnest.simulations.guests import Guest, guests_of_all, unlike
from earnest.simulations.sweep.identity import fingerprint
from earnest.simulations.sweep.job import Failed, Job
from earnest.simulations.sweep.retrying import DIED, Execute, Result, retrying

#: Seconds to reach a cluster and its first worker.
PATIENCE = 10


class _Backend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's own, which runs on a cluster of one core in this process, and waits forever for a lost run."""

    def effective_n_jobs(self, n_jobs: int) -> int:
        # with a single core joblib would run everything in this process, and a run that dies would take it along
        return max(2, int(super().effective_n_jobs(n_jobs)))

    async def _collect(self) -> None:
        while self._continue:
            async for future, result in self.waiting_futures:
                promise, callback = self._results.pop(future), self._callbacks.pop(future)
                if future.status == "finished":
                    promise.set_result(result)
                    callback(result)
                else:
                    error = result[1] if future.status == "error" else CancelledError("the scheduler is gone")
                    promise.set_exception(error)
                    callback(error)
            await asyncio.sleep(0.01)


class ClusterWorkers:
    """The workers of a Dask cluster.

    Args:
        address: of its scheduler, such as tcp://HOST:8786.

    Raises:
        SweepError: there is none, or it has no workers, or they run other sources than this machine.
    """

    def __init__(self, address: str) -> None:
        # what it logs about lost connections, the sentences below say better
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self.address = address
        try:
            self.client: Any = Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise SweepError(f"There is no Dask scheduler at {address} ({reason}): start one there first.") from None
        try:
            self._require_same_sources()
        except SweepError:
            self.close()
            raise

    def _require_same_sources(self) -> None:
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
            found = self.client.run(fingerprint)
        except TimeoutError:
            raise SweepError(f"The scheduler at {self.address} has no workers: start some first.") from None
        except ImportError as error:
            raise SweepError(f"A worker of {self.address} lacks earnest ({error}): install it there.") from None
        strangers = sorted(worker for worker, theirs in found.items() if theirs != fingerprint())
        if strangers:
            raise SweepError(f"The worker {strangers[0]} has another version of earnest: install this one there.")

    def _require_same_guests(self, wanted: list[Guest]) -> None:
        if not wanted:
            return
        found: dict[str, list[str]] = self.client.run(unlike, wanted)
        for worker, clauses in sorted(found.items()):
            if clauses:
                raise SweepError(f"The worker {worker} {clauses[0]}: install the package of this machine there.")

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()

    def run(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Result]:
        """Results as they come; see `workers.Workers`.

        Raises:
            SweepError: a worker lacks what another package brings to a run, or has another version of it.
        """
        self._require_same_guests(guests_of_all(job.scenario for job in jobs))
        options = {"backend": _Backend(client=self.client), "n_jobs": -1}
        try:
            yield from retrying(
                jobs, execute, options, lambda suspects: self._alone(suspects, execute), (KilledWorker,)
            )
        except (CancelledError, OSError, TimeoutError) as error:
            reason = str(error).partition("\n")[0]
            raise SweepError(f"The cluster at {self.address} is lost ({reason}): go on with --resume.") from None

    def _alone(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Result]:
        for job in jobs:
            try:
                yield self.client.submit(execute, job, pure=False).result()
            except KilledWorker:
                yield Failed(job.number, DIED)
