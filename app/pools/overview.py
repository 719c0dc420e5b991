"""What pages tell of pools beside their state: whom and what it comes from, and why the model answers as it does."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.chain.errors import ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.model import NOT_PREDICTED, Model
from earnest.core.models.registry import MODELS
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import time_of_newest, times_of_newest
from earnest.db.queries.overviews import (
    count_of_pools,
    first_after,
    latest_answers,
    latest_fates,
    matching_pools,
    most_active,
    names_of,
    open_amounts_from,
    own_open,
)
from earnest.db.queries.pools import evaluations, tokens_of_pools, totals_of_pool, totals_of_pools
from earnest.db.tables import Pool
from earnest.pools.errors import BlockUnknown
from earnest.pools.schemas import PoolShown, TokenShown
from earnest.pools.service import READY, PoolService
from earnest.readiness import PREDICT, READ
from earnest.web.schemas import SampleInput

#: Points of a trend on a card, and of a chart.
TREND, CHART = 24, 160
#: Latest contributions of an account that its agreement is counted over.
ANSWERS = 100
#: Open contributions whose windows are closed yet that are added up at most.
MOST_WAITING = 20_000
#: Latest contributions whose ends a quote counts.
MOST_FATES = 2_000
#: Places of a sample that are looked at for what decided, and that are told.
MOST_ASKED, MOST_TOLD = 400, 8


class Measured(NamedTuple):
    """Accuracy at a time: seconds, block, contributions so far, correct of total."""

    time: int
    block_number: int
    accepted: int
    correct: int
    total: int

    @property
    def share(self) -> float:
        """Of the held-out samples that the model classifies right."""
        return self.correct / self.total


@dataclass(frozen=True)
class Card:
    """A pool as the list shows it.

    Attributes:
        pool: its state.
        trend: accuracy so far, the oldest first.
        contributors: accounts.
        last: seconds of the newest contribution; None before there is one.
    """

    pool: PoolShown
    trend: Sequence[Measured]
    contributors: int
    last: int | None


@dataclass(frozen=True)
class Found:
    """Part of the pools that were looked for.

    Attributes:
        cards: those on this page.
        count: how many there are in all.
        counts: how many there are of all pools, by what they take and by whether money moves.
    """

    cards: Sequence[Card]
    count: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Money:
    """Where a pool's deposits went, in wei; all but the first add up to it.

    Attributes:
        deposits: paid in.
        refunds: back to their authors.
        shares: to those who reported.
        leftovers: to those who collected.
        burned: out of everybody's reach.
        waiting: of open contributions whose windows are closed yet.
        claimable: of the other open ones.
        credit: owed to accounts, out of what came back.
        counts: deposits in each of the two open states.
    """

    deposits: int
    refunds: int
    shares: int
    leftovers: int
    burned: int
    waiting: int
    claimable: int
    credit: int
    counts: tuple[int, int]


@dataclass(frozen=True)
class Contributor:
    """An account in a pool; amounts in wei.

    Attributes:
        address: of the account.
        contributions: how many.
        verified: how many of them were refunded.
        deposits: paid in.
        refunds: came back.
        gains: came out of others' deposits.
        agreed: of its latest contributions, how many the model agreed with when they came; None where it does not say.
        asked: how many that is out of.
    """

    address: str
    contributions: int
    verified: int
    deposits: int
    refunds: int
    gains: int
    agreed: int | None
    asked: int


@dataclass(frozen=True)
class Told:
    """What a model says of a sample, and why.

    Attributes:
        label: the class.
        margin: how far that class is ahead of the next.
        deciding: places of the sample by name, with how much of the margin each makes: the strongest first.
        known: how many places the model can have learned about.
        unknown: parts of a text that play no part.
        block_number: as of which block.
        accepted: how many contributions the model had learned from.
    """

    label: int
    margin: int
    deciding: Sequence[tuple[str, int]]
    known: int
    unknown: Sequence[str]
    block_number: int
    accepted: int


@dataclass(frozen=True)
class Cost:
    """What a call costs in gas, as it was measured.

    Attributes:
        call: what is done.
        gas: measured.
        wei: at the present fee; None while the chain is silent.
    """

    call: str
    gas: int
    wei: int | None


@dataclass(frozen=True)
class ChainShown:
    """The chain that the service is on.

    Attributes:
        chain_id: its id.
        name: for people.
        block_number: as far as the tables are; None before there is a pool.
        time: of that block.
        silent: whether the node does not answer.
        development: whether money is made up, and accounts can be had here.
    """

    chain_id: int
    name: str
    block_number: int | None
    time: int | None
    silent: bool
    development: bool


#: What people call the chains that they meet; any other is called by its number.
_CHAINS = {1: "Ethereum", 11155111: "Sepolia", 17000: "Holesky", 560048: "Hoodi", 1337: "Development chain",
           31337: "Development chain", 10: "OP Mainnet", 8453: "Base", 42161: "Arbitrum One"}  # fmt: skip


class OverviewService:
    """Answers pages from tables and mirrors.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: shows pools, and knows their mirrors.
    """

    def __init__(self, sessions: Sessions, gateway: Gateway, pools: PoolService) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._pools = pools
        #: by pool: for which block its waiting deposits were added up, and what came out
        self._waiting: dict[str, tuple[int, int, int, int]] = {}
        #: the block where gas was asked about, and what a unit costs
        self._fee_at: tuple[str, int] | None = None

    def chain(self) -> ChainShown:
        """Which chain, and how far the tables are."""
        chain_id = self._gateway.chain_id()
        block = self._pools.newest_block()
        return ChainShown(
            chain_id=chain_id,
            name=_CHAINS.get(chain_id, f"Chain {chain_id}"),
            block_number=block.number if block else None,
            time=block.timestamp if block else None,
            silent=self._pools.is_chain_silent,
            development=self._gateway.is_development(),
        )

    def now(self) -> int | None:
        """The chain's time; None while it is silent."""
        return self._pools.now()

    def head(self) -> int | None:
        """The number of the chain's newest block; None while it is silent."""
        try:
            return None if self._pools.is_chain_silent else self._gateway.head().number
        except ChainUnavailable:
            return None

    def names(self, pool_ids: Collection[str]) -> dict[str, str]:
        """What pools are called, by id."""
        with self._sessions() as session:
            return names_of(session, pool_ids)

    def tokens(self) -> dict[str, TokenShown]:
        """What deposits are paid in, by id, of pools where that is a token."""
        with self._sessions() as session:
            return {pool: TokenShown(**token) for pool, token in tokens_of_pools(session)}

    # MANY POOLS

    def search(self, words: str, takes: str | None, money: bool | None, order: str, skip: int, limit: int) -> Found:
        """Pools for the list.

        Args:
            words: in a name or an address.
            takes: what samples are, as formats say it; None for anything.
            money: whether deposits are paid; None for either.
            order: one of `overviews.ORDERS`.
            skip: pools of the pages before.
            limit: most on this one.
        """
        models = {model.MODEL_ID: model.FORMAT.TAKES for model in MODELS.values()}
        moving = {incentive.id: incentive.moves_money for incentive in INCENTIVES.values()}

        def chosen(takes: str | None, money: bool | None) -> dict[str, Any]:
            return {
                "models": None if takes is None else [name for name, kind in models.items() if kind == takes],
                "incentives": None if money is None else [name for name, moves in moving.items() if moves == money],
            }

        with self._sessions() as session:
            rows, count = matching_pools(session, words, **chosen(takes, money), order=order, skip=skip, limit=limit)
            counts = {"all": count_of_pools(session, **chosen(None, None))}
            for kind in sorted(set(models.values())):
                counts[kind] = count_of_pools(session, **chosen(kind, None))
            for name, moves in (("money", True), ("free", False)):
                counts[name] = count_of_pools(session, **chosen(None, moves))
            ids = [row.id for row in rows]
            contributors = {(at.chain_id, at.pool_address): at.contributors for at in totals_of_pools(session, rows)}
            trends, times = evaluations(session, ids, TREND), times_of_newest(session, ids)
            shown = self._pools.shown(session, rows)
        cards = [
            Card(
                pool=one,
                trend=_measured(trends[one.id]),
                contributors=contributors.get((one.chain_id, one.address or ""), 0),
                last=times.get(one.id),
            )
            for one in shown
        ]
        return Found(cards, count, counts)

    # ONE POOL

    def trend(self, which: str) -> Sequence[Measured]:
        """Accuracy over time, at as many points as a chart shows."""
        with self._sessions() as session:
            pool_id = self._pools.known(session, which).id
            return _measured(evaluations(session, [pool_id], CHART)[pool_id])

    def last(self, which: str) -> int | None:
        """Seconds of the newest contribution; None before there is one."""
        with self._sessions() as session:
            return time_of_newest(session, self._pools.known(session, which))

    def money(self, which: str) -> Money:
        """Where the deposits went; O(contributions whose windows are closed yet)."""
        with self._sessions() as session:
            pool = self._pools.known(session, which)
            totals = totals_of_pool(session, pool)
            if totals is None:
                return Money(0, 0, 0, 0, 0, 0, 0, 0, (0, 0))
            count, waiting = self._waiting_of(pool, totals.contributions)
            return Money(
                deposits=totals.deposits,
                refunds=totals.refunds,
                shares=totals.shares,
                leftovers=totals.leftovers,
                burned=totals.burned,
                waiting=waiting,
                claimable=totals.open_amount - waiting,
                credit=totals.credit,
                counts=(count, totals.open_contributions - count),
            )

    def _waiting_of(self, pool: Pool, contributions: int) -> tuple[int, int]:
        """How many open contributions nobody can claim yet, and what they hold; counted once a block."""
        _, block = self._pools.mirror(pool, READ).snapshot()
        known = self._waiting.get(pool.id)
        if known is not None and known[:2] == (block.number, contributions):
            return known[2], known[3]
        terms = terms_of_pool(pool)
        wait = terms.by_slot().get("refund_wait", 0)
        with self._sessions() as session:
            first = first_after(session, pool, contributions, block.timestamp - wait - 1)
            amounts = open_amounts_from(session, pool, first, MOST_WAITING)
        self._waiting[pool.id] = (block.number, contributions, len(amounts), sum(amounts))
        return len(amounts), sum(amounts)

    def contributors(self, which: str, limit: int) -> tuple[Sequence[Contributor], int]:
        """The accounts with the most contributions, and how many there are."""
        with self._sessions() as session:
            pool = self._pools.known(session, which)
            totals = totals_of_pool(session, pool)
            rows = most_active(session, pool, limit)
            answers = latest_answers(session, pool, [row.account for row in rows], ANSWERS)
        found = []
        for row in rows:
            told = {pair: count for pair, count in answers[row.account].items() if pair[1] != NOT_PREDICTED}
            found.append(
                Contributor(
                    address=row.account,
                    contributions=row.contributions,
                    verified=row.verified,
                    deposits=row.deposits,
                    refunds=row.refunds,
                    gains=row.shares + row.leftovers,
                    agreed=sum(count for (label, said), count in told.items() if label == said) if told else None,
                    asked=sum(told.values()),
                )
            )
        return found, totals.contributors if totals else 0

    def fates(self, which: str, *, agrees: bool) -> Counter[str]:
        """How the latest contributions that the model agreed with, or did not, ended: how often each status."""
        with self._sessions() as session:
            found = latest_fates(session, self._pools.known(session, which), MOST_FATES)
        return Counter(status for label, said, status in found if said == NOT_PREDICTED or (label == said) == agrees)

    def own_open(self, which: str, account: str) -> tuple[int, int]:
        """How many open contributions an account has in a pool, and what is left of them in wei."""
        with self._sessions() as session:
            amounts = own_open(session, self._pools.known(session, which), account, MOST_WAITING)
        return len(amounts), sum(amounts)

    def costs(self, which: str) -> Sequence[Cost]:
        """What calls cost at the present fee, where their gas was measured."""
        with self._sessions() as session:
            pool = self._pools.known(session, which)
        if pool.incentive is None:
            return []
        names, measured = terms_of_pool(pool).incentive.gas, _gas_snapshot()
        fee = self._fee()
        return [
            Cost(words, measured[names[call]], None if fee is None else measured[names[call]] * fee)
            for call, words in _CALLS.items()
            if call in names and names[call] in measured
        ]

    def _fee(self) -> int | None:
        """Wei that a unit of gas costs, asked once a block; None while the chain is silent, or asks too much."""
        block = self._pools.newest_block()
        if self._pools.is_chain_silent or block is None:
            return None
        if self._fee_at is None or self._fee_at[0] != block.hash:
            try:
                fees = self._gateway.fees()
            except ChainUnavailable:
                return None
            self._fee_at = (block.hash, fees.base + fees.tip)
        return self._fee_at[1]

    # WHY A MODEL ANSWERS AS IT DOES

    def tell(self, which: str, given: SampleInput, block_number: int | None = None) -> Told:
        """What a pool's model says of a sample, and which of its places decided.

        Args:
            which: pool.
            given: the sample.
            block_number: as of which block; None for the newest.

        Raises:
            SampleInvalid: it is no sample.
            BlockUnknown: the pool is younger, or the tables are not as far.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        model, block = self._pools.mirror(pool, PREDICT).snapshot()
        number = block.number
        if block_number is not None and block_number != block.number:
            model, number = self._pools.model_at(pool, block_number), block_number
        sample = self._pools.sample(model, pool, given)
        encoder = self._pools.encoder(pool)
        label, _ = model.predict_one(sample)
        places = model.format.places(sample)[:MOST_ASKED]
        margins = _margins(model, [sample, *(model.format.without(sample, place) for place in places)], label)
        weights = [(model.format.place_name(encoder, place), margins[0] - without) for place, without in
                   zip(places, margins[1:], strict=True)]  # fmt: skip
        strongest = sorted((pair for pair in weights if pair[1]), key=lambda pair: -abs(pair[1]))
        return Told(
            label=label,
            margin=margins[0],
            deciding=strongest[:MOST_TOLD],
            known=model.format.known(sample),
            unknown=encoder.unknown(given.text or ""),
            block_number=number,
            accepted=model.accepted_,
        )

    def digests(self, which: str, block_number: int) -> tuple[str, str] | None:
        """The model's digest before a block and at its end; None where the pool is younger."""
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        try:
            before, after = self._pools.models_around(pool, block_number)
        except BlockUnknown:
            return None
        return "0x" + before.digest().hex(), "0x" + after.digest().hex()

    def columns(self, which: str) -> Sequence[str]:
        """Names of the columns of a pool's rows; none where samples are texts."""
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        return tuple(getattr(self._pools.encoder(pool), "columns", ())) if pool.status == READY else ()


