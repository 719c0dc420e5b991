"""Rows of a pool that has lived for long, written into the tables of a service that does not run.

They are what the sync would have written: contributions, most of them refunded, with their claims, sums of the
accounts and of the pool, measurements of the model, and snapshots of the model as often as the sync takes one, the
last at the block where the tables end, so that a service that starts has nothing to learn again. The past lies before
the pool's own deployment, on numbers of blocks that the chain knows nothing of, as a node that has forgotten them
(`tests.benchmarks.leap`).
"""

from collections.abc import Iterator, Sequence

import numpy as np
from eth_utils.address import to_checksum_address
from sqlalchemy import Table, delete, insert
from sqlalchemy.orm import Session

from earnest.core.keccak import keccak256
from earnest.core.models.registry import by_id
from earnest.db.engine import make_engine, make_sessions
from earnest.db.tables import (
    Claim,
    Contribution,
    Evaluation,
    ModelSnapshot,
    Pool,
    PoolAccount,
    PoolTotals,
    SyncCursor,
)
from earnest.sync.pool_sync import SNAPSHOT_EVERY

#: Accounts, different samples, and contributions that are open yet, at most.
ACCOUNTS, SAMPLES, OPEN = 1_000, 20_000, 2_000
DEPOSIT = 10**15
_AT_ONCE = 10_000


def fill(url: str, pool_id: str, contributions: int, evaluations: int) -> None:
    """Give a pool of the published life a past.

    Args:
        url: of the database.
        pool_id: a pool that is deployed and empty; the block where its tables are has a number above that of the
            measurements, and each of them is given a block of its own before it.
        contributions: how many.
        evaluations: how often the model was measured.
    """
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        pool, cursor = session.get_one(Pool, pool_id), session.get_one(SyncCursor, pool_id)
        last = cursor.block_number
        first = pool.deployed_block = last - evaluations
        assert first >= 0, "the numbers of the blocks are too small for so many measurements"
        # what its deployment measured is older now, and is among the others
        session.execute(delete(Evaluation).where(Evaluation.pool_id == pool_id))
        _write(session, Contribution, _contributions(pool, contributions, first, last, cursor.block_time))
        _write(session, Claim, _claims(pool, contributions, first, last, cursor.block_time))
        _write(session, PoolAccount, _accounts(pool, contributions))
        session.add(_totals(pool, contributions))
        _write(
            session,
            Evaluation,
            (
                {
                    "pool_id": pool_id,
                    "block_number": last - evaluations + number + 1,
                    "block_time": cursor.block_time - evaluations + number + 1,
                    "accepted": contributions * (number + 1) // evaluations,
                    "correct": 200 + number % 50,
                    "total": 300,
                }
                for number in range(evaluations)
            ),
        )
        _write(session, ModelSnapshot, _snapshots(pool, contributions, first, last))
    engine.dispose()


