"""Metrics in Prometheus' format: read from the tables and the mirrors when they are asked for."""

import time
from collections.abc import Callable, Iterator

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from earnest.db.engine import Sessions
from earnest.db.queries.pools import pools_in, totals_of_pool
from earnest.db.queries.submissions import items_by_status
from earnest.db.queries.webhooks import webhooks_by_status
from earnest.db.tables import Pool
from earnest.errors import EarnestError
from earnest.operations.counts import RequestCounts
from earnest.pools.service import READY, PoolService
from earnest.readiness import CAPABILITIES
from earnest.sync.loop import SyncLoop


class MetricsService(Collector):
    """What the service and its pools are like now.

    Args:
        sessions: the database.
        pools: knows what their contracts say.
        sync: knows how far they are.
        counts: of requests.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        sessions: Sessions,
        pools: PoolService,
        sync: SyncLoop,
        counts: RequestCounts,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = sessions
        self._pools = pools
        self._sync = sync
        self._counts = counts
        self._clock = clock

    def text(self) -> bytes:
        """Everything, as Prometheus reads it; O(pools)."""
        return generate_latest(self._counts.registry) + generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """What is read anew each time."""
        ready = GaugeMetricFamily("earnest_ready", "Whether this can be done now.", labels=["capability"])
        for capability in CAPABILITIES:
            ready.add_metric([capability], float(not self._sync.readiness.against(capability)))
        yield ready
        yield GaugeMetricFamily(
            "earnest_chain_silent", "Whether the node did not answer when it was asked last.",
            value=float(self._sync.is_chain_silent),
        )  # fmt: skip
        try:
            with self._sessions() as session:
                statuses, hooks = items_by_status(session), webhooks_by_status(session)
                deployed = [(pool, totals_of_pool(session, pool)) for pool in pools_in(session, READY)]
        except SQLAlchemyError:
            # what else there is to tell is told; that the database is gone, earnest_ready says
            return
        submissions = GaugeMetricFamily("earnest_submission_items", "Samples and claims by state.", labels=["status"])
        for status, count in statuses.items():
            submissions.add_metric([status], count)
        yield submissions
        webhooks = GaugeMetricFamily("earnest_webhooks", "Webhooks, delivered to or set aside.", labels=["status"])
        for status, count in hooks.items():
            webhooks.add_metric([status], count)
        yield webhooks
        yield from self._of_pools(
            [(pool, totals.open_amount + totals.credit if totals else 0) for pool, totals in deployed]
        )

    def _of_pools(self, owing: list[tuple[Pool, int]]) -> Iterator[Metric]:
        labels = ["pool"]
        head = GaugeMetricFamily("earnest_pool_block", "Newest block in the tables.", labels=labels)
        lag = GaugeMetricFamily("earnest_pool_lag_seconds", "Age of that block, by the machine's clock.", labels=labels)
        reorganisations = CounterMetricFamily(
            "earnest_pool_reorganisations", "Reorganisations since the process began.", labels=labels
        )
        digest = GaugeMetricFamily("earnest_pool_digest_matches", "Whether mirror and contract agree.", labels=labels)
        escrow = GaugeMetricFamily("earnest_pool_escrow_wei", "What the contract says that it owes.", labels=labels)
        liabilities = GaugeMetricFamily("earnest_pool_liabilities_wei", "What the tables say of it.", labels=labels)
        for pool, owed in owing:
            liabilities.add_metric([pool.id], owed)
            sync = self._sync.get(pool.id)
            if sync is None:
                continue
            _, block = sync.snapshot()
            head.add_metric([pool.id], block.number)
            lag.add_metric([pool.id], max(0.0, self._clock() - block.timestamp))
            reorganisations.add_metric([pool.id], sync.reorganisations)
            if sync.digest_matches is not None:
                digest.add_metric([pool.id], float(sync.digest_matches))
            try:
                if not self._sync.is_chain_silent:
                    escrow.add_metric([pool.id], self._pools.facts(pool, block).state.escrow)
            except EarnestError:
                # earnest_chain_silent says so
                continue
        yield from (head, lag, reorganisations, digest, escrow, liabilities)
