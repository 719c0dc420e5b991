"""What calls would cost under the announced repricing follows from the slots and bytes that they add."""

from earnest.contracts.tools.gas_repriced import Growth, measure, table


def test_growth_is_priced_by_the_drafts_instead_of_by_todays_rules():
    assert Growth(50_000, 0, 0, 0).repriced == 50_000
    assert Growth(50_000, 1, 0, 0).repriced == 50_000 - 17_100 + 97_920
    assert Growth(500_000, 0, 1_000, 1).repriced == 500_000 - 200_000 - 32_000 + (1_000 + 112) * 1_530


def test_calls_add_the_slots_and_the_code_that_the_documentation_says(anvil_url):
    found = measure(anvil_url)
    slots = {name: one.slots for name, one in found.items()}
    assert slots["contribute, 130 words, agrees"] == slots["contribute, 130 words, disagrees"] == 1
    assert slots["sealed: contribute, 130 words"] == 1
    assert slots["commitBatch, 50 samples of 130 words"] == 2
    assert {
        slots[name] for name in ("refund", "report, a share", "collect", "withdraw", "sealed: settle, 130 words")
    } == {0}
    sealed = found["sealed: seal, 1,000 words"]
    assert (sealed.slots, sealed.code, sealed.accounts) == (0, 2_003, 1)
    assert found["new pool, 1,000 words"].accounts == 2
    assert table(found).count("\n") == len(found) + 1
