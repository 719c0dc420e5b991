"""Transactions that accounts signed themselves: followed to their end, each once, whatever happens on the way."""

import pytest

from earnest.chain.deployment import send_and_wait
from earnest.chain.raw_transaction import TransactionInvalid, decode
from earnest.chain.types import Call
from earnest.core.models.formats.words import pack_sample
from earnest.submissions.errors import QueueFull
from earnest.wallet import following
from earnest.wallet.errors import TransactionForeign, TransactionNotFound, TransactionUnfit
from earnest.wallet.following import MAX_UNDER_WAY
from tests.fixtures.pools import COST, OPERATOR, OTHER
from tests.submissions.post import Faulty
from tests.wallet.conftest import Desk

# TAKEN


def test_signed_transaction_is_sent_and_confirmed_as_what_it_says(each_desk):
    desk = each_desk
    raw = desk.sign(desk.call(0, words=(4, 8)))
    submission = desk.take(raw)
    assert desk.statuses(submission) == [("prepared", None)]
    desk.sender().drive(submission)
    assert desk.statuses(submission) == [("confirmed", 0)]
    shown = desk.wallets.submission(decode(raw).hash)
    assert (shown.id, shown.account, shown.verb, shown.items[0].amount) == (
        submission,
        OTHER.address,
        "contribute",
        COST,
    )


def test_hash_of_a_transaction_that_was_sent_elsewhere_is_followed_by_its_own_bytes(each_desk):
    desk = each_desk
    raw = desk.sign()
    signed = decode(raw)
    with pytest.raises(TransactionNotFound):
        desk.take_hash(signed.hash)
    desk.world.gateway.send(raw, signed.hash)
    submission = desk.take_hash(signed.hash)
    assert desk.transactions()[0].raw == raw
    desk.sender().drive(submission)
    assert desk.statuses(submission) == [("confirmed", 0)]


def test_same_transaction_handed_in_again_is_the_same_submission(each_desk):
    desk = each_desk
    raw = desk.sign()
    first = desk.take(raw)
    assert desk.take(raw) == first
    desk.sender().drive(first)
    assert desk.take(raw) == first == desk.take_hash(decode(raw).hash)
    assert desk.statuses(first) == [("confirmed", 0)]
    assert len(desk.transactions()) == 1
    assert desk.world.gateway.pool_state(desk.world.address).count == 1


@pytest.mark.parametrize("committed", [False, True])
def test_batch_is_read_sample_by_sample(desk, committed):
    samples = [pack_sample([word, word + 1]) for word in (3, 5, 7)]
    call = desk.world.gateway.contribute_call(
        desk.world.address, samples, [1, 0, 1], COST, 3 * COST, committed=committed
    )
    submission = desk.take(desk.sign(call))
    desk.sender().drive(submission)
    assert desk.statuses(submission) == [("confirmed", index) for index in range(3)]


def test_claim_and_withdrawal_are_followed_like_contributions(desk):
    world = desk.world
    sample = pack_sample([3, 9])
    label, _ = world.sync().snapshot()[0].predict_one(world.sync().snapshot()[0].sample_from_bytes(sample))
    key = world.contribute(sample, label, OTHER)
    world.gateway.advance_time(70)
    for call, verb in (
        (world.gateway.refund_call(world.address, key, sample), "refund"),
        (world.gateway.withdraw_call(world.address), "withdraw"),
    ):
        submission = desk.take(desk.sign(call))
        desk.sender().drive(submission)
        shown = desk.wallets.submissions.show(OTHER.address, submission)
        assert (shown.verb, shown.status, shown.items[0].amount) == (verb, "confirmed", COST)


def test_pause_by_the_owner_of_a_pool_tells_of_no_contribution_and_is_confirmed(desk):
    submission = desk.take(desk.sign(desk.world.gateway.pause_call(desk.world.address, paused=True), who=OPERATOR))
    desk.sender().drive(submission)
    assert desk.statuses(submission) == [("confirmed", None)]
    assert desk.world.gateway.is_paused(desk.world.address)


