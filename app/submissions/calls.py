"""The calls that submissions and prepared transactions are made of, from the tables and the chain's state now."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from earnest.chain.gateway import Gateway
from earnest.chain.tokens import Token, allowance, approve_call, balance_of, token_of
from earnest.chain.types import BatchProof, Call, Claimed, ContributionKey
from earnest.core.incentives.ledger import value_needed
from earnest.core.models.model import Model
from earnest.core.pool import Contribution as Leaf
from earnest.core.pool import merkle
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import batch_members
from earnest.db.tables import Contribution, Pool
from earnest.pools.service import model_of_pool
from earnest.submissions.errors import TokensMissing


class Payment(NamedTuple):
    """What contributing costs in the block that is pending, in wei, or in the smallest unit of the pool's token.

    Attributes:
        highest: price of the dearest sample.
        due: of all together.
        credit: what the pool owes the account, which is taken first.
        token: that it is paid in; None for native coin.
    """

    highest: int
    due: int
    credit: int
    token: Token | None = None

    @property
    def needed(self) -> int:
        """The least that must come to the credit."""
        return value_needed(self.due, self.credit)

    @property
    def value(self) -> int:
        """Wei to send: the least, and none where a token's pool takes it from the account itself."""
        return self.needed if self.token is None else 0

    @property
    def pulled(self) -> int:
        """Tokens that the pool takes from the account, which must have allowed it."""
        return 0 if self.token is None else self.needed


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
    return Payment(highest, first + (count - 1) * others, credit, token_of(pool.token))


def approval(gateway: Gateway, pool: Pool, account: str, pays: Payment) -> Call | None:
    """The call that lets the pool take exactly what a contribution costs; None where it may already.

    Raises:
        TokensMissing: the account has less than that.
        ChainUnavailable: the node does not answer.
    """
    if pays.token is None or not pays.pulled:
        return None
    held = balance_of(gateway, pays.token.address, account)
    if held < pays.pulled:
        raise TokensMissing(
            f"This costs {pays.token.amount(pays.pulled)} of the token {pays.token.address} besides the credit, and "
            f"{account} has {pays.token.amount(held)}."
        )
    if allowance(gateway, pays.token.address, account, pool.address or "") >= pays.pulled:
        return None
    return approve_call(pays.token.address, pool.address or "", pays.pulled)


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
