"""An account with a key of its own in a pool whose judge is sealed: contribute, seal, settle, withdraw."""

import numpy as np
import pytest

from earnest.chain.interface import encode_call
from earnest.chain.sealed import chain_quote
from earnest.chain.types import Call
from earnest.core.incentives.sealed import AGREED, AT_RISK
from earnest.submissions.errors import RiskNotAccepted
from earnest.sync.pool_sync import PoolSync
from earnest.wallet.errors import VerbUnknown
from earnest.wallet.schemas import ClaimsToSign, ContributionsToSign, ToSign
from tests.fixtures.pools import OPERATOR, OTHER
from tests.fixtures.sealed_pools import EPOCH, SealedWorld
from tests.wallet.conftest import Desk


@pytest.fixture
def desk(sqlite_sealed_world: SealedWorld) -> Desk:
    return Desk(sqlite_sealed_world)


def sent(desk: Desk, shown) -> list[tuple[str, int | None]]:
    """Sign what was prepared, hand it in, and follow it to its end."""
    unsigned = {**shown.transaction.model_dump(), "type": 2}
    submission = desk.take(OTHER.sign(unsigned).raw)
    desk.sender().drive(submission)
    desk.sync.get(desk.world.pool_id).catch_up()
    return desk.statuses(submission)


def test_own_key_goes_the_whole_way_in_a_sealed_pool(desk):
    world, pool = desk.world, desk.world.pool_id
    sample = world.sample(1)
    features = [int(word) for word in np.frombuffer(sample, ">u2")]
    items = [{"features": features, "label": world.said(sample)}]
    shown = desk.wallets.contributions(pool, ContributionsToSign(items=items), OTHER.address)
    assert (shown.verb, shown.refusal, shown.refund_from) == ("contribute", None, None)
    paid = -shown.balance_change
    assert paid > 0
    assert "1 sample" in shown.meaning
    assert sent(desk, shown) == [("confirmed", 0)]

    early = desk.wallets.claims(pool, "settle", ClaimsToSign(indices=[0]), OTHER.address)
    assert early.refusal["type"] == "urn:earnest:problem:contract-too-few-seals"
    for _ in range(2):
        world.gateway.advance_time(EPOCH)
        assert sent(desk, desk.wallets.plain(pool, "seal", ToSign(), OTHER.address)) == [("confirmed", None)]
    settled = desk.wallets.claims(pool, "settle", ClaimsToSign(indices=[0]), OTHER.address)
    assert settled.credit_change == paid
    assert sent(desk, settled) == [("confirmed", 0)]
    withdrawn = desk.wallets.plain(pool, "withdraw", ToSign(), OTHER.address)
    assert withdrawn.balance_change >= paid
    before = world.gateway.balance(OPERATOR.address)
    # to another account: nothing that is prepared says so, and what is signed may
    to_another = encode_call("ISealedPool", "withdrawTo", OPERATOR.address)
    submission = desk.take(desk.sign(Call(world.address, to_another, 0, 150_000)))
    desk.sender().drive(submission)
    shown = desk.wallets.submissions.show(OTHER.address, submission)
    assert (shown.verb, shown.status) == ("withdraw", "confirmed")
    assert world.gateway.balance(OPERATOR.address) == before + shown.items[0].amount >= before + paid


def test_what_has_a_case_of_its_own_goes_alone_and_other_verbs_are_unknown(desk):
    pool = desk.world.pool_id
    items = [{"features": [1, 12], "label": 1}, {"features": [2, 13], "label": 0}]
    with pytest.raises(VerbUnknown, match="one sample"):
        desk.wallets.contributions(pool, ContributionsToSign(items=items), OTHER.address)
    with pytest.raises(VerbUnknown, match="settle"):
        desk.wallets.claims(pool, "refund", ClaimsToSign(indices=[0]), OTHER.address)


def numbers(sample: bytes) -> list[int]:
    return [int(word) for word in np.frombuffer(sample, ">u2")]


def turn(world: SealedWorld, sync: PoolSync) -> tuple[bytes, int]:
    """A thief teaches the learner until the next seal turns the judge; the sample, and its class before that."""
    rate, times = world.setting("rate"), 6
    served = world.model
    found = [
        world.sample(number)
        for number in range(99)
        if world.mirror().teaches(np.frombuffer(world.sample(number), ">u2"), 1 - world.said(world.sample(number)))
    ]
    target = min(found, key=lambda sample: abs(served.predict_one(served.sample_from_bytes(sample))[1]))
    said, made = world.said(target), []
    for _ in range(times):
        for number in range(rate):
            world.give(world.sample(number), world.said(world.sample(number)))
        made.append(world.give(target, 1 - said))
    world.seal()
    world.seal()
    for one in made:
        assert world.settle(one, target).taught
    for _ in range(30):
        sync.catch_up()
        mirror = world.mirror(sync).copy()
        mirror.seal()
        if mirror.served.predict_one(served.sample_from_bytes(target))[0] != said:
            return target, said
        world.seal()
    raise AssertionError("the judge does not turn")


def test_seal_that_a_thief_puts_first_makes_no_deposit_one_that_may_be_lost(desk):
    world, pool = desk.world, desk.world.pool_id
    # the honest account has credit, which a dearer case would take without a word
    first = world.sample(3)
    made = [world.give(first, world.said(first), OTHER) for _ in range(9)]
    target, said = turn(world, desk.sync.get(pool))
    for one in made:
        world.settle(one, first, OTHER)
    # standing of its own would promise the deposit: it has spent that
    while chain_quote(world.gateway, world.address, OTHER.address, target, 1 - said).case != AT_RISK:
        world.give(target, 1 - said, OTHER)
    credit, _ = world.gateway.pool_account(world.address, OTHER.address)
    assert credit >= world.setting("risk_price")
    assert chain_quote(world.gateway, world.address, OTHER.address, target, said).case == AGREED

    desk.sync.get(pool).catch_up()
    items = [{"features": numbers(target), "label": said}]
    generous = ContributionsToSign(items=items, max_price=str(10**18))
    shown = desk.wallets.contributions(pool, generous, OTHER.address)
    world.seal(OPERATOR)
    assert chain_quote(world.gateway, world.address, OTHER.address, target, said).case == AT_RISK
    ((status, _),) = sent(desk, shown)
    assert status == "failed"
    assert world.gateway.pool_account(world.address, OTHER.address)[0] == credit

    desk.sync.get(pool).catch_up()
    with pytest.raises(RiskNotAccepted, match="Its deposit would be"):
        desk.wallets.contributions(pool, generous, OTHER.address)
    accepted = generous.model_copy(update={"accept_risk": True})
    assert desk.wallets.contributions(pool, accepted, OTHER.address).refusal is None
