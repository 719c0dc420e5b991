"""Contributions as the tables have them, with what can be done with each now."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from earnest.contributions.actions import actions, oldest_waiting, sealed_facts, settling
from earnest.contributions.errors import ContributionUnknown
from earnest.contributions.schemas import ClaimShown, ContributionDetail, ContributionShown, shown_prediction
from earnest.core.incentives.ledger import totals_of
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import (
    claims_on,
    contribution,
    page_of_contributions,
    time_of_newest,
)
from earnest.db.queries.overviews import first_after, open_from, reported_by
from earnest.db.queries.pools import totals_of_pool
from earnest.db.queries.sealed import standings_in
from earnest.db.queries.texts import texts_of
from earnest.db.tables import Contribution, Pool
from earnest.pools.service import PoolService
from earnest.readiness import READ
from earnest.sync.sealed_mirror import SealedMirror
from earnest.web.addresses import parse_address


class ContributionService:
    """Shows contributions.

    Args:
        sessions: the database.
        pools: finds pools and their mirrors.
    """

    def __init__(self, sessions: Sessions, pools: PoolService) -> None:
        self._sessions = sessions
        self._pools = pools

    def page(
        self, which: str, before: int | None, limit: int, *, contributor: str | None = None, status: str | None = None
    ) -> tuple[Sequence[ContributionShown], int | None]:
        """A pool's contributions, newest first, and where the next page starts.

        Raises:
            AddressInvalid: the contributor's address is none.
        """
        contributor = parse_address(contributor) if contributor is not None else None
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            rows = page_of_contributions(session, pool, before, limit + 1, contributor=contributor, status=status)
            shown = self._contributions(session, pool, rows[:limit]) if rows else []
        return shown, rows[limit - 1].index if len(rows) > limit else None

    def ending_first(self, which: str, limit: int, *, for_reports: bool = False) -> Sequence[ContributionShown]:
        """Open contributions whose windows are not over, those first whose windows end first.

        Args:
            which: id or address of the pool.
            limit: most of them.
            for_reports: by the windows for reports, which no later contribution keeps open.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            counted, terms = totals_of_pool(session, pool), terms_of_pool(pool)
            said = self._pools.said(pool, self._pools.mirror(pool, READ).mirror()[1])
            if counted is None or said is None:
                return []
            first = 0
            # where windows count seals, all that is open is waited for
            if not terms.incentive.is_sealed:
                totals = totals_of(time_of_newest(session, pool) or 0, said[1].pauses)
                oldest = oldest_waiting(terms, said[0], totals, for_reports=for_reports)
                first = first_after(session, pool, counted.contributions, oldest - 1)
            return self._contributions(session, pool, open_from(session, pool, first, limit))

    def reportable(self, which: str, account: str, limit: int) -> Sequence[ContributionShown]:
        """Others' contributions that an account could report now, as far as is known: of those that end first."""
        shown = [
            one
            for one in self.ending_first(which, limit, for_reports=True)
            if one.contributor != account and any(each.verb == "report" and each.open for each in one.actions)
        ]
        with self._sessions() as session:
            done = reported_by(session, self._pools.find(session, which), account, [one.index for one in shown])
        return [one for one in shown if one.index not in done]

    def show(self, which: str, index: int) -> ContributionDetail:
        """One contribution with its sample and claims.

        Raises:
            ContributionUnknown: there is none.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            row = contribution(session, pool, index)
            if row is None:
                raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
            claims = claims_on(session, pool, index)
            (shown,) = self._contributions(session, pool, [row])
            model, _ = self._pools.mirror(pool, READ).snapshot()
        return ContributionDetail(
            **shown.model_dump(),
            sample=model.sample_from_bytes(row.sample).tolist(),
            claims=[ClaimShown.model_validate(claim, extra="ignore") for claim in claims],
        )

    def _contributions(self, session: Session, pool: Pool, rows: Sequence[Contribution]) -> Sequence[ContributionShown]:
        mirror, block = self._pools.mirror(pool, READ).mirror()
        model, terms = mirror.served, terms_of_pool(pool)
        # nothing can be done with them while the chain, whose time and pauses it depends on, is silent
        said = self._pools.said(pool, block)
        totals = totals_of(time_of_newest(session, pool) or 0, said[1].pauses) if said is not None else None
        epoch = mirror.epoch if isinstance(mirror, SealedMirror) else None
        standings = {} if epoch is None else standings_in(session, pool, [row.contributor for row in rows])
        texts = texts_of(session, pool, [row.index for row in rows])
        shown = []
        for row in rows:
            sample = model.sample_from_bytes(row.sample)
            predicted_now, _ = model.predict_one(sample)
            agrees = predicted_now == row.label
            if said is None or totals is None:
                found = []
            elif epoch is not None:
                found = settling(terms, row, epoch, standings.get(row.contributor, 0), agrees=agrees)
            else:
                found = actions(terms, row, said[0], totals, agrees=agrees)
            shown.append(
                ContributionShown(
                    chain_id=row.chain_id,
                    pool=pool.id,
                    index=row.index,
                    contributor=row.contributor,
                    label=row.label,
                    predicted=shown_prediction(row.predicted),
                    predicted_now=predicted_now,
                    deposit=row.deposit,
                    claimable=row.claimable,
                    status=row.status,
                    sealed=None if epoch is None else sealed_facts(terms, row, epoch),
                    time=row.time,
                    features=len(sample),
                    sample_hash=row.sample_hash,
                    batch_first=row.batch_first,
                    text=texts.get(row.index),
                    block_number=row.block_number,
                    transaction_hash=row.transaction_hash,
                    as_of_block=block.number,
                    actions=found,
                )
            )
        return shown
