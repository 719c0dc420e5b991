"""Attacks that turn the judge for a transaction, a block or a pause, played to their ends on the bytecode.

Each is played twice: by the published rules, where it pays, and in a pool with all safeguards, where it does not. What
happens in one second stands for one transaction: nothing else comes in between. What safeguards do not stop is here
too, with its price. A coalition's gain is all that its members hold at the end less what they held before, without gas.
"""

import json

import pytest

from earnest.contracts.tools.gas import SNAPSHOT
from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Contribution
from tests.agreement.contracts import DEPLOYER
from tests.agreement.evm import RICH
from tests.agreement.pair import Pair
from tests.agreement.test_attacks import COST, DAY, HONEST, NEXT, THIEF, earn_standing, gain, report, submit

REFUND_WAIT, COLLECT_WAIT, HEAD_START, BLOCK = DAY, 9 * DAY, 3_600, 12
PUBLISHED, SAFE = (0, 0), (ALL_SAFEGUARDS, HEAD_START)
VICTIMS = 8
#: Word 0 is strongly class 1; then a word for each victim, all barely class 1; bias last.
WEIGHTS = [50, *[2] * VICTIMS, 0]
WORDS = list(range(1, 1 + VICTIMS))
#: Two of these turn every victim's word, and two turn them back.
FLIPS = [(WORDS, 0)] * 2
RESTORES = [(WORDS, 1), ([1], 1)]


def a_pool(safeguards: int, head_start: int, standing: int = 27) -> tuple[Pair, list[Contribution]]:
    """Honest accounts with 3 verified contributions, a thief with more, victims in the last second before refunds."""
    money = (PRICE_FIXED, LEFTOVER_BURN, REFUND_WAIT, COLLECT_WAIT, COST, 0)
    terms = SELF_ASSESSMENT.terms(*money, safeguards, head_start)
    pair = Pair(SparsePerceptron.from_weights(WEIGHTS), terms)
    earn_standing(pair, HONEST, 3)
    if standing:
        earn_standing(pair, THIEF, standing)
    victims = [submit(pair, HONEST, [word], 1) for word in WORDS]
    pair.now += REFUND_WAIT
    return pair, victims


def commit(pair: Pair, who: str, lessons: list[tuple[list[int], int]]) -> list[Contribution]:
    samples, labels = [pack_sample(words) for words, _ in lessons], [label for _, label in lessons]
    value = COST * len(samples)
    result, first = pair.commit_batch(who, samples, labels, COST, value=value)
    assert result == "done"
    return pair.twin.contributions[first : first + len(samples)]


def refund(pair: Pair, what: Contribution, by: str | None = None) -> str:
    who, sample = by or what.contributor, pair.samples[what.index]
    first = pair.twin.batch_of(what.index)
    if first is None:
        return pair.refund(who, what, sample)[0]
    proof = pair.twin.batch_proof(first, pair.batches[first], what.index)
    return pair.claim_from_batch("refund", who, what, sample, first, proof)[0]


def agree(pair: Pair, made: list[Contribution]) -> list[bool]:
    return [pair.twin.predict(pair.samples[what.index])[0] == what.label for what in made]


# THE SINGLE-TRANSACTION THIEF


def bundle(pair: Pair, victims: list[Contribution]) -> tuple[set[str], list[Contribution], list[Contribution]]:
    """Flip, report, restore, in one second: what the reports answered, the flips and the restores."""
    flips = commit(pair, THIEF, FLIPS)
    assert not any(agree(pair, victims))
    answers = {report(pair, THIEF, what) for what in victims}
    restores = commit(pair, THIEF, RESTORES)
    assert all(agree(pair, victims)), "nobody sees it afterwards"
    return answers, flips, restores


def test_one_transaction_takes_deposits_by_the_published_rules():
    pair, victims = a_pool(*PUBLISHED)
    pair.now += 1
    answers, flips, restores = bundle(pair, victims)
    assert answers == {"done"}
    # the authors take back what is left, each a tenth
    assert {refund(pair, what) for what in victims} == {"done"}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in restores} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}

    # 8 deposits at 27 of 30, less the two flips, which it does not even get back here
    assert gain(pair, [THIEF]) == 8 * 900 - 2 * COST == 5_200
    assert gain(pair, [HONEST]) == -8 * 900


