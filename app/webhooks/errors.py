"""What is refused about webhooks."""

from earnest.errors import EarnestError


class WebhookUnknown(EarnestError):
    """There is no such webhook of this caller."""

    status = 404
    type = "webhook-unknown"
    title = "Webhook unknown"


class WebhookNotAllowed(EarnestError):
    """These events are for others: an account's for itself, a pool's for its owner; all are for the operator."""

    status = 403
    type = "webhook-not-allowed"
    title = "Webhook not allowed"


class WebhookAddressRefused(EarnestError):
    """Nothing is delivered to this address: it is malformed, or not a public one."""

    status = 422
    type = "webhook-address-refused"
    title = "Webhook address refused"


class TooManyWebhooks(EarnestError):
    """A caller, or the service, has so many webhooks and no more."""

    status = 409
    type = "too-many-webhooks"
    title = "Too many webhooks"
