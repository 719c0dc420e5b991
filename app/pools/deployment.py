"""Make a pool: data set, encoder, initial model, contract, rows; in that order, and found again after a crash."""

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError

from earnest.chain.deployment import (
    deploy_contract,
    deploy_factory,
    deploy_implementation,
    deploy_pool,
    store_chunk,
)
from earnest.chain.forwarder import FORWARDER, is_forwarder
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import implementation_name
from earnest.chain.signer import Signer
from earnest.config import Settings
from earnest.core.errors import CoreError, RuleViolation
from earnest.core.incentives.sealed_rules import pack_address, pack_reference, require_no_bounty
from earnest.core.keccak import keccak256
from earnest.core.models.registry import MODELS
from earnest.data.address import is_address
from earnest.db.engine import Sessions
from earnest.db.queries.encoders import keep_encoder
from earnest.db.queries.pools import deploying, implementations_by, pools_in
from earnest.db.queries.requests import fingerprint, known_request
from earnest.db.tables import Chain, Encoder, Evaluation, Implementation, KnownRequest, Pool, SyncCursor, SyncedBlock
from earnest.errors import EarnestError
from earnest.pools.rules import Rules, rules_of
from earnest.pools.schemas import PoolRequest
from earnest.pools.start import check, prepare
from earnest.pools.tokens import AllowedTokens, address_of

log = logging.getLogger(__name__)


#: Of the keys under which pools are asked for.
SCOPE = "pools"


def asked_before(sessions: Sessions, request: PoolRequest, key: str | None) -> str | None:
    """The id of the pool that this request made under its key; None for the first time.

    Raises:
        IdempotencyKeyReused: the key was used for another pool.
    """
    with sessions() as session:
        known = known_request(session, SCOPE, key, fingerprint(request.model_dump_json()))
    return None if known is None else known.made


def register(
    sessions: Sessions,
    gateway: Gateway,
    settings: Settings,
    tokens: AllowedTokens,
    request: PoolRequest,
    key: str | None = None,
) -> str:
    """Check a request and write its row, in status "deploying"; returns the pool's id.

    Raises:
        IntegrityError: the same request came under the same key at once.
        CoreError: a parameter is out of range, or its data set is missing or unfit; nothing was written.
    """
    terms = request.terms
    implementation_name(terms.incentive, MODELS[request.model])
    if terms.incentive.derives is None:
        terms.validate()
    token = tokens.find(request.token)
    if token is not None and not terms.moves_money:
        raise RuleViolation(f"Under {terms.incentive.name} no money moves: leave token out.")
    if token is not None and terms.incentive.is_sealed and request.said.get("seal_bounty"):
        require_no_bounty(terms)
    check(request, settings)
    pool_id = str(uuid.uuid4())
    with sessions.begin() as session:
        session.add(
            Pool(
                id=pool_id,
                chain_id=gateway.chain_id(),
                name=request.name,
                status="deploying",
                request=request.model_dump(mode="json", exclude={"csv", "file"}) | {"has_csv": request.has_file},
                num_words=request.num_words,
                created_at=int(time.time()),
            )
        )
        if key is not None:
            asked = fingerprint(request.model_dump_json())
            session.add(KnownRequest(scope=SCOPE, key=key, request_hash=asked, made=pool_id))
    return pool_id


def deploy(
    sessions: Sessions,
    gateway: Gateway,
    signer: Signer,
    settings: Settings,
    tokens: AllowedTokens,
    pool_id: str,
    request: PoolRequest,
) -> None:
    """Carry a registered deployment out; its row ends as "ready", or as "failed" with the reason."""
    try:
        _deploy(sessions, gateway, signer, settings, tokens, pool_id, request)
    except (EarnestError, CoreError) as error:
        log.warning("Deploying pool %s failed: %s", pool_id, error)
        _fail(sessions, pool_id, _public(str(error), settings))
    except Exception:
        log.exception("Deploying pool %s failed", pool_id)
        _fail(sessions, pool_id, "The deployment failed unexpectedly; see the log.")


def _fail(sessions: Sessions, pool_id: str, reason: str) -> None:
    """Write a failure down, unless another process has brought the deployment to its end."""
    with sessions.begin() as session:
        pool = deploying(session, pool_id)
        if pool is not None:
            pool.status, pool.error = "failed", reason


def _public(reason: str, settings: Settings) -> str:
    """A reason without the folders of this machine, which are nobody's business; the log has them."""
    folders = {settings.data_dir, settings.data_dir.resolve()}
    if settings.imdb_archive is not None and not is_address(settings.imdb_archive):
        folders |= {settings.imdb_archive.parent, settings.imdb_archive.parent.resolve()}
    # the longest first: one may be in another
    if settings.sweep_data is not None:
        folders |= {settings.sweep_data.parent, settings.sweep_data.parent.resolve()}
    for folder in sorted(map(str, folders), key=len, reverse=True):
        reason = reason.replace(folder.rstrip("/") + "/", "")
    return reason


