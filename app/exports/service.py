"""A pool's contributions, page by page, and its model."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from earnest.contributions.schemas import shown_prediction
from earnest.core.models.exported import document
from earnest.core.models.model import Model
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import exported_contributions
from earnest.db.queries.texts import texts_of
from earnest.db.tables import Contribution, Pool, SyncCursor
from earnest.exports.formats import FORMATS, Row, require_parquet
from earnest.pools.service import PoolService
from earnest.readiness import READ
from earnest.web.addresses import parse_address

#: Rows that are read at a time.
PAGE = 1_000


@dataclass(frozen=True)
class Filters:
    """Which contributions, and in which order."""

    contributor: str | None = None
    status: str | None = None
    label: int | None = None
    newest_first: bool = False


class ExportService:
    """Exports.

    Args:
        sessions: the database.
        pools: finds pools and their mirrors.
    """

    def __init__(self, sessions: Sessions, pools: PoolService) -> None:
        self._sessions = sessions
        self._pools = pools

    def tag(self, which: str, *what: object) -> str:
        """The entity tag of an export: another one when the pool's tables stand at another block.

        Raises:
            PoolUnknown, NotReady: there is no such pool, or it has no tables yet.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            self._pools.mirror(pool, READ)
            block = session.get_one(SyncCursor, pool.id).block_hash
        digest = hashlib.sha256(json.dumps([pool.id, block, *map(str, what)]).encode()).hexdigest()
        # a text may have been deleted since: what it says of the chain is the same
        return f'W/"{digest[:32]}"'

    def contributions(self, which: str, name: str, filters: Filters) -> Iterator[bytes]:
        """A file of a pool's contributions, piece by piece; what cannot be had is refused before the first.

        Raises:
            PoolUnknown, NotReady, AddressInvalid, ExportUnavailable: it cannot.
        """
        if filters.contributor is not None:
            filters = Filters(parse_address(filters.contributor), filters.status, filters.label, filters.newest_first)
        if name.endswith(".parquet"):
            require_parquet()
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        model, _ = self._pools.mirror(pool, READ).snapshot()
        return FORMATS[name].write(self._pages(pool, model, filters))

    def _pages(self, pool: Pool, model: Model, filters: Filters) -> Iterator[Sequence[Row]]:
        """Each page in a session of its own, so that none is held for as long as a client reads."""
        last: int | None = None
        while True:
            with self._sessions() as session:
                rows = exported_contributions(
                    session,
                    pool,
                    last,
                    PAGE,
                    contributor=filters.contributor,
                    status=filters.status,
                    label=filters.label,
                    newest_first=filters.newest_first,
                )
                shown = self._shown(session, pool, model, rows)
            if shown:
                yield shown
            if len(rows) < PAGE:
                return
            last = rows[-1].index

    def _shown(self, session: Session, pool: Pool, model: Model, rows: Sequence[Contribution]) -> list[Row]:
        texts = texts_of(session, pool, [row.index for row in rows])
        return [
            {
                "index": row.index,
                "contributor": row.contributor,
                "label": row.label,
                "predicted": shown_prediction(row.predicted),
                "deposit": str(row.deposit),
                "claimable": str(row.claimable),
                "status": row.status,
                "time": row.time,
                "block_number": row.block_number,
                "transaction_hash": row.transaction_hash,
                "log_index": row.log_index,
                "sample_hash": row.sample_hash,
                "batch_first": row.batch_first,
                "features": model.sample_from_bytes(row.sample).tolist(),
                "text": texts.get(row.index),
            }
            for row in rows
        ]

    def model(self, which: str) -> dict[str, Any]:
        """A pool's model as a document, at the block of its mirror.

        Raises:
            PoolUnknown, NotReady: there is no such pool, or it has no model yet.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        model, block = self._pools.mirror(pool, READ).snapshot()
        where = {
            "pool": pool.id,
            "name": pool.name,
            "chain_id": pool.chain_id,
            "address": pool.address,
            "block_number": block.number,
            "block_hash": block.hash,
        }
        return document(model, self._pools.encoder(pool), where)
