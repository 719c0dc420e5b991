"""The calls that submissions and prepared transactions are made of, from the tables and the chain's state now."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from earnest.chain.gateway import Gateway
from earnest.chain.types import BatchProof, Call, Claimed, ContributionKey
from earnest.core.incentives.ledger import value_needed
from earnest.core.models.model import Model
from earnest.core.pool import Contribution as Leaf
from earnest.core.pool import merkle
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import batch_members
from earnest.db.tables import Contribution, Pool
from earnest.pools.service import model_of_pool


class Payment(NamedTuple):
    """What contributing costs in the block that is pending, in wei.

    Attributes:
        highest: price of the dearest sample.
        due: of all together.
        credit: what the pool owes the account, which is taken first.
    """

    highest: int
    due: int
    credit: int

    @property
    def value(self) -> int:
        """The least to send."""
        return value_needed(self.due, self.credit)


def payment(gateway: Gateway, pool: Pool, account: str, count: int) -> Payment:
    """What an account pays for so many samples in one transaction now.

    Raises:
        ChainUnavailable: the node does not answer.
    """
    terms, address = terms_of_pool(pool), pool.address or ""
    state = gateway.pool_state(address)
    credit, _ = gateway.pool_account(address, account)
    now = gateway.pending_time()
    first, others = terms.price(now, state.last_accepted), terms.price(now, now)
    # after the first, the others of a batch are priced in the same second
    highest = max(first, others) if count > 1 else first
    return Payment(highest, first + (count - 1) * others, credit)


def claimed(session: Session, row: Contribution) -> Claimed:
    """A contribution as a claim brings it back; O(its batch)."""
    key = ContributionKey(row.index, row.contributor, row.label, row.time, row.deposit)
    return Claimed(key, row.sample, batch_proof(session, row))


def claim_call(gateway: Gateway, pool: Pool, verb: str, given: Sequence[Claimed]) -> Call:
    """Claim contributions with one verb, in one transaction; all or none."""
    address, model = pool.address or "", model_of_pool(pool)
    if len(given) > 1:
        return gateway.claims_call(address, verb, given, model)
    return _one(gateway, address, verb, given[0], model)


def _one(gateway: Gateway, address: str, verb: str, one: Claimed, model: Model | None) -> Call:
    if verb == "refund":
        return gateway.refund_call(address, one.key, one.sample, one.batch, model)
    if verb == "report":
        return gateway.report_call(address, one.key, one.sample, one.batch, model)
    return gateway.collect_call(address, one.key, one.sample_hash, one.batch)


def batch_proof(session: Session, row: Contribution) -> BatchProof | None:
    """The way from a contribution to its committed batch's root, from the tables; None for one with its own slot."""
    if row.batch_first is None:
        return None
    leaves = [
        Leaf(member.index, member.contributor, member.label, member.time, member.deposit).leaf(
            bytes.fromhex(member.sample_hash[2:])
        )
        for member in batch_members(session, row)
    ]
    return BatchProof(row.batch_first, tuple(merkle.proof(leaves, row.index - row.batch_first)))
