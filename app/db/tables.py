"""The tables.

Chain-derived rows are written by `earnest.sync` alone. They name the chain, block, transaction and log that they
come from, and refer to addresses, never to local accounts, so that a reorganisation can take them back by block.
Hashes and addresses are text as the chain's JSON shows them; times are seconds of chain time.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from earnest.db.types import Wei

Hash = String(66)
AddressText = String(42)


class Base(DeclarativeBase):
    """Base of all tables."""


class ChainColumns:
    """Where a chain-derived row comes from."""

    block_number: Mapped[int] = mapped_column(BigInteger)
    block_hash: Mapped[str] = mapped_column(Hash)
    transaction_hash: Mapped[str] = mapped_column(Hash)
    log_index: Mapped[int] = mapped_column(Integer)
    time: Mapped[int] = mapped_column(BigInteger)


# OPERATOR


class Chain(Base):
    """A chain that this service has worked with, and what the service deployed there."""

    __tablename__ = "chains"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    genesis_hash: Mapped[str] = mapped_column(Hash)
    factory: Mapped[str | None] = mapped_column(AddressText)


class Implementation(Base):
    """What pools on a chain are clones of, and what they need besides, by the artifact's name; deployed once."""

    __tablename__ = "implementations"

    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.chain_id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    address: Mapped[str] = mapped_column(AddressText)


class Encoder(Base):
    """A canonical encoder file."""

    __tablename__ = "encoders"

    hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    normaliser: Mapped[str] = mapped_column(String(40))
    num_words: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Pool(Base):
    """A pool that this service serves; `address` is null until it is deployed.

    `token` says what deposits are paid in, as the chain told it once; null for native coin. `reference` is what a
    sealed pool holds samples against, as its contract keeps it; `reasons` say in sentences what was derived of the
    rules, and from what. `review_policy` is what its owner has looked at; null for the usual. `forwarder` is whom its
    contract believes when it says who called; null for nobody.
    """

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("chain_id", "address"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.chain_id"))
    address: Mapped[str | None] = mapped_column(AddressText, index=True)
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(10))
    error: Mapped[str | None] = mapped_column(Text)
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    owner: Mapped[str | None] = mapped_column(AddressText)
    encoder_hash: Mapped[str | None] = mapped_column(ForeignKey("encoders.hash"))
    num_words: Mapped[int] = mapped_column(Integer)
    incentive: Mapped[str | None] = mapped_column(String(40))
    incentive_parameters: Mapped[list[str] | None] = mapped_column(JSON)
    model: Mapped[str | None] = mapped_column(String(40))
    model_parameters: Mapped[list[int] | None] = mapped_column(JSON)
    initial_state: Mapped[bytes | None] = mapped_column(LargeBinary)
    reference: Mapped[bytes | None] = mapped_column(LargeBinary)
    reasons: Mapped[list[str] | None] = mapped_column(JSON)
    token: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    forwarder: Mapped[str | None] = mapped_column(AddressText)
    code_hash: Mapped[str | None] = mapped_column(Hash)
    deployed_block: Mapped[int | None] = mapped_column(BigInteger)
    deployed_block_hash: Mapped[str | None] = mapped_column(Hash)
    held_out: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    review_policy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[int] = mapped_column(BigInteger)


class HeldOut(Base):
    """A pool's held-out samples, encoded: row starts (int64), indices (uint16) and labels (uint8), little-endian.

    Dense samples have no row starts; they stand in the place of the indices, as the contract takes them.
    """

    __tablename__ = "held_out"

    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"), primary_key=True)
    indptr: Mapped[bytes] = mapped_column(LargeBinary)
    indices: Mapped[bytes] = mapped_column(LargeBinary)
    labels: Mapped[bytes] = mapped_column(LargeBinary)


# CHAIN-DERIVED


class SyncCursor(Base):
    """How far a pool's events are in the tables."""

    __tablename__ = "sync_cursors"

    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"), primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger)
    block_hash: Mapped[str] = mapped_column(Hash)
    block_time: Mapped[int] = mapped_column(BigInteger)


class SyncedBlock(Base):
    """Hashes of blocks where a synced range ended, to find the common ancestor after a reorganisation."""

    __tablename__ = "synced_blocks"

    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"), primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    block_hash: Mapped[str] = mapped_column(Hash)
    block_time: Mapped[int] = mapped_column(BigInteger)