def _deploy(
    sessions: Sessions,
    gateway: Gateway,
    signer: Signer,
    settings: Settings,
    tokens: AllowedTokens,
    pool_id: str,
    request: PoolRequest,
) -> None:
    token = tokens.find(request.token)
    start = prepare(request, settings)
    rules = rules_of(request, start, in_token=token is not None)
    encoder, initial, terms = start.encoder, start.initial, rules.terms
    factory = _factory(sessions, gateway, signer, tokens)
    forwarder = _forwarder(sessions, gateway, signer) if settings.relay_budget else None
    implementation = _implementation(
        sessions, gateway, signer, implementation_name(terms.incentive, type(initial)), forwarder
    )
    address, receipts = deploy_pool(
        gateway,
        signer,
        factory=factory,
        implementation=implementation,
        encoder_hash=encoder.hash,
        incentive=_arguments(gateway, signer, factory, rules),
        model=initial.pack_parameters(),
        chunks=initial.initial_chunks(),
        token=address_of(token),
    )
    created = receipts[-1]
    with sessions.begin() as session:
        pool = deploying(session, pool_id)
        if pool is None:
            log.warning("Pool %s was deployed by two processes: the contract at %s stays unused", pool_id, address)
            return
        encoder_hash = "0x" + encoder.hash.hex()
        keep_encoder(
            session,
            Encoder(
                hash=encoder_hash, normaliser=encoder.normaliser, num_words=encoder.width, content=encoder.to_bytes()
            ),
        )
        pool.address = address
        pool.owner = signer.address
        pool.token = None if token is None else token.stored()
        pool.forwarder = forwarder
        pool.encoder_hash = encoder_hash
        pool.incentive = terms.incentive.id
        pool.incentive_parameters = [str(value) for value in terms.numbers]
        pool.reference = None if rules.reference is None else pack_reference(rules.reference)
        pool.reasons = list(rules.reasons)
        pool.num_words = encoder.width
        pool.model = initial.MODEL_ID
        pool.model_parameters = initial.parameters
        pool.initial_state = initial.to_bytes()
        pool.code_hash = "0x" + keccak256(gateway.code(address)).hex()
        pool.deployed_block, pool.deployed_block_hash = created.block_number, created.block_hash
        pool.held_out = start.card
        pool.status = "ready"
        start.held_out.pool_id = pool_id
        session.add(start.held_out)
        place: dict[str, Any] = {
            "block_number": created.block_number,
            "block_hash": created.block_hash,
            "block_time": created.block_time,
        }
        session.add(SyncCursor(pool_id=pool_id, **place))
        session.add(SyncedBlock(pool_id=pool_id, **place))
        session.add(
            Evaluation(pool_id=pool_id, **_without_hash(place), accepted=0, correct=start.correct, total=start.total)
        )


def _arguments(gateway: Gateway, signer: Signer, factory: str, rules: Rules) -> bytes:
    """What a clone holds of its incentive: the packed terms, or where the chunk of its rules is, stored by this."""
    if rules.chunk is None:
        return rules.terms.pack()
    address, _ = store_chunk(gateway, signer, factory, rules.chunk)
    return pack_address(address)


def _without_hash(place: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if name != "block_hash"}


def _factory(sessions: Sessions, gateway: Gateway, signer: Signer, tokens: AllowedTokens) -> str:
    """The factory on this chain, deployed once for the tokens that it allows."""
    wanted = [token.address for token in tokens.load()]
    with sessions() as session:
        known = session.get_one(Chain, gateway.chain_id()).factory
    if known is not None and all(gateway.view("IPoolFactory", known, "allowsToken", one)[0] for one in wanted):
        return known
    factory = deploy_factory(gateway, signer, wanted)
    with sessions.begin() as session:
        session.get_one(Chain, gateway.chain_id()).factory = factory
    return factory


def _implementation(sessions: Sessions, gateway: Gateway, signer: Signer, name: str, forwarder: str | None) -> str:
    """An implementation on this chain whose pools believe a forwarder, or nobody; deployed once."""
    if forwarder is None:
        return _once(sessions, gateway, name, lambda: deploy_implementation(gateway, signer, name))
    return _once(
        sessions, gateway, f"{name} by {FORWARDER}", lambda: deploy_implementation(gateway, signer, name, forwarder)
    )


def _forwarder(sessions: Sessions, gateway: Gateway, signer: Signer) -> str:
    """The forwarder on this chain, deployed once; pools believe it for good, so that its code is looked at.

    Raises:
        RuleViolation: what is at its address is another contract, as after a reorganisation.
    """
    address = _once(sessions, gateway, FORWARDER, lambda: deploy_contract(gateway, signer, FORWARDER))
    if not is_forwarder(address, gateway.chain_id(), gateway.code(address)):
        with sessions.begin() as session:
            for row in implementations_by(session, gateway.chain_id(), FORWARDER):
                session.delete(row)
        raise RuleViolation(f"The chain has no forwarder at {address} any more: deploy the pool again.")
    return address


def _once(sessions: Sessions, gateway: Gateway, name: str, made: Callable[[], str]) -> str:
    """The address of what is deployed once on a chain, under a name."""
    with sessions() as session:
        known = session.get(Implementation, (gateway.chain_id(), name))
    if known is not None:
        return known.address
    address = made()
    try:
        with sessions.begin() as session:
            session.add(Implementation(chain_id=gateway.chain_id(), name=name, address=address))
    except IntegrityError:
        # another process has deployed one meanwhile
        with sessions() as session:
            return session.get_one(Implementation, (gateway.chain_id(), name)).address
    return address


def interrupted(sessions: Sessions) -> list[tuple[str, PoolRequest]]:
    """Deployments that an earlier process did not finish, to be carried out again from their start.

    A contract that the earlier process may have created already stays unused and holds no money. A file is not kept, so
    a deployment from one is marked as failed instead.
    """
    again = []
    with sessions.begin() as session:
        for found in pools_in(session, "deploying"):
            pool = deploying(session, found.id)
            if pool is None:
                continue
            stored = dict(pool.request)
            if stored.pop("has_csv"):
                pool.status = "failed"
                pool.error = "The service stopped while it deployed this pool: send the request with its file again."
            else:
                again.append((pool.id, PoolRequest.model_validate(stored)))
    return again
