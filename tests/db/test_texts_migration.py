"""The migration to texts of contributions: a text goes where its request proves that it came in, else it is dropped."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from eth_hash.auto import keccak
from sqlalchemy import Connection, Engine, select, text

from earnest.db.engine import MIGRATIONS, make_engine, make_sessions, upgrade
from earnest.db.tables import KeptText

POOL, ADDRESS = "the-pool", "0xa"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    made = make_engine(on_disk if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield made
    made.dispose()


def sample(*words: int) -> bytes:
    return b"".join(word.to_bytes(2, "big") for word in words)


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def submission(connection: Connection, name: str, request: str, items: list[tuple[bytes, int, int | None]]) -> None:
    """A submission as version 0004 kept it: the request's hash, samples, labels and, once confirmed, indices."""
    row = {
        "id": name,
        "hash": hashlib.sha256(json.dumps([POOL, "contribute", request]).encode()).hexdigest(),
        "max": json.loads(request)["max_price"],
        "one": json.loads(request).get("one_commitment", False),
        "pool": POOL,
        "transaction": f"0x{name}",
    }
    statements = [
        "INSERT INTO submissions (id, sequence, account, pool_id, verb, idempotency_key, request_hash, max_price, "
        "created_at, one_commitment) VALUES (:id, 1, '0xb', :pool, 'contribute', :id, :hash, :max, 0, :one)",
        "INSERT INTO transactions (hash, submission_id, sender, nonce, gas, raw, status) "
        "VALUES (:transaction, :id, '0xb', 0, 0, :raw, 'confirmed')",
    ]
    for statement in statements:
        connection.execute(text(statement), row | {"raw": b""})
    for position, (packed, label, index) in enumerate(items):
        values = row | {"position": position, "sample": packed, "label": label, "index": index}
        values["status"] = "failed" if index is None else "confirmed"
        connection.execute(
            text(
                'INSERT INTO submission_items (submission_id, position, status, sample, label, "index", '
                "transaction_hash) VALUES (:id, :position, :status, :sample, :label, :index, :transaction)"
            ),
            values,
        )
        if index is not None:
            connection.execute(
                text(
                    'INSERT INTO contributions (chain_id, pool_address, "index", contributor, label, predicted, '
                    "deposit, claimable, status, sample, sample_hash, block_number, block_hash, transaction_hash, "
                    "log_index, time) VALUES (1, '0xa', :index, '0xb', :label, 0, '5', '5', 'open', :sample, "
                    ":sample_hash, 9, '0x9', :transaction, :position, 9)"
                ),
                values | {"sample_hash": "0x" + keccak(packed).hex()},
            )


def keep(connection: Connection, packed: bytes, *bodies: str) -> None:
    for body in bodies:
        row = {"hash": "0x" + keccak(body.encode()).hex(), "sample": "0x" + keccak(packed).hex(), "body": body}
        connection.execute(text("INSERT INTO texts VALUES (:hash, :sample, :body)"), row)


ODD = 'A "fine" film \\ / \x07\t\u2028 \N{GRINNING FACE} é\n'


def fill(engine: Engine) -> None:
    migrate(engine, "0004")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO chains (chain_id, genesis_hash) VALUES (1, '0x')"))
        connection.execute(
            text(
                "INSERT INTO pools (id, chain_id, address, name, status, request, num_words, created_at) "
                "VALUES (:pool, 1, :address, 'n', 'ready', '{}', 10, 0)"
            ),
            {"pool": POOL, "address": ADDRESS},
        )
        # two authors, two texts, one sample; a third gave the sample itself; and a fourth kept nothing
        shared = sample(1, 2)
        keep(connection, shared, "first", "second", "of a submission that was forgotten")
        one = (
            '{"items":[{"text":"%s","features":null,"label":1}],"max_price":null,"keep_text":%s,"one_commitment":false}'
        )
        submission(connection, "s1", one % ("first", "true"), [(shared, 1, 0)])
        submission(connection, "s2", one % ("second", "true"), [(shared, 1, 1)])
        submission(
            connection,
            "s3",
            '{"items":[{"text":null,"features":[1,2],"label":1}],"max_price":null,"keep_text":true,"one_commitment":false}',
            [(shared, 1, 2)],
        )
        submission(connection, "s4", one % ("first", "false"), [(shared, 1, 3)])
        # before committed batches; a maximum; one item failed; characters that are escaped in JSON and that are not
        keep(connection, sample(3), ODD)
        keep(connection, sample(4), "fourth")
        submission(
            connection,
            "s5",
            '{"items":[{"text":"fourth","features":null,"label":0},'
            '{"text":"A \\"fine\\" film \\\\ / \\u0007\\t\u2028 \N{GRINNING FACE} é\\n","features":null,"label":1},'
            '{"text":null,"features":[5,6],"label":1}],"max_price":"1000","keep_text":true}',
            [(sample(4), 0, None), (sample(3), 1, 4), (sample(5, 6), 1, 5)],
        )
        # one of its texts was deleted: the other cannot be told from one of somebody else's
        keep(connection, sample(7), "seventh")
        submission(
            connection,
            "s6",
            '{"items":[{"text":"seventh","features":null,"label":1},{"text":"gone","features":null,"label":1}],'
            '"max_price":null,"keep_text":true,"one_commitment":true}',
            [(sample(7), 1, 6), (sample(8), 1, 7)],
        )


def test_migration_gives_each_text_to_the_contribution_that_its_request_proves(engine: Engine) -> None:
    fill(engine)
    upgrade(engine)
    with make_sessions(engine)() as session:
        kept = session.scalars(select(KeptText).order_by(KeptText.submission_id, KeptText.position)).all()
    assert [(row.submission_id, row.position, row.body, row.pool_address, row.index) for row in kept] == [
        ("s1", 0, "first", ADDRESS, 0),
        ("s2", 0, "second", ADDRESS, 1),
        ("s5", 0, "fourth", None, None),
        ("s5", 1, ODD, ADDRESS, 4),
    ]
    assert [row.chain_id for row in kept] == [1, 1, None, 1]


def test_migration_back_keeps_each_text_by_its_sample(engine: Engine) -> None:
    fill(engine)
    upgrade(engine)
    migrate(engine, "0004", down=True)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT body, sample_hash, hash FROM texts")).all()
    assert {(body, sample_hash) for body, sample_hash, _ in rows} == {
        (body, "0x" + keccak(packed).hex())
        for body, packed in [("first", sample(1, 2)), ("second", sample(1, 2)), ("fourth", sample(4)), (ODD, sample(3))]
    }
    upgrade(engine)
    with make_sessions(engine)() as session:
        assert len(session.scalars(select(KeptText)).all()) == 4