class Contribution(ChainColumns, Base):
    """A contribution; its identity is (chain id, pool address, index).

    `batch_first` is the index of the first contribution of the committed batch that it came in, else null; claims on it
    then bring a proof. Where the judge is sealed, `outcome` is its case, `epoch` the seals made before it, `standing`
    its author's right after it; null elsewhere.
    """

    __tablename__ = "contributions"
    __table_args__ = (
        Index("ix_contributions_sample", "chain_id", "pool_address", "sample_hash"),
        Index("ix_contributions_contributor", "chain_id", "pool_address", "contributor", "index"),
        Index("ix_contributions_status", "chain_id", "pool_address", "status", "index"),
        Index("ix_contributions_own_status", "chain_id", "pool_address", "contributor", "status", "index"),
        Index("ix_contributions_block", "chain_id", "pool_address", "block_number"),
        Index("ix_contributions_batch", "chain_id", "pool_address", "batch_first"),
        Index("ix_contributions_ledger", "chain_id", "pool_address", "contributor", "block_number", "log_index"),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    contributor: Mapped[str] = mapped_column(AddressText)
    label: Mapped[int] = mapped_column(Integer)
    predicted: Mapped[int] = mapped_column(Integer)
    deposit: Mapped[int] = mapped_column(Wei)
    claimable: Mapped[int] = mapped_column(Wei)
    status: Mapped[str] = mapped_column(String(10))
    sample: Mapped[bytes] = mapped_column(LargeBinary)
    sample_hash: Mapped[str] = mapped_column(Hash)
    batch_first: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[int | None] = mapped_column(Integer)
    epoch: Mapped[int | None] = mapped_column(BigInteger)
    standing: Mapped[int | None] = mapped_column(Integer)


class Claim(ChainColumns, Base):
    """A refund, a report, a collection, or a settling: then with whether it taught, and the standing after it."""

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_contribution", "chain_id", "pool_address", "index"),
        Index("ix_claims_ledger", "chain_id", "pool_address", "account", "block_number", "log_index"),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    transaction_hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    log_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger)
    verb: Mapped[str] = mapped_column(String(10))
    account: Mapped[str] = mapped_column(AddressText)
    amount: Mapped[int] = mapped_column(Wei)
    burned: Mapped[bool]
    taught: Mapped[bool | None]
    standing: Mapped[int | None] = mapped_column(Integer)


class Seal(ChainColumns, Base):
    """A seal of a pool's judge; `epoch` counts it too.

    `expired` is the epoch of which what was at risk and not settled was lost with it; below 0 for none. `bounty` and
    `burned` are in wei.
    """

    __tablename__ = "seals"
    __table_args__ = (Index("ix_seals_block", "chain_id", "pool_address", "block_number"),)

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealer: Mapped[str] = mapped_column(AddressText)
    bounty: Mapped[int] = mapped_column(Wei)
    burned: Mapped[int] = mapped_column(Wei)
    digest: Mapped[str] = mapped_column(Hash)
    expired: Mapped[int] = mapped_column(BigInteger)


