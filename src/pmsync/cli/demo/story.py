"""What three people do in three tools at once: edits as data, and the plain calls of the vendors' APIs for them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import requests

from pmsync.errors import FatalError

CONNECTIONS = {"product": "trello", "engineering": "jira", "delivery": "asana"}
"""The demo's connections and the tool that each is to."""

BOARD, PROJECT, LAUNCH = "Roadmap", "ENG", "Launch"
WALKING = "engineering"
"""The connection whose workflow does not lead from everywhere to everywhere."""

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one person in one tool. `value` is in the words of that tool; for labels, the one that is added."""

    who: str
    connection: str
    item: str
    """The title under which the person finds it."""
    field: str
    value: str


CONTESTED = "Remind merchants of unfinished set-ups"
"""What two people rename at once."""


def script(today: date) -> tuple[Edit, ...]:
    """The nine edits. Two of them are to the same field of the same item, in two tools."""
    shared = "Export payments as CSV"
    return (
        Edit("ada", "product", "Roadmap for the second half", "status", "Done"),
        Edit("ada", "product", "Tips for cafés and taxis", "title", "Tips for cafés, taxis and hairdressers"),
        Edit("ada", "product", shared, "labels", "launch"),
        Edit("ada", "product", CONTESTED, "title", "Remind merchants once, then leave them in peace"),
        Edit("grace", "engineering", "Upgrade PostgreSQL from 14 to 17", "status", "In Progress"),
        Edit("grace", "engineering", shared, "labels", "api"),
        Edit("linus", "delivery", "Press release for Tally Invoices", "due", (today + timedelta(days=9)).isoformat()),
        Edit("linus", "delivery", "Train the support team on invoices", "status", "Done"),
        Edit("linus", "delivery", CONTESTED, "title", "Remind merchants until they answer"),
    )


class _Hand(Protocol):
    """One person in one tool."""

    def edit(self, edit: Edit) -> None:
        """Make the edit as that tool's own client would."""
        ...


def perform(edits: tuple[Edit, ...], bases: Mapping[str, str]) -> None:
    """Make all edits, each person's in order, all people at once. `bases` by connection. Raises FatalError."""
    people = {edit.who: edit.connection for edit in edits}

    def work(who: str) -> None:
        hand = _hand(CONNECTIONS[people[who]], bases[people[who]], who)
        for edit in edits:
            if edit.who == who:
                hand.edit(edit)

    with ThreadPoolExecutor(len(people)) as pool:
        for done in [pool.submit(work, who) for who in people]:
            try:
                done.result()
            except (requests.RequestException, LookupError) as error:
                raise FatalError(f"an edit of the demo cannot be made: {error}") from error


def walked(base: str, title: str, since: datetime) -> list[str]:
    """The statuses that a Jira issue went through since a moment, as its own history tells."""
    jira = _Jira(base, "ada")
    changes = jira.call("GET", f"/rest/api/3/issue/{jira.find(title)}/changelog")["values"]
    recent = [one for one in changes if datetime.strptime(one["created"], "%Y-%m-%dT%H:%M:%S.%f%z") >= since]
    steps = [item for one in recent for item in one["items"] if item["field"] == "status"]
    return [steps[0]["fromString"], *(item["toString"] for item in steps)] if steps else []


class _Web:
    """Calls to one tool, as one user."""

    def __init__(self, base: str, headers: Mapping[str, str], auth: tuple[str, str] | None = None) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(headers)
        self._session.auth = auth

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """The answer's JSON. Raises requests.HTTPError."""
        answer = self._session.request(method, self._base + path, timeout=_PATIENCE, **arguments)
        answer.raise_for_status()
        return answer.json() if answer.content else None


class _Trello(_Web):
    def __init__(self, base: str, who: str) -> None:
        super().__init__(base, {"Authorization": f'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-{who}"'})
        boards = self.call("GET", "/1/members/me/boards", params={"fields": "name"})
        self._board = _only([board["id"] for board in boards if board["name"] == BOARD], BOARD)

    def edit(self, edit: Edit) -> None:
        card = f"/1/cards/{self._named('cards', edit.item)}"
        match edit.field:
            case "status":
                self.call("PUT", card, params={"idList": self._named("lists", edit.value)})
            case "labels":
                self.call("POST", f"{card}/idLabels", params={"value": self._named("labels", edit.value)})
            case _:
                self.call("PUT", card, params={"name": edit.value})

    def _named(self, kind: str, name: str) -> str:
        found = self.call("GET", f"/1/boards/{self._board}/{kind}", params={"fields": "name"})
        return _only([one["id"] for one in found if one["name"] == name], name)


class _Jira(_Web):
    def __init__(self, base: str, who: str) -> None:
        super().__init__(base, {"Accept": "application/json"}, (f"{who}@example.com", f"sandbox-{who}"))

    def edit(self, edit: Edit) -> None:
        issue = f"/rest/api/3/issue/{self.find(edit.item)}"
        if edit.field == "status":
            offered = self.call("GET", f"{issue}/transitions")["transitions"]
            way = _only([one["id"] for one in offered if one["to"]["name"] == edit.value], edit.value)
            self.call("POST", f"{issue}/transitions", json={"transition": {"id": way}})
        else:
            self.call("PUT", issue, json={"update": {"labels": [{"add": edit.value}]}})

    def find(self, title: str) -> str:
        """The key of the issue of that summary."""
        query = {"jql": f"project = {PROJECT}", "fields": ["summary"], "maxResults": 100}
        found = self.call("POST", "/rest/api/3/search/jql", json=query)["issues"]
        return _only([one["key"] for one in found if one["fields"]["summary"] == title], title)


class _Asana(_Web):
    def __init__(self, base: str, who: str) -> None:
        super().__init__(f"{base}/api/1.0", {"Authorization": f"Bearer sandbox-{who}"})
        workspace = self.call("GET", "/workspaces")["data"][0]["gid"]
        projects = self.call("GET", "/projects", params={"workspace": workspace})["data"]
        self._project = _only([one["gid"] for one in projects if one["name"] == LAUNCH], LAUNCH)

    def edit(self, edit: Edit) -> None:
        tasks = self.call("GET", f"/projects/{self._project}/tasks", params={"opt_fields": "name", "limit": 100})[
            "data"
        ]
        task = _only([one["gid"] for one in tasks if one["name"] == edit.item], edit.item)
        if edit.field == "status":
            sections = self.call("GET", f"/projects/{self._project}/sections")["data"]
            section = _only([one["gid"] for one in sections if one["name"] == edit.value], edit.value)
            self.call("POST", f"/sections/{section}/addTask", json={"data": {"task": task}})
            self._change(task, {"completed": True})
        else:
            self._change(task, {"name": edit.value} if edit.field == "title" else {"due_on": edit.value})

    def _change(self, task: str, data: Mapping[str, object]) -> None:
        self.call("PUT", f"/tasks/{task}", json={"data": data})


def _only(found: Sequence[Any], name: str) -> str:
    if len(found) != 1:
        raise LookupError(f"{len(found)} are called {name!r}")
    return str(found[0])


def _hand(tool: str, base: str, who: str) -> _Hand:
    match tool:
        case "trello":
            return _Trello(base, who)
        case "jira":
            return _Jira(base, who)
        case _:
            return _Asana(base, who)
