"""A pool's history, lived through by its twin, and held against what the contract says: one class for each life."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.sealed import judge_digest, sealed_state
from earnest.chain.tokens import funds, unit
from earnest.core.incentives.base import Terms
from earnest.core.models.model import Model, digest
from earnest.core.pool import PoolTwin
from earnest.core.pool.events import Event
from earnest.core.pool.sealed_twin import SealedPoolTwin
from earnest.verification.errors import CheckFailed
from earnest.verification.replay import Replay
from earnest.verification.sealed_replay import SealedReplay
from earnest.verification.statements import Statement


class History(Protocol):
    """What happened in a pool, on its twin."""

    def replay(self, logs: Sequence[Log[Event]]) -> None:
        """Take further logs in.

        Raises:
            CheckFailed: the twin says otherwise.
        """

    @property
    def contributions(self) -> int:
        """How many there were."""

    def accounts(self) -> list[tuple[str, tuple[int, int]]]:
        """Everybody that took part, with what the contract's `account` should answer."""

    def check_totals(self, gateway: Gateway, pool: str, block: int) -> str:
        """Compare the contract's totals; every check answers what was found.

        Raises:
            CheckFailed: they differ; so do the others.
        """

    def check_digest(self, gateway: Gateway, pool: str, block: int) -> str:
        """Compare the weights' digests."""

    def check_escrow(self, gateway: Gateway, pool: str, block: int) -> str:
        """Compare what is owed, and what is there for it."""


class PublishedHistory:
    """Of a pool of the published life."""

    def __init__(self, model: Model, terms: Terms, created: int, owner: str, token: str | None = None) -> None:
        self._replay = Replay(PoolTwin(model, terms, created, owner, in_token=token is not None))
        self._token = token

    @property
    def contributions(self) -> int:
        """How many there were."""
        return len(self._replay.twin.contributions)

    def replay(self, logs: Sequence[Log[Event]]) -> None:
        """See `History`."""
        self._replay.replay(logs)

    def accounts(self) -> list[tuple[str, tuple[int, int]]]:
        """See `History`."""
        return [(holder, self._replay.twin.account(holder)) for holder in sorted(self._replay.accounts)]

    def check_totals(self, gateway: Gateway, pool: str, block: int) -> str:
        """Contributions, verified, the last one's time, and who owns the pool."""
        twin, state = self._replay.twin, gateway.pool_state(pool, block)
        count, last_accepted, _, verified = twin.state()
        require_equal("contributions", state.count, count)
        require_equal("verified", state.total_verified, verified)
        require_equal("time of the last contribution", state.last_accepted, last_accepted)
        _check_owner(gateway, pool, block, twin.owner, paused=twin.paused)
        return f"{state.count} contributions, {state.total_verified} verified"

    def check_digest(self, gateway: Gateway, pool: str, block: int) -> str:
        """The model's."""
        found = gateway.digest(pool, block)
        require_equal("digest", "0x" + found.hex(), "0x" + self._replay.twin.model.digest().hex())
        return "0x" + found.hex()

    def check_escrow(self, gateway: Gateway, pool: str, block: int) -> str:
        """What is owed, burned, and there."""
        twin = self._replay.twin
        escrow = twin.state()[2]
        burned = twin.balance - escrow
        state, balance = gateway.pool_state(pool, block), funds(gateway, self._token, pool, block)
        require_equal("escrow", state.escrow, escrow)
        if balance < state.escrow:
            raise CheckFailed(f"the pool owes {state.escrow} {unit(self._token)} and has {balance}")
        forced = balance - state.escrow - burned
        return f"{state.escrow} {unit(self._token)} owed, {burned} burned, {forced} sent in by force"


