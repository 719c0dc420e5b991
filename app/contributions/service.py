"""Contributions as the tables have them, with what can be done with each now."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from earnest.contributions.actions import actions
from earnest.contributions.errors import ContributionUnknown
from earnest.contributions.schemas import ClaimShown, ContributionDetail, ContributionShown, shown_prediction
from earnest.core.incentives.ledger import totals_of
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import (
    claims_on,
    contribution,
    page_of_contributions,
    time_of_newest,
)
from earnest.db.queries.texts import texts_of
from earnest.db.tables import Contribution, Pool
from earnest.pools.service import PoolService, terms_of_pool
from earnest.readiness import READ
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
        model, block = self._pools.mirror(pool, READ).snapshot()
        terms = terms_of_pool(pool)
        # nothing can be done with them while the chain, whose time and pauses it depends on, is silent
        said = self._pools.said(pool, block)
        totals = totals_of(time_of_newest(session, pool) or 0, said[1].pauses) if said is not None else None
        texts = texts_of(session, pool, [row.index for row in rows])
        shown = []
        for row in rows:
            sample = model.sample_from_bytes(row.sample)
            predicted_now, _ = model.predict_one(sample)
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
                    time=row.time,
                    features=len(sample),
                    sample_hash=row.sample_hash,
                    batch_first=row.batch_first,
                    text=texts.get(row.index),
                    block_number=row.block_number,
                    transaction_hash=row.transaction_hash,
                    as_of_block=block.number,
                    actions=[]
                    if said is None or totals is None
                    else actions(terms, row, said[0], totals, agrees=predicted_now == row.label),
                )
            )
        return shown