def test_one_transaction_takes_nothing_from_a_guarded_pool():
    pair, victims = a_pool(*SAFE)
    pair.now += 1 + HEAD_START
    answers, flips, restores = bundle(pair, victims)
    assert answers == {"ClaimGuarded"}
    pair.now += 1
    # and the next block is too late, since it restored the model
    assert {report(pair, THIEF, what) for what in victims} == {"ModelAgrees"}
    assert {refund(pair, what) for what in victims} == {"done"}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in restores} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}

    assert gain(pair, [THIEF]) == -2 * COST
    assert gain(pair, [HONEST]) == 0


@pytest.mark.parametrize(("pool", "answer", "profit"), [(PUBLISHED, "done", 5_200), (SAFE, "ClaimGuarded", -2_000)])
def test_victims_in_committed_batches_are_neither_safer_nor_less_safe(pool, answer, profit):
    pair, _ = a_pool(*pool)
    victims = commit(pair, HONEST, [([word], 1) for word in WORDS])
    pair.now += REFUND_WAIT + HEAD_START + 1
    flips = commit(pair, THIEF, FLIPS)
    answers = set()
    for what in victims:
        first = victims[0].index
        proof = pair.twin.batch_proof(first, VICTIMS, what.index)
        answers.add(pair.claim_from_batch("report", THIEF, what, pair.samples[what.index], first, proof)[0])
    restores = commit(pair, THIEF, RESTORES)
    assert answers == {answer}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in restores} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}
    assert gain(pair, [THIEF]) == profit


# FLASH REFUND


@pytest.mark.parametrize(
    ("pool", "outcome", "gained", "verified"), [(PUBLISHED, "done", -1_000, 10), (SAFE, "ClaimGuarded", -9_000, 2)]
)
def test_flash_refund_of_own_wrong_labels(pool, outcome, gained, verified):
    """Eight wrong labels, a day later a flip, eight refunds and two restores in one second."""
    pair, _ = a_pool(*pool, standing=0)
    wrong = [submit(pair, THIEF, [word], 0) for word in WORDS]
    while any(agree(pair, wrong)):
        # honest accounts teach back what these taught
        for word in WORDS:
            submit(pair, HONEST, [word], 1)
    pair.now += REFUND_WAIT + 1
    flips = commit(pair, THIEF, FLIPS[:1])
    assert all(agree(pair, wrong))
    assert {refund(pair, what) for what in wrong} == {outcome}
    restores = commit(pair, THIEF, RESTORES)
    assert not any(agree(pair, wrong))
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in restores} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}
    assert {refund(pair, what) for what in wrong} == {"ModelDisagrees" if pool == SAFE else "ContributionClosed"}

    assert pair.twin.account(THIEF)[1] == verified
    assert gain(pair, [THIEF]) == gained


# ORDER WITHIN A BLOCK


def test_a_thief_that_tips_more_is_first_in_the_first_second_by_the_published_rules():
    pair, victims = a_pool(*PUBLISHED)
    pair.now += 1
    answers, _, _ = bundle(pair, victims)
    assert answers == {"done"}
    # the victims' refunds, sent in the same second, find a tenth
    assert {refund(pair, what) for what in victims} == {"done"}
    assert gain(pair, [HONEST]) == -8 * 900


def test_a_thief_that_tips_more_wins_no_race_in_the_head_start():
    pair, victims = a_pool(*SAFE)
    pair.now += 1
    flips = commit(pair, THIEF, FLIPS)
    # in its second nobody can claim, so it has delayed the refunds by a block
    assert {report(pair, THIEF, what) for what in victims} == {"ClaimGuarded"}
    assert {refund(pair, what) for what in victims} == {"ClaimGuarded"}
    pair.now += BLOCK
    assert {report(pair, THIEF, what) for what in victims} == {"TooEarly"}
    assert {refund(pair, what) for what in victims} == {"ModelDisagrees"}
    # an honest account has the head start for teaching the model back, and refunds in the block after
    lessons = commit(pair, HONEST, RESTORES)
    pair.now += BLOCK
    # a keeper does, for them
    assert {refund(pair, what, by=NEXT) for what in victims} == {"done"}
    pair.now += HEAD_START
    assert {report(pair, THIEF, what) for what in victims} == {"ContributionClosed"}
    pair.now += REFUND_WAIT
    assert {refund(pair, what) for what in lessons} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}

    assert gain(pair, [THIEF]) == -2 * COST
    assert gain(pair, [HONEST]) == 0


# THE PAUSING OWNER


