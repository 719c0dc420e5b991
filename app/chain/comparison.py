"""Whether a node serves the chain that was worked with before: chain id and genesis."""

from collections.abc import Sequence
from dataclasses import dataclass

from earnest.chain.errors import ChainMismatch
from earnest.chain.gateway import Gateway


@dataclass(frozen=True)
class KnownChain:
    """A chain that was worked with."""

    chain_id: int
    genesis_hash: str


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