class SealedHistory:
    """Of a pool whose judge is sealed."""

    def __init__(
        self,
        model: Model,
        reference: NDArray[np.int32],
        terms: Terms,
        created: int,
        owner: str,
        token: str | None = None,
    ) -> None:
        twin = SealedPoolTwin(model, reference, terms, created, owner, in_token=token is not None)
        self._replay = SealedReplay(twin)
        self._token = token

    @property
    def contributions(self) -> int:
        """How many there were."""
        return len(self._replay.twin.contributions)

    def replay(self, logs: Sequence[Log[Event]]) -> None:
        """See `History`."""
        self._replay.replay(logs)

    def accounts(self) -> list[tuple[str, tuple[int, int]]]:
        """See `History`."""
        return [(holder, self._replay.twin.account(holder)) for holder in sorted(self._replay.accounts)]

    def check_totals(self, gateway: Gateway, pool: str, block: int) -> str:
        """Contributions, seals, the last one's time, what is at risk, and who owns the pool."""
        twin, state = self._replay.twin, sealed_state(gateway, pool, block)
        count, epoch, sealed_at, _, _ = twin.state()
        require_equal("contributions", state.count, count)
        require_equal("epoch", state.epoch, epoch)
        require_equal("time of the last seal", state.sealed_at, sealed_at)
        for made in range(max(0, epoch - twin.terms["risk_seals"]), epoch + 1):
            (found,) = gateway.view("ISealedPool", pool, "atRisk", made, block=block)
            require_equal(f"at risk since epoch {made}", found, twin.at_risk(made))
        _check_owner(gateway, pool, block, twin.owner, paused=twin.paused)
        return f"{state.count} contributions, {state.epoch} seals"

    def check_digest(self, gateway: Gateway, pool: str, block: int) -> str:
        """The learner's and the judge's."""
        twin, found, judged = self._replay.twin, gateway.digest(pool, block), judge_digest(gateway, pool, block)
        require_equal("digest", "0x" + found.hex(), "0x" + twin.learner.digest().hex())
        require_equal("the judge's digest", "0x" + judged.hex(), "0x" + digest(twin.judge).hex())
        return f"learner 0x{found.hex()}, judge 0x{judged.hex()}"

    def check_escrow(self, gateway: Gateway, pool: str, block: int) -> str:
        """What is owed, what seals can be paid from, and what is there."""
        twin, state, balance = (
            self._replay.twin,
            sealed_state(gateway, pool, block),
            funds(gateway, self._token, pool, block),
        )
        _, _, _, escrow, budget = twin.state()
        require_equal("escrow", state.escrow, escrow)
        require_equal("budget", state.budget, budget)
        if balance < escrow + budget:
            raise CheckFailed(f"the pool owes {escrow} {unit(self._token)}, keeps {budget}, and has {balance}")
        kept = "for seals" if self._token is None else "expired"
        forced = balance - escrow - budget
        return f"{escrow} {unit(self._token)} owed, {budget} {kept}, {forced} sent in by force"


def check_statement(gateway: Gateway, pool: str, block: int, said: Statement, *, sealed: bool) -> None:
    """Compare what a service says of a pool at a block with what the contract says.

    Raises:
        CheckFailed: they differ.
    """
    require_equal("the service's digest", said.digest, "0x" + gateway.digest(pool, block).hex())
    if sealed:
        state = sealed_state(gateway, pool, block)
        require_equal("the service's judge", said.judge_digest, "0x" + judge_digest(gateway, pool, block).hex())
        require_equal("the service's escrow", said.escrow, state.escrow)
        require_equal("the service's contributions", said.contributions, state.count)
    else:
        published = gateway.pool_state(pool, block)
        require_equal("the service's escrow", said.escrow, published.escrow)
        require_equal("the service's contributions", said.contributions, published.count)
        require_equal("the service's verified", said.verified, published.total_verified)


def require_equal(what: str, found: object, expected: object) -> None:
    """Refuse what is not as it should be.

    Raises:
        CheckFailed: so it is.
    """
    if found != expected:
        raise CheckFailed(f"{what}: {found}, should be {expected}")


def _check_owner(gateway: Gateway, pool: str, block: int, owner: str, *, paused: bool) -> None:
    require_equal("paused", gateway.is_paused(pool, block), paused)
    require_equal("owner", gateway.owner(pool, block), owner)
