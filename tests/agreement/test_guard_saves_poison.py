"""The guard as a wrong label's shelter, in a pool with the shortest windows that it allows, whose leftovers are burned.

Whoever orders transactions closes all claims while its own wrong labels could be reported. Then it lets go: reports are
over for good, refunds are open for as long as anybody contributes each hour, and nothing can be collected. It turns the
model in one block, asks in the next, and has all its wrong labels' deposits back. Open, and no gain: docs/incentives.md
says so.
"""

import pytest

from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS, SHORTEST_WINDOW
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Contribution
from tests.agreement.pair import Pair
from tests.agreement.test_attacks import COST, DAY, HONEST, NEXT, SECOND, THIEF, earn_standing, gain, report, submit
from tests.agreement.test_turning_attacks import BLOCK, FLIPS, RESTORES, WEIGHTS, WORDS, refund

WINDOW_BLOCKS = SHORTEST_WINDOW // BLOCK
#: Of other blocks' contributions, each of which keeps refunds open for an hour.
IDLE_DAYS = 3


def shelter(pair: Pair, wrong: list[Contribution], own: list[Contribution]) -> set[str]:
    """Contribute in each block in which a wrong label could be reported; what an honest reporter hears."""
    pair.now = max(one.time for one in wrong) + DAY
    answers = set()
    for _ in range(WINDOW_BLOCKS):
        pair.now += BLOCK
        own.append(submit(pair, SECOND, [0], 1))
        answers |= {report(pair, HONEST, what) for what in wrong[:1]}
    pair.now += 1
    return answers


@pytest.mark.parametrize("quiet", [True, False], ids=["at once", "days later"])
def test_a_wrong_label_that_nobody_could_report_comes_back_once_the_model_is_turned(quiet: bool):
    money = (PRICE_FIXED, LEFTOVER_BURN, DAY, DAY + SHORTEST_WINDOW, COST, 0)
    pair = Pair(SparsePerceptron.from_weights(WEIGHTS), SELF_ASSESSMENT.terms(*money, ALL_SAFEGUARDS, 0))
    earn_standing(pair, HONEST, 3)
    own: list[Contribution] = []
    # each wrong label, and a right one of another account that takes back what it taught
    wrong = []
    for words in ([word] for word in WORDS):
        wrong.append(submit(pair, THIEF, words, 0))
        while pair.twin.predict(pair.samples[wrong[-1].index])[0] == 0:
            own.append(submit(pair, SECOND, words, 1))
    assert not any(pair.twin.predict(pair.samples[what.index])[0] == what.label for what in wrong)

    assert shelter(pair, wrong, own) == {"ClaimGuarded"}
    if not quiet:
        for _ in range(IDLE_DAYS * 24):
            pair.now += SHORTEST_WINDOW
            own.append(submit(pair, NEXT, [0], 1))
        pair.now += 1
    assert {report(pair, HONEST, what) for what in wrong} == {"TooLate"}
    assert {pair.collect(HONEST, what, pair.sample_hash(what.index))[0] for what in wrong} == {"TooEarly"}
    # one block turns the model, the next one asks, a third turns it back
    flips = [submit(pair, THIEF, words, label) for words, label in FLIPS]
    pair.now += BLOCK
    answers = {refund(pair, what) for what in wrong}
    pair.now += BLOCK
    own += [submit(pair, SECOND, words, label) for words, label in RESTORES]
    assert all(pair.twin.predict(pair.samples[what.index])[0] == 1 for what in [*wrong, *own])
    # the flips are not even sheltered, and are lost; what has a right label comes back
    pair.now += BLOCK
    for what in own:
        pair.now = max(pair.now, what.time + DAY + 1)
        assert refund(pair, what) == "done"
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}
    won = gain(pair, [THIEF, SECOND, NEXT])
    # what turned the model is lost, what it saved is back: less is lost than without the shelter, and nothing is gained
    assert (answers, won) == ({"done"}, -len(flips) * COST), f"{answers}, {won}"
