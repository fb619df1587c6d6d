"""An emulated Asana over real HTTP in virtual time, its users at work in it, and connections to it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from pmsync.connector.api import Opening
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native
from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.server import _Handler as Handler
from pmsync.testing.clock import VirtualClock
from pmsync_asana.connector import AsanaConnector
from pmsync_asana.sandbox import AsanaEmulator, build
from pmsync_asana.settings import AsanaSettings

# Long ago, so that the Date header, which tells real time, is never behind.
THEN = datetime(2020, 1, 6, 9, 0, tzinfo=UTC)


class User:
    """Somebody who uses Asana's API as it is."""

    def __init__(self, base: str, token: str) -> None:
        self._base = f"{base}/api/1.0"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, data: Any = None, *, status: int | None = None, **more: Any) -> Any:
        """One call; its whole body. `status` is what is expected, any 2xx if it is not given."""
        body = {} if data is None else {"json": {"data": data}}
        response = self._session.request(method, f"{self._base}{path}", timeout=10, **{**body, **more})
        if status is None:
            assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        else:
            assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    def get(self, path: str, **query: str) -> Any:
        """What a GET's envelope holds."""
        return self.call("GET", path, params=query)["data"]

    def post(self, path: str, **data: Any) -> Any:
        """What a POST's answer holds."""
        return self.call("POST", path, data)["data"]

    def put(self, path: str, **data: Any) -> Any:
        """What a PUT's answer holds."""
        return self.call("PUT", path, data)["data"]

    def error(self, status: int, method: str, path: str, data: Any = None, **more: Any) -> str:
        """The message of a refusal of that status."""
        errors = self.call(method, path, data, status=status, **more)["errors"]
        return str(errors[0]["message"])

    def close(self) -> None:
        self._session.close()


class Lab:
    """One emulated Asana."""

    def __init__(self, options: Mapping[str, str] | None = None) -> None:
        self.clock = VirtualClock(THEN)
        self.emulator: AsanaEmulator = build(self.clock.now, options or {})
        self.sandbox = Sandbox(self.emulator, clock=self.clock.now, sleep=lambda seconds: None)
        self._server = make_server("127.0.0.1", 0, self.sandbox, threaded=True, request_handler=Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._closing: list[Callable[[], None]] = []
        self._seen: Counter[str] = Counter()
        self.ada = self.user("ada")
        self.project: str = self.ada.get("/projects")[0]["gid"]
        self.workspace: str = self.ada.get("/workspaces")[0]["gid"]
        self.sections = {each["name"]: each["gid"] for each in self.ada.get(f"/projects/{self.project}/sections")}
        customs = self.emulator.world.workspace.custom_fields
        self.customs = {each.name: each.gid for each in customs}
        self.options = {option.name: option.gid for each in customs for option in each.options}
        self.asked()

    def user(self, name: str, token: str = "") -> User:
        user = User(self.url, token or f"sandbox-{name}")
        self._closing.append(user.close)
        return user

    def connect(self, name: str = "pmsync", *, memo: Json = None, **changes: Any) -> AsanaConnector:
        """Another connection."""
        settings = AsanaSettings(
            **{"token": f"sandbox-{name}", "url": self.url, "project": "Launch", **changes.pop("settings", {})}
        )
        opening = Opening(**{"connection": "delivery", "clock": self.clock, "memo": memo, **changes})
        connector = AsanaConnector(settings, opening)
        self._closing.append(connector.close)
        return connector

    def task(self, name: str = "Paint the shed", section: str = "To Do", user: User | None = None, **data: Any) -> str:
        """The gid of a new task of a user's."""
        place = {"project": self.project, "section": self.sections[section]}
        made = (user or self.ada).post("/tasks", name=name, memberships=[place], **data)
        return str(made["gid"])

    def move(self, task: str, section: str) -> None:
        self.ada.post(f"/sections/{self.sections[section]}/addTask", task=task)

    def fill(self, count: int) -> list[str]:
        """So many tasks, made without HTTP."""
        tasks = self.emulator._parts["tasks"]
        place = {"project": self.project, "section": self.sections["Backlog"]}
        ada = self.emulator.world.users["ada"]
        return [tasks.make({"name": f"Task {n}", "memberships": [place]}, ada).gid for n in range(count)]

    def faults(self, *kinds: str, rate: float = 1.0, **more: Any) -> None:
        """Switch faults on; without kinds, off."""
        body = {"rate": rate if kinds else 0.0, "kinds": kinds, "seed": 1, "hold": 0.0, **more}
        requests.post(f"{self.url}/_sandbox/faults", json=body, timeout=10).raise_for_status()

    def asked(self) -> dict[str, int]:
        """The requests since this was called last, by route without the base."""
        told = requests.get(f"{self.url}/_sandbox/requests", timeout=10).json()["by_route"]
        now = Counter({route.replace("/api/1.0", ""): int(count) for route, count in told.items()})
        fresh, self._seen = now - self._seen, now
        return dict(fresh)

    def state(self) -> list[dict[str, Any]]:
        """Every task, as Asana's own JSON."""
        tasks: list[dict[str, Any]] = requests.get(f"{self.url}/_sandbox/state", timeout=10).json()
        return tasks

    def draft(self, number: int = 0, section: str = "To Do", **fields: Json) -> Draft:
        """A draft; `fields` by the fields' names."""
        values: dict[Field, Json] = {
            Field.TITLE: f"Card {number}",
            Field.STATUS: {"place": self.sections[section], "completed": False},
        }
        return Draft(values | {Field(name): value for name, value in fields.items()}, marker(number))

    def made(self, connector: AsanaConnector, number: int = 0, section: str = "To Do", **fields: Json) -> Native:
        """A task that a connection created."""
        created = connector.create([self.draft(number, section, **fields)])[0]
        assert created.native is not None, created.error
        return created.native

    def close(self) -> None:
        for close in self._closing:
            close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def marker(number: int) -> Marker:
    """The marker of the draft of that number."""
    return Marker(f"item-{number}", f"https://trello.com/c/{number}")


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A paid plan's Asana, empty but for the project."""
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
def labs() -> Iterator[Callable[..., Lab]]:
    """Makes labs with other options."""
    made: list[Lab] = []

    def make(**options: str) -> Lab:
        made.append(Lab(options))
        return made[-1]

    yield make
    for lab in made:
        lab.close()
