"""What is read of the chain for several pools at once, from a node that may be two machines on two forks."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.types import Block
from earnest.core.pool.events import Event
from earnest.readiness import Readiness
from earnest.sync.ahead import Ahead, read_ahead
from earnest.sync.loop import SyncLoop
from tests.fixtures.pools import World

ONE, OTHER = "0x" + "1" * 40, "0x" + "2" * 40


def block(number: int, fork: str, after: str | None = None) -> Block:
    return Block(number, f"{fork}{number}", after or f"{fork}{number - 1}", 1_000 + number)


def logged(at: Block, address: str, block_hash: str | None = None) -> Log[Event]:
    return Log(
        event=cast(Event, object()),
        address=address,
        block_number=at.number,
        block_hash=block_hash or at.hash,
        block_time=at.timestamp,
        transaction_hash="0x",
        transaction_index=0,
        log_index=0,
    )


class Node:
    """A gateway that answers from a list for each number, one answer after the other; the last one for ever."""

    def __init__(self, blocks: dict[int, Sequence[Block | None]], logs: Sequence[Log[Event]] = ()) -> None:
        self._blocks = {number: list(answers) for number, answers in blocks.items()}
        self._logs = logs
        self.asked: list[Any] = []

    def block(self, number: int) -> Block | None:
        self.asked.append(number)
        answers = self._blocks[number]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def logs(self, addresses: Sequence[str], first: int, last: int) -> Sequence[Log[Event]]:
        self.asked.append((tuple(addresses), first, last))
        return self._logs


def read(node: Node, begin: Block, head: Block) -> Ahead | None:
    return read_ahead(cast(Gateway, node), {ONE, OTHER}, begin, head)


def test_at_the_head_nothing_is_asked() -> None:
    node = Node({})
    found = read(node, block(5, "a"), block(5, "a"))
    assert found == Ahead(block(5, "a"), block(5, "a"), block(5, "a"), {ONE: [], OTHER: []})
    assert node.asked == []


def test_next_block_is_read_with_one_question_for_logs_and_one_for_itself() -> None:
    head = block(6, "a")
    logs = [logged(head, OTHER), logged(head, ONE), logged(head, OTHER)]
    node = Node({6: [head]}, logs)
    found = read(node, block(5, "a"), head)
    assert found is not None
    assert found.logs == {ONE: [logs[1]], OTHER: [logs[0], logs[2]]}
    assert node.asked == [((ONE, OTHER), 6, 6), 6]


def test_blocks_of_two_forks_are_not_joined() -> None:
    """One machine says that the former block is the chain's, another one that the next is, which follows another."""
    assert read(Node({5: [block(5, "a")], 6: [block(6, "b")]}), block(5, "a"), block(6, "b")) is None


def test_logs_of_another_fork_are_not_taken() -> None:
    head = block(6, "a")
    assert read(Node({6: [head]}, [logged(head, ONE, "b6")]), block(5, "a"), head) is None


@pytest.mark.parametrize("answers", [{5: ["b"], 9: ["a"]}, {5: ["a"], 9: ["b"]}, {5: [None], 9: ["a"]}])
def test_range_whose_ends_do_not_stand_afterwards_is_not_taken(answers: dict[int, list[str | None]]) -> None:
    blocks = {number: [fork and block(number, fork) for fork in forks] for number, forks in answers.items()}
    assert read(Node(cast(Any, blocks)), block(5, "a"), block(9, "a")) is None


@pytest.mark.parametrize(("known", "stands"), [("a", True), ("b", False), (None, False)])
def test_head_behind_what_was_taken_in_leaves_that_as_it_is_while_it_stands(known: str | None, stands: bool) -> None:
    begin = block(5, "a")
    found = read(Node({5: [known and block(5, known)]}), begin, block(3, "a"))  # type: ignore[list-item]
    assert found == (Ahead(begin, begin, block(3, "a"), {ONE: [], OTHER: []}) if stands else None)


def test_what_was_read_for_all_is_looked_at_again_by_whoever_takes_it_in_later(world: World) -> None:
    """While the first of many pools took it in, its block went."""
    sync = world.sync()
    sync.catch_up()
    begin = sync.snapshot()[1]
    saved = world.rpc("evm_snapshot")
    world.rpc("evm_mine")
    gone = world.gateway.head()
    ahead = read_ahead(world.gateway, [sync.address], begin, gone)
    assert ahead is not None
    world.rpc("evm_revert", saved)
    world.rpc("anvil_mine", hex(1), hex(7))
    assert world.gateway.head().hash != gone.hash
    assert sync.step(ahead) == 1
    assert sync.snapshot()[1] == world.gateway.head()
    assert sync.reorganisations == 0


def test_pools_that_are_stuck_do_not_keep_the_others_from_being_read_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = SyncLoop(world.gateway, world.sessions, Readiness(), pause=1)
    stuck, live = [], []
    for number, at in enumerate([4, 4, 4, 9, 9]):
        sync = world.sync()
        monkeypatch.setattr(sync, "_block", block(at, "x"))
        monkeypatch.setattr(sync, "_known_address", f"0x{number:040x}")
        (live if at == 9 else stuck).append(sync)
    monkeypatch.setattr(world.gateway, "settled_head", lambda: block(9, "x"))
    found = loop._read_ahead([*stuck, *live])
    assert found is not None
    assert set(found.logs) == {sync.address for sync in live}
