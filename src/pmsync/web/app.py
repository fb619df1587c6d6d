"""The routes of the service."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from pmsync import __version__
from pmsync.connector.hosts import loopback
from pmsync.connector.pacing import Clock
from pmsync.jobs.service import Service
from pmsync.web.guard import Guard
from pmsync.web.health import Look, look, unreachable
from pmsync.web.metrics import CONTENT_TYPE, Metrics
from pmsync.web.receiver import Reception

_ANSWERS_WITHIN: Final = 5.0
"""Seconds that the state may take to answer before it is called unreachable."""
_FRESH: Final = 1.0
"""Seconds that a look is good for, however often it is asked for."""

_TOKEN: Final[dict[int | str, dict[str, Any]]] = {401: {"description": "The token is missing, or is another."}}
_BODY: Final = {"description": "What the tool sends, signed by it.", "content": {"application/json": {"schema": {}}}}
_NOT_READY: Final[dict[int | str, dict[str, Any]]] = {
    503: {"description": "It does not do its work; `problems` say why."}
}
_ACKNOWLEDGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "It is kept, or was before. A handshake: it is taken, and its header said back."},
    400: {"description": "It is signed, but it is nothing that the tool sends; or its body is not all there."},
    401: {"description": "It is not signed by the tool. Nothing of it is kept."},
    404: {"description": "There is no such connection, or no webhook is configured for it."},
    408: {"description": "Its body took too long to arrive."},
    409: {"description": "It is a handshake, and none is expected at this address."},
    413: {"description": "Its body is larger than 2 MiB."},
    421: {"description": "The request is for another host."},
    503: {"description": "It cannot be kept just now: say it again."},
}


def build(service: Service, metrics: Metrics, host: str, pool: Executor) -> ASGIApp:
    """The application for a service that has been started, to be listened to at `host`. `pool` does what may wait."""
    app = FastAPI(
        title="pmsync",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={StarletteHTTPException: _refuse, RequestValidationError: _reject},
    )
    _webhooks(app, Reception(service, metrics, pool))
    glance = Glance(partial(look, service), pool, service.clock)
    metrics.watch(service)
    _health(app, glance)
    _figures(app, metrics, glance, pool)
    return Guard(app, service.config, local=loopback(host))


class Glance:
    """Looks at the service for all who ask: one look at a time, and not more often than each second."""

    def __init__(self, see: Callable[[], Look], pool: Executor, clock: Clock) -> None:
        self._see = see
        self._pool = pool
        self._clock = clock
        self._under_way: Future[Look] | None = None
        self._seen: tuple[float, Look] | None = None

    async def __call__(self) -> Look:
        """How the service is."""
        now = self._clock.monotonic()
        if self._seen is not None and now - self._seen[0] < _FRESH:
            return self._seen[1]
        if self._under_way is None or self._under_way.done():
            self._under_way = self._pool.submit(self._see)
        under_way = self._under_way
        try:
            found = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(under_way)), _ANSWERS_WITHIN)
        except TimeoutError:
            return unreachable(self._clock.now())
        self._seen = (now, found)
        return found


def _webhooks(app: FastAPI, reception: Reception) -> None:
    # With `path`, a name that has a slash in it comes here too, and is no other route's.
    route = "/webhooks/{connection:path}"

    @app.head(route, responses={404: _ACKNOWLEDGED[404]}, tags=["webhooks"], response_class=Response)
    async def greet(connection: str) -> Response:
        """Whether webhooks of this connection arrive here."""
        return reception.greet(connection)

    @app.post(
        route, responses=_ACKNOWLEDGED, tags=["webhooks"], response_class=Response, openapi_extra={"requestBody": _BODY}
    )
    async def deliver(request: Request, connection: str, hook: str = "") -> Response:
        """Take what a tool says. `hook` tells webhooks of one connection apart."""
        return await reception.deliver(request, connection, hook)


def _health(app: FastAPI, glance: Glance) -> None:
    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], responses=_NOT_READY)
    async def readyz() -> JSONResponse:
        """Whether the service does its work, and how each connection is."""
        found = await glance()
        return JSONResponse(found.as_json(), 200 if found.ready else 503)


def _figures(app: FastAPI, metrics: Metrics, glance: Glance, pool: Executor) -> None:
    @app.get("/metrics", tags=["health"], responses=_TOKEN, response_class=Response)
    async def figures() -> Response:
        """Figures for Prometheus."""
        found = await glance()
        text = await asyncio.get_running_loop().run_in_executor(pool, metrics.expose, found)
        return Response(text, media_type=CONTENT_TYPE)


async def _refuse(_request: Request, error: Exception) -> Response:
    """An answer without a word of the request in it."""
    status = error.status_code if isinstance(error, HTTPException | StarletteHTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    return JSONResponse({"detail": {404: "Not found", 405: "Not so"}.get(status, "Refused")}, status, headers)


async def _reject(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"detail": "The request is not as it should be"}, 422)
