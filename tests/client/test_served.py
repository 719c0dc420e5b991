"""The clients against a running service, with a managed account and with a key of one's own."""

import asyncio
import threading

import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.client import AsyncClient, Client, Refused
from earnest.client.batches import Batches, Journal
from earnest.client.rows import Row
from earnest.core.keccak import keccak256
from tests.fixtures.served_pool import COST, REFUND_WAIT, World


def own_key(world: World, name: str) -> LocalSigner:
    """A key that the service has never seen, with ether from the operator."""
    signer = LocalSigner(keccak256(name.encode()))
    gateway = Gateway((world.service.folder / "chain-url").read_text().strip())
    operator = LocalSigner((world.service.folder / "operator-key").read_text().strip())
    call = gateway.transfer_call(signer.address, 10**18)
    paid = gateway.prepare(call, operator, gateway.nonce(operator.address))
    gateway.send(paid.raw, paid.hash)
    return signer


@pytest.fixture(params=["managed", "own key"])
def client(request, world):
    managed = request.param == "managed"
    signer = None if managed else own_key(world, request.node.name)
    with Client(world.service.url, token=world.token if managed else None, signer=signer) as made:
        yield made


def test_main_job_from_the_quote_to_the_withdrawal(client, world):
    pool = world.pool["id"]
    assert pool in [each.id for each in client.pools()]
    features = [21, 33, 57]
    (said,) = client.predict(pool, [features])
    quote = client.quote(pool, features, said.label)
    assert (quote.agrees, quote.price) == (True, COST)
    submission = client.contribute(pool, [(features, said.label)], max_price=quote.price)
    (item,) = submission.items
    assert (submission.status, item.amount) == ("confirmed", COST)
    assert item.index is not None
    world.service.advance(REFUND_WAIT + 1)
    assert client.claim(pool, "refund", [item.index]).status == "confirmed"
    assert client.withdraw(pool).items[0].amount == COST
    entries = client.statement(pool, submission.account)
    assert [entry.kind for entry in entries] == ["payment", "deposit", "refund", "withdrawal"]
    assert sum(entry.amount for entry in entries) == entries[-1].credit == 0
    (mine,) = client.contributions(pool, contributor=submission.account)
    assert (mine.index, mine.status) == (item.index, "refunded")
    assert client.receipt(pool, item.index)["verdict"] == "refunded"


def test_refusal_of_the_contract_is_told_before_anything_is_sent(client, world):
    index = world.contribute([22, 34])
    pool = world.pool["id"]
    if client.signs:
        with pytest.raises(Refused):
            client.claim(pool, "refund", [index])
    else:
        assert client.claim(pool, "refund", [index]).items[0].status == "failed"


def test_events_are_followed(world):
    index = threading.Timer(0.5, world.contribute, [[23, 35]])
    with Client(world.service.url) as client:
        events = client.events(account=world.account["address"])
        index.start()
        event = next(events)
        again = next(client.events(pool=world.pool["id"], last=str(int(event.id) - 1)))
    assert (event.kind, event.amount, event.pool) == ("contributed", COST, world.pool["id"])
    assert again == event


def test_asynchronous_client_contributes_and_follows(world):
    async def play():
        async with AsyncClient(world.service.url, token=world.token) as client:
            pool = world.pool["id"]
            events = client.events(account=world.account["address"])
            first = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0.5)
            (said,) = await client.predict(pool, [[24, 36]])
            submission = await client.contribute(pool, [([24, 36], said.label)])
            return submission, await asyncio.wait_for(first, 20)

    submission, event = asyncio.run(play())
    assert (event.kind, event.index) == ("contributed", submission.items[0].index)


def test_batches_repeated_send_nothing_twice(client, world, tmp_path):
    pool = world.pool["id"]
    given = [Row(n, {"features": [n % 90, 91 + n // 90], "label": n % 2}) for n in range(205)]
    count = 3 if client.signs else 2

    def batches() -> Batches:
        journal = Journal(tmp_path / "journal")
        return Batches(client, pool, pool, given, "d", journal, max_price=COST, one_commitment=False, keep_text=False)

    first = batches()
    assert len(first.batches) == count
    begun = [first.send(0, 120)]
    # cut off here, and begun again by another process
    again = batches()
    done = [again.send(place, 120) for place in range(count)]
    assert done[0] == begun[0]
    assert {each.status for each in done} == {"confirmed"}
    me = done[0].account
    assert len(client.contributions(pool, contributor=me)) == 205
    assert [again.send(place, 120).id for place in range(count)] == [each.id for each in done]
    assert len(client.contributions(pool, contributor=me)) == 205
