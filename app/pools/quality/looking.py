"""Looks at a pool's newest contributions, so many and no more, and says what an owner may want to know."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from earnest.core.models.model import NOT_PREDICTED, Model
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import NewestRow, newest_rows
from earnest.db.queries.pools import totals_of_pool
from earnest.db.queries.texts import beginnings_of_texts
from earnest.db.tables import Pool
from earnest.errors import EarnestError
from earnest.extras import ExtraMissing
from earnest.pools.quality.contributors import Given, habits
from earnest.pools.quality.duplicates import Group, near_duplicates
from earnest.pools.quality.labels import TooFew, doubtful
from earnest.pools.quality.schemas import MOST, DoubtShown, DoubtsShown, DuplicatesShown, HabitsShown, QualityShown
from earnest.pools.service import PoolService
from earnest.readiness import PREDICT

#: Characters of a text.
CHARACTERS = 8_000
#: Of each part of the answer, what is named.
GROUPS, MEMBERS, DOUBTS, CONTRIBUTORS = 50, 20, 100, 100

#: One look at a time: it takes a processor for seconds.
_looking = threading.Lock()


class QualityNotAllowed(EarnestError):
    """A pool's quality is shown to its owner and to the operator."""

    status = 403
    type = "quality-not-allowed"
    title = "Quality not allowed"


class QualityBusy(EarnestError):
    """Somebody else's pool is being looked at; try again in a moment."""

    status = 429
    type = "quality-busy"
    title = "Quality busy"


class QualityUnavailable(EarnestError):
    """The service was installed without the libraries that this needs."""

    status = 501
    type = "quality-unavailable"
    title = "Quality unavailable"


def quality_of(sessions: Sessions, pools: PoolService, caller: str | None, which: str, newest: int) -> QualityShown:
    """Look at a pool's newest contributions; takes seconds.

    Args:
        sessions: the database.
        pools: finds pools and their models.
        caller: who asks; None for the operator.
        which: id or address.
        newest: how many, up to `MOST`.

    Raises:
        PoolUnknown: there is none.
        QualityNotAllowed: it is another's.
        QualityBusy: another look is under way.
        QualityUnavailable: the extra `quality` is not installed.
        NotReady: the pool's model is not known now.
    """
    with sessions() as session:
        pool = pools.find(session, which)
    require_owner(pool, caller)
    if not _looking.acquire(blocking=False):
        raise QualityBusy("Another pool is being looked at; try again in a moment.", retry_after=5)
    try:
        with sessions() as session:
            rows = newest_rows(session, pool, min(newest, MOST))
            texts = _texts(session, pool, rows)
            totals = totals_of_pool(session, pool)
        model, _ = pools.mirror(pool, PREDICT).snapshot()
        return _looked_at(rows, texts, totals.contributions if totals else 0, model)
    except ExtraMissing as missing:
        raise QualityUnavailable(f"{missing}.") from None
    finally:
        _looking.release()


def require_owner(pool: Pool, caller: str | None) -> None:
    """Refuse everyone but a pool's owner and the operator, who is None.

    Raises:
        QualityNotAllowed: the caller is another.
    """
    if caller not in (None, pool.owner):
        raise QualityNotAllowed(f"Pool {pool.name} is shown to its owner and to the operator.")


def _texts(session: Session, pool: Pool, rows: Sequence[NewestRow]) -> Mapping[int, str]:
    return beginnings_of_texts(session, pool, rows[-1].number, CHARACTERS) if rows else {}


def _looked_at(rows: Sequence[NewestRow], texts: Mapping[int, str], contributions: int, model: Model) -> QualityShown:
    with_text = sorted((row for row in rows if row.number in texts), key=lambda row: row.number)
    groups = near_duplicates([texts[row.number] for row in with_text])
    samples = _matrix(model, rows)
    labels = np.array([row.label for row in rows], dtype=np.int64)
    doubts, why = _doubts(rows, samples, labels)
    said = model.predict(samples) if rows else labels
    given = [
        Given(
            row.contributor,
            row.label,
            None if row.predicted == NOT_PREDICTED else row.predicted == row.label,
            bool(now == row.label),
            row.time,
        )
        for row, now in zip(rows, said, strict=True)
    ]
    return QualityShown(
        newest=len(rows),
        of=contributions,
        texts=len(with_text),
        duplicates=sum(len(group.members) - 1 for group in groups),
        groups=[_group(group, with_text) for group in groups[:GROUPS]],
        doubts=doubts,
        no_doubts=why,
        contributors=[
            HabitsShown(**asdict(one) | {"labels": _counted(one.labels)}) for one in habits(given)[:CONTRIBUTORS]
        ],
    )


def _matrix(model: Model, rows: Sequence[NewestRow]) -> Any:
    samples = [model.sample_from_bytes(row.sample) for row in rows]
    starts = np.concatenate(([0], np.cumsum([len(sample) for sample in samples]))).astype(np.int64)
    return model.format.matrix(starts, np.concatenate(samples)) if samples else None


def _doubts(
    rows: Sequence[NewestRow], samples: Any, labels: NDArray[np.int64]
) -> tuple[DoubtsShown | None, str | None]:
    try:
        found = doubtful(samples, labels)
    except TooFew as error:
        return None, str(error)
    items = [
        DoubtShown(
            index=rows[place].number,
            contributor=rows[place].contributor,
            label=rows[place].label,
            likely=int(likely),
            confidence=float(confidence),
        )
        for place, likely, confidence in zip(
            found.places[:DOUBTS], found.likely[:DOUBTS], found.confidence[:DOUBTS], strict=True
        )
    ]
    return DoubtsShown(looked_at=found.looked_at, accuracy=found.accuracy, found=len(found.places), items=items), None


def _group(group: Group, rows: Sequence[NewestRow]) -> DuplicatesShown:
    members = [rows[place] for place in group.members]
    return DuplicatesShown(
        contributions=len(members),
        contributors=len({row.contributor for row in members}),
        labels=_counted(Counter(row.label for row in members)),
        similarity=group.similarity,
        indices=[row.number for row in members[:MEMBERS]],
    )


def _counted(labels: Mapping[int, int]) -> dict[str, int]:
    return {str(label): count for label, count in sorted(labels.items())}
