"""A range of blocks as it is read from the chain, for one pool or for all that stand at the same block."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.types import Block
from earnest.core.pool.events import Event

#: Most blocks in one database transaction.
RANGE_BLOCKS = 500


class Ahead(NamedTuple):
    """What comes after a block that is the chain's.

    Attributes:
        begin: the block; nothing comes after it where it is the head.
        end: the last block of the range.
        head: the chain's, when it was read.
        logs: by the pool's address.
    """

    begin: Block
    end: Block
    head: Block
    logs: Mapping[str, list[Log[Event]]]

    def fits(self, address: str, block: Block) -> bool:
        """Whether it goes on from where a pool stands."""
        return block.hash == self.begin.hash and address in self.logs


def read_ahead(gateway: Gateway, addresses: Collection[str], begin: Block, head: Block) -> Ahead | None:
    """What comes next for pools that stand at a block, with one question for logs; none where the block is the head.

    Returns:
        None where the chain was reorganised meanwhile, or nodes that stand for one another tell of two.

    Raises:
        ChainError: see `Gateway.logs`.
    """
    told: dict[str, list[Log[Event]]] = {address: [] for address in addresses}
    if head.number <= begin.number:
        # a head that is taken for settled may be behind what was taken in
        stands = head.hash == begin.hash or is_canonical(gateway, begin)
        return Ahead(begin, begin, head, told) if stands else None
    last = min(head.number, begin.number + RANGE_BLOCKS)
    end = head if last == head.number else gateway.block(last)
    # blocks of two forks, from two nodes of one address, may both seem to be the chain's
    if end is None or (end.number == begin.number + 1 and not follows(end, begin)):
        return None
    for one in gateway.logs(sorted(told), begin.number + 1, last):
        if one.block_number == end.number and one.block_hash != end.hash:
            return None
        told[one.address].append(one)
    # reorganised while it was being read: whoever looks next finds out how far back
    stands = is_canonical(gateway, end) and (follows(end, begin) or is_canonical(gateway, begin))
    return Ahead(begin, end, head, told) if stands else None


def follows(block: Block, before: Block) -> bool:
    """Whether a block is the next one after another, which is then the chain's if it is."""
    return block.parent_hash == before.hash


def is_canonical(gateway: Gateway, block: Block) -> bool:
    """Whether the chain has this block at its number."""
    actual = gateway.block(block.number)
    return actual is not None and actual.hash == block.hash
