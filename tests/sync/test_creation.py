"""A reorganisation that takes the block of a pool's creation: the pool is found again where it is created anew."""

import time

import pytest
from eth_utils.address import to_checksum_address

from earnest.chain.rpc import Rpc
from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import Evaluation, Pool
from earnest.sync.errors import PoolGone
from tests.fixtures.pools import OPERATOR, World

KEPT = ("type", "chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "value")


def signed_again(transaction: dict[str, object]) -> str:
    """The bytes of a transaction of the operator's, whose signatures are the same each time."""
    number = {name: int(str(transaction[name]), 16) for name in KEPT}
    to = {"to": to_checksum_address(str(transaction["to"]))} if transaction["to"] else {}
    call = {**number, "data": transaction["input"]} | to
    return "0x" + OPERATOR.sign(call).raw.hex()


def undo_creation(world: World) -> list[str]:
    """Take the creation's block and all after it away; returns the bytes of what was in them."""
    rpc = Rpc(world.gateway.url)
    with world.sessions() as session:
        created = session.get_one(Pool, world.pool_id).deployed_block or 0
    head = world.gateway.head().number
    blocks = [rpc.request("eth_getBlockByNumber", hex(number), True) for number in range(created, head + 1)]
    rpc.request("anvil_rollback", head - created + 1)
    return [signed_again(transaction) for block in blocks for transaction in block["transactions"]]


def send_all(world: World, transactions: list[str]) -> None:
    """Send them, and wait until each is in a block: the node answers before that."""
    for raw in transactions:
        sent = str(world.rpc("eth_sendRawTransaction", raw))
        until = time.monotonic() + 30
        while world.gateway.receipt(sent) is None:
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.mark.parametrize("empty_blocks", [0, 3])
def test_pool_that_is_created_anew_is_followed_from_there(world: World, empty_blocks: int) -> None:
    sync = world.sync()
    world.contribute(pack_sample([1, 2, 3]), 1)
    sync.catch_up()
    before, digest = sync.snapshot()[1], sync.snapshot()[0].digest()
    again = undo_creation(world)
    for _ in range(empty_blocks):
        world.rpc("evm_mine")
    send_all(world, again)
    sync.catch_up()
    model, block = sync.snapshot()
    assert block == world.gateway.head()
    assert block.hash != before.hash
    assert (model.accepted_, model.digest(), sync.digest_matches) == (1, digest, True)
    with world.sessions() as session:
        pool = session.get_one(Pool, world.pool_id)
        created = world.gateway.block(pool.deployed_block or 0)
        assert created is not None
        assert created.hash == pool.deployed_block_hash
        assert session.get(Evaluation, (world.pool_id, created.number)) is not None
    # a process that starts now finds the same
    restarted = world.sync()
    restarted.catch_up()
    assert restarted.snapshot()[0].digest() == digest


def test_pool_whose_creation_is_gone_is_its_own_trouble_and_is_waited_for(world: World) -> None:
    sync = world.sync()
    sync.catch_up()
    again = undo_creation(world)
    for _ in range(2):
        world.rpc("evm_mine")
    for _ in range(2):
        with pytest.raises(PoolGone, match="no pool"):
            sync.step()
    send_all(world, again)
    sync.catch_up()
    assert sync.digest_matches is True
