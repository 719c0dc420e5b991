"""Takes pools in: their code says what they are, their factory's log when they began, and their events the rest."""

import time
import uuid
from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import IntegrityError

from earnest.chain.gateway import Gateway
from earnest.chain.implementations import IMPLEMENTATIONS, Implementation, recognise
from earnest.chain.tokens import describe
from earnest.core.encoders.registry import read as read_encoder
from earnest.core.errors import CoreError
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed_rules import pack_reference
from earnest.core.keccak import keccak256
from earnest.db.engine import Sessions
from earnest.db.queries.encoders import keep_encoder
from earnest.db.queries.pools import pool_at, totals_of_pool
from earnest.db.tables import Encoder, Pool, SyncCursor, SyncedBlock
from earnest.imports.errors import ImportRefused, PoolKnown
from earnest.imports.schemas import ImportRequest, PoolImported
from earnest.pools.service import READY, PoolService
from earnest.sync.loop import SyncLoop
from earnest.verification.code import initial_model, read_clone, rules_address, sealed_rules_of, terms_of
from earnest.verification.creation import find_creation, require_creation, require_lasting
from earnest.verification.errors import CheckFailed
from earnest.verification.forwarders import is_no_forwarder, require_forwarder
from earnest.web.addresses import parse_address

#: Blocks in which the creation is looked for with one question.
BLOCKS = 2_000


class ImportService:
    """Imports pools.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: serves them.
        sync: follows them.
        forwarders: addresses that the operator trusts to check signatures, whatever a request names.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        pools: PoolService,
        sync: SyncLoop,
        forwarders: Collection[str] = (),
    ) -> None:
        self._forwarders = forwarders
        self._sessions = sessions
        self._gateway = gateway
        self._pools = pools
        self._sync = sync

    def take(self, request: ImportRequest) -> PoolImported:
        """Check a pool, write its rows, and follow it; O(blocks / 2,000) to find its creation.

        Raises:
            PoolKnown: it is served already.
            ImportRefused: it is no pool of this version, or its encoder is missing or another's.
            ChainUnavailable: the node does not answer; nothing was written, or what was is followed later.
        """
        address = parse_address(request.address)
        with self._sessions() as session:
            known = pool_at(session, address)
        if known is not None:
            raise PoolKnown(f"The service serves {address} already, as pool {known.id}.")
        try:
            pool_id = self._write(address, request)
        except (CheckFailed, CoreError) as failure:
            raise ImportRefused(f"{address} cannot be imported: {failure}.".replace("..", ".")) from None
        except IntegrityError:
            raise PoolKnown(f"The service serves {address} already.") from None
        with self._sessions() as session:
            pool = session.get_one(Pool, pool_id)
        self._pools.follow(pool)
        self._sync.add(pool_id)
        with self._sessions() as session:
            totals = totals_of_pool(session, pool)
        return PoolImported(
            id=pool_id,
            address=address,
            encoder_hash=pool.encoder_hash or "",
            deployed_block=pool.deployed_block or 0,
            contributions=totals.contributions if totals else 0,
        )

    def _write(self, address: str, request: ImportRequest) -> str:
        code = self._gateway.code(address)
        clone = read_clone(code)
        recognised = recognise(clone.implementation, self._gateway.code)
        if recognised is None:
            raise CheckFailed("the implementation's code is none of this version's")
        name, forwarder = recognised
        require_forwarder(self._gateway, forwarder, (*self._forwarders, *request.forwarders))
        implementation = IMPLEMENTATIONS[name]
        terms, reference = self._rules(implementation, clone.incentive)
        kind = implementation.model
        chunks = [self._gateway.code(chunk) for chunk in clone.chunks_of(kind)]
        model = initial_model(kind, clone.parameters_of(kind), chunks)
        creation = find_creation(self._gateway, address, self._ranges(request.from_block))
        token = clone.token_of(kind)
        require_creation(creation.event, clone, chunks, token)
        require_lasting(self._gateway, creation, clone.implementation)
        content = self._encoder(clone.encoder_hash, request.encoder)
        encoder = read_encoder(content, bytes.fromhex(clone.encoder_hash[2:]))
        pool_id = str(uuid.uuid4())
        place = {
            "block_number": creation.block_number,
            "block_hash": creation.block_hash,
            "block_time": creation.block_time,
        }
        with self._sessions.begin() as session:
            keep_encoder(
                session,
                Encoder(
                    hash=clone.encoder_hash, normaliser=encoder.normaliser, num_words=encoder.width, content=content
                ),
            )
            session.add(
                Pool(
                    id=pool_id,
                    chain_id=self._gateway.chain_id(),
                    address=address,
                    name=request.name,
                    status=READY,
                    request={
                        "imported": True,
                        "factory": creation.address,
                        "forwarders": list(request.forwarders),
                    },
                    owner=parse_address(clone.owner),
                    token=None if token is None else describe(self._gateway, token).stored(),
                    encoder_hash=clone.encoder_hash,
                    num_words=encoder.width,
                    incentive=terms.incentive.id,
                    incentive_parameters=[str(number) for number in terms.numbers],
                    reference=None if reference is None else pack_reference(reference),
                    model=model.MODEL_ID,
                    model_parameters=model.parameters,
                    initial_state=model.to_bytes(),
                    forwarder=None if is_no_forwarder(forwarder) else parse_address(forwarder),
                    code_hash="0x" + keccak256(code).hex(),
                    deployed_block=creation.block_number,
                    deployed_block_hash=creation.block_hash,
                    created_at=int(time.time()),
                )
            )
            session.flush()
            session.add(SyncCursor(pool_id=pool_id, **place))
            session.add(SyncedBlock(pool_id=pool_id, **place))
        return pool_id

    def _rules(self, implementation: Implementation, arguments: bytes) -> tuple[Terms, NDArray[np.int32] | None]:
        """The incentive with its numbers, and the reference where the judge is sealed; None elsewhere.

        Raises:
            CheckFailed: no pool could have been created with them.
        """
        if not implementation.incentive.is_sealed:
            return terms_of(implementation, arguments), None
        return sealed_rules_of(implementation, self._gateway.code(rules_address(arguments)))

    def _ranges(self, start: int) -> Iterator[tuple[int, int]]:
        head = self._gateway.settled_head().number
        for first in range(start, head + 1, BLOCKS):
            yield first, min(first + BLOCKS - 1, head)

    def _encoder(self, encoder_hash: str, given: str | None) -> bytes:
        """The encoder's file, which this service has, or was given.

        Raises:
            CheckFailed: there is none, or it is another's.
        """
        if given is not None:
            content = given.encode()
            if "0x" + keccak256(content).hex() != encoder_hash:
                raise CheckFailed(f"the encoder that was given is not the pool's, {encoder_hash}")
            return content
        with self._sessions() as session:
            row = session.get(Encoder, encoder_hash)
        if row is None:
            raise CheckFailed(
                f"its encoder {encoder_hash} is not here: give the file's content as `encoder`; a service that serves "
                "the pool has it at /v1/encoders/HASH"
            )
        return row.content