class CreditEvent(ChainColumns, Base):
    """A payment that changed a credit, or a withdrawal."""

    __tablename__ = "credit_events"
    __table_args__ = (
        Index("ix_credit_events_ledger", "chain_id", "pool_address", "account", "block_number", "log_index"),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    transaction_hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    log_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    account: Mapped[str] = mapped_column(AddressText)
    amount: Mapped[int] = mapped_column(Wei)


class PoolTotals(Base):
    """What all of a pool's contributions and accounts come to; kept with the rows that it is a sum of.

    `open_amount` is left of open contributions, `credit` owed to accounts. Of all `deposits`, `refunds`, `shares`,
    `leftovers` and `burned` went where they say, and `open_amount` is what is left: the five add up to the first, to
    the wei. `contributors` counts accounts.
    """

    __tablename__ = "pool_totals"

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    contributions: Mapped[int] = mapped_column(BigInteger)
    open_contributions: Mapped[int] = mapped_column(BigInteger)
    open_amount: Mapped[int] = mapped_column(Wei)
    credit: Mapped[int] = mapped_column(Wei)
    verified: Mapped[int] = mapped_column(BigInteger)
    contributors: Mapped[int] = mapped_column(BigInteger)
    deposits: Mapped[int] = mapped_column(Wei)
    refunds: Mapped[int] = mapped_column(Wei)
    shares: Mapped[int] = mapped_column(Wei)
    leftovers: Mapped[int] = mapped_column(Wei)
    burned: Mapped[int] = mapped_column(Wei)


class PoolAccount(Base):
    """What a pool owes an account, its refunds, and what it paid and was paid; recomputed after a reorganisation.

    `deposits`, `refunds`, `shares` and `leftovers` are sums in wei. `standing` is what it has where the judge is
    sealed.
    """

    __tablename__ = "pool_accounts"
    __table_args__ = (
        Index("ix_pool_accounts_account", "account"),
        Index("ix_pool_accounts_contributions", "chain_id", "pool_address", "contributions"),
    )

    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    account: Mapped[str] = mapped_column(AddressText, primary_key=True)
    credit: Mapped[int] = mapped_column(Wei)
    verified: Mapped[int] = mapped_column(BigInteger)
    contributions: Mapped[int] = mapped_column(BigInteger)
    deposits: Mapped[int] = mapped_column(Wei)
    refunds: Mapped[int] = mapped_column(Wei)
    shares: Mapped[int] = mapped_column(Wei)
    leftovers: Mapped[int] = mapped_column(Wei)
    standing: Mapped[int] = mapped_column(Integer, default=0)


class ModelSnapshot(Base):
    """A model's whole state at the end of a block; bounds the replay at a start.

    Where the judge is sealed it is the learner's, and `judge` the judge's weights, big-endian int32 (earlier
    releases wrote int16).
    """

    __tablename__ = "model_snapshots"

    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"), primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    accepted: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    judge: Mapped[bytes | None] = mapped_column(LargeBinary)


class Evaluation(Base):
    """Accuracy on the held-out set at a block."""

    __tablename__ = "evaluations"

    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"), primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    block_time: Mapped[int] = mapped_column(BigInteger)
    accepted: Mapped[int] = mapped_column(BigInteger)
    correct: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)


class Event(Base):
    """Something that happened in a pool, in the order in which the sync learned of it; only the newest are kept.

    No reorganisation takes an event back: one that says so follows. `account` acted or was paid; `contributor` made the
    contribution that somebody else claimed, so that both learn of it. `amount` is in wei; `facts` is what else a kind
    of event has to say.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_pool", "pool_id", "sequence"),
        Index("ix_events_account", "account", "sequence"),
        Index("ix_events_contributor", "contributor", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pool_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    account: Mapped[str | None] = mapped_column(AddressText)
    contributor: Mapped[str | None] = mapped_column(AddressText)
    index: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int | None] = mapped_column(Wei)
    block_number: Mapped[int] = mapped_column(BigInteger)
    time: Mapped[int] = mapped_column(BigInteger)
    transaction_hash: Mapped[str | None] = mapped_column(Hash)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


# SERVICE


class Account(Base):
    """A managed development account: its key, encrypted, and the hash of its bearer token."""

    __tablename__ = "accounts"

    address: Mapped[str] = mapped_column(AddressText, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    keystore: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(BigInteger)


class SignInNonce(Base):
    """A nonce that a message to sign in with must name; deleted when it is used."""

    __tablename__ = "sign_in_nonces"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SignInSession(Base):
    """A session of an account that signed in; times are seconds of the machine's clock."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(AddressText, index=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    refreshed_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)


