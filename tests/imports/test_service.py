"""A pool that somebody else deployed, into an empty database: the same rows as its deployer's service has."""

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.chain.deployment import send_and_wait
from earnest.chain.tokens import approve_call, balance_of, deposit_call, mint_call, moving, token_of
from earnest.config import Settings
from earnest.core.models.formats.words import pack_sample
from earnest.db.engine import make_engine, make_sessions, upgrade
from earnest.db.tables import Chain, Encoder, Evaluation, Pool, SyncedBlock
from earnest.imports.errors import ImportRefused, PoolKnown
from earnest.imports.schemas import ImportRequest
from earnest.imports.service import ImportService
from earnest.pools import deployment
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.statements.reconcile import reconcile
from earnest.sync.loop import SyncLoop
from earnest.verification.service import ProofService
from tests.fixtures.pools import CHAIN_DERIVED, COST, OTHER, World
from tests.fixtures.sealed_pools import SealedWorld
from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN


def ready() -> Readiness:
    """Of a service that has started."""
    readiness = Readiness()
    readiness.clear("start")
    return readiness


class Elsewhere:
    """Another operator's service on the same chain, with an empty database."""

    def __init__(self, world: World, url: str) -> None:
        self.engine = make_engine(url)
        upgrade(self.engine)
        self.sessions = make_sessions(self.engine)
        with self.sessions.begin() as session:
            session.add(Chain(chain_id=world.gateway.chain_id(), genesis_hash=world.gateway.genesis_hash()))
        self.sync = SyncLoop(world.gateway, self.sessions, ready(), 0.2)
        self.pools = PoolService(self.sessions, world.gateway, self.sync)
        self.imports = ImportService(self.sessions, world.gateway, self.pools, self.sync)


