"""What keeps the service, or one of its pools, from serving; `/readyz` shows it and endpoints obey it.

Three capabilities are kept apart, because they need different things: reading needs the tables, predicting needs a
pool's mirror alone, and submitting, with the quotes before it, needs the chain too. A fourth is one process's alone:
operating, that is, whatever the operator's account sends, and sweeps.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from earnest.errors import EarnestError

READ, PREDICT, SUBMIT = "read", "predict", "submit"
CAPABILITIES = (READ, PREDICT, SUBMIT)
#: Of the process that has the claim to the database; a service is ready without it.
OPERATE = "operate"
ALL = (*CAPABILITIES, OPERATE)


class NotReady(EarnestError):
    """The service cannot answer this now."""

    status = 503
    type = "not-ready"
    title = "Not ready"


@dataclass(frozen=True)
class Reason:
    """Why something cannot be done now.

    Attributes:
        words: a sentence.
        blocks: the capabilities that it takes.
        pool: of which pool; None for the whole service.
    """

    words: str
    blocks: frozenset[str]
    pool: str | None


class Readiness:
    """A set of named reasons not to serve; empty means ready. Safe under threads.

    Attributes:
        version: changes with the reasons.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, Reason] = {}
        self.version = 0
        self.block("start", "The service is starting.")

    def block(self, name: str, reason: str, *, blocks: Collection[str] = ALL, pool: str | None = None) -> None:
        """Add or replace a reason.

        Args:
            name: by which it is taken back.
            reason: a sentence.
            blocks: what cannot be done meanwhile.
            pool: with which pool; None for all of them.
        """
        given = Reason(reason, frozenset(blocks), pool)
        with self._lock:
            if self._reasons.get(name) != given:
                self._reasons[name] = given
                self.version += 1

    def clear(self, name: str) -> None:
        """Take a reason back."""
        with self._lock:
            if self._reasons.pop(name, None) is not None:
                self.version += 1

    def reasons(self) -> dict[str, str]:
        """All reasons by name, those of pools among them."""
        with self._lock:
            return {name: reason.words for name, reason in self._reasons.items()}

    def against(self, capability: str | None = None, pool: str | None = None) -> dict[str, str]:
        """The reasons by name against one capability, or any of them.

        Args:
            capability: which; None for any that a service is not ready without.
            pool: with which pool; None for the service as a whole, whatever a single pool lacks.
        """
        wanted = set(CAPABILITIES if capability is None else (capability,))
        with self._lock:
            return {
                name: reason.words
                for name, reason in self._reasons.items()
                if reason.pool in (None, pool) and wanted & reason.blocks
            }

    def require(self, capability: str = READ, pool: str | None = None) -> None:
        """Refuse what cannot be done now.

        Raises:
            NotReady: with the reasons.
        """
        reasons = self.against(capability, pool)
        if reasons:
            raise NotReady(" ".join(reasons.values()))

    def shown(self) -> dict[str, Any]:
        """Each capability, and each pool that lacks one: what can be done with it, and why not the rest."""
        with self._lock:
            pools = {reason.pool for reason in self._reasons.values() if reason.pool is not None}
        able = {each: not self.against(each) for each in ALL}
        return {
            # what an operator does is sent, too
            "capabilities": able | {OPERATE: able[OPERATE] and able[SUBMIT]},
            "pools": {
                pool: {
                    "capabilities": {each: not self.against(each, pool) for each in CAPABILITIES},
                    "reasons": list(self.against(pool=pool).values()),
                }
                for pool in sorted(pools)
            },
        }
