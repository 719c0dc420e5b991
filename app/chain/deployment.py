"""Deploy the factory, an implementation, a pool."""

import threading
import time
from collections.abc import Callable, Sequence

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from earnest.chain import gas
from earnest.chain.errors import ChainError, ChainUnavailable
from earnest.chain.events import logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import FIRST_IMPLEMENTATION
from earnest.chain.interface import encode_call
from earnest.chain.signer import Signer
from earnest.chain.types import Call, Prepared, Receipt
from earnest.contracts import load_artifact
from earnest.core.pool.events import ChunkStored, PoolCreated

ZERO_ADDRESS = "0x" + "0" * 40

#: The operator deploys pools and fills the faucet at the same time: two of its transactions must not get one nonce.
_SENDING = threading.Lock()


def send_and_wait(
    gateway: Gateway,
    call: Call,
    signer: Signer,
    timeout: float = 60.0,
    signed: Callable[[Prepared], None] = lambda prepared: None,
) -> Receipt:
    """Send a call that is not worth a submission of its own, such as a deployment.

    Args:
        gateway: the chain.
        call: what to send.
        signer: whose transaction it is.
        timeout: seconds to wait until it is mined.
        signed: told of the signed transaction before it is sent.

    Raises:
        ChainError: it reverted, or was not mined in time.
    """
    gateway.try_call(call, signer.address)
    return wait_for(gateway, send(gateway, call, signer, signed).hash, timeout)


def send(gateway: Gateway, call: Call, signer: Signer, signed: Callable[[Prepared], None]) -> Prepared:
    """Sign a call for the next place in its signer's order, and send it; `signed` is told of it in between.

    Raises:
        ChainError: the node did not take it, or does not answer; what was told of it may still take effect.
    """
    with _SENDING:
        prepared = gateway.prepare(call, signer, gateway.nonce(signer.address))
        signed(prepared)
        gateway.send(prepared.raw, prepared.hash)
    return prepared


def wait_for(gateway: Gateway, transaction_hash: str, timeout: float = 60.0) -> Receipt:
    """The receipt of a transaction that was sent.

    Raises:
        ChainError: it reverted, or was not mined in time.
    """
    until = time.monotonic() + timeout
    while (receipt := gateway.receipt(transaction_hash)) is None:
        if time.monotonic() > until:
            raise ChainUnavailable(f"Transaction {transaction_hash} was not mined within {timeout:.0f} s.")
        time.sleep(0.05)
    if receipt.status != 1:
        raise ChainError(f"Transaction {transaction_hash} reverted.")
    return receipt


def deploy_contract(gateway: Gateway, signer: Signer, name: str, *arguments: tuple[str, object]) -> str:
    """Deploy an artifact; arguments are (type, value) of its constructor. Returns its address."""
    artifact = load_artifact(name)
    data = artifact.bytecode + encode([kind for kind, _ in arguments], [value for _, value in arguments])
    # 53,000 to create, 200 for each byte of code, 16 for each byte of calldata, and the constructor
    call = Call(None, data, 0, 200_000 + len(data) * 260)
    address = send_and_wait(gateway, call, signer).contract_address
    if address is None:
        raise ChainError(f"Deploying {name} gave no address.")
    return address


def deploy_factory(gateway: Gateway, signer: Signer, tokens: Sequence[str] = ()) -> str:
    """Deploy `PoolFactory`, whose pools take deposits in native coin or in one of these tokens."""
    return deploy_contract(gateway, signer, "PoolFactory", ("address[]", list(tokens)))


def deploy_implementation(
    gateway: Gateway, signer: Signer, name: str = FIRST_IMPLEMENTATION, forwarder: str = ZERO_ADDRESS
) -> str:
    """Deploy what pools are clones of."""
    return deploy_contract(gateway, signer, name, ("address", forwarder))


def store_chunk(gateway: Gateway, signer: Signer, factory: str, content: bytes) -> tuple[str, Receipt]:
    """Store bytes as code that nobody can change; returns its address."""
    call = Call(factory, encode_call("IPoolFactory", "storeChunk", content), 0, gas.code_gas(len(content)))
    receipt = send_and_wait(gateway, call, signer)
    (stored,) = logs_of(ChunkStored, receipt.logs)
    return stored.event.chunk, receipt


def deploy_pool(
    gateway: Gateway,
    signer: Signer,
    *,
    factory: str,
    implementation: str,
    encoder_hash: bytes,
    incentive: bytes,
    model: bytes,
    chunks: Sequence[bytes],
    token: str = ZERO_ADDRESS,
) -> tuple[str, list[Receipt]]:
    """Store the initial weights and create a pool.

    Args:
        gateway: the chain.
        signer: becomes the owner.
        factory: a `PoolFactory`.
        implementation: what to clone.
        encoder_hash: 32 bytes.
        incentive: packed parameters (`earnest.core.incentives`).
        model: packed parameters (`earnest.core.models`).
        chunks: packed initial weights; all but the last are stored by transactions of their own.
        token: the ERC-20 token of its deposits, which the factory allows; the zero address is native coin.

    Returns:
        the pool's address, and the receipts of all its transactions.
    """
    receipts: list[Receipt] = []
    stored: list[str] = []
    for chunk in chunks[:-1]:
        address, receipt = store_chunk(gateway, signer, factory, chunk)
        stored.append(address)
        receipts.append(receipt)
    parameters = (implementation, encoder_hash, keccak(b"".join(chunks)), incentive, model, token)
    data = encode_call("IPoolFactory", "createPool", parameters, stored, chunks[-1])
    receipts.append(send_and_wait(gateway, Call(factory, data, 0, _creation_gas(chunks)), signer))
    (created,) = logs_of(PoolCreated, receipts[-1].logs)
    return created.event.pool, receipts


def _creation_gas(chunks: Sequence[bytes]) -> int:
    """Bound for creating a pool: the last chunk, the clone, reading all chunks twice, what a model makes of them."""
    words = sum(len(chunk) for chunk in chunks) // 32
    return gas.code_gas(len(chunks[-1])) + 500_000 + 6_000 * len(chunks) + 8_000 * words + words * words // 256
