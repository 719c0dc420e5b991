"""Delivers to one webhook for a while: event after event, from its place in the order of all events."""

import json
import logging
import math
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from earnest.db.engine import Sessions
from earnest.db.queries.webhooks import ACTIVE, ASIDE, webhook_to_change
from earnest.db.tables import Webhook
from earnest.errors import EarnestError
from earnest.events.followed import Followed, Told
from earnest.events.service import EventService
from earnest.webhooks.addresses import Resolve
from earnest.webhooks.lookups import resolve
from earnest.webhooks.posting import Outcome, Poster
from earnest.webhooks.signature import secret_of, signature_of

log = logging.getLogger(__name__)

#: Deliveries that are kept to be shown.
RECENT = 20
#: Seconds after which others get their turn, and after which a place is written down at the latest.
TURN_SECONDS, KEEP_SECONDS = 5.0, 1.0
#: Longest pause after a failure, in seconds.
LONGEST_PAUSE = 3_600.0
#: Events that a place may lie behind without being written down, where none of them is for the webhook.
MAY_LAG = 10_000
#: Kinds of messages that are no events.
RESET, TEST = "reset", "test"


@dataclass(frozen=True)
class Policy:
    """How deliveries are tried.

    Attributes:
        allow_private: whether addresses that are not public will do.
        tries: failures in a row after which a webhook is set aside.
        pause: seconds after the first failure; doubled after each.
    """

    allow_private: bool
    tries: int
    pause: float

    def wait(self, failures: int) -> float:
        """Seconds after so many failures; not the same for all, since whole hosts fail at once."""
        return min(LONGEST_PAUSE, self.pause * 2.0 ** min(failures - 1, 64)) * random.uniform(0.75, 1.0)


class Courier:
    """Delivers; one call at a time for each webhook, so that its order is kept.

    Args:
        sessions: the database.
        events: tells them.
        password: of the service; secrets follow from it.
        policy: how deliveries are tried.
        leaving: whether to stop.
        clock: seconds since 1970.
        resolver: of names.
    """

    def __init__(
        self,
        sessions: Sessions,
        events: EventService,
        password: str,
        policy: Policy,
        *,
        leaving: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.time,
        resolver: Resolve = resolve,
    ) -> None:
        self._sessions = sessions
        self._events = events
        self._password = password
        self._policy = policy
        self._leaving = leaving
        self._clock = clock
        self._resolver = resolver

    def turn(self, webhook_id: str) -> bool:
        """Deliver what there is, for a while; returns whether there may be more to do at once."""
        with self._sessions() as session:
            row = session.get(Webhook, webhook_id)
        if row is None:
            return False
        with Poster(row.url, allow_private=self._policy.allow_private, resolver=self._resolver) as poster:
            if row.test_wanted:
                self._test(row, poster)
            if row.status != ACTIVE or (row.next_attempt_at or 0) > self._clock():
                return False
            return _Turn(self, row, poster).run()

    # ONE MESSAGE

    def send(
        self, row: Webhook, poster: Poster, message_id: str, body: dict[str, Any]
    ) -> tuple[Outcome, dict[str, Any]]:
        """Send a message; what came of it, and how it is shown among the deliveries."""
        content, now = json.dumps(body, ensure_ascii=False).encode(), int(self._clock())
        signature = signature_of(secret_of(self._password, row.id), message_id, now, content)
        headers = {"webhook-id": message_id, "webhook-timestamp": str(now), "webhook-signature": signature}
        outcome = poster.post(content, headers)
        return outcome, {
            "id": message_id, "type": body["type"], "event": body["id"], "time": now, "status": outcome.status,
            "error": outcome.error, "milliseconds": outcome.milliseconds,
        }  # fmt: skip

    def _test(self, row: Webhook, poster: Poster) -> None:
        """A test counts for nothing: not as a failure, and not as a delivery."""
        body: dict[str, Any] = {"type": TEST, "id": None, "webhook": row.id, "data": {}}
        _, shown = self.send(row, poster, f"test-{uuid.uuid4()}", body)
        with self._sessions.begin() as session:
            fresh = webhook_to_change(session, row.id)
            if fresh is not None:
                fresh.test_wanted = False
                fresh.recent = [shown, *fresh.recent][:RECENT]

    # WHAT IS WRITTEN DOWN

    def keep(self, row: Webhook, was: int, position: int, sent: list[dict[str, Any]], failed: Outcome | None) -> bool:
        """Write down how far a webhook is; whether it is still one to deliver to.

        Args:
            row: the webhook.
            was: its place when it was read or written last, in this turn.
            position: its place now.
            sent: how deliveries are shown.
            failed: the one that failed, if one did.
        """
        with self._sessions.begin() as session:
            fresh = webhook_to_change(session, row.id)
            if fresh is None:
                return False
            # a process that is late, and lost its claim, does not take back what another one has delivered since; where
            # nobody has, an older place is that of tables which were restored
            moved_on = fresh.position != was and fresh.position > position
            if not moved_on:
                fresh.position = position
            fresh.recent = [*reversed(sent[-RECENT:]), *fresh.recent][:RECENT]
            if failed is None:
                fresh.failures, fresh.reason, fresh.next_attempt_at = 0, None, None
                return fresh.status == ACTIVE and not moved_on
            fresh.failures += 1
            fresh.reason = failed.error
            if failed.is_final or fresh.failures >= self._policy.tries:
                fresh.status, fresh.next_attempt_at = ASIDE, None
                log.warning("Webhook %s is set aside after %d failures: %s", row.id, fresh.failures, failed.error)
            else:
                fresh.next_attempt_at = math.ceil(self._clock() + self._policy.wait(fresh.failures))
            return False

    # WHAT THERE IS TO SEND

    def followed(self, row: Webhook) -> Followed:
        """Whose events a webhook is told."""
        return (
            self._events.of_pool(row.pool_id) if row.pool_id is not None else self._events.of_account(row.account or "")
        )

    def page(self, followed: Followed, position: int) -> Told:
        """The next events after a place."""
        return self._events.page(followed, position)

    @property
    def is_leaving(self) -> bool:
        """Whether to stop."""
        return self._leaving()


