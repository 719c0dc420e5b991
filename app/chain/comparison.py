"""Whether a node serves the chain that was worked with before: chain id, genesis, pools' code and blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from earnest.chain.errors import ChainMismatch
from earnest.chain.gateway import Gateway
from earnest.core.keccak import keccak256


@dataclass(frozen=True)
class KnownChain:
    """A chain that was worked with."""

    chain_id: int
    genesis_hash: str


@dataclass(frozen=True)
class KnownBlock:
    """A block that was seen."""

    number: int
    hash: str | None


@dataclass(frozen=True)
class KnownPool:
    """A pool that was deployed.

    Attributes:
        address: its own.
        code_hash: keccak256 of the code at its address.
        created: the block of its creation.
        synced: the block up to which it was followed.
    """

    address: str
    code_hash: str | None
    created: KnownBlock
    synced: KnownBlock


def require_known_chain(gateway: Gateway, chains: Sequence[KnownChain]) -> bool:
    """Refuse a node that serves another chain than those that were worked with.

    Returns:
        whether its chain was worked with; any chain is taken when none was.

    Raises:
        ChainMismatch: the chain id or the genesis block differ.
    """
    chain_id, genesis = gateway.chain_id(), gateway.genesis_hash()
    if not chains:
        return False
    known = next((chain for chain in chains if chain.chain_id == chain_id), None)
    if known is None:
        raise ChainMismatch(
            f"The node serves chain {chain_id}, the database is about chain {chains[0].chain_id}: "
            "point EARNEST_CHAIN_URL at the right node, or use another database."
        )
    if known.genesis_hash != genesis:
        raise ChainMismatch(
            f"The node's genesis block is {genesis}, the database is about {known.genesis_hash}: "
            "it is another chain with the same id."
        )
    return True


def require_known_pool(gateway: Gateway, pool: KnownPool) -> None:
    """Refuse a chain on which a pool is not what it was; a reorganisation since its creation is none of that.

    Raises:
        ChainMismatch: its code differs, or the blocks of its cursor and of its creation are gone.
    """
    code_hash = "0x" + keccak256(gateway.code(pool.address)).hex()
    if code_hash != pool.code_hash:
        raise ChainMismatch(f"The code at pool {pool.address} is not the one that was deployed.")
    if not _is_there(gateway, pool.synced) and not _is_there(gateway, pool.created):
        raise ChainMismatch(
            f"Block {pool.synced.number} is not the one that pool {pool.address} was synced to, "
            "and the block of its creation is gone too."
        )


def _is_there(gateway: Gateway, known: KnownBlock) -> bool:
    block = gateway.block(known.number)
    return block is not None and block.hash == known.hash