def _margins(model: Model, samples: Sequence[NDArray[Any]], label: int) -> list[int]:
    """How far a class is ahead of the next, for each sample."""
    starts = np.zeros(len(samples) + 1, dtype=np.int64)
    np.cumsum([len(sample) for sample in samples], out=starts[1:])
    scores = model.decision_function(model.format.matrix(starts, np.concatenate(samples)))
    if scores.ndim == 1:
        return [int(score) if label == 1 else -int(score) for score in scores]
    others = np.delete(scores, label, axis=1).max(axis=1)
    return [int(margin) for margin in scores[:, label] - others]


def _measured(rows: Sequence[Any]) -> list[Measured]:
    return [Measured(row.block_time, row.block_number, row.accepted, row.correct, row.total) for row in rows]


#: What the calls that gas was measured of are called on pages, by the incentives' names for them.
_CALLS = {
    "agrees": "Contribute, the model agrees", "disagrees": "Contribute, the model learns", "refund": "Refund",
    "report": "Report", "burn": "Collect, burned", "anyone": "Collect, to whoever asks",
}  # fmt: skip


@cache
def _gas_snapshot() -> dict[str, int]:
    content = resources.files("earnest.contracts").joinpath("gas.json").read_text("utf-8")
    snapshot: dict[str, int] = json.loads(content)
    return snapshot