# REFUSED


def changed(desk: Desk, **changes: object) -> bytes:
    gateway = desk.world.gateway
    unsigned = gateway.unsigned(desk.call(), gateway.nonce(OTHER.address), gateway.fees())
    return OTHER.sign(unsigned | changes).raw


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"chainId": 1}, TransactionForeign, "for chain 1"),
        ({"to": OPERATOR.address}, TransactionForeign, "no pool"),
        ({"data": "0x"}, TransactionForeign, "no call"),
        ({"data": "0xa9059cbb" + "00" * 64}, TransactionForeign, "no call"),
        ({"gas": 20_999}, TransactionUnfit, "20999 gas"),
        ({"gas": 21_000}, TransactionUnfit, "21000 gas"),
        ({"maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "value": 0}, TransactionUnfit, "sign it with more"),
        ({"gas": 2**24 + 1}, TransactionUnfit, "gas"),
        ({"value": 10**26}, TransactionUnfit, "may cost"),
        ({"nonce": MAX_UNDER_WAY}, TransactionUnfit, "those before it first"),
    ],
)
def test_transaction_that_can_never_be_what_it_says_leaves_no_row(desk, changes, error, words):
    with pytest.raises(error, match=words):
        desk.take(changed(desk, **changes))
    assert desk.transactions() == [row for row in desk.transactions() if row.sender != OTHER.address]


def test_nonce_that_is_taken_is_refused_and_a_creation_is_none_of_a_pool(desk):
    raw = desk.sign()
    send_and_wait(desk.world.gateway, desk.world.gateway.transfer_call(OPERATOR.address, 1), OTHER)
    with pytest.raises(TransactionUnfit, match="is taken"):
        desk.take(raw)
    with pytest.raises(TransactionForeign, match="calls nobody"):
        desk.take(desk.sign(Call(None, b"\0", 0, 100_000)))
    with pytest.raises(TransactionInvalid):
        desk.take(raw[:-3])


def test_account_has_so_many_under_way_and_no_more(desk):
    nonce = desk.world.gateway.nonce(OTHER.address)
    for place in range(MAX_UNDER_WAY):
        desk.take(desk.sign(nonce=nonce + place))
    with pytest.raises(QueueFull):
        desk.take(desk.sign(desk.call(0), nonce=nonce))


# ON THE WAY


def test_gap_in_front_holds_a_transaction_back_and_nobody_else_up(desk):
    nonce = desk.world.gateway.nonce(OTHER.address)
    later = desk.take(desk.sign(desk.call(words=(5, 6)), nonce=nonce + 1))
    desk.sender().drive(later)
    assert desk.statuses(later) == [("sent", None)]
    first = desk.take(desk.sign(nonce=nonce))
    desk.sender().drive(first)
    assert desk.statuses(first) + desk.statuses(later) == [("confirmed", 0), ("confirmed", 1)]


def test_transaction_whose_place_another_took_is_dropped_and_says_so(each_desk):
    desk = each_desk
    nonce = desk.world.gateway.nonce(OTHER.address)
    raw = desk.sign(nonce=nonce)
    submission = desk.take(raw)
    send_and_wait(desk.world.gateway, desk.world.gateway.transfer_call(OPERATOR.address, 1), OTHER)
    desk.sender().drive(submission)
    assert desk.statuses(submission) == [("dropped", None)]
    assert desk.problem(submission) == "transaction-replaced"
    assert desk.take(raw) == submission