class SessionToken(Base):
    """The hash of a session's token, "access" or "refresh"; the newest used ones are kept, to notice a second use."""

    __tablename__ = "session_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sign_in_sessions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class ApiKey(Base):
    """An API key's hash and what it may do; `account` is null for the operator's."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str | None] = mapped_column(AddressText, index=True)
    name: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)


class Webhook(Base):
    """An address that events are delivered to: a pool's or an account's, exactly one of the two.

    `owner` is null for the operator's. `position` is the place of the last event that was delivered, in the order of
    all events, and all that is kept of what is left to do: no event has a row here. `recent` are the last deliveries,
    newest first, so many and no more. The secret follows from the id. Times are seconds of the machine's clock.
    """

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str | None] = mapped_column(AddressText, index=True)
    url: Mapped[str] = mapped_column(Text)
    pool_id: Mapped[str | None] = mapped_column(String(36), index=True)
    account: Mapped[str | None] = mapped_column(AddressText, index=True)
    position: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(10), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer)
    next_attempt_at: Mapped[int | None] = mapped_column(BigInteger, index=True)
    test_wanted: Mapped[bool] = mapped_column(index=True)
    recent: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[int] = mapped_column(BigInteger)


class Review(Base):
    """A contribution that a pool's owner has to look at; of another sample or contributor it means nothing."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_verdict", "pool_id", "verdict", "index"),)

    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"), primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    contributor: Mapped[str] = mapped_column(AddressText)
    sample_hash: Mapped[str] = mapped_column(Hash)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    verdict: Mapped[str] = mapped_column(String(10))
    note: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[int] = mapped_column(BigInteger)
    reviewed_at: Mapped[int | None] = mapped_column(BigInteger)


class Act(Base):
    """Something that an operator did or tried; never changed afterwards."""

    __tablename__ = "acts"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    time: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(100))
    request_id: Mapped[str | None] = mapped_column(String(64))


class Submission(Base):
    """One request to get contributions or claims onto the chain.

    `own_key` says that the account signed the transaction itself, so that nothing of it can be signed here.
    """

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("account", "idempotency_key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, index=True)
    account: Mapped[str] = mapped_column(AddressText, index=True)
    pool_id: Mapped[str] = mapped_column(ForeignKey("pools.id"))
    verb: Mapped[str] = mapped_column(String(10))
    idempotency_key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    max_price: Mapped[int | None] = mapped_column(Wei)
    one_commitment: Mapped[bool] = mapped_column(default=False)
    accept_risk: Mapped[bool] = mapped_column(default=False)
    own_key: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int] = mapped_column(BigInteger)


class Transaction(Base):
    """A signed transaction, written before it is sent: it can be sent again, and takes effect at most once."""

    __tablename__ = "transactions"

    hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    sender: Mapped[str] = mapped_column(AddressText, index=True)
    nonce: Mapped[int] = mapped_column(BigInteger)
    gas: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), index=True)
    block_number: Mapped[int | None] = mapped_column(BigInteger, index=True)
    gas_used: Mapped[int | None] = mapped_column(BigInteger)


class SubmissionItem(Base):
    """One sample or one claim of a submission."""

    __tablename__ = "submission_items"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(10), index=True)
    sample: Mapped[bytes | None] = mapped_column(LargeBinary)
    label: Mapped[int | None] = mapped_column(Integer)
    index: Mapped[int | None] = mapped_column(BigInteger)
    transaction_hash: Mapped[str | None] = mapped_column(ForeignKey("transactions.hash"), index=True)
    amount: Mapped[int | None] = mapped_column(Wei)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class KnownRequest(Base):
    """A request that made or paid something, by its idempotency key.

    `scope` says which kind of request, and of whom; `made` is an account's address, a transaction's hash or a pool's
    id; `raw` holds a payment's signed bytes, written before they are sent.
    """

    __tablename__ = "known_requests"

    scope: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    made: Mapped[str] = mapped_column(Hash)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)


class Sweep(Base):
    """A sweep that the service runs in the background; its rows and files lie in a folder named after its id.

    Times are seconds of the machine's clock. A row that is "cancelled" without `finished_at` may still have a process.
    """

    __tablename__ = "sweeps"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    name: Mapped[str] = mapped_column(String(80))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    runs: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(10), index=True)
    stage: Mapped[str | None] = mapped_column(String(10))
    done: Mapped[int] = mapped_column(Integer)
    failed_runs: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)


class KeptText(Base):
    """A text that was contributed, kept off chain; anyone who holds it and the encoder can check it. Deletable.

    It belongs to the submission's item that it came in with. Once the item's contribution is in the tables, sync
    writes which one that is, and takes it back when a reorganisation does.
    """

    __tablename__ = "kept_texts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "position"], ["submission_items.submission_id", "submission_items.position"]
        ),
        UniqueConstraint("chain_id", "pool_address", "index"),
    )

    submission_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    chain_id: Mapped[int | None] = mapped_column(BigInteger)
    pool_address: Mapped[str | None] = mapped_column(AddressText)
    index: Mapped[int | None] = mapped_column(BigInteger)
