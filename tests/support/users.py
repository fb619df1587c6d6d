"""People at work in the tools themselves, through the vendors' own HTTP APIs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import requests


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as its tool shows it, in words that do not depend on ids: two equal ones look the same to people."""

    title: str
    place: str
    """The name of its list, status or section; with a tick behind it where it is ticked off."""
    labels: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    due: str = ""
    text: str = ""
    """The description's words, without its formatting and without pmsync's marker."""
    archived: bool = False
    said: tuple[str, ...] = ()
    """The words of its comments, without whose they are, sorted."""


class User(Protocol):
    """What anybody can do in any of the tools. Ids are those of the tool."""

    tool: str
    places: tuple[str, ...]
    """The names of some lists, statuses or sections that every new item may be made in and moved to at once."""

    def create(self, title: str, place: str = "To Do", text: str = "") -> str: ...

    def rename(self, id_: str, title: str) -> None: ...

    def describe(self, id_: str, text: str) -> None: ...

    def move(self, id_: str, place: str) -> None: ...

    def label(self, id_: str, name: str) -> None: ...

    def unlabel(self, id_: str, name: str) -> None: ...

    def due(self, id_: str, day: str | None) -> None: ...

    def assign(self, id_: str, name: str | None) -> None: ...

    def delete(self, id_: str) -> None: ...

    def comment(self, id_: str, text: str) -> str: ...


