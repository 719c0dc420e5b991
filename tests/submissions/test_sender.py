"""The sender: each item takes effect at most once, whatever is lost, refused, raced or killed on the way."""

import threading
from contextlib import nullcontext

import pytest
from sqlalchemy import select

from earnest.chain.deployment import send_and_wait
from earnest.chain.errors import ChainUnavailable
from earnest.db.tables import KeptText, SubmissionItem
from tests.fixtures.pools import COLLECT_WAIT, COST, OPERATOR, OTHER, REFUND_WAIT
from tests.submissions.post import Faulty, Keys, Killed, Post, sample_of


def kill() -> None:
    raise Killed


def fall_silent() -> None:
    raise ChainUnavailable("The node does not answer.")


def pay_oneself(post: Post) -> None:
    """A transaction of the account's own, beside the service."""
    prepared = post.gateway.prepare(
        post.gateway.transfer_call(OPERATOR.address, 1), OPERATOR, post.gateway.nonce(OPERATOR.address)
    )
    post.gateway.send(prepared.raw, prepared.hash)


# STATES


def test_prepared_items_are_confirmed_with_what_the_receipt_says(each_post):
    name = each_post.write((1, 0, 1))
    assert each_post.statuses(name) == ["prepared"] * 3
    each_post.sender().drive(name)
    items = each_post.items(name)
    assert [(item.status, item.index, item.amount, item.error) for item in items] == [
        ("confirmed", index, COST, None) for index in range(3)
    ]
    (stored,) = each_post.transactions()
    assert {item.transaction_hash for item in items} == {stored.hash}
    receipt = each_post.gateway.receipt(stored.hash)
    assert (stored.status, stored.block_number, stored.gas_used) == (
        "confirmed",
        receipt.block_number,
        receipt.gas_used,
    )
    assert each_post.count() == 3


def test_transaction_is_stored_with_its_bytes_before_it_is_sent(post):
    name, seen = post.write(), []

    def look() -> None:
        seen.append((post.statuses(name), [(row.status, bool(row.raw), row.nonce) for row in post.transactions()]))

    nonce = post.gateway.nonce(OPERATOR.address)
    post.sender(gateway=Faulty(post.gateway.url, before={"send": look})).drive(name)
    assert seen == [(["prepared"], [("prepared", True, nonce)])]


def test_transaction_that_is_not_mined_in_time_is_sent_and_confirmed_later(post):
    name = post.write()
    with post.held_back():
        sender = post.sender(patience=0.2)
        sender.drive(name)
        assert post.statuses(name) == ["sent"]
        # whoever asks again meanwhile, nothing else is signed
        sender.drive(name)
        sender.settle_all()
        assert len(post.transactions()) == 1
    post.mine()
    post.sender().settle_all()
    assert post.statuses(name) == ["confirmed"]
    assert post.count() == 1


def test_claim_and_withdrawal_are_confirmed_with_their_amounts(post):
    sync = post.world.sync()
    agreed, _ = post.gateway.predict(post.world.address, sample_of(1))
    name = post.write((agreed,))
    post.sender().drive(name)
    (made,) = post.items(name)
    sync.catch_up()
    post.gateway.advance_time(REFUND_WAIT + 1)
    refund, withdrawal = post.write(verb="refund", indices=(made.index,)), post.write(verb="withdraw")
    for later in (refund, withdrawal):
        post.sender().drive(later)
    assert [(item.status, item.index, item.amount) for item in post.items(refund)] == [("confirmed", 0, COST)]
    assert [(item.status, item.index, item.amount) for item in post.items(withdrawal)] == [("confirmed", None, COST)]


@pytest.mark.parametrize("held", [False, True])
def test_transaction_that_is_mined_at_once_is_written_down_once(post, monkeypatch, held):
    name, sender, marked = post.write(), post.sender(patience=0.2), []
    monkeypatch.setattr(sender, "_mark_sent", marked.append)
    with post.held_back() if held else nullcontext():
        sender.drive(name)
    assert post.statuses(name) == ["prepared" if held else "confirmed"]
    assert len(marked) == held


