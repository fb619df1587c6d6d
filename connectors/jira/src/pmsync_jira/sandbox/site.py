"""The emulated site: one project, its people and issues, and the one way in which an issue is changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from pmsync.sandbox.faults import Faults, Kind
from pmsync_jira.sandbox.answers import NOT_SEEN, Refusal
from pmsync_jira.sandbox.custom import PREFIX
from pmsync_jira.sandbox.index import Index
from pmsync_jira.sandbox.people import CLOUD, DATA_CENTER, Directory, Person
from pmsync_jira.sandbox.records import Attachment, Change, Comment, Entry, Hook, Issue, Link, Sprint, Version
from pmsync_jira.sandbox.tokens import Tokens
from pmsync_jira.sandbox.workflow import STATUSES

PROJECT_ID = "10000"
PROJECT_KEY = "ENG"
PROJECT_NAME = "Engineering"
CLOUD_ID = "1f0c8a52-6d3b-4b7e-9e57-0d6f2a3c4b81"
DEFAULT_BASE = "https://pmsync-sandbox.atlassian.net"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that webhooks may tell of. `event` is Jira's name for it."""

    event: str
    actor: Person
    issue: Issue
    kind: str = ""
    entry: Entry | None = None
    comment: Comment | None = None
    attachment: Attachment | None = None
    link: Link | None = None
    property: str = ""
    secondary: bool = False


@dataclass(slots=True)
class Site:
    """All state of the emulator. Times are UTC, cut to milliseconds as Jira stores them."""

    clock: Callable[[], datetime]
    product: str = CLOUD
    base: str = DEFAULT_BASE
    faults: Faults = field(default_factory=Faults)
    announce: Callable[[Happening], None] = lambda happening: None
    people: Directory = field(default_factory=Directory)
    issues: dict[int, Issue] = field(default_factory=dict)
    project_type: str = "software"
    """`service_desk` where customers read along."""
    attachments: dict[int, Attachment] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    """The project's entity properties."""
    hooks: dict[int, Hook] = field(default_factory=dict)
    index: Index = field(default_factory=Index)
    tokens: Tokens = field(default_factory=Tokens)
    contested: dict[int, int] = field(default_factory=dict)
    """How many of the next writes to an issue meet somebody else's (409)."""
    _keys: dict[str, int] = field(default_factory=dict)
    _children: dict[int, set[int]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _ids: dict[str, Iterator[int]] = field(default_factory=dict)

    @property
    def cloud(self) -> bool:
        return self.product != DATA_CENTER

    def now(self) -> datetime:
        """The site's time."""
        moment = self.clock()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def next_id(self, kind: str) -> int:
        """A fresh id for a kind of thing."""
        return next(self._ids.setdefault(kind, count(10_000)))

    def new_key(self) -> str:
        """A fresh issue key."""
        return f"{PROJECT_KEY}-{next(self._numbers)}"

    def find(self, reference: str) -> Issue | None:
        """The issue of that id, or of that key in any case of letters."""
        if reference.isdecimal():
            return self.issues.get(int(reference))
        return self.issues.get(self._keys.get(reference.upper(), 0))

    def issue_for(self, user: Person | None, reference: str) -> Issue:
        """The issue, for a user who may see it. Raises the same 404 whether it is missing or hidden."""
        issue = self.find(reference)
        if issue is None or user is None or not user.member:
            raise Refusal(404, NOT_SEEN)
        return issue

    def children(self, issue: Issue) -> list[Issue]:
        """The issues whose parent this one is, by id."""
        return [self.issues[issue_id] for issue_id in sorted(self._children.get(issue.id, ()))]

    def add(self, issue: Issue) -> None:
        """Take a new issue in."""
        self.issues[issue.id] = issue
        self._keys[issue.key] = issue.id
        self._adopt(issue, None)
        self._index(issue.id, None)

    def edit(
        self,
        issue: Issue,
        actor: Person,
        values: dict[str, Any],
        changes: list[Change],
        metadata: dict[str, Any] | None = None,
    ) -> Entry | None:
        """Set attributes of an issue and write its history. Without changes nothing happens at all, as in Jira."""
        if not changes:
            return None
        before = self._before(issue)
        parent = issue.parent
        for name, value in values.items():
            if name == "status" and value != issue.status:
                self._moved(issue, value)
            if name.startswith(PREFIX):
                issue.custom[name.removeprefix(PREFIX)] = value
            else:
                setattr(issue, name, value)
        self._adopt(issue, parent)
        issue.updated = self.now()
        entry = Entry(self.next_id("changelog"), actor.name, issue.updated, tuple(changes), metadata)
        issue.history.append(entry)
        self._index(issue.id, before)
        return entry

    def record(self, issue: Issue, actor: Person, change: Change) -> Entry:
        """Write into an issue's history what is no change of one of its attributes."""
        entry = Entry(self.next_id("changelog"), actor.name, self.now(), (change,))
        issue.history.append(entry)
        return entry

    def touch(self, issue: Issue, alter: Callable[[], None], *, dated: bool = True) -> None:
        """Alter what hangs on an issue (comments, files, links), which moves its date of change, or its properties."""
        before = self._before(issue)
        alter()
        if dated:
            issue.updated = self.now()
        self._index(issue.id, before)

    def remove(self, issue: Issue) -> None:
        """Delete an issue and its links."""
        for link in [self.links[issue_id] for issue_id in issue.links]:
            self.unlink(link)
        before = self._before(issue)
        del self.issues[issue.id]
        del self._keys[issue.key]
        if issue.parent is not None:
            self._children[issue.parent].discard(issue.id)
        for child in self.children(issue):
            child.parent = None
        self._children.pop(issue.id, None)
        self._index(issue.id, before)

    def unlink(self, link: Link) -> None:
        """Remove a link from both its issues."""
        del self.links[link.id]
        for end in (link.inward, link.outward):
            issue = self.issues[end]
            self.touch(issue, partial(issue.links.remove, link.id))

    def _moved(self, issue: Issue, status: str) -> None:
        if STATUSES[status].category != STATUSES[issue.status].category:
            issue.status_since = self.now()

    def _adopt(self, issue: Issue, former: int | None) -> None:
        if former is not None and former != issue.parent:
            self._children[former].discard(issue.id)
        if issue.parent is not None:
            self._children.setdefault(issue.parent, set()).add(issue.id)

    def _before(self, issue: Issue) -> Issue | None:
        return issue.snapshot() if Kind.LAG in self.faults.kinds else None

    def _index(self, issue_id: int, before: Issue | None) -> None:
        issue = self.issues.get(issue_id)
        if issue is None:
            self.index.drop(issue_id)
        else:
            self.index.put(issue)
        if self.faults.happens(Kind.LAG):
            self.index.delay(issue_id, before, self.now() + timedelta(seconds=self.faults.lag))
        else:
            self.index.catch_up(issue_id)
