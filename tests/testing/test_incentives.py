"""The conformance suite of incentives: all registered ones pass it, and each check fails for what it is there for."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from earnest.core.compilable import compilable
from earnest.core.incentives.base import Incentive
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.testing import incentives as suite
from earnest.testing.checks import Check, Nonconforming

#: Those that are registered, and the one whose pools no service offers and no engine runs yet.
SHIPPED = dict(INCENTIVES.items()) | {SEALED_ASSESSMENT.name: SEALED_ASSESSMENT}
CASES = [(name, check) for name, incentive in SHIPPED.items() for check in suite.incentive_checks(incentive)]


@pytest.mark.parametrize(("name", "check"), CASES, ids=[f"{name}: {check}" for name, check in CASES])
def test_every_incentive_passes(name: str, check: Check) -> None:
    check()


def _with_kernel(**kernels: Any) -> Incentive:
    return dataclasses.replace(SELF_ASSESSMENT, kernels=SELF_ASSESSMENT.kernels._replace(**kernels))


def _with_words(**words: Any) -> Incentive:
    return dataclasses.replace(SELF_ASSESSMENT, words=dataclasses.replace(SELF_ASSESSMENT.words, **words))


@compilable
def _rising(p: Any, elapsed: int) -> int:
    return 1 + elapsed


@compilable
def _greedy(p: Any, deposit: int, left: int, verified: int, total_verified: int) -> int:
    return deposit


@compilable
def _printing(p: Any, deposit: int, left: int, verified: int, total_verified: int) -> int:
    return left + 1


@compilable
def _overflowing(p: Any, elapsed: int) -> int:
    return max(1, p[4] * p[4] * p[4] // (p[4] * p[4] + 1))


@compilable
def _early(p: Any, totals: Any, time: int, now: int) -> tuple[int, int]:
    return time, time + p[3]


@compilable
def _endless(p: Any, totals: Any, time: int, now: int) -> int:
    return time + 1


@compilable
def _lenient(p: Any, totals: Any, now: int, time: int, is_open: bool, is_author: bool, agrees: bool) -> int:
    return 0


def _uncompilable(p: Any) -> bool:
    return {"burn": True}["bu" + "rn"] and isinstance(p, object)


BROKEN: dict[str, tuple[Callable[[Incentive], None], Incentive, str]] = {
    "arguments": (suite.is_an_incentive, _with_kernel(burns_leftover=_rising), "takes .p, elapsed.; it must take .p."),
    "words": (suite.words_are_there, _with_words(risks=()), "words.risks is empty"),
    "sentence": (suite.words_are_there, _with_words(sentence="no end"), "is no sentence"),
    "default": (
        suite.parameters_are_declared,
        dataclasses.replace(
            SELF_ASSESSMENT,
            parameters=tuple(dataclasses.replace(one, default=-1) for one in SELF_ASSESSMENT.parameters),
        ),
        "The default of price is refused",
    ),
    "money": (
        suite.parameters_are_declared,
        dataclasses.replace(SELF_ASSESSMENT, moves_money=False),
        "price is about money, which does not move",
    ),
    "bounds": (
        suite.bad_parameters_are_refused,
        dataclasses.replace(
            SELF_ASSESSMENT,
            parameters=tuple(
                dataclasses.replace(one, low=None) if one.name == "collect_wait" else one
                for one in SELF_ASSESSMENT.parameters
            ),
            check=lambda terms: None,
        ),
        "collect_wait -1 is not refused",
    ),
    "slot": (
        suite.is_an_incentive,
        dataclasses.replace(
            SELF_ASSESSMENT,
            slots=tuple(
                dataclasses.replace(one, start=one.start - 1) if one.name == "step" else one
                for one in SELF_ASSESSMENT.slots
            ),
        ),
        "its slot step lies in another",
    ),
    "price": (suite.price_is_in_range, _with_kernel(price_rounded_down=_rising), "rises"),
    "windows": (suite.windows_are_in_order, _with_kernel(report_window=_early), "reports must not open first"),
    "collect": (suite.windows_are_in_order, _with_kernel(collect_from=_endless), "after both windows"),
    "refusals": (suite.refusals_keep_to_the_windows, _with_kernel(refund_refusal=_lenient), "is answered"),
    "share": (suite.share_is_of_what_is_left, _with_kernel(share_rounded_down=_greedy), "verified get"),
    "compiled": (
        suite.interpreted_and_compiled_agree,
        _with_kernel(burns_leftover=_uncompilable),
        "burns_leftover does not compile",
    ),
    "proof": (
        suite.proof_holds_at_the_bounds,
        _with_kernel(price_rounded_down=_overflowing),
        "products leaves something out",
    ),
    "conservation": (suite.money_is_conserved, _with_kernel(share_rounded_down=_printing), "More than its deposit"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_told(case: str) -> None:
    check, incentive, sentence = BROKEN[case]
    with pytest.raises(Nonconforming, match=sentence):
        check(incentive)
