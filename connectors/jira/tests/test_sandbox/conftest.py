"""The Jira sandbox, called in process on a virtual clock, and served over HTTP for the vendor's client."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder

from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.server import Running
from pmsync.testing.clock import VirtualClock
from pmsync_jira.sandbox import JiraEmulator, build
from pmsync_jira.sandbox.adf import document

API = "/rest/api/3"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the sandbox."""

    status: int
    headers: Headers
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Jira:
    """A sandbox with its clock, and short ways to call it as one of its users."""

    def __init__(self, product: str = "cloud") -> None:
        self.product = product
        self.clock = VirtualClock()
        self.emulator: JiraEmulator = build(self.clock.now, {"product": product})
        self.sandbox = Sandbox(self.emulator, clock=self.clock.now, sleep=self.clock.sleep)
        self._client = Client(self.sandbox)
        self.api = API if product == "cloud" else "/rest/api/2"

    def authorization(self, user: str) -> str:
        """The header that signs a user in."""
        if self.product != "cloud":
            return f"Bearer sandbox-{user}"
        return "Basic " + base64.b64encode(f"{user}@example.com:sandbox-{user}".encode()).decode()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str | None = "ada",
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
        files: dict[str, Any] | None = None,
    ) -> Answer:
        """Send a request; a path that is not rooted stands below the API."""
        sent = Headers(headers or {})
        if user is not None:
            sent.setdefault("Authorization", self.authorization(user))
        rooted = path.startswith(("/rest/", "/_", "/ex/", "/secure/"))
        builder = EnvironBuilder(
            method=method,
            path=path if rooted else f"{self.api}{path}",
            headers=sent,
            query_string=query,
            data=files if files else None if body is None else json.dumps(body),
            content_type=None if files or body is None else "application/json",
        )
        response = self._client.open(builder)
        return Answer(response.status_code, response.headers, response.get_data())

    def get(self, path: str, **more: Any) -> Answer:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> Answer:
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any, **more: Any) -> Answer:
        return self.call("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.call("DELETE", path, **more)

    def create(self, summary: str = "A piece of work", *, user: str = "ada", **fields: Any) -> str:
        """Create an issue in project ENG; its key."""
        wanted = {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": summary} | fields
        answer = self.post("/issue", {"fields": wanted}, user=user)
        assert answer.status == 201, answer.json
        return str(answer.json["key"])

    def fields(self, key: str) -> Any:
        """An issue's fields now."""
        return self.get(f"/issue/{key}").json["fields"]

    def move(self, key: str, *transitions: str, **fields: Any) -> None:
        """Take an issue along transitions; `fields` go with the last."""
        for number, transition in enumerate(transitions, 1):
            sent = {"transition": {"id": transition}, "fields": fields if number == len(transitions) else {}}
            answer = self.post(f"/issue/{key}/transitions", sent)
            assert answer.status == 204, answer.json

    def search(self, jql: str, *, user: str | None = "ada", **more: Any) -> Answer:
        """One page of a search."""
        return self.post("/search/jql", {"jql": jql} | more, user=user)

    def keys(self, jql: str, *, user: str = "ada") -> list[str]:
        """The keys of a search's first page."""
        answer = self.search(jql, user=user, fields=["key"], maxResults=5000)
        assert answer.status == 200, answer.json
        return [issue["key"] for issue in answer.json["issues"]]

    @staticmethod
    def text(words: str) -> dict[str, Any]:
        """Words as a document."""
        return document(words)


@pytest.fixture
def cloud() -> Jira:
    """Jira Cloud, empty."""
    return Jira()


@pytest.fixture
def data_center() -> Jira:
    """Jira Data Center, empty."""
    return Jira("data-center")


@pytest.fixture(params=["cloud", "data-center"])
def base(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A served sandbox with the demo's backlog: its product and its address."""
    with Running(0, seed="demo", options={"jira": {"product": request.param}}) as running:
        yield request.param, running.bases["jira"]
