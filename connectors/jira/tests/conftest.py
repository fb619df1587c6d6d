"""A sandboxed Jira, and connections to it: without sockets, but for `cloud_over_http` and the Data Center."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from inprocess import InProcess

from pmsync.connector.api import Connector, Opening
from pmsync.connector.pacing import Clock
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native
from pmsync.model.vocabulary import Vocabulary
from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.server import Running
from pmsync.testing.clock import VirtualClock
from pmsync_jira import plugin
from pmsync_jira.sandbox import JiraEmulator
from pmsync_jira.sandbox.limits import Limits
from pmsync_jira.sandbox.routing import Route
from pmsync_jira.settings import JiraSettings

DEFAULTS: Mapping[str, Json] = {"issuetype": "Task", "resolution": "Done"}


class HurriedClock(Clock):
    """Real time, but a wait takes none: it is added up, and time seems to have passed."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Present(VirtualClock):
    """The real time, which the sandboxes keep to."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Unlimited(Limits):
    """No rate limits."""

    def request(self, route: Route, now: datetime) -> dict[str, str]:
        return {}

    def write(self, issue: int, now: datetime) -> None:
        pass


class Lab:
    """One sandboxed Jira, freshly reset: connections to it, its users' own sessions, and what it was asked."""

    def __init__(self, url: str, sandbox: Sandbox, product: str) -> None:
        self.url = url
        self.sandbox = sandbox
        self.product = product
        self.opened: list[Connector] = []
        self.clock = HurriedClock()
        requests.post(f"{url}/_sandbox/reset", json={"seed": "empty"}, timeout=10).raise_for_status()
        self._seen: Counter[str] = Counter()
        self.limited(False)

    @property
    def emulator(self) -> JiraEmulator:
        emulator = self.sandbox.emulator
        assert isinstance(emulator, JiraEmulator)
        return emulator

    def settings(self, user: str = "pmsync", **changes: Any) -> JiraSettings:
        cloud = self.product == "cloud"
        known = {"url": self.url, "token": f"sandbox-{user}", "email": f"{user}@example.com" if cloud else ""}
        return JiraSettings(**{**known, "project": "ENG", **changes})

    def connect(
        self,
        *,
        memo: Json = None,
        defaults: Mapping[str, Json] = DEFAULTS,
        user: str = "pmsync",
        custom: Mapping[str, Field] | None = None,
        **changes: Any,
    ) -> Connector:
        opening = Opening(connection="engineering", defaults=defaults, memo=memo, clock=self.clock, custom=custom or {})
        connector = plugin.open(self.settings(user, **changes), opening)
        self.opened.append(connector)
        return connector

    def user(self, name: str) -> "User":
        """A user's own session with the native API."""
        return User(self, name)

    def faults(self, *kinds: str, rate: float = 1.0, seed: int = 1, **more: Any) -> None:
        """Switch faults on, or with no kinds off."""
        body = {"rate": rate if kinds else 0.0, "kinds": kinds, "seed": seed, "hold": 0.0, "lag": 3600.0, **more}
        requests.post(f"{self.url}/_sandbox/faults", json=body, timeout=10).raise_for_status()

    def limited(self, on: bool = True) -> None:
        """Switch the tool's own rate limits on or, as at first, off: a hurried clock does not wait for them."""
        self.emulator.limits = Limits() if on else Unlimited()

    def asked(self) -> dict[str, int]:
        """The requests since the last call of this, by route; the REST prefix is left out."""
        told = requests.get(f"{self.url}/_sandbox/requests", timeout=10).json()["by_route"]
        now = Counter({route: int(count) for route, count in told.items()})
        fresh, self._seen = now - self._seen, now
        return {route.replace("/rest/api/3/", "").replace("/rest/api/2/", ""): n for route, n in fresh.items()}

    def attach(self, issue: str, name: str, content: bytes = b"words", user: str = "ada") -> str:
        """Somebody attaches a file; its id."""
        headers = {"X-Atlassian-Token": "no-check"}
        cloud = self.product == "cloud"
        if not cloud:
            headers["Authorization"] = f"Bearer sandbox-{user}"
        answer = requests.post(
            f"{self.url}/rest/api/{3 if cloud else 2}/issue/{issue}/attachments",
            files={"file": (name, content, "text/plain")},
            headers=headers,
            auth=(f"{user}@example.com", f"sandbox-{user}") if cloud else None,
            timeout=10,
        )
        answer.raise_for_status()
        return str(answer.json()[0]["id"])

    def issues(self) -> list[dict[str, Any]]:
        """Everything in the tool, as its own JSON."""
        state: list[dict[str, Any]] = requests.get(f"{self.url}/_sandbox/state", timeout=10).json()
        return state


