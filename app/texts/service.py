"""Kept texts: written with a submission, deleted by their contributor; the sync says whose contribution each is."""

from collections.abc import Mapping

from sqlalchemy import delete
from sqlalchemy.orm import Session

from earnest.contributions.errors import ContributionUnknown
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import contribution
from earnest.db.tables import KeptText
from earnest.pools.service import PoolService
from earnest.texts.errors import NotTheContributor


class TextService:
    """Deletes texts.

    Args:
        sessions: the database.
        pools: finds pools.
    """

    def __init__(self, sessions: Sessions, pools: PoolService) -> None:
        self._sessions = sessions
        self._pools = pools

    def delete(self, account: str | None, which: str, index: int) -> None:
        """Forget the text of a contribution, and of no other, whatever sample they share.

        Args:
            account: who asks; None for the operator.
            which: pool.
            index: contribution.

        Raises:
            ContributionUnknown: there is none.
            NotTheContributor: it is another's.
        """
        with self._sessions.begin() as session:
            pool = self._pools.find(session, which)
            row = contribution(session, pool, index)
            if row is None:
                raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
            if account not in (None, row.contributor, pool.owner):
                raise NotTheContributor(
                    f"Only {row.contributor}, the pool's owner and the operator may delete this text."
                )
            session.execute(
                delete(KeptText).where(
                    KeptText.chain_id == row.chain_id,
                    KeptText.pool_address == row.pool_address,
                    KeptText.index == row.index,
                )
            )


def keep_texts(session: Session, submission_id: str, texts: Mapping[int, str]) -> None:
    """Keep texts beside the items that they came in with, by position; the items are written already."""
    for position, text in texts.items():
        session.add(KeptText(submission_id=submission_id, position=position, body=text))
