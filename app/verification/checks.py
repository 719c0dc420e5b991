"""All checks of a pool, in order, at one block."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from eth_utils.address import to_checksum_address
from numpy.typing import NDArray

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import IMPLEMENTATIONS, Implementation, recognise
from earnest.core.errors import CoreError
from earnest.core.incentives.base import Terms
from earnest.core.models.model import Model
from earnest.core.pool.events import PoolCreated
from earnest.errors import EarnestError
from earnest.verification.code import (
    PoolCode,
    initial_model,
    read_clone,
    rules_address,
    sealed_rules_of,
    terms_of,
)
from earnest.verification.creation import find_creation, require_creation, require_lasting
from earnest.verification.errors import CheckFailed
from earnest.verification.forwarders import is_no_forwarder, is_ours, require_forwarder
from earnest.verification.history import (
    History,
    PublishedHistory,
    SealedHistory,
    check_statement,
    require_equal,
)
from earnest.verification.statements import Service, require_encoder

#: Blocks whose logs are asked for at once.
BLOCKS = 2_000


@dataclass(frozen=True)
class Result:
    """What a check came to.

    Attributes:
        name: of the check.
        ok: None when it was not carried out.
        detail: what was found, or why it was not carried out.
    """

    name: str
    ok: bool | None
    detail: str


class Verification:
    """The checks of one pool.

    Args:
        gateway: the node.
        pool: its address.
        service: whose statements are compared, if any.
        encoder: the encoder's file, or its path, if any.
        first_block: where the history begins; the pool must not be older.
        forwarders: addresses that may speak for others, as whoever verifies says.
    """

    def __init__(
        self,
        gateway: Gateway,
        pool: str,
        service: Service | None,
        encoder: Path | bytes | None,
        first_block: int = 0,
        forwarders: Collection[str] = (),
    ) -> None:
        self._gateway, self._pool, self._service, self._encoder = gateway, pool, service, encoder
        self._first, self._forwarders = first_block, forwarders
        self._head = gateway.head()
        self._code: PoolCode | None = None
        self._terms: Terms | None = None
        self._implementation: Implementation | None = None
        self._model: Model | None = None
        self._chunks: list[bytes] = []
        self._creation: Log[PoolCreated] | None = None
        self._reference: NDArray[np.int32] | None = None
        self._history: History | None = None
        self._token: str | None = None
        self._forwarder: str | None = None

    def run(self) -> Iterator[Result]:
        """Carry the checks out; O(blocks / 2,000 + words of each contribution + accounts).

        Raises:
            EarnestError: the node does not answer.
        """
        yield Result("block", True, f"{self._head.number} ({self._head.hash})")
        checks: list[tuple[str, Callable[[], str | None]]] = [
            ("code", self._check_code),
            ("forwarder", self._check_forwarder),
            ("rules", self._check_rules),
            ("initial weights", self._check_weights),
            ("encoder", self._check_encoder),
            ("creation", self._check_creation),
            ("history", self._check_history),
            ("totals", self._check_totals),
            ("digest", self._check_digest),
            ("escrow", self._check_escrow),
            ("accounts", self._check_accounts),
            ("same chain", self._check_head),
            ("service", self._check_service),
        ]
        for name, check in checks:
            try:
                detail = check()
            except CheckFailed as failure:
                yield Result(name, False, str(failure))
            except CoreError as error:
                yield Result(name, False, str(error))
            else:
                skipped = detail is None or detail.startswith("not checked")
                yield Result(name, None if skipped else True, detail or "not checked: an earlier check failed")

    # CODE

    def _check_code(self) -> str:
        self._code = read_clone(self._gateway.code(self._pool))
        known = recognise(self._code.implementation, self._gateway.code)
        if known is None:
            raise CheckFailed(f"the implementation's code is none of {', '.join(IMPLEMENTATIONS)} of this version")
        name, self._forwarder = known
        self._implementation = IMPLEMENTATIONS[name]
        if self._implementation.incentive.is_sealed:
            chunk = self._gateway.code(rules_address(self._code.incentive))
            self._terms, self._reference = sealed_rules_of(self._implementation, chunk)
        else:
            self._terms = terms_of(self._implementation, self._code.incentive)
        self._token = self._code.token_of(self._implementation.model)
        paid = "native coin" if self._token is None else f"the token {self._token}"
        return f"{name} at {self._code.implementation}, deposits in {paid}"

    def _check_forwarder(self) -> str | None:
        if self._forwarder is None:
            return None
        require_forwarder(self._gateway, self._forwarder, self._forwarders)
        if is_no_forwarder(self._forwarder):
            return "none: everybody speaks for themselves"
        if is_ours(self._gateway, self._forwarder):
            return f"{self._forwarder}, of this version's code: it checks signatures"
        return f"{self._forwarder}, which whoever verifies says is one that checks signatures"

    def _check_rules(self) -> str | None:
        if self._terms is None:
            return None
        return ", ".join(f"{name} {value}" for name, value in self._terms.by_slot().items())

    def _check_weights(self) -> str | None:
        if self._code is None or self._implementation is None:
            return None
        model = self._implementation.model
        self._chunks = [self._gateway.code(chunk) for chunk in self._code.chunks_of(model)]
        self._model = initial_model(model, self._code.parameters_of(model), self._chunks)
        parameters = ", ".join(f"{name} {value}" for name, value in self._model.get_params(deep=False).items())
        return f"{model.MODEL_ID}, {parameters}; keccak256 0x{self._model.digest().hex()}"

    def _check_encoder(self) -> str | None:
        if self._code is None:
            return None
        if isinstance(self._encoder, bytes):
            content = self._encoder
        elif self._encoder is not None:
            try:
                content = self._encoder.read_bytes()
            except OSError as error:
                raise CheckFailed(f"{self._encoder} cannot be read ({error.strerror})") from None
        elif self._service is not None:
            content = self._service.encoder(self._code.encoder_hash)
        else:
            return "not checked: give --encoder or --service"
        require_encoder(content, self._code.encoder_hash)
        return self._code.encoder_hash

    # HISTORY

    def _check_creation(self) -> str | None:
        if self._code is None or self._model is None:
            return None
        creation = find_creation(self._gateway, self._pool, self._ranges(self._first))
        # its time holds whatever else it says, so that the later checks go on
        self._creation = creation
        require_creation(creation.event, self._code, self._chunks, self._token)
        require_lasting(self._gateway, creation, self._code.implementation)
        return f"block {creation.block_number}, time {creation.block_time}, by the factory at {creation.address}"

    def _check_history(self) -> str | None:
        if self._code is None or self._terms is None or self._model is None or self._creation is None:
            return None
        owner, created = to_checksum_address(self._code.owner), self._creation.block_time
        history: History
        if self._reference is not None:
            history = SealedHistory(self._model, self._reference, self._terms, created, owner, self._token)
        else:
            history = PublishedHistory(self._model, self._terms, created, owner, self._token)
        count = 0
        for first, last in self._ranges(self._creation.block_number):
            logs = self._gateway.logs([self._pool], first, last)
            history.replay(logs)
            count += len(logs)
        self._history = history
        return f"{count} events, {history.contributions} contributions replayed"

    def _ranges(self, start: int) -> Iterator[tuple[int, int]]:
        for first in range(start, self._head.number + 1, BLOCKS):
            yield first, min(first + BLOCKS - 1, self._head.number)

    def _check_totals(self) -> str | None:
        history = self._history
        return None if history is None else history.check_totals(self._gateway, self._pool, self._head.number)

    def _check_digest(self) -> str | None:
        history = self._history
        return None if history is None else history.check_digest(self._gateway, self._pool, self._head.number)

    def _check_escrow(self) -> str | None:
        history = self._history
        return None if history is None else history.check_escrow(self._gateway, self._pool, self._head.number)

    def _check_accounts(self) -> str | None:
        if self._history is None:
            return None
        accounts = self._history.accounts()
        for holder, expected in accounts:
            found = self._gateway.pool_account(self._pool, holder, self._head.number)
            require_equal(f"credit and standing of {holder}", found, expected)
        return f"{len(accounts)} accounts"

    def _check_head(self) -> str:
        now = self._gateway.block(self._head.number)
        if now is None or now.hash != self._head.hash:
            raise CheckFailed(f"block {self._head.number} was replaced while it was read: run this again")
        return f"block {self._head.number} is still {self._head.hash}"

    # SERVICE

    def _check_service(self) -> str | None:
        if self._service is None:
            return "not checked: give --service"
        if self._code is None:
            return None
        said = self._service.statement(self._pool)
        if said.block_number is None or said.digest is None or said.escrow is None:
            raise CheckFailed("the service does not follow the pool: it has no digest or no escrow to show")
        block = self._gateway.block(said.block_number)
        if block is None:
            raise CheckFailed(f"the service speaks of block {said.block_number}, which the node does not have")
        sealed = self._implementation is not None and self._implementation.incentive.is_sealed
        check_statement(self._gateway, self._pool, block.number, said, sealed=sealed)
        require_equal("the service's encoder", said.encoder_hash, self._code.encoder_hash)
        return f"{self._service.url} says the same at block {block.number}"


def verify(
    pool: str,
    node: str,
    service: str | None,
    encoder: Path | None,
    first_block: int,
    forwarders: Collection[str] = (),
) -> Iterator[Result]:
    """Check a pool; see `Verification`.

    Raises:
        EarnestError: the node does not answer, or with something else than a chain's data.
    """
    try:
        told = Service(service) if service else None
        checks = Verification(Gateway(node), pool, told, encoder, first_block, forwarders)
        yield from checks.run()
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, IndexError) as error:
        raise EarnestError(
            f"The node at {node} answers what no node should ({type(error).__name__}: {error})."
        ) from None
