"""What a quote says of a contribution's price, of what to expect of it, and until when."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from earnest.chain.types import PoolState, SealedState
from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import totals_of
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.models.model import Model
from earnest.pools import sealed as sealed_pools
from earnest.readiness import NotReady
from earnest.sync.sealed_mirror import SealedMirror

_PAUSED = "The owner has paused contributions: this one would be refused now."
_DUPLICATE = "The same sample was contributed before."


class ChainFacts(NamedTuple):
    """What a pool's contract says of itself at a block.

    Attributes:
        state: its totals.
        paused: whether contributions are.
        pauses: when the running pause began, when the last one ended, seconds of those that ended; 0 for what is not.
    """

    state: PoolState | SealedState
    paused: bool
    pauses: tuple[int, int, int]


class Asked(NamedTuple):
    """What a quote is about."""

    sample: NDArray[Any]
    label: int
    agrees: bool
    duplicate: bool
    now: int
    facts: ChainFacts


def published_terms(terms: Terms, asked: Asked) -> dict[str, Any]:
    """What a quote says of price and windows in the published life."""
    state, now = asked.facts.state, asked.now
    if not isinstance(state, PoolState):
        raise NotReady("The pool's judge is sealed, and its mirror is not.")
    totals = totals_of(state.last_accepted, asked.facts.pauses)
    since, until = terms.refund_window(totals, now, now)
    return {
        "price": terms.price(now, state.last_accepted),
        "expected_outcome": "refund" if asked.agrees else "loss",
        "risk": _risk(terms, agrees=asked.agrees, duplicate=asked.duplicate, paused=asked.facts.paused),
        "refund_from": since,
        "refund_until": until,
        "report_from": terms.report_window(totals, now, now)[0],
    }


def sealed_terms(terms: Terms, mirror: SealedMirror, state: SealedState, asked: Asked, standing: int) -> dict[str, Any]:
    """What a quote says of case and price where the judge is sealed."""
    case = sealed_pools.case_of(terms, agrees=asked.agrees, standing=standing)
    teaches = mirror.teaches(asked.sample, asked.label)
    words, parts = terms.incentive.words, []
    if asked.facts.paused:
        parts.append(_PAUSED)
    parts.append(words.cases[case])
    if not teaches:
        parts.append(words.gated)
    if asked.duplicate:
        parts.append(_DUPLICATE)
    return {
        "price": sealed_pools.price_of(terms, case),
        "expected_outcome": "loss" if case == AT_RISK else "refund",
        "risk": " ".join([*parts, words.late(terms)]),
        "sealed": sealed_pools.quoted(terms, state, case, standing, teaches=teaches),
    }


def words_of_unknown(model: Model, known: int, least: int) -> str:
    """What to say of a sample of which the model knows little or nothing."""
    what, unit = model.format.SAMPLE, model.format.UNIT
    says = f"the model knows {known} {unit}{'' if known == 1 else 's'} of this {what}"
    if known == 0:
        says = f"the model knows nothing of this {what}: what it predicts says nothing about it"
    takes = f", and the pool takes {what}s of which it knows at least {least}" if known < least else ""
    return f"{says[0].upper()}{says[1:]}{takes}."


def _risk(terms: Terms, *, agrees: bool, duplicate: bool, paused: bool) -> str:
    words, parts = terms.incentive.words, []
    if paused:
        parts.append(_PAUSED)
    if agrees:
        parts.append(f"The model agrees with the label now, so {words.agrees}.")
    else:
        parts.append(f"The model disagrees with the label now: unless later ones persuade it, {words.disagrees}.")
    if duplicate:
        parts.append(_DUPLICATE)
    return " ".join([*parts, words.late(terms)])
