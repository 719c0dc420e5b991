"""Whether the node serves the chain that the tables are about."""

from earnest.chain.comparison import KnownBlock, KnownChain, KnownPool, require_known_chain, require_known_pool
from earnest.chain.gateway import Gateway
from earnest.db.engine import Sessions
from earnest.db.queries.chains import known_chains
from earnest.db.queries.pools import pools_in
from earnest.db.tables import Chain, SyncCursor


def require_chain_of_tables(sessions: Sessions, gateway: Gateway) -> None:
    """Refuse to serve when the chain is not the one that the tables are about; empty tables take the one that is there.

    Raises:
        ChainMismatch: chain id, genesis, a pool's code or the block at a cursor differ.
    """
    chain_id = gateway.chain_id()
    with sessions.begin() as session:
        chains = [KnownChain(chain.chain_id, chain.genesis_hash) for chain in known_chains(session)]
        if not require_known_chain(gateway, chains):
            session.add(Chain(chain_id=chain_id, genesis_hash=gateway.genesis_hash()))
            return
        for pool in pools_in(session, "ready", chain_id):
            cursor = session.get_one(SyncCursor, pool.id)
            known = KnownPool(
                pool.address or "",
                pool.code_hash,
                created=KnownBlock(pool.deployed_block or 0, pool.deployed_block_hash),
                synced=KnownBlock(cursor.block_number, cursor.block_hash),
            )
            require_known_pool(gateway, known)