@pytest.fixture
def elsewhere(sqlite_world: World, tmp_path: Path) -> Iterator[Elsewhere]:
    made = Elsewhere(sqlite_world, f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    yield made
    made.engine.dispose()


def encoder_of(world: World) -> str:
    with world.sessions() as session:
        pool = session.get_one(Pool, world.pool_id)
        return session.get_one(Encoder, pool.encoder_hash).content.decode()


def test_events_alone_give_the_rows_that_the_deployers_service_has(sqlite_world, elsewhere):
    world = sqlite_world
    key = world.contribute(pack_sample([3, 9]), 1, OTHER, value=2 * COST)
    world.contribute(pack_sample([4, 9]), 0)
    own = world.sync()
    own.catch_up()
    made = elsewhere.imports.take(ImportRequest(address=world.address, name="Theirs", encoder=encoder_of(world)))
    assert made.contributions == 2
    imported = elsewhere.sync.get(made.id)
    imported.catch_up()
    assert imported.digest_matches is True
    assert imported.snapshot()[0].digest() == own.snapshot()[0].digest()
    there = World(world.gateway, elsewhere.sessions, made.id, world.address)
    # which pool of this database they are of, and how good the model is on texts that are the deployer's own, differs
    alike = [place for place, table in enumerate(CHAIN_DERIVED) if not hasattr(table, "pool_id")]
    assert len(alike) == len(CHAIN_DERIVED) - len({Evaluation, SyncedBlock}) - 1
    assert [there.rows()[place] for place in alike] == [world.rows()[place] for place in alike]
    assert key.index == 0
    shown = elsewhere.pools.show(made.id)
    assert (shown.status, shown.escrow, shown.liabilities, shown.accuracy.value) == ("ready", 3 * COST, 3 * COST, None)


@pytest.mark.loopback
@pytest.mark.parametrize("kind", ["sqlite_sealed_world", "vectors_world"])
def test_sealed_pool_is_imported_with_its_rules_and_its_reference(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
):
    world: SealedWorld = request.getfixturevalue(kind)
    world.live()
    world.seal()
    elsewhere = Elsewhere(world, f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    made = elsewhere.imports.take(ImportRequest(address=world.address, name="Theirs", encoder=encoder_of(world)))
    imported = elsewhere.sync.get(made.id)
    imported.catch_up()
    assert imported.digest_matches is True
    own = world.sync()
    own.catch_up()
    assert imported.snapshot()[0].digest() == own.snapshot()[0].digest()
    with world.sessions() as here, elsewhere.sessions() as there:
        one, other = here.get_one(Pool, world.pool_id), there.get_one(Pool, made.id)
        assert (other.reference, other.incentive_parameters) == (one.reference, one.incentive_parameters)
    shown = elsewhere.pools.show(made.id)
    assert shown.sealed is not None
    assert (shown.sealed.epoch, shown.rules["incentive"]) == (3, "sealed-assessment/1")
    elsewhere.engine.dispose()


def test_pool_is_imported_once_and_not_without_its_encoder(sqlite_world, elsewhere):
    request = ImportRequest(address=sqlite_world.address.lower(), name="Theirs")
    with pytest.raises(ImportRefused, match="encoder"):
        elsewhere.imports.take(request)
    with pytest.raises(ImportRefused, match="not the pool's"):
        elsewhere.imports.take(request.model_copy(update={"encoder": encoder_of(sqlite_world) + "more\n"}))
    whole = request.model_copy(update={"encoder": encoder_of(sqlite_world)})
    made = elsewhere.imports.take(whole)
    with pytest.raises(PoolKnown, match=made.id):
        elsewhere.imports.take(whole)


def test_what_is_no_pool_is_refused_and_leaves_no_row(sqlite_world, elsewhere):
    for address in (OTHER.address, "0x" + "0" * 39 + "1"):
        with pytest.raises(ImportRefused, match="cannot be imported"):
            elsewhere.imports.take(ImportRequest(address=address, name="x"))
    late = sqlite_world.gateway.advance_time(1).number
    with pytest.raises(ImportRefused, match="no factory"):
        elsewhere.imports.take(
            ImportRequest(address=sqlite_world.address, name="x", encoder=encoder_of(sqlite_world), from_block=late)
        )
    with elsewhere.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM pools").scalar() == 0


def test_route_is_the_operators_and_refuses_what_is_served_already(world):
    body = {"address": world.pool["address"], "name": "again"}
    assert_problem(world.service.ask("POST", "/imported-pools", body, world.token), 401, "token-invalid")
    assert_problem(world.service.ask("POST", "/imported-pools", body, ADMIN), 409, "pool-known")


def test_pool_of_a_token_is_taken_in_from_its_events_with_its_token(token_world, tmp_path):
    world, gateway = token_world, token_world.gateway
    with world.sessions() as session:
        token = token_of(session.get_one(Pool, world.pool_id).token)
    assert token is not None
    send_and_wait(gateway, mint_call(token.address, OTHER.address, 10 * COST), OTHER)
    send_and_wait(gateway, approve_call(token.address, world.address, 10 * COST), OTHER)
    send_and_wait(gateway, deposit_call(world.address, 3 * COST), OTHER)
    for words in ([3, 9], [4, 9], [5, 9], [6, 9]):
        given = gateway.contribute_call(world.address, [pack_sample(words)], [1], COST, 0)
        send_and_wait(gateway, moving(given, token), OTHER)
    assert balance_of(gateway, token.address, OTHER.address) == 6 * COST
    own = world.sync()
    own.catch_up()
    theirs = Elsewhere(world, f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    made = theirs.imports.take(ImportRequest(address=world.address, name="Theirs", encoder=encoder_of(world)))
    imported = theirs.sync.get(made.id)
    imported.catch_up()
    shown = theirs.pools.show(made.id)
    assert (shown.escrow, shown.liabilities, shown.contributions) == (4 * COST, 4 * COST, 4)
    assert shown.token is not None
    assert shown.token.model_dump() == token.stored()
    for check in reconcile(theirs.sessions, gateway, made.id):
        assert check.differences == [], check
    theirs.engine.dispose()


def test_pool_that_trusts_a_forwarder_is_imported_where_it_is_named_and_nowhere_else(request, monkeypatch, tmp_path):
    trusting = functools.partial(deployment.deploy_implementation, forwarder=OTHER.address)
    monkeypatch.setattr(deployment, "deploy_implementation", trusting)
    world: World = request.getfixturevalue("sqlite_world")
    asked = ImportRequest(address=world.address, name="Theirs", encoder=encoder_of(world))
    theirs = Elsewhere(world, f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    for named in ((), (world.address,)):
        with pytest.raises(ImportRefused, match=f"trusts the forwarder {OTHER.address}.*EARNEST_FORWARDERS"):
            theirs.imports.take(asked.model_copy(update={"forwarders": named}))
    with theirs.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM pools").scalar() == 0
    made = theirs.imports.take(asked.model_copy(update={"forwarders": (OTHER.address.lower(),)}))

    def forwarder(service: ProofService, which: str) -> bool | None:
        return next(result.ok for result in service.prove(which).results if result.name == "forwarder")

    assert forwarder(ProofService(world.gateway, theirs.pools), made.id) is True
    # its own service has one that it did not name: its page says so, unless the operator's setting does
    sync = SyncLoop(world.gateway, world.sessions, ready(), 0.2)
    own = PoolService(world.sessions, world.gateway, sync)
    sync.add(world.pool_id)
    assert forwarder(ProofService(world.gateway, own), world.pool_id) is False
    settings = Settings(data_dir=tmp_path, forwarders=OTHER.address.lower())
    assert forwarder(ProofService(world.gateway, own, settings.forwarder_addresses), world.pool_id) is True
    theirs.engine.dispose()

    third = Elsewhere(world, f"sqlite:///{tmp_path / 'third.sqlite'}")
    by_setting = ImportService(third.sessions, world.gateway, third.pools, third.sync, settings.forwarder_addresses)
    assert by_setting.take(asked).address == world.address
    third.engine.dispose()
