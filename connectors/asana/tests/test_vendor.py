"""The vendor's client with its traps closed."""

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
import urllib3

from pmsync.connector.api import Opening
from pmsync_asana import plugin
from pmsync_asana.settings import AsanaSettings
from pmsync_asana.vendor import client

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

HTTPS = AsanaSettings(token="t", url="https://app.asana.com")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


def test_it_keeps_no_threads_and_no_log_handlers() -> None:
    loggers = [logging.getLogger(name) for name in ("asana", "urllib3")]
    before = [(list(logger.handlers), logger.level) for logger in loggers]
    threads = threading.active_count()
    made = client(HTTPS, "pmsync", 4)
    assert [(list(logger.handlers), logger.level) for logger in loggers] == before
    assert threading.active_count() == threads
    assert not hasattr(made, "pool")


def test_it_never_retries_on_its_own() -> None:
    made = client(HTTPS, "pmsync", 4)
    retries = made.rest_client.pool_manager.connection_pool_kw["retries"]
    assert (retries.total, retries.redirect) == (False, 0)


def test_two_connections_share_no_credentials() -> None:
    one = client(AsanaSettings(token="one"), "pmsync", 4)
    two = client(AsanaSettings(token="two"), "pmsync", 4)
    tokens = [each.configuration.auth_settings()["token"]["value"] for each in (one, two)]
    assert tokens == ["Bearer one", "Bearer two"]


def test_the_proxy_of_the_environment_is_used_with_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:p%40ss@proxy.acme.io:3128")
    manager = client(HTTPS, "pmsync", 4).rest_client.pool_manager
    assert isinstance(manager, urllib3.ProxyManager)
    assert manager.proxy is not None
    assert manager.proxy.host == "proxy.acme.io"
    assert manager.proxy_headers == urllib3.make_headers(proxy_basic_auth="me:p@ss")


def test_exceptions_from_the_proxy_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.acme.io:3128")
    monkeypatch.setenv("HTTP_PROXY", "proxy.acme.io:3128")
    assert isinstance(client(HTTPS, "pmsync", 4).rest_client.pool_manager, urllib3.ProxyManager)
    local = AsanaSettings(token="t", url="http://127.0.0.1:1")
    assert not isinstance(client(local, "pmsync", 4).rest_client.pool_manager, urllib3.ProxyManager)
    monkeypatch.setenv("NO_PROXY", "asana.com")
    assert not isinstance(client(HTTPS, "pmsync", 4).rest_client.pool_manager, urllib3.ProxyManager)


def test_a_private_ca_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "ca.pem"
    own.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own))
    kept = client(HTTPS, "pmsync", 4).rest_client.pool_manager.connection_pool_kw
    assert (kept["ca_certs"], kept["cert_reqs"].name) == (str(own), "CERT_REQUIRED")


def test_places_are_the_projects_that_can_be_seen(lab: "Lab") -> None:
    settings = AsanaSettings(token="sandbox-grace", url=lab.url)
    (place,) = plugin.places(settings, Opening(connection="delivery", clock=lab.clock))
    assert (place.id, place.name) == (lab.project, "Launch")
    nobody = AsanaSettings(token="sandbox-zed", url=lab.url)
    assert plugin.places(nobody, Opening(connection="delivery", clock=lab.clock)) == []