def test_nonce_is_asked_for_again_where_a_claim_had_to_wait(post, monkeypatch):
    name, asked = post.write(), []
    sender, ask = post.sender(), post.gateway.nonce
    monkeypatch.setattr(post.gateway, "nonce", lambda account: asked.append(account) or ask(account))
    monkeypatch.setattr(sender, "_try", lambda call, account: bool(pay_oneself(post)) or True)
    sender.drive(name)
    assert (post.statuses(name), len(asked)) == (["confirmed"], 3)


# AT MOST ONCE


def test_driving_what_is_confirmed_sends_nothing(post):
    name = post.write((1, 1))
    post.sender().drive(name)
    before, nonce = post.items(name), post.gateway.nonce(OPERATOR.address)
    for again in (post.sender(), post.sender()):
        again.drive(name)
        again.settle_all()
    assert (post.items(name), post.gateway.nonce(OPERATOR.address), post.count()) == (before, nonce, 2)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_around_sending_leaves_bytes_that_take_effect_once(each_post, moment):
    """Before: stored, not sent. After: sent, and nobody wrote that down."""
    name = each_post.write((1, 0), texts={0: "first", 1: "second"})
    with pytest.raises(Killed):
        each_post.sender(gateway=Faulty(each_post.gateway.url, **{moment: {"send": kill}})).drive(name)
    assert each_post.statuses(name) == ["prepared", "prepared"]
    (stored,) = each_post.transactions()
    assert stored.status == "prepared"
    assert each_post.count() == (0 if moment == "before" else 2)
    restarted = each_post.sender()
    restarted.settle_all()
    restarted.settle_all()
    assert each_post.statuses(name) == ["confirmed", "confirmed"]
    assert [row.hash for row in each_post.transactions()] == [stored.hash]
    assert each_post.count() == 2
    each_post.world.sync().catch_up()
    with each_post.world.sessions() as session:
        assert session.execute(select(KeptText.body, KeptText.index).order_by(KeptText.index)).all() == [
            ("first", 0),
            ("second", 1),
        ]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_before_anything_is_stored_leaves_the_item_prepared(each_post, moment):
    name = each_post.write()
    with pytest.raises(Killed):
        each_post.sender(gateway=Faulty(each_post.gateway.url, **{moment: {"prepare": kill}})).drive(name)
    assert (each_post.statuses(name), each_post.transactions(), each_post.count()) == (["prepared"], [], 0)
    each_post.sender().settle_all()
    assert (each_post.statuses(name), each_post.count()) == (["confirmed"], 1)


def test_kill_between_two_batches_is_taken_up_where_it_stopped(post):
    name = post.write((1,) * 53)
    first = post.sender()
    first._next_batch = _killed_at_the_second(first._next_batch)  # type: ignore[method-assign]
    with pytest.raises(Killed):
        first.drive(name)
    assert post.statuses(name) == ["confirmed"] * 50 + ["prepared"] * 3
    post.sender().settle_all()
    assert [item.index for item in post.items(name)] == list(range(53))
    assert post.count() == 53


def _killed_at_the_second(next_batch):
    calls = []

    def killing(*arguments, **more):
        calls.append(arguments)
        if len(calls) == 2:
            raise Killed
        return next_batch(*arguments, **more)

    return killing


# A NODE THAT LOSES, OR IS SILENT


def test_transaction_that_the_node_lost_is_sent_again_to_the_last_bit(post):
    name = post.write()
    with post.held_back():
        post.sender(patience=0.2).drive(name)
        (stored,) = post.transactions()
        post.world.rpc("anvil_dropTransaction", stored.hash)
        post.mine()
        assert (post.count(), post.gateway.receipt(stored.hash)) == (0, None)
        post.sender(patience=0.2).settle_all()
        post.mine()
    post.sender().settle_all()
    assert [row.hash for row in post.transactions()] == [stored.hash]
    assert (post.statuses(name), post.count()) == (["confirmed"], 1)


@pytest.mark.parametrize("method", ["try_call", "prepare", "send"])
def test_node_that_falls_silent_is_an_error_and_what_was_stored_is_settled_later(post, method):
    name = post.write()
    with pytest.raises(ChainUnavailable):
        post.sender(gateway=Faulty(post.gateway.url, before={method: fall_silent})).drive(name)
    assert post.statuses(name) == ["prepared"]
    assert len(post.transactions()) == (method == "send")
    post.sender().settle_all()
    assert (post.statuses(name), post.count()) == (["confirmed"], 1)


