"""No credential comes to light, whatever goes wrong: in no output, no error, no traceback, no file, and not in base64.

Every credential of the config is planted (`tests/support/planted.py`). `tests/conftest.py` searches all other tests.
"""

import base64
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import planted
import pytest
from commands import Desk, Ran
from planted import found_in, leaks
from served import Sandboxes, Served
from trio import TOOLS
from users import AsanaUser, JiraUser, TrelloUser
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from pmsync.sandbox.faults import Kind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

COMMANDS: Sequence[Sequence[str]] = (
    ("check",),
    ("check", "--json"),
    ("check", "--alerts"),
    ("plan", "--out", "plan.json"),
    ("plan", "--json"),
    ("sync",),
    ("sync", "--json", "--deep"),
    ("sync", "--plan", "plan.json"),
    ("reconcile", "ENG-1"),
    ("match",),
    ("conflicts", "list", "--json"),
    ("history", "--json"),
    ("verify",),
    ("verify", "--json"),
    ("board", "--json"),
    ("export", "--format", "json", "--out", "export.json"),
    ("rebuild", "--json"),
)
"""Some ways to give every command that reads the config. `undo` needs a run, and is given by itself."""

MORE = """\
audit: audit.jsonl
serve: {admin_token: "${ADMIN_TOKEN}"}
secret_key: "${SECRET_KEY}"
alerts:
  url: http://127.0.0.1:1/services/${ALERTS_PATH}
  secret: "${ALERTS_SECRET}"
  email: {to: ops@acme.io, from: pmsync@acme.io, server: 127.0.0.1, port: 1, user: me, password: "${MAIL_PASSWORD}"}
"""


@pytest.fixture
def desk(nearby: Sandboxes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Commands over three sandboxes, with something to do in each."""
    return _desk(nearby, tmp_path, monkeypatch)


@pytest.fixture
def desk_over_http(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same behind real sockets."""
    return _desk(served, tmp_path, monkeypatch)


def _desk(sandboxes: Sandboxes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    sandboxes.reset()
    monkeypatch.setattr("pmsync.connector.pacing.Clock", lambda: sandboxes.clock)
    monkeypatch.chdir(folder)
    made = Desk(folder, sandboxes.bases)
    made.environ |= {
        "ADMIN_TOKEN": planted.OTHERS["admin token"],
        "SECRET_KEY": planted.OTHERS["secret key"],
        "TRELLO_SECRET": planted.OTHERS["trello secret"],
        "WEBHOOK_SECRET": planted.OTHERS["webhook secret"],
        "ALERTS_PATH": planted.OTHERS["alerts path"],
        "ALERTS_SECRET": planted.OTHERS["alerts secret"],
        "MAIL_PASSWORD": planted.OTHERS["mail password"],
    }
    made.write(more=MORE)
    bases = sandboxes.bases
    for user in (TrelloUser(bases["trello"]), JiraUser(bases["jira"]), AsanaUser(bases["asana"])):
        user.create(f"Made in {user.tool}", text="Words.")
        user.close()
    return made


def _all(desk: Desk, commands: Iterable[Sequence[str]] = COMMANDS) -> list[Ran]:
    """Give these commands, and hold all that they print and leave against the planted credentials."""
    done = []
    for words in commands:
        ran = desk.run(*words)
        assert not found_in(ran.out + ran.err), (words, found_in(ran.out + ran.err))
        assert "Traceback" not in ran.err
        done.append(ran)
    assert leaks(desk.folder) == []
    return done


def test_nothing_is_told_where_all_goes_well(desk: Desk) -> None:
    done = _all(desk)
    assert {ran.code for ran in done} <= {0, 1}, [ran.err for ran in done]
    runs = {line["run"] for line in desk.run("history", "--json").document}
    assert runs
    _all(desk, [("undo", run, "--yes", "--json") for run in sorted(runs)])


def test_what_is_searched_for_would_be_found(tmp_path: Path) -> None:
    token = planted.TOKENS["jira"]
    basic = base64.b64encode(f"{planted.EMAIL}:{token}".encode()).decode()
    inside = base64.b64encode(f'{{"a": "{token}"}}'.encode()).decode()
    for text in (token, quote(token, safe=""), basic, inside):
        assert found_in(f"before {text} after") == [token], text
    file = tmp_path / "log"
    file.write_text(f"a line\nAuthorization: Basic {basic}\n")
    assert len(leaks(tmp_path)) == 1
    file.unlink()


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.ERROR, Kind.RESET, Kind.TIMEOUT, Kind.TRUNCATED, Kind.GARBAGE])
def test_nothing_is_told_where_every_other_request_fails(desk: Desk, nearby: Sandboxes, kind: Kind) -> None:
    for tool in TOOLS:
        nearby.faults(tool, kind.value, rate=0.5, seed=7, retry_after=1)
    _all(desk, [("check", "--json"), ("sync", "--json"), ("plan", "--out", "plan.json"), ("sync",), ("verify",)])


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502])
def test_a_proxy_that_says_back_what_it_was_sent_is_not_quoted(desk: Desk, tool: str, status: int) -> None:
    with _parrot(status) as base:
        desk.write(bases={tool: base}, more=MORE)
        for ran in _all(desk, [("check",), ("sync", "--json"), ("plan",), ("verify", "--json")]):
            assert ran.code


