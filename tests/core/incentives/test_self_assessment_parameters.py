import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.points import POINTS
from earnest.core.incentives.registry import INCENTIVES, by_id
from earnest.core.incentives.self_assessment import (
    LEFTOVER_ANYONE,
    LEFTOVER_BURN,
    PRICE_DECAYING,
    PRICE_FIXED,
    SELF_ASSESSMENT,
)
from earnest.core.incentives.windows import (
    ALL_SAFEGUARDS,
    GUARD,
    MAX_WAIT,
    PAUSES_EXTEND,
    REFUND_BY_ANYONE,
    SAFEGUARDS,
)
from earnest.core.registry import NotRegistered

DAY = 86_400
DECAYING = SELF_ASSESSMENT.terms(PRICE_DECAYING, LEFTOVER_ANYONE, DAY, 9 * DAY, 10**9, 10**9)
FIXED = SELF_ASSESSMENT.terms(PRICE_FIXED, LEFTOVER_BURN, 0, 1, 10**15, 0)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"refund_wait": 9 * DAY}, "refund_wait .777600 s. must be below collect_wait"),
        ({"refund_wait": 9 * DAY + 1}, "must be below collect_wait"),
        ({"refund_wait": -1}, "refund_wait is -1 s; it must be from 0"),
        ({"collect_wait": 2**32}, "collect_wait is 4294967296 s; it must be from 1 to 4294967295"),
        ({"head_start": 8 * DAY}, "refund_wait .86400 s. and head_start .691200 s. together must be below"),
        ({"head_start": -1}, "head_start is -1 s; it must be from 0"),
        ({"safeguards": 8}, "Safeguards 8 is unknown; use 0 .none., 1 .guard., 2 .anyone.,"),
        ({"safeguards": -1}, "Safeguards -1 is unknown"),
        ({"price_rule": 255}, "Price rule 255 is unknown; use 0 .decaying.(,| or) 1 .fixed."),
        ({"leftover_rule": 2}, "Leftover rule 2 is unknown; use 0 .burn. or 1 .anyone."),
        ({"leftover_rule": -1}, "Leftover rule -1 is unknown"),
        ({"weight_or_cost": 0}, "weight is 0 wei; it must be from 1"),
        ({"weight_or_cost": MAX_AMOUNT // 60 + 1}, "weight is .* it must be from 1"),
        ({"step": 0}, "step is 0 wei; it must be from 1"),
        ({"step": 2**96}, "step is .* it must be from 1"),
    ],
)
def test_validate_parameters_decaying_price_out_of_range_is_refused_with_what_is_allowed(changed, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        DECAYING.replaced(**changed).validate()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"weight_or_cost": 0}, "cost is 0 wei; it must be from 1"),
        ({"weight_or_cost": 2**90 + 1}, "cost is .* it must be from 1"),
        ({"step": 1}, "step is 1; it plays no part here, pass 0"),
    ],
)
def test_validate_parameters_fixed_price_out_of_range_is_refused_with_what_is_allowed(changed, sentence):
    with pytest.raises(RuleViolation, match=sentence):
        FIXED.replaced(**changed).validate()


def test_pack_parameters_refuses_what_validate_refuses():
    with pytest.raises(RuleViolation):
        FIXED.replaced(step=1).pack()


@pytest.mark.parametrize(
    "parameters",
    [
        DECAYING,
        FIXED,
        DECAYING.replaced(weight_or_cost=MAX_AMOUNT // 60, step=2**90),
        FIXED.replaced(weight_or_cost=2**90, collect_wait=MAX_WAIT),
    ],
)
def test_validate_parameters_accepts_the_ends_of_the_ranges(parameters):
    parameters.validate()


def test_pack_parameters_lays_out_39_bytes_big_endian():
    packed = DECAYING.replaced(safeguards=5, head_start=3600).pack()

    waits = "00015180" + "00000e10" + "000bdd80"
    assert packed.hex() == "00" + "01" + "05" + waits + f"{10**9:024x}" + f"{10**9:024x}"
    assert len(packed) == 39


def test_registry_knows_every_incentive_by_its_name_and_by_what_its_contract_answers():
    assert list(INCENTIVES) == ["self-assessment", "points"]
    assert [by_id(one) for one in ("self-assessment/1", "points/1")] == [SELF_ASSESSMENT, POINTS]
    with pytest.raises(NotRegistered, match="no incentive 'lottery/1'; there are self-assessment/1, points/1"):
        by_id("lottery/1")


def test_packed_terms_read_back_are_the_same_under_each_incentive() -> None:
    for terms in (SELF_ASSESSMENT.terms(1, 0, 86_400, 777_600, 10**15, 0, 7, 9), POINTS.terms(5, 2**32 - 1, 5)):
        assert terms.incentive.unpack(terms.pack()) == terms


def test_settings_become_numbers_and_numbers_settings() -> None:
    fixed = SELF_ASSESSMENT.terms_of({"price": "fixed", "cost": 7, "weight": 9, "leftover": "anyone"}, unit=10)
    assert fixed.numbers == (PRICE_FIXED, LEFTOVER_ANYONE, DAY, 9 * DAY, 70, 0, 0, 0)
    assert fixed.settings == {
        "price": "fixed", "cost": 70, "refund_wait": DAY, "collect_wait": 9 * DAY, "leftover": "anyone",
        "safeguards": "none", "head_start": 0,
    }  # fmt: skip
    with pytest.raises(RuleViolation, match="price is 'free'; it must be one of decaying, fixed"):
        SELF_ASSESSMENT.terms_of({"price": "free"})


def test_terms_that_are_not_the_incentives_are_refused() -> None:
    with pytest.raises(RuleViolation, match="takes refund_wait, collect_wait, safeguards, head_start, each once"):
        POINTS.terms(1, 2, 3, 4, 5)
    with pytest.raises(RuleViolation, match="each once"):
        POINTS.terms(1, refund_wait=3)


def test_safeguards_are_known_by_what_their_bits_add_up_to_and_are_off_where_a_pool_lists_none() -> None:
    for number, name in enumerate(SAFEGUARDS.choices):
        bits = (GUARD * ("guard" in name), REFUND_BY_ANYONE * ("anyone" in name), PAUSES_EXTEND * ("pauses" in name))
        assert number == (ALL_SAFEGUARDS if name == "all" else sum(bits))
        assert SELF_ASSESSMENT.terms_of({"safeguards": name})["safeguards"] == number
    assert SELF_ASSESSMENT.terms(1, 0, 5, 9, 10, 0).numbers == (1, 0, 5, 9, 10, 0, 0, 0)
    assert POINTS.terms(5, 9).settings["safeguards"] == "none"
