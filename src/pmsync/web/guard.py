"""Who may ask what: the token, the names that this machine goes by, and the headers that every answer has."""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pmsync.config.settings import Config
from pmsync.connector.hosts import loopback
from pmsync.errors import ConfigError

WEBHOOKS: Final = "/webhooks/"
"""What the paths begin with that the tools call."""
HEALTH: Final = frozenset({"/healthz", "/readyz"})

_SECURITY: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def may_listen(host: str, config: Config) -> None:
    """Raises ConfigError where others could reach `host`, and nothing would keep them out."""
    if not loopback(host) and not config.serve.admin_token:
        raise ConfigError(
            f"Listening on {host} lets others in: set `serve.admin_token` to a long random text out of the "
            "environment (`openssl rand -hex 32`), or listen on 127.0.0.1"
        )


class Guard:
    """Lets requests through to the application that may be."""

    def __init__(self, app: ASGIApp, config: Config, *, local: bool) -> None:
        """`local`: it is listened on the loopback only."""
        self._app = app
        self._token = _digest(config.serve.admin_token.encode()) if config.serve.admin_token else None
        self._local = local
        self._public = frozenset(_hosts(one.settings.webhook_url for one in config.connections.values()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["path"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, guarded)

    def _refusal(self, path: str, headers: Headers) -> JSONResponse | None:
        webhook = path.startswith(WEBHOOKS)
        # A page elsewhere can have its own name lead here, and so make a browser on this machine ask for it.
        if self._local and not self._is_ours(headers.get("host", ""), webhook=webhook):
            return JSONResponse({"detail": "Ask for this by the name localhost, or by 127.0.0.1"}, 421)
        if webhook or path in HEALTH or self._token is None or self._opens(headers.get("authorization", "")):
            return None
        told = {"detail": "Send the header `Authorization: Bearer …` with serve.admin_token of the config"}
        return JSONResponse(told, 401, {"WWW-Authenticate": "Bearer"})

    def _is_ours(self, host: str, *, webhook: bool) -> bool:
        name = _name(f"//{host}")
        return loopback(name) or (webhook and name in self._public)

    def _opens(self, given: str) -> bool:
        scheme, _, token = given.partition(" ")
        # Digests are of one length, whatever was given.
        fits = hmac.compare_digest(_digest(token.strip().encode("latin-1", "replace")), self._token or b"")
        return fits and scheme.lower() == "bearer"


def _digest(token: bytes) -> bytes:
    return sha256(token).digest()


def _hosts(urls: Iterable[str]) -> Iterable[str]:
    return (name for name in (_name(url) for url in urls) if name)


def _name(url: str) -> str:
    """The host in an address, in lower case; "" where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
