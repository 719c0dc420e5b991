"""Makes, lists, enables, tests and removes webhooks; delivering is another thread's work."""

import time
import uuid
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.db.engine import Sessions
from earnest.db.queries.events import newest_event_locked
from earnest.db.queries.requests import fingerprint, known_request
from earnest.db.queries.webhooks import (
    ACTIVE,
    count_all_webhooks,
    count_webhooks,
    webhook_to_change,
    webhooks_of,
)
from earnest.db.tables import KnownRequest, Webhook
from earnest.pools.service import PoolService
from earnest.web.addresses import parse_address
from earnest.web.limits import WEBHOOK_TESTS, Limits
from earnest.webhooks.addresses import AddressRefused, is_public, parse_target, written_address
from earnest.webhooks.errors import TooManyWebhooks, WebhookAddressRefused, WebhookNotAllowed, WebhookUnknown
from earnest.webhooks.schemas import DeliveryShown, WebhookMade, WebhookRequest, WebhookShown
from earnest.webhooks.signature import secret_of

#: Most webhooks of an account, of the operator, and over all.
MOST, MOST_OF_OPERATOR, MOST_OVER_ALL = 10, 100, 10_000


class WebhookService:
    """Webhooks.

    Args:
        sessions: the database.
        pools: finds pools, and knows whose they are.
        password: of the service; secrets follow from it.
        limits: how often a test may be sent.
        allow_private: whether addresses that are not public will do.
        nudge: has the deliveries looked after at once.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        sessions: Sessions,
        pools: PoolService,
        password: str,
        limits: Limits,
        *,
        allow_private: bool,
        nudge: Callable[[str, str | None], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = sessions
        self._pools = pools
        self._password = password
        self._limits = limits
        self._allow_private = allow_private
        self._nudge = nudge
        self._clock = clock

    def make(self, owner: str | None, request: WebhookRequest, key: str | None = None) -> WebhookMade:
        """A new webhook, to which what happens from now on is delivered.

        Args:
            owner: an account's address; None for the operator.
            request: what is wanted.
            key: of the request.

        Raises:
            WebhookAddressRefused: nothing is delivered there.
            WebhookNotAllowed: the events are none of the caller's.
            TooManyWebhooks: there are as many as there can be.
            PoolUnknown, AddressInvalid: there is no such pool or address.
            IdempotencyKeyReused: the key was used for another request.
            WebhookUnknown: it was made under this key, and removed since.
        """
        self._require_target(request.url)
        scope, asked = f"webhooks {owner or 'operator'}", fingerprint(request.model_dump())
        try:
            with self._sessions.begin() as session:
                known = known_request(session, scope, key, asked)
                row = self._make(session, owner, request) if known is None else session.get(Webhook, known.made)
                if row is None:
                    raise WebhookUnknown("The webhook that was made under this Idempotency-Key was removed since.")
                if known is None and key is not None:
                    session.add(KnownRequest(scope=scope, key=key, request_hash=asked, made=row.id))
        except IntegrityError:
            # the same request came twice at once
            return self.make(owner, request, key)
        self._nudge(row.id, row.owner)
        return WebhookMade(**_shown(row).model_dump(), secret=secret_of(self._password, row.id))

    def _require_target(self, url: str) -> None:
        try:
            address = written_address(parse_target(url).host)
        except AddressRefused as refusal:
            raise WebhookAddressRefused(f"Nothing can be delivered to this address: {refusal}.") from None
        # what a name stands for is looked at when something is delivered: it may change, and asking takes time
        if address is not None and not self._allow_private and not is_public(address):
            raise WebhookAddressRefused(f"Nothing is delivered to {address}: it is not a public host.")

    def _make(self, session: Session, owner: str | None, request: WebhookRequest) -> Webhook:
        pool_id, account = None, None
        if request.pool is not None:
            pool = self._pools.find(session, request.pool)
            if owner is not None and owner != pool.owner:
                raise WebhookNotAllowed(f"The events of pool {pool.name} are delivered for its owner and the operator.")
            pool_id = pool.id
        else:
            account = parse_address(request.account) if request.account is not None else owner
            if account is None:
                raise WebhookNotAllowed("The operator has no account: name a pool or an account.")
            if owner not in (None, account):
                raise WebhookNotAllowed("Of accounts, only one's own events are delivered.")
        # under the lock, so that the newest event is the last before this webhook, and counts hold
        position = newest_event_locked(session)
        most = MOST if owner is not None else MOST_OF_OPERATOR
        if count_webhooks(session, owner) >= most:
            raise TooManyWebhooks(f"There are {most} webhooks already: remove one first.")
        if count_all_webhooks(session) >= MOST_OVER_ALL:
            raise TooManyWebhooks(f"The service has {MOST_OVER_ALL:,} webhooks already, and takes no more.")
        row = Webhook(
            id=str(uuid.uuid4()), owner=owner, url=request.url, pool_id=pool_id, account=account, position=position,
            status=ACTIVE, reason=None, failures=0, next_attempt_at=None, test_wanted=False, recent=[],
            created_at=int(self._clock()),
        )  # fmt: skip
        session.add(row)
        return row

    def all(self, owner: str | None) -> list[WebhookShown]:
        """Every webhook of an account, or of the operator, newest first."""
        with self._sessions() as session:
            return [_shown(row) for row in webhooks_of(session, owner)]

    def show(self, owner: str | None, webhook_id: str) -> WebhookShown:
        """One of them.

        Raises:
            WebhookUnknown: the caller has none such.
        """
        return _shown(self._own(owner, webhook_id))

    def deliveries(self, owner: str | None, webhook_id: str) -> list[DeliveryShown]:
        """What was sent to it last, newest first.

        Raises:
            WebhookUnknown: the caller has none such.
        """
        return [DeliveryShown(**one) for one in self._own(owner, webhook_id).recent]

    def remove(self, owner: str | None, webhook_id: str) -> None:
        """Deliver nothing more.

        Raises:
            WebhookUnknown: the caller has none such.
        """
        with self._sessions.begin() as session:
            session.delete(_require(webhook_to_change(session, webhook_id), owner))

    def enable(self, owner: str | None, webhook_id: str) -> WebhookShown:
        """Go on from where it stopped, with no failures counted.

        Raises:
            WebhookUnknown: the caller has none such.
        """
        with self._sessions.begin() as session:
            row = _require(webhook_to_change(session, webhook_id), owner)
            # due at once, wherever it is delivered from
            row.status, row.reason, row.failures, row.next_attempt_at = ACTIVE, None, 0, int(time.time())
        self._nudge(row.id, row.owner)
        return _shown(row)

    def test(self, owner: str | None, webhook_id: str) -> WebhookShown:
        """Have a test sent, whether the webhook is set aside or not.

        Raises:
            WebhookUnknown: the caller has none such.
            RateLimited: there were too many.
        """
        self._own(owner, webhook_id)
        self._limits.take(WEBHOOK_TESTS, webhook_id)
        with self._sessions.begin() as session:
            row = _require(webhook_to_change(session, webhook_id), owner)
            row.test_wanted = True
        self._nudge(row.id, row.owner)
        return _shown(row)

    def _own(self, owner: str | None, webhook_id: str) -> Webhook:
        with self._sessions() as session:
            return _require(session.get(Webhook, webhook_id), owner)


def _require(row: Webhook | None, owner: str | None) -> Webhook:
    if row is None or row.owner != owner:
        raise WebhookUnknown("The caller has no such webhook.")
    return row


def _shown(row: Webhook) -> WebhookShown:
    return WebhookShown(
        id=row.id, url=row.url, pool=row.pool_id, account=row.account, status=row.status, reason=row.reason,
        failures=row.failures, next_attempt_at=row.next_attempt_at, position=row.position, created_at=row.created_at,
    )  # fmt: skip
