"""The calls of submissions to pools whose judge is sealed, and what became of an item, in any pool."""

from earnest.chain.gateway import Gateway
from earnest.chain.sealed import chain_quote, contribute_call, seal_call, settle_call
from earnest.chain.tokens import Token, moving, token_of, told
from earnest.chain.types import Call
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.models.model import Model
from earnest.core.pool import sealed_events
from earnest.core.pool.events import Collected, Contributed, Event, Refunded, Reported, Withdrawn
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.core.pool.sealed_events import Sealed, Settled
from earnest.db.pool_terms import terms_of_pool
from earnest.db.tables import Contribution, Pool, SubmissionItem
from earnest.pools.service import model_of_pool
from earnest.submissions.calls import Payment
from earnest.submissions.errors import RiskNotAccepted


def sealed_call(
    gateway: Gateway, pool: Pool, account: str, item: SubmissionItem, max_price: int | None, *, accept_risk: bool
) -> tuple[Call, Payment]:
    """Contribute a sample, at the price of its case as the contract tells it now, if that was accepted.

    Returns:
        the call, and what it costs.

    Raises:
        RiskNotAccepted: its deposit may be lost, and the submission does not accept that.
        ChainUnavailable: the node does not answer.
    """
    address, sample, label = pool.address or "", item.sample or b"", item.label or 0
    case, price = chain_quote(gateway, address, account, sample, label, "pending")
    token = token_of(pool.token)
    accepted = highest_accepted(terms_of_pool(pool), case, price, max_price, accept_risk=accept_risk, token=token)
    credit, _ = gateway.pool_account(address, account)
    pays = Payment(price, price, credit, token)
    call = contribute_call(address, sample, label, accepted, pays.value, _model(pool))
    return moving(call, pays.token), pays


def highest_accepted(
    terms: Terms, case: int, price: int, max_price: int | None, *, accept_risk: bool, token: Token | None = None
) -> int:
    """The highest price that the contract is told, should the case be another one by the time it is mined.

    Whoever accepts no risk pays less than what is at risk costs, whatever maximum was given: a seal that comes first
    makes another case of a sample, and a deposit that credit covers is taken without a word.

    Raises:
        RiskNotAccepted: the deposit may be lost, or one that may be lost costs no more, and that is not accepted.
    """
    accepted = price if max_price is None else max_price
    if accept_risk:
        return accepted
    words, risk_price = terms.incentive.words, terms.incentive.sealed.deposit_of(terms.numbers, AT_RISK)
    if case == AT_RISK:
        raise RiskNotAccepted(f"{words.cases[case]} Its deposit would be {told(price, token)}.")
    if price >= risk_price:
        raise RiskNotAccepted(
            f"{words.cases[case]} But in this pool a deposit that may be lost costs no more than this one, "
            f"{told(price, token)}: a seal that comes first could make it one, and no maximum would tell."
        )
    return min(accepted, risk_price - 1)


def settle(pool: Pool, row: Contribution) -> Call:
    """Settle a contribution."""
    if row.outcome is None or row.epoch is None:
        raise ValueError(f"Contribution {row.index} of {row.pool_address} has no case.")
    what = SealedContribution(row.index, row.contributor, row.label, row.outcome, row.epoch, row.deposit)
    return settle_call(pool.address or "", what, row.sample, _model(pool))


def the_seal(pool: Pool) -> Call:
    """Seal a pool's judge anew."""
    return seal_call(pool.address or "", _model(pool))


def fact_of(event: Event) -> tuple[int, int | None] | None:
    """Amount and contribution of what an item came to; None of an event that is no item's."""
    match event:
        case Contributed(index=index, deposit=amount) | sealed_events.Contributed(index=index, deposit=amount):
            return amount, index
        case Refunded() | Reported() | Collected() | Settled():
            return event.amount, event.index
        case Withdrawn(amount=amount):
            return amount, None
        case Sealed(bounty=bounty):
            return bounty, None
        case _:
            return None


def _model(pool: Pool) -> Model:
    model = model_of_pool(pool)
    if model is None:
        raise ValueError(f"Pool {pool.id} is not deployed.")
    return model