def test_of_what_another_took_the_place_of_so_much_is_remembered_and_no_more(each_desk, monkeypatch):
    desk = each_desk
    monkeypatch.setattr(following, "MAX_DROPPED", 2)
    nonce = desk.world.gateway.nonce(OTHER.address)
    given = [desk.take(desk.sign(desk.call(words=(word,)), nonce=nonce)) for word in range(5)]
    send_and_wait(desk.world.gateway, desk.world.gateway.transfer_call(OPERATOR.address, 1), OTHER)
    desk.sender().drive(given[0])
    last = desk.take(desk.sign())
    kept = {row.submission_id for row in desk.transactions() if row.sender == OTHER.address}
    assert kept == {*given[-2:], last}
    desk.sender().drive(last)
    assert desk.statuses(last) == [("confirmed", 0)]


def test_process_that_ends_before_sending_leaves_what_the_next_one_sends(each_desk):
    desk = each_desk
    submission = desk.take(desk.sign())
    # another process: a sender that knows nothing but the tables
    desk.sender().settle_all()
    assert desk.statuses(submission) == [("confirmed", 0)]


def test_transaction_that_reverts_is_failed_with_its_block(desk):
    cheap = desk.world.gateway.contribute_call(desk.world.address, [pack_sample([3])], [1], COST - 1, COST)
    submission = desk.take(desk.sign(cheap))
    desk.sender().drive(submission)
    assert desk.statuses(submission) == [("failed", None)]
    assert desk.transactions()[-1].block_number is not None


def test_reorganisation_opens_it_again_and_its_bytes_take_effect_once_more(each_desk):
    desk = each_desk
    point = desk.world.rpc("evm_snapshot")
    submission = desk.take(desk.sign())
    desk.sender().drive(submission)
    sync = desk.sync.get(desk.world.pool_id)
    sync.catch_up()
    assert desk.world.rpc("evm_revert", point) is True
    desk.world.gateway.advance_time(1)
    sync.catch_up()
    assert desk.statuses(submission) == [("sent", None)]
    desk.sender().settle_all()
    assert desk.statuses(submission) == [("confirmed", 0)]
    assert desk.world.gateway.pool_state(desk.world.address).count == 1


def test_receipt_that_was_read_just_before_a_reorganisation_does_not_stay(each_desk):
    """The sync has taken the block back, and gone on beyond it, before what the receipt says is written."""
    desk = each_desk
    point = desk.world.rpc("evm_snapshot")
    submission = desk.take(desk.sign())
    sync = desk.sync.get(desk.world.pool_id)

    class Slow(Faulty):
        done = False

        def receipt(self, transaction_hash):
            found = super().receipt(transaction_hash)
            if found is not None and not self.done:
                self.done = True
                desk.world.rpc("evm_revert", point)
                for _ in range(3):
                    desk.world.gateway.advance_time(1)
                sync.catch_up()
            return found

    desk.sender(Slow(desk.world.gateway.url), patience=0.5).drive(submission)
    assert desk.statuses(submission) == [("sent", None)]
    desk.sender().settle_all()
    assert desk.statuses(submission) == [("confirmed", 0)]
    assert desk.transactions()[-1].block_number == desk.world.gateway.head().number


# TEXTS


def test_text_is_kept_only_beside_the_sample_that_was_made_of_it(desk):
    pools = desk.wallets._pools
    model, _ = desk.sync.get(desk.world.pool_id).snapshot()
    from earnest.web.schemas import SampleInput

    text = " ".join(pools.encoder(desk.pool()).words[3:9])
    sample = model.sample_to_bytes(pools.sample(model, desk.pool(), SampleInput(text=text)))
    raw = desk.sign(desk.world.gateway.contribute_call(desk.world.address, [sample], [1], COST, COST))
    for texts in (["something else"], [text, None], [" "]):
        with pytest.raises(TransactionUnfit):
            desk.take(raw, texts)
    submission = desk.take(raw, [text])
    desk.sender().drive(submission)
    desk.sync.get(desk.world.pool_id).catch_up()
    with desk.world.sessions() as session:
        from earnest.db.queries.texts import texts_of

        assert texts_of(session, desk.pool(), [0]) == {0: text}
