"""What calls would cost under the announced repricing follows from the slots and bytes that they add."""

import re
from pathlib import Path

import pytest

from earnest.contracts import load_artifact
from earnest.contracts.tools.anvil import running_anvil
from earnest.contracts.tools.gas_repriced import Growth, measure, table

pytestmark = pytest.mark.loopback

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "gas.md"
#: Per cent by which a figure of today's gas may differ from the guide's.
DRIFT = 1
FAMILIES = {"": ("IPool", "IPoolFactory"), "sealed ": ("ISealedPool",)}


@pytest.fixture(scope="module")
def found() -> dict[str, Growth]:
    with running_anvil() as url:
        return measure(url)


def told() -> dict[str, Growth]:
    """The table of the guide."""
    (rows,) = re.findall(r"^\| call \|.*\n\|[-|]+\n((?:\|.*\n)+)", GUIDE.read_text("utf-8"), re.MULTILINE)
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    return {name: Growth(*(int(cell.replace(",", "")) for cell in numbers[:4])) for name, *numbers in cells}


def test_growth_is_priced_by_the_drafts_instead_of_by_todays_rules():
    assert Growth(50_000, 0, 0, 0).repriced == 50_000
    assert Growth(50_000, 1, 0, 0).repriced == 50_000 - 17_100 + 97_920
    assert Growth(500_000, 0, 1_000, 1).repriced == 500_000 - 200_000 - 32_000 + (1_000 + 112) * 1_530


def test_table_has_every_verb_of_the_interfaces():
    for family, interfaces in FAMILIES.items():
        functions = {
            entry["name"]
            for interface in interfaces
            for entry in load_artifact(interface).abi
            if entry["type"] == "function" and entry["stateMutability"] in ("payable", "nonpayable")
        }
        # that one the factory calls, in createPool
        functions -= {"initialize"}
        names = [name for name in told() if name.startswith("sealed ") == bool(family)]
        shown = {re.split("[ ,]", name.removeprefix(family))[0] for name in names}
        assert functions == shown - ({"createPool"} if family else set())


def test_guide_shows_what_is_measured(found):
    shown = told()
    assert list(shown) == list(found)
    growth = {name: (one.slots, one.code, one.accounts) for name, one in found.items()}
    assert {name: (one.slots, one.code, one.accounts) for name, one in shown.items()} == growth
    pairs = {name: (shown[name].gas, one.gas) for name, one in found.items()}
    assert {name: pair for name, pair in pairs.items() if 100 * abs(pair[0] - pair[1]) > DRIFT * pair[1]} == {}
    assert table(shown) in GUIDE.read_text("utf-8")


def test_calls_add_the_slots_and_the_code_that_the_documentation_says(found):
    slots = {name: one.slots for name, one in found.items()}
    contributions = {name for name in slots if re.search(r"\bcontribute, (agree|disagree|promise|at risk)", name)}
    assert len(contributions) == 5
    # at risk, an epoch's sum besides, where it is the first of it
    assert {name: slots[name] for name in contributions} == dict.fromkeys(contributions, 1) | {
        "sealed contribute, at risk": slots["sealed contribute, at risk"]
    }
    assert slots["sealed contribute, at risk"] in (1, 2)
    assert slots["commitBatch, 50 samples"] == 2
    claims = [name for name in slots if re.search(r"\b(refund|report|collect|settle|withdraw)", name)]
    # what is left of a contribution of a batch has a slot of its own
    assert {name for name in claims if slots[name]} == {"reportFromBatch, of 8, a share"}
    sealed = found["sealed seal, 1,000 words, paid for"]
    assert (sealed.slots, sealed.code, sealed.accounts) == (0, 2_003, 1)
    assert found["createPool, 1,000 words"].accounts == 2