def test_an_owner_that_pauses_takes_deposits_by_the_published_rules():
    pair, victims = a_pool(*PUBLISHED)
    flips = commit(pair, THIEF, FLIPS)
    pair.owner_verb("pause", DEPLOYER)
    pair.now += 1
    # nobody can teach the model back
    assert pair.contribute(HONEST, pack_sample(WORDS), 1, COST, value=COST)[0] == "ContributionsPaused"
    assert {refund(pair, what) for what in victims} == {"ModelDisagrees"}
    assert {report(pair, THIEF, what) for what in victims} == {"done"}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in flips} == {"done"}

    assert gain(pair, [THIEF, DEPLOYER]) == 8 * 900
    assert gain(pair, [HONEST]) == -8 * COST


@pytest.mark.parametrize("pause", [2, DAY, 20 * DAY])
def test_an_owner_that_pauses_takes_nothing_where_pauses_extend(pause):
    pair, victims = a_pool(*SAFE)
    flips = commit(pair, THIEF, FLIPS)
    pair.owner_verb("pause", DEPLOYER)
    pair.now += pause
    assert {refund(pair, what) for what in victims} == {"ModelDisagrees"}
    assert {report(pair, THIEF, what) for what in victims} == {"ReportsPaused"}
    assert pair.collect(THIEF, victims[0], pair.sample_hash(victims[0].index))[0] == "TooEarly"
    pair.owner_verb("unpause", DEPLOYER)
    assert {report(pair, THIEF, what) for what in victims} == {"TooEarly"}
    lessons = commit(pair, HONEST, RESTORES)
    pair.now += BLOCK
    assert {report(pair, THIEF, what) for what in victims} == {"TooEarly"}
    assert {refund(pair, what) for what in victims} == {"done"}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in lessons} == {"done"}
    assert {refund(pair, what) for what in flips} == {"ModelDisagrees"}

    assert gain(pair, [THIEF, DEPLOYER]) == -2 * COST
    assert gain(pair, [HONEST]) == 0


def test_an_owner_that_never_ends_a_pause_locks_deposits_and_gains_nothing():
    """Not closed: its own flips are refunded, the others' deposits stay where they are until it unpauses."""
    pair, victims = a_pool(*SAFE)
    flips = commit(pair, THIEF, FLIPS)
    pair.owner_verb("pause", DEPLOYER)
    for _ in range(3):
        pair.now += 100 * DAY
        assert {refund(pair, what) for what in victims} == {"ModelDisagrees"}
        assert {report(pair, THIEF, what) for what in victims} == {"ReportsPaused"}
        assert pair.collect(THIEF, victims[0], pair.sample_hash(victims[0].index))[0] == "TooEarly"
    assert {refund(pair, what) for what in flips} == {"done"}
    assert gain(pair, [THIEF, DEPLOYER]) == 0
    assert sum(pair.twin.left_to_claim(what.index) for what in victims) == 8 * COST


# WHAT REMAINS


def test_turning_the_model_for_longer_still_pays_where_nobody_contributes_against_it():
    """Not closed: the judge is the model. Flips in one block, reports in a later one, while nobody else acts."""
    pair, victims = a_pool(*SAFE)
    flips = commit(pair, THIEF, FLIPS)
    pair.now += HEAD_START
    assert {refund(pair, what) for what in victims} == {"ModelDisagrees"}
    assert {report(pair, THIEF, what) for what in victims} == {"TooEarly"}
    pair.now += 1
    assert {report(pair, THIEF, what) for what in victims} == {"done"}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in flips} == {"done"}
    assert gain(pair, [THIEF]) == 8 * 900


def test_griefing_the_guard_closes_every_claim_while_it_is_paid_for():
    """One contribution a block: over a head start of an hour that is 300, and all their deposits are locked."""
    pair, victims = a_pool(*SAFE)
    griefing = []
    for _ in range(HEAD_START // BLOCK):
        pair.now += BLOCK
        griefing.append(submit(pair, NEXT, [0], 1))
        assert refund(pair, victims[0]) == "ClaimGuarded"
    assert len(griefing) == 300
    assert RICH - pair.evm.balance(NEXT) == 300 * COST, "locked"
    # when it stops, every author refunds before reports open, or with them: whoever is right has lost no money
    pair.now += 1
    assert {refund(pair, what) for what in victims} == {"done"}
    pair.now += REFUND_WAIT + 1
    assert {refund(pair, what) for what in griefing} == {"done"}
    assert gain(pair, [NEXT]) == 0
    assert gain(pair, [HONEST]) == 0


def test_the_gas_of_griefing_is_what_the_readme_says():
    one = json.loads(SNAPSHOT.read_text("utf-8"))["1 feature: contribute, agrees"]
    assert round(one * HEAD_START / BLOCK / 10**6) == 20
