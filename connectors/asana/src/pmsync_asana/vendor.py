"""The vendor's client, made safe: it never retries on its own, takes proxies and CAs from the environment, leaves the
process's logging as it was, and keeps no threads.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import asana
import urllib3
from asana import api_client
from asana.rest import ApiException, RESTResponse

from pmsync.connector.hosts import loopback
from pmsync_asana.settings import API, AsanaSettings

TIMEOUT = (3, 30)
"""Seconds to connect, and for each part of an answer. Whole numbers: the library ignores any other."""

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_making = threading.Lock()


def client(settings: AsanaSettings, agent: str, connections: int) -> Any:
    """An `asana.ApiClient` for one connection, which several threads may use at once."""
    with _making, _quiet_logging():
        configuration = asana.Configuration()
        configuration.host = f"{settings.url}{API}"
        configuration.access_token = settings.token
        # `False` is "never": the default strategy sends PUT and DELETE again after a 5xx.
        configuration.retry_strategy = False
        configuration.connection_pool_maxsize = connections
        configuration.ssl_ca_cert = _authorities()
        configuration.proxy = _proxy(settings.url)
        with _no_threads():
            api = asana.ApiClient(configuration)
    del api.pool
    api.user_agent = agent
    _sign_in(api.rest_client.pool_manager, configuration.proxy)
    return api


def send_form(api: Any, path: str, body: bytes | Iterable[bytes], headers: Mapping[str, str]) -> Any:
    """POST a form with a client's connections and credentials, once: the library itself would hold files whole.

    Raises what the client's own calls raise.
    """
    connect, read = TIMEOUT
    signed: dict[str, str] = {"Accept": "application/json", "User-Agent": api.user_agent, **headers}
    api.update_params_for_auth(signed, [], ["personalAccessToken"])
    try:
        response = api.rest_client.pool_manager.urlopen(
            "POST",
            f"{api.configuration.host}{path}",
            body=body,
            headers=signed,
            timeout=urllib3.Timeout(connect=connect, read=read),
            retries=urllib3.Retry(False),
            redirect=False,
            preload_content=False,
        )
    except urllib3.exceptions.SSLError as error:
        raise ApiException(status=0, reason=type(error).__name__) from None
    if not 200 <= response.status <= 299:
        raise ApiException(http_resp=RESTResponse(response))
    return response


@contextmanager
def _no_threads() -> Iterator[None]:
    """Have the library start none: its pool is for `async_req` only, and would be joined when the interpreter ends."""
    library: Any = api_client
    usual, library.ThreadPool = library.ThreadPool, object
    try:
        yield
    finally:
        library.ThreadPool = usual


@contextmanager
def _quiet_logging() -> Iterator[None]:
    """Undo what `Configuration` does to the loggers of the whole process: handlers on stderr, and levels."""
    loggers = [logging.getLogger(name) for name in ("asana", "urllib3")]
    before = [(logger, list(logger.handlers), logger.level) for logger in loggers]
    try:
        yield
    finally:
        for logger, handlers, level in before:
            logger.handlers[:] = handlers
            logger.setLevel(level)


def _authorities() -> str | None:
    """The private CA that the environment names, as for every other client; urllib3 does not look."""
    return next((os.environ[name] for name in _CA_VARIABLES if os.environ.get(name)), None)


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address; urllib3 does not look."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if loopback(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _sign_in(manager: urllib3.PoolManager, proxy: str | None) -> None:
    """Give the proxy the credentials of its own address, which urllib3 leaves out."""
    parts = urlsplit(proxy or "")
    if isinstance(manager, urllib3.ProxyManager) and parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        cast("dict[str, str]", manager.proxy_headers).update(urllib3.make_headers(proxy_basic_auth=pair))
