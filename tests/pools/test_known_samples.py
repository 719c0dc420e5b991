"""What a quote answers without the tables: the same as with them, and no duplicate is overlooked."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from earnest.core.keccak import keccak256
from earnest.db.engine import Sessions, make_engine, make_sessions, upgrade
from earnest.db.tables import Chain, Contribution, Pool
from earnest.pools import known_samples
from earnest.pools.known_samples import KnownSamples
from tests.fixtures.service import Service

ADDRESS = "0x" + "ab" * 20


def hash_of(sample: int) -> str:
    return "0x" + keccak256(bytes([sample])).hex()


@pytest.fixture
def sessions(tmp_path: Path):
    engine = make_engine(f"sqlite:///{tmp_path / 'earnest.sqlite'}")
    upgrade(engine)
    made = make_sessions(engine)
    with made.begin() as session:
        session.add(Chain(chain_id=1, genesis_hash="0x"))
        session.flush()
        session.add(
            Pool(
                id="a", chain_id=1, name="A", status="ready", request={}, num_words=9, created_at=1, address=ADDRESS
            )
        )  # fmt: skip
    yield made
    engine.dispose()


def contribute(sessions: Sessions, samples: dict[int, int], block: str) -> None:
    """Rows of contributions by their numbers, all of one block."""
    with sessions.begin() as session:
        for number, sample in samples.items():
            session.add(
                Contribution(
                    chain_id=1, pool_address=ADDRESS, index=number, contributor=ADDRESS, label=0, predicted=0,
                    deposit=1, claimable=1, status="open", sample=bytes([sample]), sample_hash=hash_of(sample),
                    transaction_hash=block, log_index=number, block_number=1, block_hash=block, time=1,
                )
            )  # fmt: skip


def look(known: KnownSamples, sessions: Sessions) -> set[int]:
    """Read on until nothing is left, and tell which samples may have been contributed."""
    with sessions() as session:
        pool = session.get_one(Pool, "a")
        state = sessions.version
        for _ in range(20):
            known.read_on(session, pool, state)
            if known.lacks(pool, state, hash_of(255)):
                break
        return {sample for sample in range(50) if not known.lacks(pool, state, hash_of(sample))}


def test_nothing_is_certain_before_the_tables_were_read_or_after_they_changed(sessions):
    known = KnownSamples()
    with sessions() as session:
        pool = session.get_one(Pool, "a")
    assert not known.lacks(pool, sessions.version, hash_of(1))
    assert look(known, sessions) == set()
    before = sessions.version
    contribute(sessions, {0: 1}, "0x1")
    assert known.lacks(pool, before, hash_of(1))
    assert not known.lacks(pool, sessions.version, hash_of(2))


@pytest.mark.parametrize("at_once", [2, 3, 100])
def test_contributions_are_read_on_in_parts(sessions, monkeypatch, at_once):
    monkeypatch.setattr(known_samples, "MOST_READ", at_once)
    monkeypatch.setattr(known_samples, "_MOST_APART", 3)
    known = KnownSamples()
    contribute(sessions, {number: number + 1 for number in range(7)}, "0x1")
    assert look(known, sessions) == set(range(1, 8))
    contribute(sessions, {number: number + 1 for number in range(7, 9)}, "0x2")
    assert look(known, sessions) == set(range(1, 10))


def test_what_a_reorganisation_put_in_the_place_of_others_is_found(sessions):
    known = KnownSamples()
    contribute(sessions, {0: 1, 1: 2, 2: 3}, "0x1")
    assert look(known, sessions) == {1, 2, 3}
    with sessions.begin() as session:
        session.execute(delete(Contribution))
    contribute(sessions, {0: 11, 1: 12, 2: 3, 3: 14}, "0x2")
    assert look(known, sessions) >= {3, 11, 12, 14}


def test_quotes_are_the_same_however_often_they_are_asked_for(shared_service: Service):
    pool = shared_service.deploy(min_features=0)
    path = f"/pools/{pool['id']}/quotes"
    account = shared_service.account(amount=10**19)
    asked = {"features": [1, 5, 9], "label": 1}
    first = [shared_service.call("POST", path, asked) for _ in range(5)]
    assert all({**quote, "timestamp": 0} == {**first[0], "timestamp": 0} for quote in first)
    assert first[0]["duplicates"] == []
    for number in range(3):
        items = {"items": [{"features": [1, 5, 9], "label": 1}]}
        done = shared_service.call("POST", f"/pools/{pool['id']}/submissions", items, account["token"])
        assert done["status"] == "confirmed"
        again = [shared_service.call("POST", path, asked) for _ in range(3)]
        assert [quote["duplicates"] for quote in again] == [list(range(number, -1, -1))] * 3
        assert shared_service.call("POST", path, {"features": [1, 5, 10], "label": 1})["duplicates"] == []