def _snapshots(pool: Pool, count: int, first: int, last: int) -> Iterator[dict[str, object]]:
    """The model as it was deployed, which counts on: what it has learned is nobody's question here."""
    model = by_id(pool.model or "").from_bytes(pool.initial_state or b"")
    accepted = {last: count}
    for number in range(SNAPSHOT_EVERY, count, SNAPSHOT_EVERY):
        block = _block(number, count, first, last)
        accepted[block] = min(count, -(-(block - first) * count // (last - first - 1)))
    for block, learned in sorted(accepted.items()):
        model.accepted_ = learned
        yield {
            "pool_id": pool.id, "block_number": block, "accepted": learned, "state": model.to_bytes(), "judge": None
        }  # fmt: skip


def _address(number: int) -> str:
    return to_checksum_address(f"0x{number + 2**150:040x}")


def _block(number: int, contributions: int, first: int, last: int) -> int:
    return first + 1 + number * (last - first - 1) // contributions


def _place(number: int, contributions: int, first: int, last: int, time: int) -> dict[str, object]:
    """Where a contribution's rows come from: spread evenly over the blocks, a second for each."""
    block = _block(number, contributions, first, last)
    return {
        "block_number": block,
        "block_hash": f"0x{block:064x}",
        "transaction_hash": f"0x{number:064x}",
        "time": time - (last - block),
    }


def _is_open(number: int, contributions: int) -> bool:
    return number >= contributions - min(OPEN, contributions // 2)


def _contributions(pool: Pool, count: int, first: int, last: int, time: int) -> Iterator[dict[str, object]]:
    rng = np.random.default_rng(1)
    samples = [
        np.sort(rng.choice(np.arange(4, pool.num_words), size=min(20, pool.num_words // 4), replace=False))
        for _ in range(min(SAMPLES, count))
    ]
    packed = [sample.astype(">u2").tobytes() for sample in samples]
    hashes = ["0x" + keccak256(one).hex() for one in packed]
    addresses = [_address(number) for number in range(ACCOUNTS)]
    for number in range(count):
        is_open = _is_open(number, count)
        yield {
            "chain_id": pool.chain_id,
            "pool_address": pool.address,
            "index": number,
            **_place(number, count, first, last, time),
            "log_index": 0,
            "contributor": addresses[number % ACCOUNTS],
            "label": number % 2,
            "predicted": number // 2 % 2,
            "deposit": DEPOSIT,
            "claimable": DEPOSIT if is_open else 0,
            "status": "open" if is_open else "refunded",
            "sample": packed[number % len(packed)],
            "sample_hash": hashes[number % len(packed)],
            "batch_first": None,
            "outcome": None,
            "epoch": None,
            "standing": None,
        }


def _claims(pool: Pool, count: int, first: int, last: int, time: int) -> Iterator[dict[str, object]]:
    addresses = [_address(number) for number in range(ACCOUNTS)]
    for number in range(count):
        if not _is_open(number, count):
            yield {
                "chain_id": pool.chain_id,
                "pool_address": pool.address,
                **_place(number, count, first, last, time),
                # a transaction of its own, as most claims have
                "transaction_hash": f"0x{2**200 + number:064x}",
                "log_index": 1,
                "index": number,
                "verb": "refund",
                "account": addresses[number % ACCOUNTS],
                "amount": DEPOSIT,
                "burned": False,
                "taught": None,
                "standing": None,
            }


def _accounts(pool: Pool, count: int) -> Iterator[dict[str, object]]:
    made = np.bincount(np.arange(count) % ACCOUNTS, minlength=ACCOUNTS)
    closed = np.arange(count - min(OPEN, count // 2))
    refunded = np.bincount(closed % ACCOUNTS, minlength=ACCOUNTS)
    for number in range(min(ACCOUNTS, count)):
        yield {
            "chain_id": pool.chain_id,
            "pool_address": pool.address,
            "account": _address(number),
            "credit": int(refunded[number]) * DEPOSIT,
            "verified": int(refunded[number]),
            "contributions": int(made[number]),
            "deposits": int(made[number]) * DEPOSIT,
            "refunds": int(refunded[number]) * DEPOSIT,
            "shares": 0,
            "leftovers": 0,
            "standing": 0,
        }


def _totals(pool: Pool, count: int) -> PoolTotals:
    is_open = min(OPEN, count // 2)
    refunded = (count - is_open) * DEPOSIT
    return PoolTotals(
        chain_id=pool.chain_id,
        pool_address=pool.address,
        contributions=count,
        open_contributions=is_open,
        open_amount=is_open * DEPOSIT,
        credit=refunded,
        verified=count - is_open,
        contributors=min(ACCOUNTS, count),
        deposits=count * DEPOSIT,
        refunds=refunded,
        shares=0,
        leftovers=0,
        burned=0,
    )


def _write(session: Session, table: type, rows: Iterator[dict[str, object]]) -> None:
    target: Table = table.__table__  # type: ignore[attr-defined]
    waiting: list[dict[str, object]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _AT_ONCE:
            _insert(session, target, waiting)
            waiting = []
    if waiting:
        _insert(session, target, waiting)


def _insert(session: Session, target: Table, rows: Sequence[dict[str, object]]) -> None:
    session.execute(insert(target), list(rows))