@pytest.mark.parametrize("tool", TOOLS)
def test_a_write_whose_refusal_says_it_back_is_not_quoted(desk: Desk, nearby: Sandboxes, tool: str) -> None:
    assert desk.run("sync").code == 0
    writer = {"trello": "POST /1/cards", "jira": "POST /rest/api/3/issue/bulk", "asana": "POST /api/1.0/batch"}[tool]
    other = TrelloUser(nearby.bases["trello"]) if tool != "trello" else JiraUser(nearby.bases["jira"])
    other.create("Another")
    other.close()
    emulator = nearby.sandboxes[tool].emulator
    handle = emulator.handle

    def say_back(request: Request) -> Response:
        return _said_back(request, 400) if emulator.route(request) == writer else handle(request)

    emulator.handle = say_back  # type: ignore[method-assign]
    try:
        ran = _all(desk, [("sync", "--json"), ("verify", "--json"), ("history", "--json")])
    finally:
        emulator.handle = handle  # type: ignore[method-assign]
    assert ran[0].document["errors"]


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:1",
        "https://pmsync:{password}@127.0.0.1:1",
        "http://pmsync.invalid",
        "ftp://pmsync:{password}@host",
        "{token}",
    ],
)
def test_an_address_that_leads_nowhere_is_not_quoted_with_its_password(desk: Desk, address: str) -> None:
    password, token = planted.OTHERS["proxy password"], quote(planted.TOKENS["jira"], safe="")
    for tool in TOOLS:
        (desk.folder / "pmsync.db").unlink(missing_ok=True)
        desk.environ["ADDRESS"] = address.format(password=password, token=token)
        desk.write(bases={tool: '"${ADDRESS}"'}, more=MORE)
        for ran in _all(desk, [("check",), ("sync", "--json")]):
            assert ran.code


def test_a_server_that_speaks_no_tls_tells_nothing(desk_over_http: Desk, served: Served) -> None:
    desk_over_http.write(
        bases={tool: base.replace("http:", "https:") for tool, base in served.bases.items()}, more=MORE
    )
    assert {ran.code for ran in _all(desk_over_http, [("check", "--json"), ("sync", "--json"), ("plan",)])} == {5}


def test_a_proxy_that_is_not_there_is_not_quoted_with_its_password(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = f"http://pmsync:{planted.OTHERS['proxy password']}@127.0.0.1:1"
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    desk.write(bases=dict.fromkeys(TOOLS, "https://pmsync.invalid"), more=MORE)
    for ran in _all(desk, [("check",), ("sync", "--json"), ("verify",)]):
        assert ran.code


@pytest.mark.parametrize(
    "state",
    [
        "postgresql://pmsync:{}@127.0.0.1:1/pmsync",
        "postgresql://pmsync:{}@[::1/pmsync",
        "mysql://pmsync:{}@127.0.0.1/pmsync",
        "postgresql://pmsync:{}@127.0.0.1:port/pmsync",
        "{}",
    ],
)
def test_a_state_that_cannot_be_opened_is_not_quoted_with_its_password(desk: Desk, state: str) -> None:
    desk.environ["PMSYNC_STATE"] = state.format(planted.OTHERS["database password"])
    for ran in _all(desk, [("sync",), ("sync", "--json"), ("board",), ("history", "--json")]):
        assert ran.code == 2, ran.err


@pytest.mark.parametrize(
    "line",
    [
        "secret_key: [{}]",
        "{}: 1",
        "zone: {}",
        "polling: {{every: {}}}",
        "state: {}",
        '"unfinished: {}',
        "people: {}",
    ],
)
def test_a_config_with_a_mistake_in_it_is_not_quoted(desk: Desk, line: str) -> None:
    """A credential in a wrong place is still one, if it came from the environment."""
    desk.environ["MISPLACED"] = planted.OTHERS["secret key"]
    desk.write(more=line.format("${MISPLACED}") + "\n")
    for ran in _all(desk, [("check",), ("sync", "--json")]):
        assert ran.code


def test_an_error_that_nobody_expected_shows_no_values(desk_over_http: Desk) -> None:
    """A bug of ours, deep within a call to a tool: the traceback shows the code, and not what is in its variables."""
    for tool, place in {
        "jira": "pmsync_jira.client.Client._send",
        "trello": "pmsync_trello.transport.Transport.request",
        "asana": "pmsync_asana.client.Client._send",
    }.items():
        program = f"""
            import importlib, sys
            module, name, method = {place!r}.rsplit(".", 2)
            held = getattr(importlib.import_module(module), name)
            def broken(self, *args, **kwargs):
                secret = self._settings.secrets
                return [][0]
            setattr(held, method, broken)
            sys.argv = ["pmsync", "sync", "--json"]
            import pmsync.cli
            pmsync.cli.main()
        """
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], cwd=desk_over_http.folder, capture_output=True, text=True,
            timeout=100, check=False, env={**os.environ, **desk_over_http.environ},
        )  # fmt: skip
        assert "IndexError" in ran.stderr, tool
        assert "return [][0]" not in ran.stderr or not found_in(ran.stderr)
        assert not found_in(ran.stdout + ran.stderr)
    assert leaks(desk_over_http.folder) == []


