"""No call of a pool grows in cost with the pool: 100,000 contributions, one by one and in batches."""

import pytest

from earnest.chain.gateway import Gateway
from earnest.contracts.tools.gas import ADA, BOB, CLAIMABLE, COST, DAY, Bench, random_weights
from earnest.core.incentives.self_assessment import LEFTOVER_BURN
from earnest.core.models.formats.words import pack_sample

KNOWN = [0, 3, 500]
BATCHES, SIZE = 1_042, 96


def costs(bench: Bench) -> dict[str, int]:
    """Gas of each verb, each on slots that were written before."""
    good, agreeing = bench.contribute(ADA, KNOWN, agrees=True)
    bad, disagreeing = bench.contribute(BOB, [1, 2], agrees=False)
    bench.gateway.advance_time(CLAIMABLE)
    refund = bench.refund(ADA, good, KNOWN)
    report = bench.report(ADA, bad, [1, 2])
    late, _ = bench.contribute(BOB, KNOWN, agrees=True)
    bench.gateway.advance_time(9 * DAY + 1)
    collect = bench.collect(ADA, late, KNOWN)
    return {
        "contribute, agrees": agreeing,
        "contribute, disagrees": disagreeing,
        "refund": refund,
        "report": report,
        "collect": collect,
        "withdraw": bench.withdraw(ADA),
    }


@pytest.mark.slow
def test_no_verb_costs_more_after_100_000_contributions(anvil_url: str) -> None:
    gateway = Gateway(anvil_url)
    bench = Bench.deploy(gateway, random_weights(), LEFTOVER_BURN)
    for _ in range(2):
        costs(bench)
    before = costs(bench)
    sample = pack_sample(KNOWN)
    label = bench.twin.predict_one(KNOWN)[0]
    for _ in range(BATCHES):
        call = gateway.contribute_call(bench.pool, [sample] * SIZE, [label] * SIZE, COST, COST * SIZE, committed=True)
        bench.send(call, ADA)
    assert gateway.pool_state(bench.pool).count >= 100_000

    after = costs(bench)

    # an index or an amount with another number of non-zero bytes: 12 gas for each in calldata and 12 in the event
    assert {verb: abs(after[verb] - before[verb]) <= 200 for verb in before} == dict.fromkeys(before, True), (
        before,
        after,
    )