def test_nothing_is_sent_past_a_transaction_that_the_chain_has_not_decided(post):
    first, second = post.write(), post.write()
    with post.held_back():
        sender = post.sender(patience=0.2)
        sender.drive(first)
        sender.drive(second)
        assert (post.statuses(first), post.statuses(second)) == (["sent"], ["prepared"])
        assert len(post.transactions()) == 1
    post.mine()
    post.sender().settle_all()
    assert (post.statuses(first), post.statuses(second)) == (["confirmed"], ["confirmed"])


# NONCES


def test_submissions_of_one_account_queue_for_its_nonces(each_post):
    sender, names = each_post.sender(), [each_post.write() for _ in range(6)]
    threads = [threading.Thread(target=sender.drive, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {tuple(each_post.statuses(name)) for name in names} == {("confirmed",)}
    nonces = [row.nonce for row in each_post.transactions()]
    assert nonces == list(range(nonces[0], nonces[0] + 6))
    assert each_post.count() == 6


def test_two_accounts_do_not_share_nonces(post):
    mine, others = post.write(), post.write(who=OTHER)
    for name in (mine, others):
        post.sender().drive(name)
    assert {row.sender for row in post.transactions()} == {OPERATOR.address, OTHER.address}
    assert (post.statuses(mine), post.statuses(others)) == (["confirmed"], ["confirmed"])


def test_nonce_that_was_taken_drops_the_transaction_and_a_retry_signs_anew(each_post):
    name = each_post.write()
    stolen = Faulty(each_post.gateway.url, before={"send": lambda: pay_oneself(each_post)})
    each_post.sender(gateway=stolen).drive(name)
    (dropped,) = each_post.items(name)
    assert (dropped.status, dropped.problem, dropped.index) == ("dropped", "transaction-refused", None)
    assert [row.status for row in each_post.transactions()] == ["dropped"]
    assert each_post.count() == 0
    each_post.prepare_again(name)
    each_post.sender().drive(name)
    assert (each_post.statuses(name), each_post.count()) == (["confirmed"], 1)
    assert [row.status for row in each_post.transactions()] == ["dropped", "confirmed"]


def test_two_processes_that_race_for_a_nonce_double_nothing(each_post, monkeypatch):
    """The second drives its submission between the first one's look at the nonce and its sending."""
    first, second = each_post.write(), each_post.write()

    def steal() -> None:
        with monkeypatch.context() as blind:
            # it sees nothing of the other's stored transaction, as one that reads the database a moment earlier
            blind.setattr("earnest.submissions.sender.highest_nonce", lambda *asked: None)
            _steal(each_post, second)

    raced = Faulty(each_post.gateway.url, before={"send": steal})
    each_post.sender(gateway=raced).drive(first)
    assert (each_post.statuses(first), each_post.statuses(second), each_post.count()) == (["dropped"], ["confirmed"], 1)
    each_post.prepare_again(first)
    each_post.sender().drive(first)
    assert (each_post.statuses(first), each_post.count()) == (["confirmed"], 2)


def test_process_that_sees_another_ones_transaction_in_its_place_when_it_stores_its_own_gives_way(each_post):
    first, second = each_post.write(), each_post.write()
    raced = Faulty(each_post.gateway.url, before={"send": lambda: _steal(each_post, second)})
    each_post.sender(gateway=raced).drive(first)
    assert (each_post.statuses(first), each_post.statuses(second), each_post.count()) == (
        ["confirmed"],
        ["prepared"],
        1,
    )
    each_post.sender().settle_all()
    assert (each_post.statuses(second), each_post.count()) == (["confirmed"], 2)


def _steal(post: Post, name: str) -> None:
    rival = post.sender()
    # it looked at what is under way before the other stored its transaction
    rival._settle = lambda account: True  # type: ignore[method-assign]
    rival._next_nonce = post.gateway.nonce  # type: ignore[method-assign]
    rival.drive(name)


def test_same_submission_driven_by_two_processes_is_one_transaction(post):
    name = post.write()
    with post.held_back():
        post.sender(patience=0.2).drive(name)
        post.sender(patience=0.2).drive(name)
        post.sender(patience=0.2).settle_all()
        assert len(post.transactions()) == 1
    post.mine()
    for process in (post.sender(), post.sender()):
        process.settle_all()
    assert (post.statuses(name), post.count()) == (["confirmed"], 1)


def test_transaction_that_another_of_the_account_replaced_is_dropped(post):
    name = post.write()
    with post.held_back():
        post.sender(patience=0.2).drive(name)
        (stored,) = post.transactions()
        call = post.gateway.transfer_call(OPERATOR.address, 1)
        head = post.world.rpc("eth_getBlockByNumber", "latest", False)
        fee = 100 * int(head["baseFeePerGas"], 16) + 10**11
        signed = OPERATOR.sign(
            {
                "type": 2, "chainId": post.gateway.chain_id(), "nonce": stored.nonce, "gas": call.gas,
                "maxFeePerGas": fee, "maxPriorityFeePerGas": fee, "value": 1, "data": "0x", "to": OPERATOR.address,
            }
        )  # fmt: skip
        post.gateway.send(signed.raw, signed.hash)
        post.mine()
    assert post.gateway.receipt(signed.hash) is not None
    post.sender(patience=0.5).settle_all()
    assert (post.statuses(name), post.count()) == (["dropped"], 0)
    post.prepare_again(name)
    post.sender().drive(name)
    assert (post.statuses(name), post.count()) == (["confirmed"], 1)


# REFUSALS


def test_refusal_by_the_contract_is_the_items_and_costs_no_transaction(post):
    name, nonce = post.write(max_price=COST - 1), post.gateway.nonce(OPERATOR.address)
    post.sender().drive(name)
    (item,) = post.items(name)
    assert (item.status, item.problem) == ("failed", "contract-price-above-maximum")
    assert item.error is not None
    assert item.error["values"] == {"price": str(COST), "maxPrice": str(COST - 1)}
    assert (post.transactions(), post.gateway.nonce(OPERATOR.address), post.count()) == ([], nonce, 0)


def test_culprit_of_a_batch_is_refused_and_the_others_go_on(each_post):
    name = each_post.write((1, 7, 0, 1))
    each_post.sender().drive(name)
    assert each_post.statuses(name) == ["confirmed", "failed", "confirmed", "confirmed"]
    assert each_post.items(name)[1].problem == "contract-label-out-of-range"
    assert [item.index for item in each_post.items(name)] == [0, None, 1, 2]
    assert each_post.count() == 3


def test_claim_of_a_contribution_that_is_not_in_the_tables_is_refused(post):
    name = post.write(verb="refund", indices=(5,))
    post.sender().drive(name)
    (item,) = post.items(name)
    assert (item.status, item.problem, post.transactions()) == ("failed", "contribution-unknown", [])


def test_each_claim_has_a_transaction_and_a_result_of_its_own(post):
    sender = post.sender()
    sender.drive(post.write((1, 1)))
    post.world.sync().catch_up()
    post.gateway.advance_time(COLLECT_WAIT + 1)
    name = post.write(verb="collect", indices=(0, 9, 1), who=OTHER)
    sender.drive(name)
    assert post.statuses(name) == ["confirmed", "failed", "confirmed"]
    assert len({item.transaction_hash for item in post.items(name)}) == 3


def test_transaction_that_is_mined_and_reverts_is_failed_with_its_block(post):
    """The pool is paused between the look and the block: the batch is closed, not sent again one by one."""
    # of another account than the pool's owner, so that pausing takes none of its nonces
    name = post.write((1, 0), who=OTHER)
    paused = post.gateway.pause_call(post.world.address, paused=True)
    pausing = Faulty(post.gateway.url, before={"send": lambda: send_and_wait(post.gateway, paused, OPERATOR)})
    post.sender(gateway=pausing).drive(name)
    assert post.statuses(name) == ["failed", "failed"]
    assert {item.problem for item in post.items(name)} == {"reverted"}
    (stored,) = post.transactions()
    assert (stored.status, stored.block_number is not None, stored.gas_used is not None) == ("failed", True, True)
    assert post.count() == 0
    send_and_wait(post.gateway, post.gateway.pause_call(post.world.address, paused=False), OPERATOR)
    post.prepare_again(name)
    post.sender().drive(name)
    assert post.statuses(name) == ["confirmed", "confirmed"]


def test_transaction_refused_for_want_of_ether_is_dropped_and_may_be_signed_again_to_the_last_bit(each_post):
    balance = hex(each_post.gateway.balance(OTHER.address))
    name = each_post.write(who=OTHER)
    each_post.world.rpc("anvil_setBalance", OTHER.address, hex(COST + 1))
    each_post.sender().drive(name)
    (item,) = each_post.items(name)
    assert (item.status, item.problem) == ("dropped", "transaction-refused")
    first = item.transaction_hash
    each_post.world.rpc("anvil_setBalance", OTHER.address, balance)
    again = each_post.write(who=OTHER)
    with each_post.world.sessions.begin() as session:
        # the same sample and the same second: the same bytes
        same, other = (session.get_one(SubmissionItem, (which, 0)) for which in (again, name))
        same.sample = other.sample
    each_post.sender().drive(again)
    (confirmed,) = each_post.items(again)
    assert (confirmed.status, confirmed.transaction_hash) == ("confirmed", first)
    # the bytes belong to the submission that they took effect for
    (left,) = each_post.items(name)
    assert (left.status, left.transaction_hash) == ("dropped", None)
    assert each_post.count() == 1


# REORGANISATIONS


def test_submission_that_a_reorganisation_undid_is_open_again_and_its_bytes_take_effect_once_more(each_post):
    post, sync = each_post, each_post.world.sync()
    sync.catch_up()
    before = post.world.rpc("evm_snapshot")
    name = post.write((1, 0), who=OTHER, texts={0: "first"})
    post.sender().drive(name)
    sync.catch_up()
    (stored,) = post.transactions()
    assert [item.index for item in post.items(name)] == [0, 1]
    # on the other fork somebody else comes first
    post.world.rpc("evm_revert", before)
    post.world.contribute(sample_of(7), 1)
    sync.catch_up()
    assert [(item.status, item.index, item.amount) for item in post.items(name)] == [("sent", None, None)] * 2
    post.sender().settle_all()
    sync.catch_up()
    assert [(item.status, item.index, item.amount) for item in post.items(name)] == [
        ("confirmed", 1, COST),
        ("confirmed", 2, COST),
    ]
    assert [row.hash for row in post.transactions()] == [stored.hash]
    assert post.count() == 3
    with post.world.sessions() as session:
        assert session.execute(select(KeptText.body, KeptText.index)).all() == [("first", 1)]


def test_reorganisation_between_two_looks_of_the_sync_is_noticed(each_post):
    """The block of the confirmation came and went before the sync saw it."""
    post, sync = each_post, each_post.world.sync()
    sync.catch_up()
    before = post.world.rpc("evm_snapshot")
    name = post.write(who=OTHER)
    post.sender().drive(name)
    post.world.rpc("evm_revert", before)
    post.mine()
    post.mine()
    sync.catch_up()
    assert post.statuses(name) == ["sent"]
    post.sender().settle_all()
    sync.catch_up()
    assert (post.statuses(name), post.count()) == (["confirmed"], 1)
    # and what is confirmed stays so
    sync.catch_up()
    post.mine()
    sync.catch_up()
    assert post.statuses(name) == ["confirmed"]


def test_nothing_new_takes_the_place_of_what_a_reorganisation_undid_before_the_sync_saw_it(each_post):
    post, sync = each_post, each_post.world.sync()
    sync.catch_up()
    before = post.world.rpc("evm_snapshot")
    first = post.write((1, 0), who=OTHER)
    post.sender().drive(first)
    sync.catch_up()
    post.world.rpc("evm_revert", before)
    # the account's next nonce on the chain is the one of what was acknowledged
    second = post.write((1, 1, 0), who=OTHER)
    post.sender().drive(second)
    assert (post.statuses(first), post.statuses(second)) == (["confirmed"] * 2, ["prepared"] * 3)
    assert len(post.transactions()) == 1
    post.mine()
    sync.catch_up()
    post.sender().settle_all()
    sync.catch_up()
    assert (post.statuses(first), post.statuses(second)) == (["confirmed"] * 2, ["confirmed"] * 3)
    assert post.count() == 5


def test_deposit_is_not_sent_where_a_reorganisation_took_the_pool(each_post, monkeypatch):
    post = each_post
    name = post.write(who=OTHER)
    before = post.gateway.balance(OTHER.address)
    monkeypatch.setattr(post.gateway, "send", lambda raw, transaction_hash: (_ for _ in ()).throw(ChainUnavailable("")))
    with pytest.raises(ChainUnavailable):
        post.sender().drive(name)
    monkeypatch.undo()
    code = post.gateway.code(post.world.address)
    assert len(post.transactions()) == 1
    post.world.rpc("anvil_setCode", post.world.address, "0x")
    post.sender(patience=0.2).settle_all()
    assert (post.gateway.balance(OTHER.address), post.gateway.nonce(OTHER.address)) == (before, 0)
    post.world.rpc("anvil_setCode", post.world.address, "0x" + code.hex())
    post.sender().settle_all()
    assert (post.statuses(name), post.count()) == (["confirmed"], 1)


def test_deposit_that_nobody_took_is_not_confirmed(each_post):
    post = each_post
    name = post.write(who=OTHER)
    post.world.rpc("evm_setAutomine", False)
    post.sender(patience=0.2).drive(name)
    post.world.rpc("anvil_setCode", post.world.address, "0x")
    post.mine()
    post.world.rpc("evm_setAutomine", True)
    post.sender().settle_all()
    (item,) = post.items(name)
    assert (item.status, item.problem) == ("failed", "nothing-there")


def test_claim_that_was_undone_keeps_what_it_asked_for(post):
    sync = post.world.sync()
    agreed, _ = post.gateway.predict(post.world.address, sample_of(1))
    post.sender().drive(post.write((agreed,)))
    sync.catch_up()
    post.gateway.advance_time(REFUND_WAIT + 1)
    sync.catch_up()
    before = post.world.rpc("evm_snapshot")
    refund = post.write(verb="refund", indices=(0,))
    post.sender().drive(refund)
    sync.catch_up()
    post.world.rpc("evm_revert", before)
    post.mine()
    post.mine()
    sync.catch_up()
    assert [(item.status, item.index, item.amount) for item in post.items(refund)] == [("sent", 0, None)]
    post.sender().settle_all()
    assert [(item.status, item.index, item.amount) for item in post.items(refund)] == [("confirmed", 0, COST)]


# SET ASIDE


def test_transaction_that_cannot_be_settled_is_set_aside_with_its_reason_and_the_others_go_on(each_post):
    post = each_post
    poisoned, after, others = post.write((1,)), post.write(), post.write(who=OTHER)
    with post.held_back():
        post.sender(patience=0.2).drive(poisoned)
    (stored,) = post.transactions()
    with post.world.sessions.begin() as session:
        # a second item that the transaction's one event cannot be of
        session.add(
            SubmissionItem(
                submission_id=poisoned, position=1, status="sent", label=1, sample=b"", transaction_hash=stored.hash
            )
        )
    post.mine()
    process = post.sender()
    for _ in range(2):
        process.settle_all()
    assert post.statuses(poisoned) == ["aside", "aside"]
    assert post.items(poisoned)[0].problem == "set-aside"
    assert "ValueError" in str(post.items(poisoned)[0].error)
    assert (post.statuses(after), post.statuses(others), post.count()) == (["confirmed"], ["confirmed"], 3)
    # once what was wrong is mended, a start settles it: nothing was lost or sent again
    with post.world.sessions.begin() as session:
        session.delete(session.get_one(SubmissionItem, (poisoned, 1)))
    restarted = post.sender()
    restarted.take_up_aside()
    restarted.settle_all()
    assert (post.statuses(poisoned), post.items(poisoned)[0].index, post.count()) == (["confirmed"], 0, 3)


def test_submission_whose_key_is_gone_is_set_aside_unsigned(post, monkeypatch):
    name, others = post.write(), post.write(who=OTHER)
    signer = Keys.signer

    def without_the_operators(self, address):
        if address == OPERATOR.address:
            raise ValueError("damaged keystore")
        return signer(self, address)

    with monkeypatch.context() as patched:
        patched.setattr(Keys, "signer", without_the_operators)
        post.sender().settle_all()
    assert (post.statuses(name), post.statuses(others), post.count()) == (["aside"], ["confirmed"], 1)
    restarted = post.sender()
    restarted.take_up_aside()
    restarted.settle_all()
    assert (post.statuses(name), post.count()) == (["confirmed"], 2)
