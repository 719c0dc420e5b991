"""What a thief can put into one transaction so that `earnest verify` calls an honest pool's history false.

The contract is real, its logs are replayed as a verification replays them, and pool and twin must say the same after
that. A pool's history cannot be taken back: what breaks its replay once breaks it for ever.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from earnest.chain.events import Log, snake_case
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import PoolTwin
from earnest.core.pool.events import EVENTS
from earnest.core.pool.sealed_events import SEALED_EVENTS
from earnest.core.pool.sealed_twin import SealedPoolTwin
from earnest.verification.replay import Replay
from earnest.verification.sealed_replay import SealedReplay
from tests.agreement import test_sealed_tokens, test_tokens
from tests.agreement.contracts import DEPLOYER, GENESIS
from tests.agreement.evm import INTERFACE, SEALED, Event, Evm, Interface

ANY_PRICE = 2**256 - 1


def batcher(evm: Evm) -> str:
    """A contract that makes the calls that its calldata lists: a length, two bytes, an address, and so many bytes."""
    calls = "5f 5b 36 81 10 15 6032 57 80 35 60f0 1c 80 82 6016 01 5f 37 5f 5f 82 5f 5f 86 6002 01 35 6060 1c 5a f1"
    rest = "602a 57 5f 5f fd 5b 01 6016 01 6001 56 5b 00"
    return evm.deploy_runtime(DEPLOYER, bytes.fromhex((calls + rest).replace(" ", "")))


def listed(*calls: tuple[str, bytes]) -> bytes:
    return b"".join(len(data).to_bytes(2, "big") + bytes.fromhex(to[2:]) + data for to, data in calls)


def logs(events: Sequence[Event]) -> list[Log[Any]]:
    """Those of one transaction, as a node tells them."""
    found = []
    for number, event in enumerate(events):
        values = {snake_case(name): value for name, value in event.values.items()}
        kind = SEALED_EVENTS.get(event.name) or EVENTS[event.name]
        if event.name == "Contributed" and "predicted" in values:
            kind = EVENTS[event.name]
        values = {name: "0x" + value.hex() if name == "root" else value for name, value in values.items()}
        place = {"block_number": 2, "block_hash": "0x2", "block_time": GENESIS, "transaction_hash": "0x3"}
        found.append(Log(event=kind(**values), address=event.address, transaction_index=0, log_index=number, **place))
    return found


def in_one_transaction(pool: Any, interface: Interface, *verbs: tuple[Any, ...]) -> tuple[str, list[Log[Any]]]:
    """Has a contract of the thief's call the pool so, in this order."""
    where, token = pool.contract.address, test_tokens.TOKEN
    thief = batcher(pool.evm)
    pool.evm.send(DEPLOYER, pool.token, token.call("mint", thief, 10**9))
    calls = [(pool.token, token.call("approve", where, 10**9)), *((where, interface.call(*verb)) for verb in verbs)]
    _, events = pool.evm.send(test_tokens.EVE, thief, listed(*calls))
    return thief, logs([event for event in events if event.address == where])


@pytest.mark.parametrize("amount", [0, 5])
def test_a_deposit_of_tokens_behind_a_contribution_is_replayed_in_a_sealed_pool(amount: int):
    pool = test_sealed_tokens.Pool()
    sample = test_sealed_tokens.FOR_ONE
    thief, told = in_one_transaction(pool, SEALED, ("contribute", sample, 1, ANY_PRICE), ("depositTokens", amount))
    model = SparsePerceptron.from_weights(test_sealed_tokens.WEIGHTS)
    twin = SealedPoolTwin(
        model, test_sealed_tokens.REFERENCE, test_sealed_tokens.RULES, GENESIS, DEPLOYER, in_token=True
    )
    SealedReplay(twin).replay(told)
    assert pool.contract.view("account", thief) == twin.account(thief) == (amount, 1)
    assert pool.contract.view("state") == twin.state()


@pytest.mark.parametrize("amount", [0, 5])
@pytest.mark.parametrize("verb", ["contribute", "contributeBatch", "commitBatch"])
def test_a_deposit_of_tokens_behind_a_contribution_is_replayed(verb: str, amount: int):
    pool = test_tokens.Pool("StrangeToken")
    sample = test_tokens.GOOD
    made = (verb, sample, 1, ANY_PRICE) if verb == "contribute" else (verb, [sample] * 2, [1, 1], ANY_PRICE)
    thief, told = in_one_transaction(pool, INTERFACE, made, ("depositTokens", amount))
    twin = PoolTwin(SparsePerceptron.from_weights([0] * 11), test_tokens.RULES, GENESIS, DEPLOYER, in_token=True)
    Replay(twin).replay(told)
    assert twin.account(thief) == (amount, 0)
