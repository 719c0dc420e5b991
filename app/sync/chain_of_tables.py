"""Whether the node serves the chain that the tables are about."""

from earnest.chain.comparison import KnownChain, require_known_chain
from earnest.chain.gateway import Gateway
from earnest.db.engine import Sessions
from earnest.db.queries.chains import known_chains
from earnest.db.tables import Chain


def require_chain_of_tables(sessions: Sessions, gateway: Gateway, *, writes: bool = True) -> None:
    """Refuse to serve when the chain is not the one that the tables are about; empty tables take the one that is there.

    Args:
        sessions: the database.
        gateway: the chain.
        writes: whether empty tables are told; only the process that has the claim does that.

    Raises:
        ChainMismatch: chain id or genesis differ. Whether the chain has a pool is seen when the pool is followed.
    """
    with sessions() as session:
        chains = [KnownChain(chain.chain_id, chain.genesis_hash) for chain in known_chains(session)]
    if require_known_chain(gateway, chains) or not writes:
        return
    found = Chain(chain_id=gateway.chain_id(), genesis_hash=gateway.genesis_hash())
    with sessions.begin() as session:
        session.add(found)
