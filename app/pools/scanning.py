"""Scans over a pool's contributions, held against the operator's held-out samples; nothing is decided by them."""

import numpy as np
from sqlalchemy.orm import Session

from earnest.core.models.registry import by_id
from earnest.core.scans.registry import SCANS
from earnest.core.scans.scan import Found, Scan, Suspects
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import newest_samples
from earnest.db.tables import HeldOut, Pool
from earnest.pools.errors import PoolNotScannable
from earnest.pools.schemas import ScanShown, ScansShown
from earnest.pools.service import PoolService

#: Contributions that are looked at, the newest ones; and of each answer, what is named.
MOST, NAMED = 50_000, 100


def scans_of(sessions: Sessions, pools: PoolService, which: str, rate: float) -> ScansShown:
    """Run every scan over a pool's newest contributions; takes seconds.

    Args:
        sessions: the database.
        pools: finds pools and their encoders.
        which: id or address.
        rate: share of contributions that is thought to be poisoned.

    Raises:
        PoolUnknown: there is none.
        PoolNotScannable: it has no held-out samples, or no contributions.
    """
    with sessions() as session:
        pool = pools.find(session, which)
        given, indices, people = _suspects(session, pool, rate)
    words = getattr(pools.encoder(pool), "words", ())
    return ScansShown(
        contributions=len(indices),
        trusted=len(given.trusted_y),
        rate=rate,
        scans=[_shown(scan, scan.run(given), indices, people, words) for scan in SCANS.values()],
    )


def _suspects(session: Session, pool: Pool, rate: float) -> tuple[Suspects, list[int], list[str]]:
    held_out = session.get(HeldOut, pool.id)
    rows = newest_samples(session, pool, MOST)
    if held_out is None or pool.initial_state is None or not rows:
        raise PoolNotScannable(
            f"Pool {pool.name} has {'no contributions' if held_out is not None else 'no held-out samples'}: there is "
            "nothing to look at, or nothing to hold it against."
        )
    initial = by_id(pool.model or "").from_bytes(pool.initial_state)
    samples = [initial.sample_from_bytes(sample) for _, _, _, sample in rows]
    starts = np.concatenate(([0], np.cumsum([len(sample) for sample in samples]))).astype(np.int64)
    people = sorted({contributor for _, contributor, _, _ in rows})
    places = {one: place for place, one in enumerate(people)}
    given = Suspects(
        initial.format.matrix(starts, np.concatenate(samples)),
        np.array([label for _, _, label, _ in rows], dtype=np.int64),
        np.array([places[contributor] for _, contributor, _, _ in rows], dtype=np.int64),
        initial.format.from_stored(held_out.indptr, held_out.indices),
        np.frombuffer(held_out.labels, dtype=np.uint8).astype(np.int64),
        initial,
        rate,
    )
    return given, [index for index, *_ in rows], people


def _shown(scan: Scan, found: Found, indices: list[int], people: list[str], words: tuple[str, ...]) -> ScanShown:
    flagged = np.flatnonzero(found.flagged).tolist()
    signs = list(found.signs[:NAMED])
    if scan.signs == "contributors":
        named = [people[sign] for sign in signs]
    else:
        # a vocabulary's first word has the index 4; columns and rare marks are told by their number
        named = [words[sign - 4] if 4 <= sign < len(words) + 4 else str(sign) for sign in signs]
    return ScanShown(
        name=scan.name,
        words=scan.words,
        source=scan.source,
        flagged=len(flagged),
        share=len(flagged) / len(indices),
        false_alarms=found.false_alarms,
        signs=named,
        indices=[indices[row] for row in flagged[:NAMED]],
    )