class _Session:
    def __init__(self, base: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """One call that must succeed; its JSON."""
        response = self._session.request(method, f"{self._base}{path}", json=body, params=query, timeout=10)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def close(self) -> None:
        self._session.close()


class TrelloUser(_Session):
    """Somebody on the board `Roadmap`."""

    tool = "trello"
    places: tuple[str, ...] = ("Backlog", "To Do", "Doing", "Review", "Done")

    def __init__(self, base: str, name: str = "ada") -> None:
        super().__init__(f"{base}/1")
        self._session.headers["Authorization"] = f'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-{name}"'
        self.board: str = self.call("GET", "/members/me/boards")[0]["id"]
        self.lists = self._named("lists", filter="all")

    def create(self, title: str, place: str = "To Do", text: str = "") -> str:
        body = {"idList": self.lists[place], "name": title, "desc": text}
        return str(self.call("POST", "/cards", body)["id"])

    def edit(self, id_: str, **fields: Any) -> None:
        """Set attributes of a card, by their names in the API."""
        self.call("PUT", f"/cards/{id_}", fields)

    def rename(self, id_: str, title: str) -> None:
        self.edit(id_, name=title)

    def describe(self, id_: str, text: str) -> None:
        self.edit(id_, desc=text)

    def move(self, id_: str, place: str) -> None:
        self.edit(id_, idList=self.lists[place])

    def label(self, id_: str, name: str) -> None:
        made = self._named("labels", limit="1000").get(name)
        made = made or self.call("POST", "/labels", {"idBoard": self.board, "name": name, "color": None})["id"]
        self.call("POST", f"/cards/{id_}/idLabels", {"value": made})

    def unlabel(self, id_: str, name: str) -> None:
        self.call("DELETE", f"/cards/{id_}/idLabels/{self._named('labels', limit='1000')[name]}")

    def due(self, id_: str, day: str | None) -> None:
        self.edit(id_, due=day and f"{day}T11:00:00.000Z")

    def assign(self, id_: str, name: str | None) -> None:
        self.edit(id_, idMembers=[self.person(name)] if name else [])

    def person(self, name: str) -> str:
        """The id of a member."""
        return str(self.call("GET", f"/members/{name}")["id"])

    def archive(self, id_: str, *, closed: bool = True) -> None:
        self.edit(id_, closed=closed)

    def delete(self, id_: str) -> None:
        self.call("DELETE", f"/cards/{id_}")

    def comment(self, id_: str, text: str) -> str:
        return str(self.call("POST", f"/cards/{id_}/actions/comments", {"text": text})["id"])

    def uncomment(self, id_: str, comment: str) -> None:
        """Take back what one said."""
        self.call("DELETE", f"/cards/{id_}/actions/{comment}/comments")

    def _named(self, what: str, **query: str) -> dict[str, str]:
        return {one["name"]: one["id"] for one in self.call("GET", f"/boards/{self.board}/{what}", **query)}


class JiraUser(_Session):
    """Somebody in the project `ENG` of a Jira Cloud."""

    tool = "jira"
    places: tuple[str, ...] = ("Backlog", "To Do", "Selected for Development")

    def __init__(self, base: str, name: str = "grace") -> None:
        super().__init__(f"{base}/rest/api/3")
        self._session.auth = (f"{name}@example.com", f"sandbox-{name}")

    def create(self, title: str, place: str = "To Do", text: str = "", **fields: Any) -> str:
        body = {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": title, **fields}
        made = str(self.call("POST", "/issue", {"fields": body})["id"])
        if text:
            self.describe(made, text)
        if place != "Backlog":
            self.move(made, place)
        return made

    def key(self, id_: str) -> str:
        """The issue's key."""
        return str(self.call("GET", f"/issue/{id_}", fields="summary")["key"])

    def edit(self, id_: str, **fields: Any) -> None:
        """Set fields of an issue, by their names in the API."""
        self.call("PUT", f"/issue/{id_}", {"fields": fields})

    def rename(self, id_: str, title: str) -> None:
        self.edit(id_, summary=title)

    def describe(self, id_: str, text: str) -> None:
        self.edit(id_, description=_document(text))

    def move(self, id_: str, place: str) -> None:
        """Take the one transition that leads there by name; several for what is several steps away."""
        for _ in range(5):
            offered = self.transitions(id_)
            if place in offered:
                self.transition(id_, offered[place])
                return
            step = next(one for one in ("To Do", "In Progress", "In Review") if one in offered)
            self.transition(id_, offered[step])
        raise AssertionError(f"no way to {place}")

    def transitions(self, id_: str) -> dict[str, str]:
        """The statuses that can be reached in one step, with the transition's id."""
        offered = self.call("GET", f"/issue/{id_}/transitions")["transitions"]
        return {one["to"]["name"]: one["id"] for one in offered}

    def transition(self, id_: str, transition: str) -> None:
        """Take a transition."""
        fields = {"resolution": {"name": "Done"}} if transition in ("81", "121") else {}
        self.call("POST", f"/issue/{id_}/transitions", {"transition": {"id": transition}, "fields": fields})

    def label(self, id_: str, name: str) -> None:
        self.call("PUT", f"/issue/{id_}", {"update": {"labels": [{"add": name}]}})

    def unlabel(self, id_: str, name: str) -> None:
        self.call("PUT", f"/issue/{id_}", {"update": {"labels": [{"remove": name}]}})

    def due(self, id_: str, day: str | None) -> None:
        self.edit(id_, duedate=day)

    def assign(self, id_: str, name: str | None) -> None:
        self.edit(id_, assignee={"accountId": self.person(name)} if name else None)

    def person(self, name: str) -> str:
        """The id of a member."""
        found = self.call("GET", "/user/assignable/search", project="ENG")
        return next(str(one["accountId"]) for one in found if one["emailAddress"] == f"{name}@example.com")

    def delete(self, id_: str) -> None:
        self.call("DELETE", f"/issue/{id_}")

    def comment(self, id_: str, text: str) -> str:
        return str(self.call("POST", f"/issue/{id_}/comment", {"body": _document(text)})["id"])

    def recomment(self, id_: str, comment: str, text: str) -> None:
        """Say otherwise what one said."""
        self.call("PUT", f"/issue/{id_}/comment/{comment}", {"body": _document(text)})


class AsanaUser(_Session):
    """Somebody in the project `Launch`."""

    tool = "asana"
    places: tuple[str, ...] = ("Backlog", "To Do", "In Progress")

    def __init__(self, base: str, name: str = "linus") -> None:
        super().__init__(f"{base}/api/1.0")
        self._session.headers["Authorization"] = f"Bearer sandbox-{name}"
        self.workspace: str = self.call("GET", "/workspaces")["data"][0]["gid"]
        self.project: str = self.call("GET", "/projects", workspace=self.workspace)["data"][0]["gid"]
        found = self.call("GET", f"/projects/{self.project}/sections")["data"]
        self.sections = {one["name"]: one["gid"] for one in found}

    def create(self, title: str, place: str = "To Do", text: str = "") -> str:
        membership = {"project": self.project, "section": self.sections[place]}
        return str(self._send("POST", "/tasks", name=title, notes=text, memberships=[membership])["gid"])

    def edit(self, id_: str, **fields: Any) -> None:
        """Set fields of a task, by their names in the API."""
        self._send("PUT", f"/tasks/{id_}", **fields)

    def rename(self, id_: str, title: str) -> None:
        self.edit(id_, name=title)

    def describe(self, id_: str, text: str) -> None:
        """As people do it: pmsync's line at the end is left where it is."""
        kept = [one for one in self.task(id_)["notes"].splitlines() if "#pmsync=" in one]
        self.edit(id_, notes="\n".join([text, *kept]))

    def task(self, id_: str) -> dict[str, Any]:
        """A task."""
        data: dict[str, Any] = self.call("GET", f"/tasks/{id_}")["data"]
        return data

    def move(self, id_: str, place: str) -> None:
        self._send("POST", f"/sections/{self.sections[place]}/addTask", task=id_)

    def complete(self, id_: str, *, done: bool = True) -> None:
        """Tick it off."""
        self.edit(id_, completed=done)

    def label(self, id_: str, name: str) -> None:
        found = self.call("GET", "/tags", workspace=self.workspace)["data"]
        known = {one["name"]: one["gid"] for one in found}
        made = known.get(name) or self._send("POST", "/tags", name=name, workspace=self.workspace)["gid"]
        self._send("POST", f"/tasks/{id_}/addTag", tag=made)

    def unlabel(self, id_: str, name: str) -> None:
        tags = {one["name"]: one["gid"] for one in self.task(id_)["tags"]}
        self._send("POST", f"/tasks/{id_}/removeTag", tag=tags[name])

    def due(self, id_: str, day: str | None) -> None:
        self.edit(id_, due_on=day)

    def assign(self, id_: str, name: str | None) -> None:
        self.edit(id_, assignee=name and f"{name}@example.com")

    def have(self, name: str, *options: str) -> None:
        """Give the project a custom field, of which tasks have one of the options."""
        made = self._send("POST", "/custom_fields", name=name, resource_subtype="enum", workspace=self.workspace)["gid"]
        for option in options:
            self._send("POST", f"/custom_fields/{made}/enum_options", name=option)
        self._send("POST", f"/projects/{self.project}/addCustomFieldSetting", custom_field=made)

    def delete(self, id_: str) -> None:
        self.call("DELETE", f"/tasks/{id_}")

    def comment(self, id_: str, text: str) -> str:
        return str(self._send("POST", f"/tasks/{id_}/stories", text=text)["gid"])

    def _send(self, method: str, path: str, **data: Any) -> Any:
        return self.call(method, path, {"data": data})["data"]


def read_trello(state: list[dict[str, Any]], lists: dict[str, str]) -> dict[str, Shown]:
    """What all cards show, by id. `lists` are the names of the board's lists -> their ids."""
    names = {id_: name for name, id_ in lists.items()}
    found = {}
    for card in state:
        found[card["id"]] = Shown(
            card["name"],
            names[card["idList"]],
            tuple(sorted(one["name"] for one in card["labels"])),
            tuple(sorted(card["idMembers"])),
            (card["due"] or "")[:10],
            words(card["desc"]),
            card["closed"],
            _said(one["data"]["text"] for one in card.get("actions", ())),
        )
    return found


def read_jira(state: list[dict[str, Any]], archived: Collection[str] = ()) -> dict[str, Shown]:
    """What all issues show, by id. Of which are archived their JSON tells nothing."""
    found = {}
    for issue in state:
        fields = issue["fields"]
        found[issue["id"]] = Shown(
            fields["summary"],
            fields["status"]["name"],
            tuple(sorted(fields["labels"])),
            (fields["assignee"]["displayName"],) if fields.get("assignee") else (),
            fields.get("duedate") or "",
            words(_adf_text(fields.get("description"))),
            issue["id"] in archived,
            _said(_adf_text(one["body"]) for one in fields.get("comment", {}).get("comments", ())),
        )
    return found


def read_asana(state: list[dict[str, Any]], comments: Mapping[str, Sequence[str]]) -> dict[str, Shown]:
    """What all tasks show, by id; of their comments their JSON tells nothing."""
    found = {}
    for task in state:
        sections = [one["section"]["name"] for one in task["memberships"] if one.get("section")]
        found[task["gid"]] = Shown(
            task["name"],
            (sections[0] if sections else "") + (" ✓" if task["completed"] else ""),
            tuple(sorted(one["name"] for one in task["tags"])),
            (task["assignee"]["name"],) if task["assignee"] else (),
            task["due_on"] or (task["due_at"] or "")[:10],
            words(task["notes"]),
            said=_said(comments.get(task["gid"], ())),
        )
    return found


def words(text: str) -> str:
    """The words of a text, without pmsync's line and the blanks between them."""
    return " ".join(" ".join(line for line in text.splitlines() if "#pmsync=" not in line).split())


def _document(text: str) -> dict[str, Any]:
    content = [{"type": "paragraph", "content": [{"type": "text", "text": one}]} for one in text.split("\n\n")]
    return {"type": "doc", "version": 1, "content": content}


def _said(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        sorted(" ".join(line for line in text.split("\n") if not _WHOSE.search(line)).strip() for text in texts)
    )


_WHOSE = re.compile(r", in (?:Trello|Jira|Asana)\b.* UTC:$")


def _adf_text(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node["text"])
    inner = [_adf_text(one) for one in node.get("content", ())]
    block = node.get("type") in ("paragraph", "heading", "listItem", "codeBlock", "blockquote")
    return "".join(inner) + ("\n" if block else "")
