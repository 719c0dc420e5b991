"""Headers by which a browser trusts an answer no further than it must."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Pages run scripts and take styles of the service's own files only, send forms only here, and are framed by none.
_PAGES = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
CONTENT_SECURITY_POLICY = _PAGES.format(scripts="", styles="")
#: The API's reference is made by the framework, with scripts in the page: these, by their hashes, and no others.
REFERENCE = ("/docs", "/docs/oauth2-redirect", "/redoc")
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

_POLICY, _FRAME = b"content-security-policy", b"x-frame-options"
#: As they are sent: every answer gets them, so they are made once.
_ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    # no-referrer would make browsers send "Origin: null" with our own forms
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_CACHE = b"cache-control"
_FRAMED = ((_POLICY, CONTENT_SECURITY_POLICY.encode()), (_FRAME, b"DENY"))


class SafeHeaders:
    """The middleware: each header is added where a route sets none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        held: list[Message] = []

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
                names = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in _ALWAYS if name not in names]
                if _CACHE not in names:
                    # assets are asked for again each time, and are answered with 304 while they are the same
                    headers.append((_CACHE, b"no-cache" if path.startswith("/static") else b"no-store"))
                if path not in REFERENCE and _POLICY not in names:
                    headers = [one for one in headers if one[0].lower() != _FRAME]
                    headers += _FRAMED
                message = {**message, "headers": headers}
                if path in REFERENCE:
                    held.append(message)
                    return
            elif held:
                start = held.pop()
                added = MutableHeaders(scope=start)
                added["Content-Security-Policy"] = _policy_of(message.get("body", b""))
                added["X-Frame-Options"] = "DENY"
                await send(start)
            await send(message)

        await self._app(scope, receive, add)


def _policy_of(page: bytes) -> str:
    """The policy of a page of the API's reference, which comes in one piece."""
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _SCRIPT.findall(page))
    scripts = "".join(f" 'sha256-{digest}'" for digest in hashes)
    return _PAGES.format(scripts=scripts, styles=" 'unsafe-inline'") + "; worker-src 'self' blob:"