class _Turn:
    """One turn of one webhook.

    Args:
        courier: sends and writes down.
        row: the webhook, as it was at the beginning.
        poster: connected to it.
    """

    def __init__(self, courier: Courier, row: Webhook, poster: Poster) -> None:
        self._courier, self._row, self._poster = courier, row, poster
        self._position = self._was = row.position
        self._sent: list[dict[str, Any]] = []
        self._kept_at = time.monotonic()
        self._until = self._kept_at + TURN_SECONDS
        #: whether the turn ended before there was nothing left
        self._more = False

    def run(self) -> bool:
        """Whether there may be more."""
        try:
            followed = self._courier.followed(self._row)
        except EarnestError as error:
            # a pool whose deployment failed can be forgotten
            self._keep(Outcome(None, error.detail, 0, is_final=True))
            return False
        while True:
            told = self._courier.page(followed, self._position)
            if told.gone:
                # older places may come again, as in tables that were restored
                if not self._deliver(told.position, RESET, {"reason": "Older events are forgotten."}):
                    return self._more
                continue
            if told.position <= self._position and not told.events:
                break
            for place, event in told.events:
                if not self._deliver(place, event.kind, event.model_dump(mode="json")):
                    return self._more
            self._position = max(self._position, told.position)
        if (
            self._sent
            or self._row.failures
            or self._row.next_attempt_at
            or self._position - self._row.position > MAY_LAG
        ):
            self._keep()
        return False

    def _keep(self, failed: Outcome | None = None) -> bool:
        """Write down what was done since it was written down last; whether to go on."""
        goes_on = self._courier.keep(self._row, self._was, self._position, self._sent, failed)
        self._was, self._sent, self._kept_at = self._position, [], time.monotonic()
        return goes_on

    def _is_over(self) -> bool:
        return time.monotonic() >= self._until or self._courier.is_leaving

    def _deliver(self, place: int, kind: str, data: dict[str, Any]) -> bool:
        """Send one message; whether to go on."""
        body = {"type": kind, "id": place, "webhook": self._row.id, "data": data}
        outcome, shown = self._courier.send(self._row, self._poster, f"{self._row.id}.{place}", body)
        self._sent.append(shown)
        if outcome.error is not None:
            self._keep(outcome)
            return False
        self._position = place
        over = self._is_over()
        if (over or time.monotonic() - self._kept_at >= KEEP_SECONDS) and not self._keep():
            return False
        self._more = over
        return not over
