import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives import points
from earnest.core.incentives import self_assessment as rules
from earnest.core.incentives.registry import INCENTIVES

DAY = 86_400
DECAYING = rules.Parameters(rules.PRICE_DECAYING, rules.LEFTOVER_ANYONE, DAY, 9 * DAY, 10**9, 10**9)
FIXED = rules.Parameters(rules.PRICE_FIXED, rules.LEFTOVER_BURN, 0, 1, 10**15, 0)


@pytest.mark.parametrize(
    "parameters", [DECAYING, FIXED, points.Parameters(DAY, 9 * DAY), points.Parameters(DAY, 9 * DAY, 7, 60)], ids=str
)
def test_arguments_of_an_incentive_give_its_price_its_windows_and_its_leftover_rule(parameters):
    price_rule, leftover_rule, refund_wait, collect_wait, weight_or_cost, step, *safeguards = parameters.arguments
    for elapsed in (1, 59, 60, DAY, 10**9):
        price = rules.price_rounded_down(price_rule, weight_or_cost, step, elapsed)
        assert price == parameters.price_after(elapsed)
    assert (refund_wait, collect_wait) == (parameters.refund_wait, parameters.collect_wait)
    assert (leftover_rule == rules.LEFTOVER_BURN) == parameters.burns_leftover
    assert safeguards == [parameters.safeguards, parameters.head_start]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"refund_wait": 9 * DAY}, "refund_wait .777600 s. must be below collect_wait"),
        ({"refund_wait": 9 * DAY + 1}, "must be below collect_wait"),
        ({"refund_wait": -1}, "refund_wait is -1 s; it must be from 0"),
        ({"collect_wait": 2**32}, "collect_wait is 4294967296 s; it must be from 0 to 4294967295"),
        (
            {"head_start": 8 * DAY},
            "refund_wait .86400 s. and head_start .691200 s. together must be below",
        ),
        ({"head_start": -1}, "head_start is -1 s; it must be from 0"),
        ({"safeguards": 8}, "Safeguards 8 are unknown; add up 1 .guard., 2 .refund by anyone., 4 .pauses."),
        ({"safeguards": -1}, "Safeguards -1 are unknown"),
        ({"price_rule": 2}, "Price rule 2 is unknown; use 0 .decaying. or 1 .fixed."),
        ({"leftover_rule": 2}, "Leftover rule 2 is unknown; use 0 .burn. or 1 .anyone."),
        ({"leftover_rule": -1}, "Leftover rule -1 is unknown"),
        ({"weight_or_cost": 0}, "The weight is 0 wei; it must be from 1"),
        ({"weight_or_cost": rules.MAX_AMOUNT // 60 + 1}, "The weight is .* it must be from 1"),
        ({"step": 0}, "The step is 0 wei; it must be from 1"),
        ({"step": 2**96}, "The step is .* it must be from 1"),
    ],
)
def test_validate_parameters_decaying_price_out_of_range_is_refused_with_what_is_allowed(changed, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        rules.validate_parameters(*DECAYING._replace(**changed))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"weight_or_cost": 0}, "The submission cost is 0 wei; it must be from 1"),
        ({"weight_or_cost": 2**96}, "The submission cost is .* it must be from 1"),
        ({"step": 1}, "a fixed price has none, pass 0"),
    ],
)
def test_validate_parameters_fixed_price_out_of_range_is_refused_with_what_is_allowed(changed, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        rules.validate_parameters(*FIXED._replace(**changed))


def test_pack_parameters_refuses_what_validate_refuses():
    with pytest.raises(RuleViolation):
        rules.pack_parameters(*FIXED._replace(step=1))


@pytest.mark.parametrize(
    "parameters",
    [
        DECAYING,
        FIXED,
        DECAYING._replace(weight_or_cost=rules.MAX_AMOUNT // 60, step=rules.MAX_AMOUNT),
        FIXED._replace(weight_or_cost=rules.MAX_AMOUNT, collect_wait=rules.MAX_WAIT),
    ],
)
def test_validate_parameters_accepts_the_ends_of_the_ranges(parameters):
    rules.validate_parameters(*parameters)


def test_pack_parameters_lays_out_39_bytes_big_endian():
    packed = rules.pack_parameters(*DECAYING._replace(safeguards=5, head_start=3600))

    waits = "00015180" + "00000e10" + "000bdd80"
    assert packed.hex() == "00" + "01" + "05" + waits + f"{10**9:024x}" + f"{10**9:024x}"
    assert len(packed) == 39


def test_registry_knows_every_incentive_by_its_kind():
    assert {kind: module.KIND for kind, module in INCENTIVES.items()} == {
        "self-assessment": "self-assessment",
        "points": "points",
    }


def test_packed_parameters_read_back_are_the_same_under_each_incentive() -> None:
    given = (1, 0, 86_400, 777_600, 10**15, 0, 7, 3600)
    assert rules.unpack_parameters(rules.pack_parameters(*given)) == given
    assert points.unpack_parameters(points.pack_parameters(5, 2**32 - 1, 5, 9)) == (5, 2**32 - 1, 5, 9)


def test_parameters_without_safeguards_are_the_published_rules() -> None:
    assert rules.Parameters(1, 0, 5, 9, 10, 0) == (1, 0, 5, 9, 10, 0, 0, 0)
    assert points.Parameters(5, 9) == (5, 9, 0, 0)
