"""The checks of `earnest verify`, made by the service on its own pools while somebody looks on."""

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from earnest.chain.gateway import Gateway
from earnest.errors import EarnestError
from earnest.pools.service import PoolService
from earnest.readiness import READ
from earnest.verification.checks import Result, Verification

#: Contributions that are replayed for a page at most; more take minutes, and the command has them.
MOST_REPLAYED = 20_000


class ProofTooLong(EarnestError):
    """The pool's history is longer than a page waits for."""

    status = 409
    type = "proof-too-long"
    title = "Proof too long"


@dataclass(frozen=True)
class Proof:
    """What the checks came to.

    Attributes:
        results: in order.
        seconds: that they took.
        at: second of the machine's clock at which they were done.
    """

    results: Sequence[Result]
    seconds: float
    at: int

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(result.ok is not False for result in self.results)


class ProofService:
    """Checks pools against their history, one at a time.

    Args:
        gateway: the chain.
        pools: finds pools, and has their encoders' files.
        forwarders: addresses that the operator trusts to check signatures; those that an import named come on top.
    """

    def __init__(self, gateway: Gateway, pools: PoolService, forwarders: Collection[str] = ()) -> None:
        self._forwarders = forwarders
        self._gateway = gateway
        self._pools = pools
        self._lock = threading.Lock()
        #: by pool: the head that the last proof was made at
        self._known: dict[str, tuple[str, Proof]] = {}

    def prove(self, which: str) -> Proof:
        """Check a pool at the newest block; one that was checked there already is not checked again.

        Raises:
            ProofTooLong: there is more to replay than anybody waits for.
            EarnestError: the node does not answer.
        """
        pool = self._pools.deployed(which)
        model, _ = self._pools.mirror(pool, READ).snapshot()
        if model.accepted_ > MOST_REPLAYED:
            raise ProofTooLong(
                f"{model.accepted_:,} contributions take minutes to replay: run `earnest verify {pool.address}` with "
                "the address of a node of yours, which checks the same."
            )
        with self._lock:
            head = self._gateway.head().hash
            known = self._known.get(pool.id)
            if known is not None and known[0] == head:
                return known[1]
            begun = time.monotonic()
            encoder = self._pools.encoder_file(pool.encoder_hash or "")
            named = (*self._forwarders, *pool.request.get("forwarders", ()))
            start = pool.deployed_block or 0
            checks = Verification(self._gateway, pool.address or "", None, encoder, start, named)
            results = [result for result in checks.run() if result.name != "service"]
            proof = Proof(results, time.monotonic() - begun, int(time.time()))
            self._known[pool.id] = (head, proof)
            return proof
