"""Reads about pools: state, encoder, predictions, quotes."""

import logging
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from sqlalchemy.orm import Session

from earnest.chain.errors import ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.chain.sealed import sealed_state
from earnest.chain.tokens import allowance, balance_of, token_of
from earnest.chain.types import Block, SealedState
from earnest.core.encoders.encoder import Encoder
from earnest.core.encoders.registry import read as read_encoder
from earnest.core.errors import CoreError, SampleInvalid
from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import value_needed
from earnest.core.keccak import keccak256
from earnest.core.models.model import Model
from earnest.core.models.registry import model_of
from earnest.db import tables
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries import pools as of_pools
from earnest.db.queries.contributions import indices_with_sample
from earnest.db.queries.pools import latest_evaluations, page_of_pools, pool_at, pool_of_id, totals_of_pools
from earnest.db.tables import Pool, PoolTotals
from earnest.errors import EarnestError
from earnest.pools import sealed as sealed_pools
from earnest.pools.accuracy import accuracy_of
from earnest.pools.encoding import encoding_of, predicted, samples_of
from earnest.pools.errors import (
    BlockUnknown,
    EncoderUnknown,
    LabelUnknown,
    PoolFailed,
    PoolNotFailed,
    PoolUnknown,
    SampleTooUnknown,
)
from earnest.pools.incentives import terms_shown
from earnest.pools.known_samples import KnownSamples
from earnest.pools.quoting import Asked, ChainFacts, published_terms, sealed_terms, words_of_unknown
from earnest.pools.schemas import (
    DEFAULT_MIN_FEATURES,
    Accuracy,
    FundsShown,
    PoolShown,
    PredictionsShown,
    Quote,
    QuoteRequest,
    TokenShown,
)
from earnest.readiness import PREDICT, READ, SUBMIT, NotReady
from earnest.sync.loop import SyncLoop
from earnest.sync.mirror import Mirror
from earnest.sync.pool_sync import PoolSync
from earnest.sync.restored import go_on, restore_mirror
from earnest.sync.sealed_mirror import SealedMirror
from earnest.web.addresses import looks_like_address, parse_address
from earnest.web.schemas import SampleInput

log = logging.getLogger(__name__)

#: Status of a pool that is deployed, and of one whose deployment failed.
READY, FAILED = "ready", "failed"
#: Most duplicates that a quote names.
MAX_DUPLICATES = 20
#: Most points of a series.
MOST_POINTS = 200

#: Most characters of texts that are encoded while the requests of others wait, about 5 ms; a feature counts as some,
#: and so does a sample, however little is in it.
MOST_QUICK, _FEATURE, _SAMPLE = 2**17, 16, 64


