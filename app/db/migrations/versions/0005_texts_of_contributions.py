"""Texts belong to the contribution that they came in with.

Until here a text belonged to its sample's hash, which texts share that differ in unknown words only. Which submission
brought which text is proved by the hash of the request that each submission keeps: the request is put together again
from the texts at hand until its hash is right. A text that no request proves (one of a submission whose other texts
were deleted, say) is dropped, since it can't be told whose it is.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from eth_hash.auto import keccak

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Most requests that are tried for one submission.
MAX_TRIES = 4096

_OLD = sa.table("texts", sa.column("hash"), sa.column("sample_hash"), sa.column("body"))
_NEW = sa.table(
    "kept_texts",
    *(sa.column(name) for name in ("submission_id", "position", "body", "chain_id", "pool_address", "index")),
)
_SUBMISSIONS = sa.text(
    "SELECT s.id, s.pool_id, s.request_hash, s.max_price, s.one_commitment, p.chain_id, p.address "
    "FROM submissions s JOIN pools p ON p.id = s.pool_id WHERE s.verb = 'contribute' ORDER BY s.sequence"
)
_ITEMS = sa.text(
    'SELECT i.position, i.sample, i.label, c."index" FROM submission_items i LEFT JOIN contributions c '
    "ON c.chain_id = :chain_id AND c.pool_address = :address AND c.transaction_hash = i.transaction_hash "
    'AND c."index" = i."index" AND c.sample = i.sample WHERE i.submission_id = :id ORDER BY i.position'
)


def upgrade() -> None:
    op.create_table(
        "kept_texts",
        sa.Column("submission_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("pool_address", sa.String(length=42), nullable=True),
        sa.Column("index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id", "position"], ["submission_items.submission_id", "submission_items.position"]
        ),
        sa.PrimaryKeyConstraint("submission_id", "position"),
        sa.UniqueConstraint("chain_id", "pool_address", "index"),
    )
    _carry_over(op.get_bind())
    op.drop_table("texts")


def _carry_over(connection: sa.Connection) -> None:
    for submission in connection.execute(_SUBMISSIONS).mappings().all():
        items = (
            connection.execute(_ITEMS, {name: submission[name] for name in ("id", "chain_id", "address")})
            .mappings()
            .all()
        )
        bodies = _proved(submission, items, [_candidates(connection, bytes(item["sample"])) for item in items])
        for item, body in zip(items, bodies, strict=True):
            if body is None:
                continue
            made = item["index"] is not None
            row = {
                "submission_id": submission["id"],
                "position": item["position"],
                "body": body,
                "chain_id": submission["chain_id"] if made else None,
                "pool_address": submission["address"] if made else None,
                "index": item["index"],
            }
            connection.execute(_NEW.insert().values(**row))


def _candidates(connection: sa.Connection, sample: bytes) -> list[str | None]:
    """The texts that an item may have been; None stands for its features."""
    found = sa.select(_OLD.c.body).where(_OLD.c.sample_hash == "0x" + keccak(sample).hex()).order_by(_OLD.c.hash)
    return [*connection.execute(found).scalars(), None]


def _proved(submission: Any, items: Sequence[Any], candidates: list[list[str | None]]) -> Sequence[str | None]:
    """The texts of a submission's items by its request's hash; None for each where there is no proof."""
    nothing = [None] * len(items)
    if all(found == [None] for found in candidates):
        return nothing
    for bodies in itertools.islice(itertools.product(*candidates), MAX_TRIES):
        for body in _requests(submission, items, bodies):
            asked = json.dumps([submission["pool_id"], "contribute", body])
            if hashlib.sha256(asked.encode()).hexdigest() == submission["request_hash"]:
                return bodies
    return nothing


def _requests(submission: Any, items: Sequence[Any], bodies: Sequence[str | None]) -> Iterator[str]:
    """The requests that these texts may have come in, as versions until here wrote them down."""
    request = {
        "items": [
            {"text": body, "features": None if body is not None else _features(item["sample"]), "label": item["label"]}
            for item, body in zip(items, bodies, strict=True)
        ],
        "max_price": submission["max_price"],
        "keep_text": True,
    }
    yield _dump(request | {"one_commitment": bool(submission["one_commitment"])})
    # before committed batches there was no such member
    yield _dump(request)


def _features(sample: bytes) -> list[int]:
    return [int.from_bytes(sample[start : start + 2], "big") for start in range(0, len(sample), 2)]


def _dump(request: dict[str, Any]) -> str:
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))


def downgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("sample_hash", sa.String(length=66), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_texts_sample_hash"), "texts", ["sample_hash"])
    connection = op.get_bind()
    kept = connection.execute(
        sa.text(
            "SELECT DISTINCT k.body, i.sample FROM kept_texts k JOIN submission_items i "
            "ON i.submission_id = k.submission_id AND i.position = k.position"
        )
    )
    rows = {"0x" + keccak(body.encode()).hex(): (body, "0x" + keccak(bytes(sample)).hex()) for body, sample in kept}
    for text_hash, (body, sample_hash) in rows.items():
        connection.execute(_OLD.insert().values(hash=text_hash, sample_hash=sample_hash, body=body))
    op.drop_table("kept_texts")
