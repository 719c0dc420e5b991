"""Where a pool's history begins: the log of the factory that made it."""

from collections.abc import Iterable

from eth_utils.address import to_checksum_address

from earnest.chain.deployment import ZERO_ADDRESS
from earnest.chain.errors import HistoryMissing
from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import first_created, is_factory
from earnest.core.keccak import keccak256
from earnest.core.pool.events import PoolCreated
from earnest.verification.code import PoolCode
from earnest.verification.errors import CheckFailed


def find_creation(gateway: Gateway, pool: str, ranges: Iterable[tuple[int, int]]) -> Log[PoolCreated]:
    """What the factory said.

    Anybody may emit such a log; a factory of this version's code does it only in the transaction that creates the pool.
    Whoever has a factory's code now may have had other code when it said so: what had it a block before goes first,
    what the node does not know of comes next.

    Args:
        gateway: the node.
        pool: its address.
        ranges: first and last blocks to look in, in order.

    Raises:
        CheckFailed: there is none in these blocks.
    """
    others: set[str] = set()
    doubtful: Log[PoolCreated] | None = None
    unknown: Log[PoolCreated] | None = None
    for first, last in ranges:
        for log in gateway.creations(pool, first, last):
            if log.address in others:
                continue
            if not is_factory(gateway.code(log.address)):
                others.add(log.address)
                continue
            try:
                if is_factory(gateway.code(log.address, log.block_number - 1)):
                    return log
                doubtful = doubtful or log
            except HistoryMissing:
                unknown = unknown or log
    if (left := unknown or doubtful) is not None:
        # `require_lasting` says what is wrong with it
        return left
    raise CheckFailed(
        "no factory of this version says in these blocks that it created the pool, so that nobody can tell when its "
        "price clock began"
    )


def require_creation(event: PoolCreated, code: PoolCode, chunks: Iterable[bytes], token: str | None) -> None:
    """Compare what the factory said with the pool.

    Args:
        event: of the factory.
        code: the pool's.
        chunks: the code of the chunks of initial weights.
        token: that the pool's deposits are paid in; None for native coin.

    Raises:
        CheckFailed: it is another pool that was created.
    """
    said = event.implementation.lower(), event.owner.lower(), event.encoder_hash
    weights = "0x" + keccak256(b"".join(chunk[1:] for chunk in chunks)).hex()
    for name, found, expected in zip(
        ("implementation", "owner", "encoder", "weights' hash", "token"),
        (*said, event.weights_hash, event.token.lower()),
        (code.implementation, code.owner, code.encoder_hash, weights, (token or ZERO_ADDRESS).lower()),
        strict=True,
    ):
        if found != expected:
            raise CheckFailed(f"the factory created a pool whose {name} is {found}; this one's is {expected}")


def require_lasting(gateway: Gateway, creation: Log[PoolCreated], implementation: str) -> None:
    """Refuse a pool that other code may have set up than is there now.

    Code that is created in a transaction may be gone after it, and other code come to its place (EIP-6780): a factory
    or an implementation that was there for a moment can have written whatever it liked into the pool. What was there
    one block before cannot go any more.

    Args:
        gateway: the node.
        creation: what the factory said.
        implementation: the address of what the pool is a clone of.

    Raises:
        CheckFailed: something was not there, or the node does not know.
    """
    before = creation.block_number - 1
    moves = to_checksum_address("0x" + first_created(implementation).hex())
    for what, where in (("factory", creation.address), ("implementation", implementation), ("mover of tokens", moves)):
        try:
            was = gateway.code(where, before)
        except HistoryMissing:
            raise CheckFailed(
                f"the node has not kept what was at {where}, the {what}, in block {before}: ask a node that keeps all "
                "states, since other code may have set the pool up"
            ) from None
        if was != gateway.code(where):
            raise CheckFailed(
                f"the {what} at {where} was not there in block {before}, before the pool was made: other code may have "
                "set it up"
            )