def test_reprs_of_what_holds_credentials_hold_none(desk: Desk) -> None:
    from pmsync.config import load
    from pmsync.connector.api import Opening
    from pmsync.connector.registry import plugin

    config = load(desk.config, desk.environ)
    told = [repr(config), str(config), repr(vars_of(config))]
    for connection in config.connections.values():
        connector = plugin(connection.connector).open(connection.settings, Opening(connection.name))
        told += [repr(connection), repr(connection.settings), repr(connector)]
        connector.close()
    assert not found_in("\n".join(told))


def vars_of(config: Any) -> Mapping[str, Any]:
    """What a debugger shows of its first layer, but for what is marked as secret."""
    return {name: value for name in ("path", "audit", "zone", "polling", "syncs") if (value := getattr(config, name))}


def test_every_file_that_pmsync_writes_is_its_owners_alone(desk: Desk) -> None:
    before = os.umask(0)
    try:
        for words in (("sync",), ("plan", "--out", "plan.json"), ("sync", "--plan", "plan.json"), ("verify",)):
            assert desk.run(*words).code == 0
        connected = {}
        from pmsync.store import open_store, pass_lock

        url = f"sqlite:///{desk.folder / 'pmsync.db'}"
        with pass_lock(url), open_store(url) as store:
            store.progress.put_fact("open", "yes")
            connected = {path.name: oct(path.stat().st_mode & 0o777) for path in desk.folder.glob("pmsync.db*")}
    finally:
        os.umask(before)
    assert connected.keys() >= {"pmsync.db", "pmsync.db-wal", "pmsync.db-shm", "pmsync.db.lock"}
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in desk.folder.iterdir() if path != desk.config}
    assert modes.keys() >= {"pmsync.db", "audit.jsonl", "plan.json"}
    assert set((modes | connected).values()) == {"0o600"}, modes | connected


def test_a_plan_that_others_could_read_is_closed_to_them(desk: Desk) -> None:
    plan = desk.folder / "plan.json"
    plan.write_text("an older one")
    plan.chmod(0o644)
    assert desk.run("plan", "--out", str(plan)).code == 0
    assert plan.stat().st_mode & 0o777 == 0o600


@contextmanager
def _parrot(status: int) -> Iterator[str]:
    """A server that answers everything with this status, and with all that it was sent; its address."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        return _said_back(Request(environ), status)(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    server.log = lambda *_told: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


def _said_back(request: Request, status: int) -> Response:
    given = request.headers.get("Authorization", "")
    scheme, _, credentials = given.partition(" ")
    plain = base64.b64decode(credentials).decode() if scheme == "Basic" else credentials
    forms = [given, plain, quote(plain, safe=""), base64.b64encode(given.encode()).decode(), request.url]
    told = " | ".join(forms)
    body: dict[str, Any] = {
        "message": told, "errorMessages": [told], "errors": [{"message": told}], "error": told, "detail": told
    }  # fmt: skip
    return Response(json.dumps(body), status, {"Content-Type": "application/json", "Retry-After": "1", "X-Told": "x"})