class PoolService:
    """Answers about pools from the tables and the model mirrors.

    Args:
        sessions: the database.
        gateway: the chain.
        sync: keeps the mirrors.
    """

    def __init__(self, sessions: Sessions, gateway: Gateway, sync: SyncLoop) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._sync = sync
        self._encoders: dict[str, Encoder] = {}
        #: deployed pools by id and by address, for predictions: what these need of one never changes
        self._deployed: dict[str, Pool] = {}
        #: by pool: at which block something was asked, and what was said
        self._facts: dict[str, tuple[str, ChainFacts]] = {}
        self._known_samples = KnownSamples()

    # WHAT THE CHAIN SAYS

    def facts(self, pool: Pool, block: Block) -> ChainFacts:
        """What the contract says at a block: asked once, however many look at the pool meanwhile.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        known = self._facts.get(pool.id)
        if known is not None and known[0] == block.hash:
            return known[1]
        address = pool.address or ""
        paused = self._gateway.is_paused(address, block.number)
        if terms_of_pool(pool).incentive.is_sealed:
            # no window there is longer for a pause
            found = ChainFacts(sealed_state(self._gateway, address, block.number), paused, (0, 0, 0))
        else:
            state, pauses = self._gateway.pool_state(address, block.number), self._gateway.pauses(address, block.number)
            found = ChainFacts(state, paused, pauses)
        self._facts[pool.id] = (block.hash, found)
        return found

    def said(self, pool: Pool, block: Block, now: int | None = None) -> tuple[int, ChainFacts] | None:
        """The chain's time and what the contract says; None while the chain is silent.

        Args:
            pool: whose contract.
            block: at which.
            now: the time, if it was asked for already.
        """
        try:
            if self._sync.is_chain_silent:
                return None
            return self._gateway.recent_time() if now is None else now, self.facts(pool, block)
        except ChainUnavailable:
            return None

    @property
    def is_chain_silent(self) -> bool:
        """Whether the node did not answer when it was asked last."""
        return self._sync.is_chain_silent

    def newest_block(self) -> Block | None:
        """The newest block that any pool's tables are at; None before there is a pool."""
        blocks = [sync.snapshot()[1] for sync in self._sync.all()]
        return max(blocks, key=lambda block: block.number, default=None)

    def now(self) -> int | None:
        """The chain's time, in which prices are; None while it is silent."""
        try:
            return None if self._sync.is_chain_silent else self._gateway.recent_time()
        except ChainUnavailable:
            return None

    # LOOK-UPS

    def find(self, session: Session, which: str) -> Pool:
        """A pool by id or by address.

        Raises:
            PoolUnknown: there is none.
            AddressInvalid: an address has a slip in it.
        """
        found = pool_at(session, parse_address(which)) if looks_like_address(which) else pool_of_id(session, which)
        if found is None:
            raise PoolUnknown(f"There is no pool {which}.")
        return found

    def deployed(self, which: str) -> Pool:
        """A pool by id or by address, to be read only.

        Raises:
            PoolUnknown: there is none.
        """
        with self._sessions() as session:
            return self.find(session, which)

    def page(self, after: tuple[Any, ...] | None, limit: int) -> tuple[list[PoolShown], tuple[int, str] | None]:
        """Pools, oldest first, and where the next page starts: (second of creation, id)."""
        with self._sessions() as session:
            rows = page_of_pools(session, after, limit + 1)
            shown = self.shown(session, rows[:limit])
        last = rows[limit - 1] if len(rows) > limit else None
        return shown, (last.created_at, last.id) if last else None

    def history(self, which: str) -> list[tuple[int, float]]:
        """Accuracy on the held-out set over time, at so many points as a chart can show: (seconds, share)."""
        with self._sessions() as session:
            pool = self.find(session, which)
            found = of_pools.evaluations(session, [pool.id], MOST_POINTS)[pool.id]
            return [(one.block_time, one.correct / one.total) for one in found]

    def terms(self, which: str) -> Terms:
        """A deployed pool's incentive with its numbers."""
        with self._sessions() as session:
            return terms_of_pool(self.find(session, which))

    def coming_prices(self, which: str) -> list[tuple[float, int]]:
        """The price over the coming day if nobody contributes: (hours from now, wei), every quarter of an hour.

        Nothing while the chain, whose time it takes, is silent.
        """
        with self._sessions() as session:
            pool = self.find(session, which)
        sync = self._sync.get(pool.id)
        said = self.said(pool, sync.snapshot()[1]) if sync is not None else None
        terms = terms_of_pool(pool)
        if said is None or isinstance(said[1].state, SealedState):
            # of a sealed pool prices are for cases, and never move
            return []
        now, last = said[0], said[1].state.last_accepted
        return [(minutes / 60, terms.price(now + minutes * 60, last)) for minutes in range(0, 24 * 60 + 1, 15)]

    def mirror(self, pool: Pool, capability: str = SUBMIT) -> PoolSync:
        """A deployed pool's sync.

        Args:
            pool: whose.
            capability: what for.

        Raises:
            PoolFailed: it never will be deployed.
            NotReady: it is not deployed, or this cannot be done with it now.
        """
        if pool.status == FAILED:
            raise PoolFailed(f"Pool {pool.name} could not be deployed: {pool.error}")
        sync = self._sync.get(pool.id)
        self._sync.readiness.require(capability, pool.id)
        if sync is None:
            raise NotReady(f"Pool {pool.name} is {pool.status}; it cannot be used yet.")
        return sync

    def model_at(self, pool: Pool, block_number: int) -> Model:
        """A deployed pool's model as it was at the end of a block; O(contributions since the snapshot before).

        Raises:
            BlockUnknown: the pool is younger, or the tables are not as far.
        """
        newest = self.mirror(pool, READ).snapshot()[1].number
        first = pool.deployed_block or 0
        if not first <= block_number <= newest:
            raise BlockUnknown(f"The pool's model is known from block {first} to block {newest}: choose one of these.")
        with self._sessions() as session:
            return restore_mirror(session, pool, block_number).served

    def models_around(self, pool: Pool, block_number: int) -> tuple[Model, Model]:
        """The model before a block and at its end; O(contributions since the snapshot before).

        Raises:
            BlockUnknown: see `model_at`.
        """
        newest, first = self.mirror(pool, READ).snapshot()[1].number, pool.deployed_block or 0
        if not first < block_number <= newest:
            raise BlockUnknown(f"The pool's model before and after is known of blocks {first + 1} to {newest}.")
        with self._sessions() as session:
            before = restore_mirror(session, pool, block_number - 1)
            return before.served, go_on(session, pool, before, block_number - 1, block_number).served

    def follow(self, pool: Pool) -> None:
        """Take a deployed pool in as the tables have it; what keeps it from being used is on record, and its own."""
        name = f"pool {pool.id}"
        try:
            self.encoder(pool)
            if self._sync.get(pool.id) is None:
                self._sync.restore(pool.id)
        except (EarnestError, CoreError, ValueError) as error:
            log.error("Pool %s: %s", pool.id, error)
            self._sync.readiness.block(name, f"Pool {pool.name} cannot be used: {error}", pool=pool.id)
        else:
            self._deployed[pool.id] = self._deployed[pool.address or ""] = pool
            self._sync.readiness.clear(name)

    def encoder(self, pool: Pool) -> Encoder:
        """A deployed pool's encoder, checked against its hash once.

        Raises:
            EncoderUnknown: there is none.
            EncoderInvalid: the stored file is damaged.
        """
        encoder_hash = pool.encoder_hash or ""
        known = self._encoders.get(encoder_hash)
        if known is None:
            content = self.encoder_file(encoder_hash)
            known = read_encoder(content, bytes.fromhex(encoder_hash[2:]))
            self._encoders[encoder_hash] = known
        return known

    def encoder_file(self, encoder_hash: str) -> bytes:
        """The canonical file."""
        with self._sessions() as session:
            row = session.get(tables.Encoder, encoder_hash.lower())
        if row is None:
            raise EncoderUnknown(f"There is no encoder {encoder_hash}.")
        return row.content

    def sample(self, model: Model, pool: Pool, given: SampleInput) -> NDArray[Any]:
        """The sample of a text, or the given features, checked.

        Raises:
            SampleInvalid: the features are not a sample, or the text gives too many.
        """
        return model.format.from_input(self.encoder(pool), given.text, given.features)

    def contribution(self, model: Model, pool: Pool, given: SampleInput) -> NDArray[Any]:
        """The same of what is to be contributed, which a pool may want to be smaller.

        Raises:
            SampleInvalid: see `sample`, or it is larger than the pool takes.
        """
        sample = self.sample(model, pool, given)
        model.require_size(sample)
        _require_features(terms_of_pool(pool), sample)
        return sample

    def forget(self, which: str) -> None:
        """Remove a pool whose deployment failed.

        Raises:
            PoolUnknown: there is none.
            PoolNotFailed: it is deployed, or on its way.
        """
        with self._sessions.begin() as session:
            pool = self.find(session, which)
            if pool.status != FAILED:
                raise PoolNotFailed(f"Pool {pool.name} is {pool.status}; only a failed one can be deleted.")
            session.delete(pool)

    # ANSWERS

    def show(self, which: str) -> PoolShown:
        """A pool's state; O(1), whatever it holds.

        Raises:
            PoolUnknown: there is none.
        """
        with self._sessions() as session:
            return self.shown(session, [self.find(session, which)])[0]

    def shown(self, session: Session, pools: Sequence[Pool]) -> list[PoolShown]:
        """The states of pools that were found already; as many looks at the tables for many as for one."""
        totals, latest = totals_of_pools(session, pools), latest_evaluations(session, [pool.id for pool in pools])
        now, of_pool = self.now(), {(row.chain_id, row.pool_address): row for row in totals}
        return [
            self._show(
                pool, now, of_pool.get((pool.chain_id, pool.address or "")), accuracy_of(pool, latest.get(pool.id))
            )
            for pool in pools
        ]

    def _show(self, pool: Pool, now: int | None, totals: PoolTotals | None, accuracy: Accuracy) -> PoolShown:
        sync, model = self._sync.get(pool.id), model_of_pool(pool)
        block = sync.snapshot()[1] if sync else None
        terms = terms_of_pool(pool) if pool.incentive_parameters else None
        price = escrow = paused = None
        # a row that was read before its pool was deployed has no address, though the mirror stands by now
        usable = pool.address is not None and not self._sync.readiness.against(READ, pool.id)
        said = self.said(pool, block, now) if now is not None and usable and block is not None else None
        sealed = None
        if said is not None and terms is not None:
            _, (state, paused, _) = said
            escrow = state.escrow
            if isinstance(state, SealedState):
                price, sealed = sealed_pools.lowest_price(terms), sealed_pools.shown(terms, state)
            else:
                price = terms.price(said[0], state.last_accepted)
        return PoolShown(
            id=pool.id,
            name=pool.name,
            status=pool.status,
            error=pool.error,
            chain_id=pool.chain_id,
            address=pool.address,
            owner=pool.owner,
            encoder_hash=pool.encoder_hash,
            num_words=pool.num_words,
            min_features=min_features_of(pool),
            model=pool.model,
            model_start=[*(pool.held_out or {}).get("encoder", []), *(model.explained if model else [])],
            classes=model.class_count if model else None,
            rules=terms_shown(terms, pool.reasons or ()) if terms else {},
            block_number=block.number if block else None,
            price=price,
            paused=paused,
            escrow=escrow,
            liabilities=totals.open_amount + totals.credit if totals else 0,
            contributions=totals.contributions if totals else 0,
            open_contributions=totals.open_contributions if totals else 0,
            verified=totals.verified if totals else 0,
            digest="0x" + sync.mirror()[0].learner.digest().hex() if sync else None,
            judge_digest="0x" + sync.snapshot()[0].digest().hex() if sync and sealed is not None else None,
            sealed=sealed,
            digest_matches=sync.digest_matches if sync else None,
            accuracy=accuracy,
            held_out=pool.held_out,
            forwarder=pool.forwarder,
            token=None if pool.token is None else TokenShown(**pool.token),
        )

    def is_quick(self, which: str, given: Sequence[SampleInput]) -> bool:
        """Whether `predict` takes a few milliseconds at most, and waits for nobody: neither tables nor chain."""
        pool = self._known(which)
        sync = self._sync.get(pool.id) if pool is not None else None
        if pool is None or sync is None:
            return False
        return self._effort(pool, sync, given) <= MOST_QUICK

    def _effort(self, pool: Pool, sync: PoolSync, given: Sequence[SampleInput]) -> int:
        """What encoding and predicting take, in characters; see `MOST_QUICK`."""
        encoder, classes = self.encoder(pool), sync.snapshot()[0].class_count
        # a text that is there twice is encoded and asked about once, and what all of them take is asked at once
        texts = {item.text for item in given if item.text is not None}
        size = encoder.effort(" ".join(texts)) if texts else 0
        size += sum(_SAMPLE + _FEATURE * len(item.features or ()) for item in given)
        return size * max(1, classes // 2)

    def _known(self, which: str) -> Pool | None:
        """A pool that is deployed, without the tables; None where only they can tell."""
        return self._deployed.get(parse_address(which) if looks_like_address(which) else which)

    def known(self, session: Session, which: str) -> Pool:
        """A pool for who needs no more of it than what never changes once it is deployed.

        Raises:
            PoolUnknown: there is none.
            AddressInvalid: an address has a slip in it.
        """
        return self._known(which) or self.find(session, which)

    def predict(self, which: str, given: Sequence[SampleInput]) -> PredictionsShown:
        """Class and score of each sample; free."""
        pool = self._known(which)
        if pool is None:
            with self._sessions() as session:
                pool = self.find(session, which)
        model, block = self.mirror(pool, PREDICT).snapshot()
        predictions = predicted(model, samples_of(model, self.encoder(pool), given))
        # all at once, which takes a tenth of the time of one by one
        return PredictionsShown.model_validate(
            {
                "block_number": block.number,
                "predictions": [{"label": label, "score": score} for label, score in predictions],
            }
        )

    def quote(self, which: str, given: QuoteRequest) -> Quote:
        """What contributing a sample would cost and bring."""
        state = self._sessions.version
        with self._sessions() as session:
            pool = self._known(which) or self.find(session, which)
            mirror, block = self.mirror(pool).mirror()
            sample, sample_hash = self._to_quote(pool, mirror, given)
            now = self._gateway.recent_time()
            facts = self.facts(pool, block)
            duplicates = indices_with_sample(session, pool, sample_hash, MAX_DUPLICATES)
            self._known_samples.read_on(session, pool, (state, block.hash))
            standing = sealed_pools.standing_of(session, pool, given.account) if isinstance(mirror, SealedMirror) else 0
        asked = Asked(sample, given.label, False, bool(duplicates), now, facts)
        return self._quote(pool, (mirror, block), given, asked, sample_hash, duplicates, standing)

    def quote_at_once(self, which: str, given: QuoteRequest) -> Quote | None:
        """The same where it takes a few milliseconds at most and waits for nobody; None where only `quote` can tell.

        That is so for a sample that nobody has contributed yet, for no account in particular, and where chain and
        tables have said the rest a moment ago.
        """
        state, pool = self._sessions.version, self._known(which)
        sync = self._sync.get(pool.id) if pool is not None else None
        now = self._gateway.time_at_hand()
        if pool is None or sync is None or now is None or given.account is not None:
            return None
        mirror, block = self.mirror(pool).mirror()
        said = self._facts.get(pool.id)
        # its words are looked for twice: for the sample, and for what is said of them
        if said is None or said[0] != block.hash or 2 * self._effort(pool, sync, [given]) > MOST_QUICK:
            return None
        sample, sample_hash = self._to_quote(pool, mirror, given)
        if not self._known_samples.lacks(pool, (state, block.hash), sample_hash):
            return None
        asked = Asked(sample, given.label, False, False, now, said[1])
        return self._quote(pool, (mirror, block), given, asked, sample_hash, (), 0)

    def _to_quote(self, pool: Pool, mirror: Mirror, given: QuoteRequest) -> tuple[NDArray[Any], str]:
        """The sample, as the pool takes it, and its hash."""
        model = mirror.served
        require_label(model, given.label, "The sample")
        sample = self.contribution(model, pool, given)
        return sample, "0x" + keccak256(model.sample_to_bytes(sample)).hex()

    def _quote(
        self,
        pool: Pool,
        state: tuple[Mirror, Block],
        given: QuoteRequest,
        asked: Asked,
        sample_hash: str,
        duplicates: Sequence[int],
        standing: int,
    ) -> Quote:
        mirror, block = state
        model, sample, facts = mirror.served, asked.sample, asked.facts
        predicted, score = model.predict_one(sample)
        asked = asked._replace(agrees=predicted == given.label)
        terms = terms_of_pool(pool)
        known, least = model.format.known(sample), min_features_of(pool)
        encoding, unknown = encoding_of(self.encoder(pool), given.text)
        if isinstance(mirror, SealedMirror) and isinstance(facts.state, SealedState):
            terms_said = sealed_terms(terms, mirror, facts.state, asked, standing)
        else:
            terms_said = published_terms(terms, asked)
        if known < least:
            terms_said |= {"expected_outcome": "refused", "risk": words_of_unknown(model, known, least)}
        elif known == 0:
            terms_said["risk"] = f"{words_of_unknown(model, known, least)} {terms_said['risk']}"
        return Quote(
            sample=sample.tolist(),
            sample_hash=sample_hash,
            encoding=encoding,
            out_of_vocabulary=unknown,
            known_features=known,
            label=given.label,
            predicted=predicted,
            score=score,
            agrees=asked.agrees,
            paused=facts.paused,
            block_number=block.number,
            timestamp=asked.now,
            duplicates=list(duplicates),
            risks=list(terms.incentive.words.risks),
            funds=self._funds(pool, given.account, int(terms_said["price"])),
            **terms_said,
        )

    def _funds(self, pool: Pool, account: str | None, price: int) -> FundsShown | None:
        token = token_of(pool.token)
        if token is None or account is None:
            return None
        credit, _ = self._gateway.pool_account(pool.address or "", account)
        held = balance_of(self._gateway, token.address, account)
        allowed = allowance(self._gateway, token.address, account, pool.address or "")
        taken = value_needed(price, credit)
        return FundsShown(
            balance=held,
            allowed=allowed,
            credit=credit,
            to_allow=max(0, taken - allowed),
            lacks=max(0, taken - held),
        )


def require_label(model: Model, label: int, what: str) -> None:
    """Refuse a label that the model has no class for.

    Raises:
        LabelUnknown: it has none.
    """
    if label >= model.class_count:
        classes = f"0 {'and' if model.class_count == 2 else 'to'} {model.class_count - 1}"
        raise LabelUnknown(f"{what} has the label {label}; the model has the classes {classes}.")


def min_features_of(pool: Pool) -> int:
    """The fewest features that a model must know of a sample, for the service to submit it to this pool."""
    return int(pool.request.get("min_features", DEFAULT_MIN_FEATURES))


def require_known(model: Model, pool: Pool, sample: NDArray[Any], what: str) -> None:
    """Refuse a sample of which the model knows too little.

    Raises:
        SampleTooUnknown: so it is.
    """
    known, least = model.format.known(sample), min_features_of(pool)
    if known < least:
        raise SampleTooUnknown(
            f"{what} is refused: {words_of_unknown(model, known, least)}", values={"known": known, "minimum": least}
        )


def _require_features(terms: Terms, sample: NDArray[Any]) -> None:
    """Refuse what a sealed pool takes no contribution of, since it is too long.

    Raises:
        SampleInvalid: so it is.
    """
    most = terms.incentive.sealed.most_features(terms.numbers) if terms.incentive.is_sealed else 0
    if most and len(sample) > most:
        raise SampleInvalid(
            f"The sample has {len(sample)} features; this pool takes at most {most}.",
            "SampleTooLong",
            features=len(sample),
            maximum=most,
        )


def model_of_pool(pool: Pool) -> Model | None:
    """A pool's model, without weights; None while it is not deployed."""
    if pool.model is None or pool.model_parameters is None:
        return None
    return model_of(pool.model, pool.model_parameters)
