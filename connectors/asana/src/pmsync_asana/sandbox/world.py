"""The emulated workspace: every record by its gid, who may see what, and the time."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from pmsync.sandbox.people import PEOPLE, Persona
from pmsync_asana.sandbox.problems import Problem, bad, missing
from pmsync_asana.sandbox.records import (
    Attachment,
    CustomField,
    Project,
    Record,
    Section,
    Story,
    Tag,
    Task,
    User,
    Webhook,
    Workspace,
)

R = TypeVar("R", bound=User | Workspace | Project | Section | Task | Tag | Story | Attachment | CustomField | Webhook)

_FIRST_GID = 1_200_000_000_000_001
_STRANGERS = 1_300_000_000_000_000


def instant(moment: datetime) -> str:
    """A moment in Asana's form: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    """The reverse. A time without a zone is taken for UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace(" ", "+"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class World:
    """The records. Nothing here answers requests."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.records: dict[str, Record] = {}
        self.tasks: dict[str, Task] = {}
        self.users: dict[str, User] = {}
        self._gids = count(_FIRST_GID)
        self.workspace = self.keep(Workspace(self.gid(), "Acme"))
        for persona in PEOPLE.values():
            self.user(persona)

    def now(self) -> str:
        """The present."""
        return instant(self.clock())

    def gid(self) -> str:
        """A gid that nothing has had yet."""
        return str(next(self._gids))

    def keep(self, record: R) -> R:
        """Keep a record under its gid."""
        self.records[record.gid] = record
        if isinstance(record, Task):
            self.tasks[record.gid] = record
        return record

    def user(self, persona: Persona) -> User:
        """The user that a person signs in as; made on first sight."""
        if persona.name not in self.users:
            known = persona.known
            gid = self.gid() if known else str(_STRANGERS + int.from_bytes(persona.name.encode()[:6], "big"))
            user = self.keep(User(gid, persona.full_name, persona.email, known))
            self.users[persona.name] = user
            if known:
                user.workspaces.append(self.workspace)
                self.workspace.users.append(user)
        return self.users[persona.name]

    def find(self, kind: type[R], gid: object, viewer: User, *, field: str = "", status: int = 404) -> R:
        """The record of that kind and gid, if the viewer may see it.

        `field` is how errors call it. `status` is 404 for what the path names and 400 for what a body refers to.
        """
        name = field or kind.kind
        if gid is None or gid == "":
            raise missing(name)
        if not isinstance(gid, str) or not gid.isascii() or not gid.isdigit():
            raise bad(f"{name}: Not a recognized ID: {gid}")
        record = self.records.get(gid)
        if not isinstance(record, kind) or getattr(record, "trashed", False):
            raise Problem(status, f"{name}: Unknown object: {gid}")
        if not sees(viewer, record):
            raise Problem(403, f"You do not have access to this {kind.kind}.")
        return record

    def person(self, who: object, viewer: User, field: str, status: int = 400) -> User:
        """The user behind a gid, an e-mail address or `me`."""
        if who == "me":
            return viewer
        if isinstance(who, str) and "@" in who:
            for user in self.workspace.users:
                if user.email == who.lower():
                    return user
            raise Problem(status, f"{field}: Unknown object: {who}")
        return self.find(User, who, viewer, field=field, status=status)


def sees(viewer: User, record: Record) -> bool:
    """Whether the viewer has access. Projects are private to their members; tags and people to the workspace."""
    match record:
        case User():
            return record is viewer or (viewer.known and record.known)
        case Workspace():
            return viewer.known
        case Project():
            return viewer in record.members
        case Section():
            return viewer in record.project.members
        case Task():
            return _sees_task(viewer, record)
        case Story() | Attachment():
            return _sees_task(viewer, record.task)
        case Webhook():
            return record.owner is viewer
        case _:
            return viewer.known


def _sees_task(viewer: User, task: Task) -> bool:
    if not viewer.known:
        return False
    if any(viewer in project.members for project in task.places):
        return True
    if viewer in (task.assignee, task.created_by) or viewer in task.followers:
        return not task.places
    return task.parent is not None and _sees_task(viewer, task.parent)
