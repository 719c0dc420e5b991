"""What pools say of themselves, and quote, where the judge is sealed."""

from sqlalchemy.orm import Session

from earnest.chain.types import SealedState
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import AGREED, AT_RISK, CASES
from earnest.db.queries.sealed import standings_in
from earnest.db.tables import Pool
from earnest.pools.schemas import SealedQuote, SealedShown
from earnest.web.addresses import parse_address


def case_of(terms: Terms, *, agrees: bool, standing: int) -> int:
    """The case of a contribution."""
    return terms.incentive.sealed.case_of(terms.numbers, agrees, standing)


def price_of(terms: Terms, case: int) -> int:
    """What a contribution of a case costs, in wei."""
    return terms.incentive.sealed.deposit_of(terms.numbers, case)


def lowest_price(terms: Terms) -> int:
    """What a contribution costs at least, in wei."""
    return price_of(terms, AGREED)


def standing_of(session: Session, pool: Pool, account: str | None) -> int:
    """An account's standing as the tables have it; 0 for nobody, as of a newcomer.

    Raises:
        AddressInvalid: the address is none.
    """
    if account is None:
        return 0
    address = parse_address(account)
    return standings_in(session, pool, [address]).get(address, 0)


def next_seal_from(terms: Terms, state: SealedState) -> int:
    """The first second in which the next seal can be made."""
    return state.sealed_at + terms["epoch_length"]


def shown(terms: Terms, state: SealedState) -> SealedShown:
    """A pool's clock and budget."""
    return SealedShown(
        epoch=state.epoch,
        sealed_at=state.sealed_at,
        next_seal_from=next_seal_from(terms, state),
        budget=state.budget,
    )


def quoted(terms: Terms, state: SealedState, case: int, standing: int, *, teaches: bool) -> SealedQuote:
    """What a contribution would be, and when it comes back."""
    kernels, p, price = terms.incentive.sealed, terms.numbers, price_of(terms, case)
    return SealedQuote(
        case=CASES[case],
        standing=standing,
        standing_after=kernels.standing_after(p, case, standing),
        rate=terms["rate"],
        teaches=teaches,
        comes_back=0 if case == AT_RISK else price,
        epoch=state.epoch,
        settle_from=state.epoch + terms["wait_seals"],
        settle_until=state.epoch + terms["risk_seals"] if case == AT_RISK else None,
        next_seal_from=next_seal_from(terms, state),
        needs_consent=case == AT_RISK,
    )
