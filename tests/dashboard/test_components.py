"""Amounts, addresses, times and windows read as they should, whatever they are given."""

import re

import pytest

from earnest.dashboard.components import (
    address,
    ago,
    at_most,
    badge,
    class_name,
    cut,
    ether,
    identicon,
    meter,
    moment,
    plural,
    share,
    span,
    stacked,
    sum_of,
    window,
    window_words,
)  # fmt: skip

HOSTILE = '"><script>alert(1)</script>'
ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
DAY = 86_400


def text_of(markup: str) -> str:
    return re.sub(r"<[^>]+>", "", markup)


@pytest.mark.parametrize(
    ("wei", "shown", "exact"),
    [
        (15 * 10**14, "0.0015ETH", "0.0015 ETH = 1,500,000,000,000,000 wei"),
        (78_428_571_428_571_428, "0.0784ETH", "0.078428571428571428 ETH = 78,428,571,428,571,428 wei"),
        (0, "0.0000ETH", "0 ETH = 0 wei"),
        (1, "&lt; 0.0001ETH", "0.000000000000000001 ETH = 1 wei"),
        (10**14, "0.0001ETH", "0.0001 ETH"),
        (10**22, "10,000.0000ETH", "10000 ETH"),
    ],
)
def test_amount_has_four_decimals_and_the_exact_one_beside(wei: int, shown: str, exact: str) -> None:
    found = ether(wei)
    assert text_of(found).startswith(shown)
    assert exact in found
    # only what is rounded opens
    assert ("<details" in found) == (wei not in (15 * 10**14, 0, 10**14, 10**22))


def test_amount_of_a_change_has_a_sign_and_none_has_a_dash() -> None:
    assert text_of(ether(10**15, change=True)).startswith("+0.0010")
    assert text_of(ether(-(10**15), change=True)).startswith("\N{MINUS SIGN}0.0010")
    assert ether(0, change=True) == ether(None) == ether(0, nothing="\N{EN DASH}")


@pytest.mark.parametrize(
    ("wei", "said"),
    [
        (0, "0 ETH"),
        (1, "0.000000000000000001 ETH"),
        (310_000_000_000_000, "0.00031 ETH"),
        (310_000_000_000_001, "0.00032 ETH"),
        (99_500_000_000_000, "0.0001 ETH"),
        (20 * 10**18, "20 ETH"),
    ],
)
def test_bound_is_rounded_up_and_never_below_what_it_bounds(wei: int, said: str) -> None:
    assert at_most(wei) == said


def test_sum_adds_up_to_the_wei() -> None:
    assert sum_of([10**18, 1, 2]) == ("1 + 0.000000000000000001 + 0.000000000000000002 = 1.000000000000000003 ETH")


def test_address_is_cut_and_whole_in_its_title_and_its_page() -> None:
    found = address(ADDRESS, ADDRESS.lower())
    assert cut(ADDRESS) in found
    assert f'href="/accounts/{ADDRESS}"' in found
    assert f'data-copy="{ADDRESS}"' in found
    assert "you" in found
    assert "you" not in text_of(address(ADDRESS, None))
    assert identicon(ADDRESS) == identicon(ADDRESS.lower()) != identicon(ADDRESS[:-1] + "0")


@pytest.mark.parametrize(
    "made",
    [
        address(HOSTILE), badge(HOSTILE), class_name(0, [HOSTILE]), meter(0.5, "k1", HOSTILE),
        stacked([("wallet", 1, HOSTILE)], HOSTILE),
    ],
)  # fmt: skip
def test_hostile_text_is_text_in_every_part(made: str) -> None:
    assert "<script" not in made
    assert '"><' not in made.replace('"><svg', "").replace('"><path', "").replace('"><rect', "").replace(
        '"><title', ""
    ).replace('"><span', "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (119, "119 s"), (120, "2 min"), (3600, "1 h"), (7200, "2 h"), (DAY, "1 d"),
     (3 * DAY, "3 d"), (5400, "90 min")],
)  # fmt: skip
def test_span_is_told_in_the_unit_that_suits_it(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_window_says_when_it_opens_and_marks_its_last_hours() -> None:
    assert text_of(window_words(100 + DAY, 100 + 8 * DAY, 100)) == "opens in 1 d"
    assert "due" not in window_words(0, 8 * DAY, 100)
    assert 'class="due"' in window_words(0, 3 * 3600, 100)
    assert "over since" in window_words(0, 100, 100 + DAY)
    drawn = window(0, DAY, 9 * DAY, DAY // 2, 9 * DAY, by_author=False)
    assert "reportable by others" in drawn
    assert all(0 <= float(x) <= 100 for x in re.findall(r'x="([\d.]+)%"', drawn))


def test_words_of_one_none_and_many_have_their_own_grammar() -> None:
    assert [plural(count, "class", "classes") for count in (0, 1, 1200)] == ["0 classes", "1 class", "1,200 classes"]
    assert (ago(None, 5), ago(5, 6), ago(5, 125)) == ("\N{EN DASH}", "now", "2 min ago")
    assert (share(None), share(0.8135), share(1.0)) == ("\N{EN DASH}", ".8135", "1.0000")
    assert 'datetime="1970-01-02T00:00:00Z"' in moment(DAY)
