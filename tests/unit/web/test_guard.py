"""Who may ask: the token, this machine's names, and what every answer has."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answering import PUBLIC, TOKEN, Answering, barred_config

from pmsync.config.settings import Config, Serve
from pmsync.errors import ConfigError
from pmsync.web.guard import Guard, may_listen

CLOSED = ["/metrics", "/openapi.json", "/", "/api/items", "/docs", "/healthz/", "/readyz/x", "//healthz", "/webhooks"]
OPEN = ["/healthz", "/webhooks/nobody"]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer ä",
    ],
)
def test_without_the_token_nothing_is_told(serving: Answering, path: str, given: str) -> None:
    answer = serving.ask(path, token="", headers={"Authorization": given.encode("latin-1")} if given else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_the_token_opens(serving: Answering) -> None:
    assert serving.ask("/metrics").status_code == 200
    assert serving.ask("/metrics", token="", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_the_token_counts_in_the_header_only(serving: Answering) -> None:
    assert serving.ask(f"/metrics?token={TOKEN}&access_token={TOKEN}", token="").status_code == 401
    assert serving.ask("/metrics", token="", cookies={"token": TOKEN}).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_webhooks_and_health_need_no_token(serving: Answering, path: str) -> None:
    assert serving.ask(path, token="").status_code in (200, 405)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_there_are_no_pages_that_load_scripts_from_elsewhere(serving: Answering, path: str) -> None:
    assert serving.ask(path).status_code == 404


@pytest.mark.parametrize("path", [*CLOSED, *OPEN, "/readyz"])
def test_every_answer_forbids_what_a_browser_might_do_with_it(serving: Answering, path: str) -> None:
    for token in ("", TOKEN):
        headers = serving.ask(path, token=token).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Server" not in headers
        assert "Location" not in headers


# --- this machine's names -------------------------------------------------------------------------------------------

OURS = ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "127.9.9.9", "[::1]:8080", "LOCALHOST"]
OTHERS = ["evil.example", "evil.example:8080", "sync.example.com", "localhost.evil.example", "127.0.0.1.evil.example",
          "evil.example#localhost", "evil@localhost.example", "[::1", "0.0.0.0", "10.0.0.1", ""]  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_on_the_loopback_it_goes_by_the_loopback_s_names(serving: Answering, host: str) -> None:
    for path in ("/healthz", "/metrics"):
        assert serving.ask(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
def test_on_the_loopback_no_other_name_leads_to_it_even_with_the_token(serving: Answering, host: str) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/nowhere"):
        assert serving.ask(path, headers={"Host": host}).status_code == 421


def test_webhooks_come_by_the_name_that_was_registered_too(serving: Answering) -> None:
    name = PUBLIC.removeprefix("https://")
    assert serving.ask("/webhooks/product", "HEAD", token="", headers={"Host": name}).status_code == 200
    assert serving.ask("/webhooks/product", "HEAD", token="", headers={"Host": f"{name}:443"}).status_code == 200
    assert serving.ask("/webhooks/product", "HEAD", token="", headers={"Host": "evil.example"}).status_code == 421


# --- where it may listen --------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return barred_config(tmp_path, "http://127.0.0.1:9")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "sync.example.com", "", "localhost.example.com"])
def test_where_others_reach_it_there_has_to_be_a_token(config: Config, host: str) -> None:
    may_listen(host, config)
    with pytest.raises(ConfigError, match=r"serve\.admin_token"):
        may_listen(host, replace(config, serve=Serve()))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_on_the_loopback_it_may_do_without_a_token(config: Config, host: str) -> None:
    may_listen(host, replace(config, serve=Serve()))


Headers = list[tuple[bytes, bytes]]


async def _status(guard: Guard, path: str, headers: Headers) -> int:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    await guard({"type": "http", "method": "GET", "path": path, "headers": headers}, receive, send)
    return int(sent[0]["status"])


@pytest.fixture
def status(config: Config) -> Callable[..., int]:
    """The status that a guard lets through (204) or gives itself."""
    import asyncio

    async def app(_scope: Any, _receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    def ask(path: str, *, local: bool, admin_token: str | None, **headers: str) -> int:
        guard = Guard(app, replace(config, serve=Serve(admin_token)), local=local)
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return asyncio.run(_status(guard, path, raw))

    return ask


def test_without_a_token_in_the_config_the_loopback_is_open_to_its_own_names(status: Callable[..., int]) -> None:
    assert status("/metrics", local=True, admin_token=None, host="localhost") == 204
    assert status("/metrics", local=True, admin_token=None, host="evil.example") == 421


def test_where_others_reach_it_the_name_is_anything_and_the_token_counts(status: Callable[..., int]) -> None:
    assert status("/metrics", local=False, admin_token="t", host="evil.example") == 401
    assert status("/metrics", local=False, admin_token="t", host="evil.example", authorization="Bearer t") == 204
    assert status("/healthz", local=False, admin_token="t", host="10.0.0.1:8080") == 204
