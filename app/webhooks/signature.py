"""Secrets and signatures of webhooks, as the Standard Webhooks specification (standardwebhooks.com) has them.

The signature is HMAC-SHA256 over the message's id, the second in which it was sent, and the body, joined by full stops.
"""

import base64
import hashlib
import hmac

#: What a secret begins with; the rest is its 32 bytes in base64.
PREFIX = "whsec_"


def secret_of(password: str, webhook_id: str) -> str:
    """The secret of a webhook. It is kept nowhere: it follows from the id, for whoever has the service's password."""
    key = hmac.new(password.encode(), b"webhook\0" + webhook_id.encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(key).decode()


def signature_of(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """What the header `webhook-signature` holds.

    Args:
        secret: of the webhook.
        message_id: `webhook-id`.
        timestamp: `webhook-timestamp`, seconds since 1970.
        body: exactly as it is sent.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()
