"""What a pool's rules are: as they were asked for, or as they follow from its data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earnest.chain.implementations import implementation_name
from earnest.config import Settings
from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Terms
from earnest.core.incentives.derivation import require_rate
from earnest.core.incentives.judge import require_judge
from earnest.core.incentives.known import Known
from earnest.core.incentives.reference import gaps_of, reference_of
from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED
from earnest.core.incentives.sealed_rules import require_no_bounty, require_sealable, rules_chunk
from earnest.core.models.registry import MODELS
from earnest.pools.incentives import default_settings, terms_shown
from earnest.pools.schemas import DataChecked, PoolRequest
from earnest.pools.start import Start, prepare, told

#: The smallest amount that a parameter is derived of where nothing is said of the others.
_DEPOSIT, _RATE = "agreed_price", "rate"
#: The parameter that bounds a sample's numbers.
_MOST_FEATURES = "most_features"


@dataclass(frozen=True)
class Rules:
    """A pool's rules.

    Attributes:
        terms: the incentive with its numbers.
        reference: int32, what a sealed pool holds samples against; None for another.
        reasons: sentences on what was derived, and from what.
    """

    terms: Terms
    reference: NDArray[np.int32] | None = None
    reasons: tuple[str, ...] = ()

    @property
    def chunk(self) -> bytes | None:
        """What a sealed pool keeps of its rules as code; None for another."""
        return None if self.reference is None else rules_chunk(self.terms, self.reference)


def rules_of(request: PoolRequest, start: Start, *, in_token: bool = False) -> Rules:
    """A request's rules for what a pool begins with.

    Args:
        request: of a pool.
        start: what it begins with.
        in_token: whether its deposits are paid in a token, so that no seal is paid for.

    Raises:
        RuleViolation: they are out of range, or no such rules go with such data, or with such a model.
    """
    terms, incentive = request.terms, request.terms.incentive
    if incentive.derives is None:
        terms.validate()
        return Rules(terms)
    _require_lengths(request, start)
    if incentive.is_sealed:
        require_sealable(incentive, start.initial)
    reference = reference_of(start.initial, start.train, start.train_labels)
    said, default = request.said, default_settings(incentive)
    known = known_of(start, reference, said.get(_DEPOSIT, default[_DEPOSIT]))
    derived = incentive.derives(known)
    if _RATE in said:
        require_rate(said[_RATE], known)
    unpaid = {"seal_bounty": 0} if in_token and "seal_bounty" in default | derived.settings else {}
    found = incentive.terms_of(default | derived.settings | unpaid | said)
    found.validate()
    if in_token:
        require_no_bounty(found)
    if incentive.is_sealed:
        require_judge(start.initial, found)
        require_told_apart(found, in_token=in_token)
    rules = Rules(found, reference, (*derived.reasons, *_overruled(derived.settings, said)))
    if rules.chunk is None:
        raise RuleViolation(f"{incentive.name} has no reference.")
    return rules


def _require_lengths(request: PoolRequest, start: Start) -> None:
    most, model = request.said.get(_MOST_FEATURES, 0), start.initial
    if most and model.format.SAME_LENGTH:
        raise RuleViolation(
            f"{_MOST_FEATURES} is {most}, but all samples of {model.name()} have {model.format.width} numbers: leave "
            "it out."
        )


def require_told_apart(terms: Terms, *, in_token: bool = False) -> None:
    """Refuse one price for what comes back for sure and for what may be lost.

    A seal that somebody puts before a contribution makes another case of it, and the maximum that is sent with it, all
    that protects from that, could not tell.

    Raises:
        RuleViolation: they cost the same.
    """
    kernels, p = terms.incentive.sealed, terms.numbers
    safe, risk = max(kernels.deposit_of(p, case) for case in (AGREED, PROMISED)), kernels.deposit_of(p, AT_RISK)
    if risk <= safe:
        raise RuleViolation(
            f"What is at risk costs {risk}{'' if in_token else ' wei'}, and what comes back for sure as much: a seal "
            "that comes before a contribution could have it lost, and no maximum could tell. Raise the price of what "
            "is at risk."
        )


def checked(request: PoolRequest, settings: Settings) -> DataChecked:
    """What is read of a request's data, how well a model does that learned from them, and what the rules come to.

    Raises:
        CoreError: the request can never become a pool.
    """
    implementation_name(request.terms.incentive, MODELS[request.model])
    start = prepare(request, settings)
    rules = rules_of(request, start, in_token=request.token is not None)
    return told(request, start, terms_shown(rules.terms, rules.reasons))


def known_of(start: Start, reference: NDArray[np.int32], deposit: int) -> Known:
    """What is known of a pool that is to be made; O(initial samples)."""
    initial = start.initial
    return Known(
        correct=start.correct,
        held_out=start.total,
        classes=initial.class_count,
        weights=initial.weights_,
        change=initial.most_change,
        gaps=gaps_of(initial, reference, start.train, start.train_labels),
        lengths=initial.format.lengths(start.train),
        deposit=deposit,
        most=initial.KERNELS.most_judged,
        is_mean=initial.KERNELS.is_linear,
    )


def _overruled(derived: dict[str, int], said: dict[str, int]) -> tuple[str, ...]:
    """What an owner has decided otherwise than the data suggest."""
    others = [
        f"{name} is {value}, not {derived[name]}" for name, value in said.items() if derived.get(name, value) != value
    ]
    return (f"The owner has set some of these otherwise: {'; '.join(others)}.",) if others else ()
