"""What a connection has learned of its Jira and wants back when it is opened next: plain JSON, no secrets."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pmsync.model.fields import Json
from pmsync_jira.convert import CustomFields
from pmsync_jira.own import OwnField
from pmsync_jira.screen import Screen, slot_from_json, slot_to_json
from pmsync_jira.workflow import Graph, Step, graph_from_json

_FORM = 3


@dataclass(frozen=True, slots=True)
class Project:
    """The project in scope. Only `id` is for ever."""

    id: str
    key: str
    name: str
    desk: bool = False
    """Whether it is one of Jira Service Management, where customers read along."""


@dataclass(frozen=True, slots=True)
class IssueType:
    """A type's name, and its place in the hierarchy: -1 sub-task, 0 standard, 1 epic, more above."""

    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Status:
    """A status's name, and Jira's own category of it: new, indeterminate or done."""

    name: str
    category: str


@dataclass(slots=True)
class Memory:
    """Facts by which later calls save requests. Every one may be missing, and may turn out to be out of date.

    Each attribute is replaced whole, never changed in place, so that threads can share it.
    """

    url: str
    scope: str
    base: str = ""
    """The address that works for these credentials; "" until found out."""
    cloud: bool = True
    version: str = ""
    account: str = ""
    zone: str = ""
    epoch_jql: bool = True
    """Whether this Jira takes epoch milliseconds in JQL."""
    largest_file: int | None = None
    """Bytes of the largest file that this Jira takes; None if not known."""
    fenced: bool = True
    """Whether the account may put a fence up, as far as is known."""
    project: Project | None = None
    custom: CustomFields | None = None
    link_types: Mapping[str, str] | None = None
    """The ids of types of links by what they mean; None if not known."""
    types: dict[str, IssueType] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    screens: dict[str, Screen] = field(default_factory=dict)
    """The create form of each type, by type id."""
    initial: dict[str, str] = field(default_factory=dict)
    """The status that an issue of a type is created in, by type id."""
    people: dict[str, str] = field(default_factory=dict)
    """Data Center: user names by user key, which is what its changelog holds."""
    graph: Graph = field(default_factory=Graph)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def learn_steps(self, type_: str, status: str, steps: tuple[Step, ...]) -> None:
        """Remember what an issue of this type offers in this status."""
        with self._lock:
            self.graph = self.graph.learn(type_, status, steps)

    def learn_screen(self, type_: str, screen: Screen) -> None:
        """Remember a type's create form."""
        with self._lock:
            self.screens = {**self.screens, type_: screen}

    def learn_initial(self, type_: str, status: str) -> None:
        """Remember the status that an issue of this type was created in."""
        with self._lock:
            self.initial = {**self.initial, type_: status}

    def to_json(self) -> Json:
        """All of it."""
        project = self.project
        custom = self.custom
        return {
            "form": _FORM,
            "url": self.url,
            "scope": self.scope,
            "base": self.base,
            "cloud": self.cloud,
            "version": self.version,
            "account": self.account,
            "zone": self.zone,
            "epoch_jql": self.epoch_jql,
            "fenced": self.fenced,
            "largest_file": self.largest_file,
            "project": [project.id, project.key, project.name, project.desk] if project else None,
            "custom": {
                "start": list(custom.start),
                "estimate": list(custom.estimate),
                "names": dict(custom.names),
                "known": [[one.id, one.name, one.form, [list(two) for two in one.options]] for one in custom.known],
            }
            if custom
            else None,
            "link_types": None if self.link_types is None else dict(self.link_types),
            "types": {id_: [fact.name, fact.level] for id_, fact in self.types.items()},
            "statuses": {id_: [fact.name, fact.category] for id_, fact in self.statuses.items()},
            "screens": {id_: [slot_to_json(slot) for slot in screen] for id_, screen in self.screens.items()},
            "initial": dict(self.initial),
            "people": dict(self.people),
            "graph": self.graph.to_json(),
        }


def recall(memo: Json, url: str, scope: str, *, cloud: bool) -> Memory:
    """The memory in a memo; an empty one where the memo is none, or of another site, or not readable.

    `cloud` is what to suppose until the site has said what it is.
    """
    if isinstance(memo, dict) and memo.get("form") == _FORM and memo.get("url") == url:
        try:
            return _read(memo, url, scope)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            pass
    return Memory(url, scope, cloud=cloud)


def _custom(memo: Any) -> CustomFields:
    known = tuple(
        OwnField(str(id_), str(name), str(form), tuple((str(a), str(b)) for a, b in options))
        for id_, name, form, options in memo["known"]
    )
    return CustomFields(tuple(memo["start"]), tuple(memo["estimate"]), dict(memo["names"]), known)


def _read(memo: Any, url: str, scope: str) -> Memory:
    memory = Memory(
        url,
        scope,
        base=str(memo["base"]),
        cloud=bool(memo["cloud"]),
        version=str(memo["version"]),
        account=str(memo["account"]),
        zone=str(memo["zone"]),
        epoch_jql=bool(memo["epoch_jql"]),
        people={str(key): str(name) for key, name in memo["people"].items()},
        largest_file=None if memo["largest_file"] is None else int(memo["largest_file"]),
    )
    if memo["scope"] != scope:
        return memory
    memory.fenced = bool(memo.get("fenced", True))
    if memo["project"]:
        id_, key, name, desk = memo["project"]
        memory.project = Project(str(id_), str(key), str(name), bool(desk))
    custom = memo["custom"]
    memory.custom = _custom(custom) if custom else None
    memory.link_types = None if memo["link_types"] is None else {str(a): str(b) for a, b in memo["link_types"].items()}
    memory.types = {str(id_): IssueType(str(name), int(level)) for id_, (name, level) in memo["types"].items()}
    memory.statuses = {str(id_): Status(str(name), str(kind)) for id_, (name, kind) in memo["statuses"].items()}
    memory.screens = {
        str(id_): tuple(slot_from_json(slot) for slot in screen) for id_, screen in memo["screens"].items()
    }
    memory.initial = {str(type_): str(status) for type_, status in memo["initial"].items()}
    memory.graph = graph_from_json(memo["graph"])
    return memory