class User:
    """Somebody at work in Jira itself."""

    def __init__(self, lab: Lab, name: str) -> None:
        self._session = requests.Session()
        self._cloud = lab.product == "cloud"
        self._base = f"{lab.url}/rest/api/{3 if self._cloud else 2}"
        if self._cloud:
            self._session.auth = (f"{name}@example.com", f"sandbox-{name}")
        else:
            self._session.headers["Authorization"] = f"Bearer sandbox-{name}"

    def create(self, title: str, type_: str = "Task", **fields: Any) -> str:
        """A new issue's id."""
        body = {"project": {"key": "ENG"}, "issuetype": {"name": type_}, "summary": title, **fields}
        return str(self.call("POST", "issue", {"fields": body})["id"])

    def edit(self, id_: str, **fields: Any) -> None:
        self.call("PUT", f"issue/{id_}", {"fields": fields})

    def move(self, id_: str, *transitions: str) -> None:
        for transition in transitions:
            self.call("POST", f"issue/{id_}/transitions", {"transition": {"id": transition}})

    def call(self, verb: str, path: str, body: Any = None) -> Any:
        response = self._session.request(verb, f"{self._base}/{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json() if response.content else None

    def close(self) -> None:
        self._session.close()


@pytest.fixture(scope="session")
def near() -> Iterator[InProcess]:
    with InProcess(clock=Present(), latency=0) as up:
        yield up


@pytest.fixture(scope="session")
def cloud_server() -> Iterator[Running]:
    with Running(0) as running:
        yield running


@pytest.fixture(scope="session")
def data_center_server() -> Iterator[Running]:
    with Running(0, options={"jira": {"product": "data-center"}}) as running:
        yield running


def _lab(running: Running | InProcess, product: str) -> Iterator[Lab]:
    lab = Lab(running.bases["jira"], running.sandboxes["jira"], product)
    yield lab
    for connector in lab.opened:
        connector.close()


@pytest.fixture
def cloud(near: InProcess) -> Iterator[Lab]:
    """A Jira Cloud."""
    yield from _lab(near, "cloud")


@pytest.fixture
def cloud_over_http(cloud_server: Running) -> Iterator[Lab]:
    """A Jira Cloud behind real sockets."""
    yield from _lab(cloud_server, "cloud")


@pytest.fixture
def data_center(data_center_server: Running) -> Iterator[Lab]:
    """A Jira Data Center."""
    yield from _lab(data_center_server, "data-center")


@pytest.fixture(params=["cloud", "data_center"])
def lab(request: pytest.FixtureRequest) -> Lab:
    """A Jira of either product."""
    found: Lab = request.getfixturevalue(request.param)
    return found


class Desk:
    """Drafts and names of one connection."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.names: Vocabulary = connector.vocabulary()
        self.statuses = {term.name: term.id for term in self.names.statuses}
        self.types = {term.name: term.id for term in self.names.types}
        self.people = {member.name: member.id for member in self.names.members}

    def draft(self, number: int, status: str = "Backlog", type_: str = "Task", **fields: Json) -> Draft:
        """A draft; `fields` by the fields' names."""
        values: dict[Field, Json] = {
            Field.TITLE: f"Card {number}",
            Field.STATUS: {"place": self.statuses[status]},
            Field.TYPE: self.types[type_],
        }
        return Draft(values | {Field(name): value for name, value in fields.items()}, marker(number))

    def made(self, number: int = 0, status: str = "Backlog", type_: str = "Task", **fields: Json) -> Native:
        """An issue that this connection created."""
        created = self.connector.create([self.draft(number, status, type_, **fields)])[0]
        assert created.native is not None, created.error
        return created.native

    def status(self, native: Native) -> str:
        """The name of the status that a native shows."""
        value = native.fields[Field.STATUS]
        assert isinstance(value, dict)
        return next(name for name, id_ in self.statuses.items() if id_ == value["place"])


def marker(number: int) -> Marker:
    """The marker of the draft of that number."""
    return Marker(f"item-{number}", f"https://trello.com/c/{number}")


@pytest.fixture
def desk() -> Callable[[Connector], Desk]:
    """Makes a desk for a connection."""
    return Desk


@pytest.fixture
def long_ago() -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC)
