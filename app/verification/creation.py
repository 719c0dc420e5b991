"""Where a pool's history begins: the log of the factory that made it."""

from collections.abc import Iterable

from earnest.chain.deployment import ZERO_ADDRESS
from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import is_factory
from earnest.core.keccak import keccak256
from earnest.core.pool.events import PoolCreated
from earnest.verification.code import PoolCode
from earnest.verification.errors import CheckFailed


def find_creation(gateway: Gateway, pool: str, ranges: Iterable[tuple[int, int]]) -> Log[PoolCreated]:
    """What the factory said.

    Anybody may emit such a log; a factory of this version's code does it only in the transaction that creates the pool.

    Args:
        gateway: the node.
        pool: its address.
        ranges: first and last blocks to look in, in order.

    Raises:
        CheckFailed: there is none in these blocks.
    """
    for first, last in ranges:
        for log in gateway.creations(pool, first, last):
            if is_factory(gateway.code(log.address)):
                return log
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
