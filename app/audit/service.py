"""Shows the audit log; `earnest.accounts` writes it, where it says who is an operator."""

from earnest.audit.schemas import ActShown
from earnest.db.engine import Sessions
from earnest.db.queries.audit import page_of_acts


class AuditService:
    """Reads the audit log.

    Args:
        sessions: the database.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def page(self, before: int | None, limit: int) -> tuple[list[ActShown], int | None]:
        """What operators did, newest first, and where the next page starts."""
        with self._sessions() as session:
            rows = page_of_acts(session, before, limit + 1)
        shown = [
            ActShown(time=row.time, actor=row.actor, action=row.action, outcome=row.outcome, request_id=row.request_id)
            for row in rows[:limit]
        ]
        return shown, rows[limit - 1].sequence if len(rows) > limit else None
