"""Relayed calls that the chain has not taken: sent again, once, whatever became of their transaction."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.chain.deployment import deploy_contract, deploy_implementation, send_and_wait
from earnest.chain.errors import ChainUnavailable, HistoryMissing
from earnest.chain.forwarder import FORWARDER, ForwardRequest, gas_to_forward
from earnest.chain.interface import decode_call, encode_call
from earnest.chain.raw_transaction import decode
from earnest.chain.types import Call
from earnest.client.signing import hex_of
from earnest.config import Settings
from earnest.core.models.formats.words import pack_sample
from earnest.db.queries.submissions import items_of
from earnest.db.tables import Implementation, Pool, Submission, Transaction
from earnest.pools import deployment
from earnest.pools.schemas import PoolRequest
from earnest.pools.tokens import AllowedTokens
from earnest.wallet.errors import RelayOutOfTurn, RelayUnfit
from earnest.wallet.relaying import Relaying, relayer_of
from earnest.wallet.schemas import RelayRequest, SentTransaction
from earnest.web.limits import CLIENT, RELAYED_OF_ACCOUNT, RELAYS, Buckets, Limits, Rate, RateLimited
from tests.fixtures.pools import COST, OPERATOR, OTHER, PUBLISHED, World, database, deploy_world
from tests.wallet.conftest import Desk

BUDGET = 10**18
RELAYER = relayer_of("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")


@pytest.fixture(params=["sqlite", "postgres"])
def relay_desk(
    request: pytest.FixtureRequest, anvil_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """On a pool that believes the forwarder; on one database after the other."""
    monkeypatch.setenv("EARNEST_RELAY_BUDGET", str(BUDGET))
    url = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    with database(url) as engine:
        yield Desk(deploy_world(anvil_url, engine, tmp_path, World, **PUBLISHED))


class Relays:
    """What the operator sends, and an account with credit in the pool."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, world = desk, desk.world
        self.limits = Limits(Settings(data_dir=folder, relay_budget=BUDGET))
        self.relaying = Relaying(
            world.sessions, world.gateway, desk.wallets._pools, desk.wallets.submissions, OPERATOR, RELAYER,
            self.limits, BUDGET,
        )  # fmt: skip
        # what is sent beyond the price is credit
        send_and_wait(world.gateway, desk.call(value=3 * COST), OTHER)
        self.pool = desk.pool()

    def signed(self, nonce: int = 0, label: int = 1, call: Call | None = None, more: int = 0) -> RelayRequest:
        gateway = self.desk.world.gateway
        call = call or gateway.contribute_call(self.desk.world.address, [pack_sample([4, 8])], [label], COST, 0)
        gas, deadline = gas_to_forward(call, 2**24) + more, gateway.pending_time() + 3_600
        request = ForwardRequest(OTHER.address, call.to or "", 0, gas, nonce, deadline, call.data)
        signature = OTHER.sign_typed(request.typed(self.pool.forwarder or "", gateway.chain_id()))
        return RelayRequest(
            account=request.account, to=request.to, gas=request.gas, nonce=nonce, deadline=request.deadline,
            data="0x" + request.data.hex(), signature=hex_of(signature),
        )  # fmt: skip

    def store(self, request: RelayRequest, monkeypatch: pytest.MonkeyPatch) -> str:
        """Have a call signed and stored whose transaction does not arrive; the submission's id."""
        self.relaying._have(BUDGET // 20)
        with monkeypatch.context() as away:
            away.setattr(self.desk.world.gateway, "send", lambda raw, transaction_hash: None)
            return self.relaying.relay(request)[1]

    def transactions(self) -> list[Transaction]:
        return [row for row in self.desk.transactions() if row.sender == RELAYER.address]


def test_call_whose_transaction_was_never_sent_is_sent_by_the_next_look(relay_desk, tmp_path, monkeypatch):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway

    def silent(raw: bytes, transaction_hash: str) -> None:
        raise ChainUnavailable("gone")

    request = relays.signed()
    relays.relaying._have(BUDGET // 20)
    with monkeypatch.context() as away:
        away.setattr(gateway, "send", silent)
        account, submission = relays.relaying.relay(request)
    assert (account, relay_desk.statuses(submission)) == (OTHER.address, [("prepared", None)])
    assert relays.relaying.relay(request) == (account, submission)
    relay_desk.sender().settle_all()
    assert relay_desk.statuses(submission) == [("confirmed", 1)]
    assert len(relays.transactions()) == 1
    with relay_desk.world.sessions() as session:
        assert session.get_one(Submission, submission).account == OTHER.address
    assert gateway.pool_state(relay_desk.world.address).count == 2


def test_lost_answer_is_told_again_to_whom_is_refused_anything_new(relay_desk, tmp_path):
    relays = Relays(relay_desk, tmp_path)
    here = CLIENT.set("192.0.2.7")
    try:
        request = relays.signed()
        relays.limits._buckets[RELAYS] = Buckets(Rate(1, 3_600, "calls to relay from this address"))
        told = relays.relaying.relay(request)
        assert relays.relaying.relay(request) == told
        with pytest.raises(RateLimited, match="calls to relay from this address"):
            relays.relaying.relay(relays.signed(nonce=1))
    finally:
        CLIENT.reset(here)


def test_call_whose_transaction_lost_its_place_is_sent_in_another_and_takes_effect_once(
    relay_desk, tmp_path, monkeypatch
):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    request = relays.signed()
    submission = relays.store(request, monkeypatch)
    # something else is sent in its place, as after a reorganisation
    send_and_wait(gateway, gateway.transfer_call(OTHER.address, 1), RELAYER)
    relay_desk.sender().drive(submission)
    assert relay_desk.statuses(submission) == [("dropped", None)]
    # what was signed has been public ever since
    wallets, shown = relay_desk.wallets, relay_desk.wallets.submissions.show(OTHER.address, submission)
    assert wallets.sendable_until(shown) == request.deadline
    assert relays.relaying.relay(request) == (OTHER.address, submission)
    relay_desk.sender().drive(submission)
    assert relay_desk.statuses(submission) == [("confirmed", 1)]
    # its place is taken now
    assert wallets.sendable_until(shown) is None
    # of what was dropped nothing is left that could be forgotten together with it
    assert [row.status for row in relays.transactions()] == ["confirmed"]
    assert relays.relaying.relay(request) == (OTHER.address, submission)
    assert gateway.pool_state(relay_desk.world.address).count == 2
    with pytest.raises(RelayOutOfTurn, match="the next one is 1"):
        relays.relaying.relay(relays.signed(label=0))


def test_reorganisation_takes_a_relayed_call_and_it_takes_effect_once_more(relay_desk, tmp_path):
    relays, world = Relays(relay_desk, tmp_path), relay_desk.world
    sync = relay_desk.sync.get(world.pool_id)
    assert sync is not None
    relays.relaying._have(BUDGET // 20)
    sync.catch_up()
    before = world.rpc("evm_snapshot")
    _, submission = relays.relaying.relay(relays.signed())
    relay_desk.sender().drive(submission)
    assert relay_desk.statuses(submission) == [("confirmed", 1)]
    sync.catch_up()
    world.rpc("evm_revert", before)
    world.rpc("anvil_mine", "0x3")
    sync.catch_up()
    relay_desk.sender().settle_all()
    assert relay_desk.statuses(submission) == [("confirmed", 1)]
    assert world.gateway.pool_state(world.address).count == 2


def test_budget_bounds_what_the_relayer_is_given_and_a_refusal_takes_nothing(relay_desk, tmp_path):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    relays.relaying._budget = 10**12
    with pytest.raises(RateLimited, match="The gas of relayed calls has used up"):
        relays.relaying.relay(relays.signed())
    assert relays.limits._buckets[RELAYED_OF_ACCOUNT].take(OTHER.address, BUDGET // 10) == 0
    relays.limits.put_back(RELAYED_OF_ACCOUNT, OTHER.address, BUDGET // 10)
    assert (relays.transactions(), gateway.balance(RELAYER.address)) == ([], 0)
    relays.relaying._budget = BUDGET
    relays.relaying.relay(relays.signed())
    # it is given a tenth at a time, and no more than all of it
    assert gateway.balance(RELAYER.address) <= BUDGET // 10
    assert sum(amount for _, amount in relays.relaying._given) == BUDGET // 10


def test_what_the_service_would_not_prepare_is_not_relayed(relay_desk, tmp_path):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    address = relay_desk.world.address
    usual = gateway.contribute_call(address, [pack_sample([4, 8])], [1], COST, 0)
    for call, words in (
        # bytes behind the arguments, which the contract passes over
        (Call(address, usual.data + bytes(32), 0, usual.gas), "not as this service prepares it"),
        # paid out to another address, whose code would run
        (
            Call(address, encode_call("IPool", "withdrawTo", OPERATOR.address), 0, 150_000),
            "not as this service prepares",
        ),
    ):
        with pytest.raises(RelayUnfit, match=words):
            relays.relaying.relay(relays.signed(call=call))
    with pytest.raises(RelayUnfit, match="gas; it needs"):
        relays.relaying.relay(relays.signed(more=1))
    # an account with code of its own (EIP-7702)
    relay_desk.world.rpc("anvil_setCode", OTHER.address, "0xef0100" + "11" * 20)
    with pytest.raises(RelayUnfit, match="has code"):
        relays.relaying.relay(relays.signed())
    assert relays.transactions() == []


def test_call_that_somebody_else_sent_first_is_told_as_what_it_came_to(relay_desk, tmp_path, monkeypatch):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    request = relays.signed()
    submission = relays.store(request, monkeypatch)
    (row,) = relays.transactions()
    carried = decode(row.raw)
    # anybody who sees it on its way may send the same, and be first
    send_and_wait(gateway, Call(carried.to, carried.data, 0, carried.gas), OPERATOR)
    gateway.send(row.raw, row.hash)
    relay_desk.sender().drive(submission)
    receipt = gateway.receipt(row.hash)
    assert receipt is not None
    assert receipt.status == 0
    assert relay_desk.statuses(submission) == [("confirmed", 1)]
    assert relays.relaying.relay(request) == (OTHER.address, submission)
    assert gateway.pool_state(relay_desk.world.address).count == 2


def test_call_that_somebody_sent_together_with_others_is_told_as_that(relay_desk, tmp_path, monkeypatch):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    request = relays.signed()
    submission = relays.store(request, monkeypatch)
    (row,) = relays.transactions()
    called = decode_call(FORWARDER, decode(row.raw).data)
    assert called is not None
    data = encode_call(FORWARDER, "executeBatch", [called[1]["request"]], "0x" + "00" * 20)
    send_and_wait(gateway, Call(relays.pool.forwarder, data, 0, 2_000_000), OPERATOR)
    gateway.send(row.raw, row.hash)
    relay_desk.sender().drive(submission)
    assert relay_desk.problem(submission) == "took-effect-elsewhere"
    assert gateway.pool_state(relay_desk.world.address).count == 2


def test_reverted_call_of_which_the_node_knows_no_history_keeps_no_other_waiting(relay_desk, tmp_path, monkeypatch):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    request = relays.signed()
    submission = relays.store(request, monkeypatch)
    (row,) = relays.transactions()
    carried = decode(row.raw)
    send_and_wait(gateway, Call(carried.to, carried.data, 0, carried.gas), OPERATOR)
    gateway.send(row.raw, row.hash)

    def forgotten(*asked: object) -> None:
        raise HistoryMissing("pruned")

    monkeypatch.setattr("earnest.submissions.sender.effect_elsewhere", forgotten)
    relay_desk.sender().drive(submission)
    assert relay_desk.statuses(submission) == [("failed", None)]


def test_row_that_cannot_be_settled_is_set_aside_and_the_others_go_on(relay_desk, tmp_path, monkeypatch):
    relays = Relays(relay_desk, tmp_path)
    _, first = relays.relaying.relay(relays.signed())
    with relay_desk.world.sessions.begin() as session:
        # as if its receipt told of more than it asked for
        for item in items_of(session, first):
            session.delete(item)
    relays.relaying.submissions.sending = lambda account, submission: None  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(RelayOutOfTurn, match="is being relayed"):
        relays.relaying.relay(relays.signed(nonce=1, label=0))
    relay_desk.sender().drive(first)
    _, second = relays.relaying.relay(relays.signed(nonce=1, label=0))
    relay_desk.sender().settle_all()
    assert relay_desk.statuses(second) == [("confirmed", 2)]


def test_key_that_another_request_used_is_not_taken_for_the_calls(relay_desk, tmp_path):
    relays = Relays(relay_desk, tmp_path)
    request = relays.signed()
    signed = ForwardRequest(
        request.account, request.to, 0, request.gas, request.nonce, request.deadline, bytes.fromhex(request.data[2:])
    )
    key = signed.digest(relays.pool.forwarder or "", relay_desk.world.gateway.chain_id())
    relay_desk.wallets.submissions.withdraw(OTHER.address, relay_desk.world.pool_id, key)
    with pytest.raises(RelayUnfit, match="Idempotency-Key of another request"):
        relays.relaying.relay(request)
    assert relays.transactions() == []


def test_what_is_relayed_is_handed_in_by_anybody_as_its_accounts(relay_desk, tmp_path):
    relays = Relays(relay_desk, tmp_path)
    _, submission = relays.relaying.relay(relays.signed())
    (row,) = relays.transactions()
    assert relay_desk.wallets.take(SentTransaction(hash=row.hash)) == (OTHER.address, submission)


def test_forwarder_that_the_chain_lost_is_believed_by_no_new_pool(relay_desk, tmp_path):
    world = relay_desk.world
    with world.sessions.begin() as session:
        lost = session.get_one(Implementation, (world.gateway.chain_id(), FORWARDER))
        lost.address = "0x" + "77" * 20
    for status in ("failed", "ready"):
        made = deploy_another(world, tmp_path)
        assert made.status == status, made.error
    assert made.forwarder not in (None, "0x" + "77" * 20)


def deploy_another(world: World, folder: Path) -> Pool:
    """One more pool of the same rules, as it ended."""
    settings = Settings(data_dir=folder)
    allowed = AllowedTokens(world.sessions, world.gateway, OPERATOR, settings)
    given = {
        "name": "Another",
        "dataset": "synthetic",
        "model": "sparse-perceptron",
        "num_words": 50,
        "train_size": 200,
    }
    request = PoolRequest.model_validate({**given, "train_size": 200, "held_out_size": 200, **PUBLISHED})
    pool_id = deployment.register(world.sessions, world.gateway, settings, allowed, request)
    deployment.deploy(world.sessions, world.gateway, OPERATOR, settings, allowed, pool_id, request)
    with world.sessions() as session:
        return session.get_one(Pool, pool_id)


def test_pool_of_a_forwarder_of_somebodys_own_is_not_relayed_for(relay_desk, tmp_path):
    relays, world = Relays(relay_desk, tmp_path), relay_desk.world
    strange = deploy_implementation(world.gateway, OPERATOR)
    assert deploy_contract(world.gateway, OPERATOR, FORWARDER) != strange
    with world.sessions.begin() as session:
        session.get_one(Pool, world.pool_id).forwarder = strange
    with pytest.raises(RelayUnfit, match="takes calls that are relayed"):
        relays.relaying.relay(relays.signed())
