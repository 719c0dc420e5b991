"""What became of a relayed call (ERC-2771) whose own transaction came too late: anybody may send a signed one."""

from dataclasses import replace

from earnest.chain.forwarder import executions, next_nonce, request_in
from earnest.chain.gateway import Gateway
from earnest.chain.raw_transaction import decode
from earnest.chain.types import Receipt
from earnest.submissions.errors import TookEffect

#: How far back in an account's order, and in blocks, it is looked for: a call is relayed only in its turn.
_PLACES, _BLOCKS = 64, 2_000


def effect_elsewhere(gateway: Gateway, raw: bytes, key: str, block: int) -> Receipt | None:
    """The receipt of the transaction in which a call took effect that was to be forwarded by another; None for none.

    Args:
        gateway: the chain.
        raw: the transaction that was to forward it.
        key: the request's digest, which says its place in the account's order.
        block: where that transaction reverted.

    Raises:
        TookEffect: it was sent together with others, so that its part is not told apart.
        ChainUnavailable: the node does not answer.
    """
    signed = decode(raw)
    request = request_in(signed.data)
    if request is None or signed.to is None:
        return None
    count = next_nonce(gateway, signed.to, request.account, "latest")
    places = range(count - 1, max(-1, count - 1 - _PLACES), -1)
    place = next((n for n in places if replace(request, nonce=n).digest(signed.to, signed.chain_id) == key), None)
    if place is None:
        return None
    for found in executions(gateway, signed.to, request.account, max(0, block - _BLOCKS), block):
        if found.nonce == place and found.succeeded:
            sent = gateway.transaction(found.transaction_hash)
            if sent is not None and sent.data == signed.data:
                return gateway.receipt(found.transaction_hash)
            raise TookEffect(
                f"Somebody else sent this call together with others, and it took effect: see transaction "
                f"{found.transaction_hash}, and the account's statement."
            )
    return None
