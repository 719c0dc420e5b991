"""Webhooks."""

from fastapi import APIRouter

from earnest.accounts.dependencies import Owner
from earnest.web.dependencies import IdempotencyKey
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking, writing
from earnest.webhooks.dependencies import Webhooks
from earnest.webhooks.schemas import DeliveriesShown, WebhookMade, WebhookRequest, WebhookShown, WebhooksShown

router = APIRouter(tags=["webhooks"], route_class=StrictRoute)


@router.post("/webhooks", status_code=201)
@writing
def make_webhook(
    request: WebhookRequest, webhooks: Webhooks, owner: Owner, idempotency_key: IdempotencyKey = None
) -> WebhookMade:
    """Have events delivered to an address from now on; its secret is told this once.

    An account's own events, those of a pool for its owner, all for the operator. Repeated under its `Idempotency-Key`,
    the request makes nothing more, and is answered with the same secret.
    """
    return webhooks.make(owner, request, idempotency_key)


@router.get("/webhooks")
@asking
def list_webhooks(webhooks: Webhooks, owner: Owner) -> WebhooksShown:
    """The caller's webhooks, with whether they are delivered to."""
    return WebhooksShown(items=webhooks.all(owner))


@router.get("/webhooks/{webhook}")
@asking
def show_webhook(webhook: str, webhooks: Webhooks, owner: Owner) -> WebhookShown:
    """One of the caller's webhooks."""
    return webhooks.show(owner, webhook)


@router.delete("/webhooks/{webhook}", status_code=204)
@writing
def remove_webhook(webhook: str, webhooks: Webhooks, owner: Owner) -> None:
    """Deliver nothing more there; a request that is under way may still arrive."""
    webhooks.remove(owner, webhook)


@router.post("/webhooks/{webhook}/enable")
@writing
def enable_webhook(webhook: str, webhooks: Webhooks, owner: Owner) -> WebhookShown:
    """Deliver again to a webhook that was set aside or waits after a failure, from where it stopped, at once."""
    return webhooks.enable(owner, webhook)


@router.post("/webhooks/{webhook}/tests", status_code=202)
@writing
def make_test(webhook: str, webhooks: Webhooks, owner: Owner) -> WebhookShown:
    """Send a test to the webhook, soon and once; what came of it stands among its deliveries."""
    return webhooks.test(owner, webhook)


@router.get("/webhooks/{webhook}/deliveries")
@asking
def list_deliveries(webhook: str, webhooks: Webhooks, owner: Owner) -> DeliveriesShown:
    """The last 20 requests to the webhook, and what came of each."""
    return DeliveriesShown(items=webhooks.deliveries(owner, webhook))
