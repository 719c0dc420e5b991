"""Relayed calls that the chain has not taken: sent again, once, whatever became of their transaction."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.chain.deployment import deploy_contract, deploy_implementation, send_and_wait
from earnest.chain.errors import ChainUnavailable
from earnest.chain.forwarder import FORWARDER, ForwardRequest, gas_to_forward
from earnest.client.signing import hex_of
from earnest.config import Settings
from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import Pool, Submission, Transaction
from earnest.wallet.errors import RelayOutOfTurn, RelayUnfit
from earnest.wallet.relaying import Relaying
from earnest.wallet.schemas import RelayRequest
from earnest.web.limits import RELAYED, RELAYED_OF_ACCOUNT, Limits, RateLimited
from tests.fixtures.pools import COST, OPERATOR, OTHER, PUBLISHED, World, database, deploy_world
from tests.wallet.conftest import Desk

BUDGET = 10**18


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
            world.sessions, world.gateway, desk.wallets._pools, desk.wallets.submissions, OPERATOR, self.limits, BUDGET
        )
        # what is sent beyond the price is credit
        send_and_wait(world.gateway, desk.call(value=3 * COST), OTHER)
        self.pool = desk.pool()

    def signed(self, nonce: int = 0, label: int = 1) -> RelayRequest:
        gateway = self.desk.world.gateway
        call = gateway.contribute_call(self.desk.world.address, [pack_sample([4, 8])], [label], COST, 0)
        gas, deadline = gas_to_forward(call, 2**24), gateway.pending_time() + 3_600
        request = ForwardRequest(OTHER.address, call.to or "", 0, gas, nonce, deadline, call.data)
        signature = OTHER.sign_typed(request.typed(self.pool.forwarder or "", gateway.chain_id()))
        return RelayRequest(
            account=request.account, to=request.to, gas=request.gas, nonce=nonce, deadline=request.deadline,
            data="0x" + request.data.hex(), signature=hex_of(signature),
        )  # fmt: skip

    def transactions(self) -> list[Transaction]:
        return [row for row in self.desk.transactions() if row.sender == OPERATOR.address]


def test_call_whose_transaction_was_never_sent_is_sent_by_the_next_look(relay_desk, tmp_path, monkeypatch):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway

    def silent(raw: bytes, transaction_hash: str) -> None:
        raise ChainUnavailable("gone")

    request = relays.signed()
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


def test_call_whose_transaction_lost_its_place_is_sent_in_another_and_takes_effect_once(
    relay_desk, tmp_path, monkeypatch
):
    relays, gateway = Relays(relay_desk, tmp_path), relay_desk.world.gateway
    request = relays.signed()
    with monkeypatch.context() as away:
        away.setattr(gateway, "send", lambda raw, transaction_hash: None)
        _, submission = relays.relaying.relay(request)
    # the operator sends something else in its place
    send_and_wait(gateway, gateway.transfer_call(OTHER.address, 1), OPERATOR)
    relay_desk.sender().drive(submission)
    assert relay_desk.statuses(submission) == [("dropped", None)]
    assert relays.relaying.relay(request) == (OTHER.address, submission)
    relay_desk.sender().drive(submission)
    assert relay_desk.statuses(submission) == [("confirmed", 1)]
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


def test_refused_call_leaves_the_budget_as_it_was(relay_desk, tmp_path):
    relays = Relays(relay_desk, tmp_path)
    relays.limits.take(RELAYED, "all", BUDGET - 1)
    left = relays.limits._buckets[RELAYED_OF_ACCOUNT]
    with pytest.raises(RateLimited, match="The gas of relayed calls has used up"):
        relays.relaying.relay(relays.signed())
    assert left.take(OTHER.address, BUDGET // 10) == 0
    assert relays.transactions() == []


def test_pool_of_a_forwarder_of_somebodys_own_is_not_relayed_for(relay_desk, tmp_path):
    relays, world = Relays(relay_desk, tmp_path), relay_desk.world
    strange = deploy_implementation(world.gateway, OPERATOR)
    assert deploy_contract(world.gateway, OPERATOR, FORWARDER) != strange
    with world.sessions.begin() as session:
        session.get_one(Pool, world.pool_id).forwarder = strange
    with pytest.raises(RelayUnfit, match="takes calls that are relayed"):
        relays.relaying.relay(relays.signed())
