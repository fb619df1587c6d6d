"""What the emulated Asana keeps: plain records, compared by identity, each with a gid of digits.

Instants are strings in Asana's own form, `2026-05-11T09:21:07.123Z`: they sort as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(slots=True, eq=False)
class User:
    """A person. `known` ones belong to the workspace; others sign in and see nothing."""

    kind: ClassVar[str] = "user"
    gid: str
    name: str
    email: str
    known: bool
    workspaces: "list[Workspace]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Workspace:
    """The top container."""

    kind: ClassVar[str] = "workspace"
    gid: str
    name: str
    users: list[User] = field(default_factory=list)
    projects: "list[Project]" = field(default_factory=list)
    tags: "list[Tag]" = field(default_factory=list)
    custom_fields: "list[CustomField]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class EnumOption:
    """A choice of an enum custom field. Disabled ones stay on the tasks that have them."""

    kind: ClassVar[str] = "enum_option"
    gid: str
    name: str
    color: str = "none"
    enabled: bool = True


@dataclass(slots=True, eq=False)
class CustomField:
    """A custom field's definition. `type`: text, number, enum, multi_enum, date or people; `format`: of a number."""

    kind: ClassVar[str] = "custom_field"
    gid: str
    name: str
    type: str
    workspace: Workspace
    options: list[EnumOption] = field(default_factory=list)
    precision: int = 0
    format: str = "none"
    formula: bool = False
    locked: bool = False
    """Whether others than its owner may only read it."""


Held = EnumOption | float | str | list[EnumOption] | list[User] | dict[str, str | None]
"""What a task may have in a custom field: an option, a number, a text, options, people, a date with or without time."""


@dataclass(slots=True, eq=False)
class CustomFieldSetting:
    """That a project has a custom field."""

    kind: ClassVar[str] = "custom_field_setting"
    gid: str
    project: "Project"
    custom_field: CustomField


@dataclass(slots=True, eq=False)
class Section:
    """A column of a project. `tasks` from the top; never holds a trashed one."""

    kind: ClassVar[str] = "section"
    gid: str
    name: str
    project: "Project"
    created_at: str
    tasks: "list[Task]" = field(default_factory=list)
    trashed: bool = False


@dataclass(slots=True, eq=False)
class Membership:
    """That a person belongs to a project."""

    kind: ClassVar[str] = "project_membership"
    gid: str
    parent: "Project"
    member: User
    access_level: str = "editor"


@dataclass(slots=True, eq=False)
class Project:
    """A project. Only its members see it."""

    kind: ClassVar[str] = "project"
    gid: str
    name: str
    workspace: Workspace
    created_at: str
    modified_at: str
    owner: User | None = None
    notes: str = ""
    html_notes: str = "<body></body>"
    archived: bool = False
    trashed: bool = False
    sections: list[Section] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    settings: list[CustomFieldSetting] = field(default_factory=list)

    @property
    def members(self) -> list[User]:
        """Its people, in the order in which they joined."""
        return [membership.member for membership in self.memberships]

    @property
    def custom_fields(self) -> list[CustomField]:
        """The fields that its tasks have."""
        return [setting.custom_field for setting in self.settings]


@dataclass(slots=True, eq=False)
class Tag:
    """A tag of the workspace. Names are not unique."""

    kind: ClassVar[str] = "tag"
    gid: str
    name: str
    workspace: Workspace
    created_at: str
    color: str | None = None
    notes: str = ""
    trashed: bool = False


@dataclass(slots=True, eq=False)
class Story:
    """An entry of a task's history: a comment, or a system story with `details` (`old_name`, `new_section`, ...)."""

    kind: ClassVar[str] = "story"
    gid: str
    task: "Task"
    subtype: str
    text: str
    created_at: str
    created_by: User | None
    html_text: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    edited: bool = False
    pinned: bool = False
    trashed: bool = False

    @property
    def type(self) -> str:
        """`comment` or `system`."""
        return "comment" if self.subtype == "comment_added" else "system"


def _nowhere() -> None:
    """Where the content of what has none is."""


@dataclass(slots=True, eq=False)
class Attachment:
    """A file, or a link to one elsewhere."""

    kind: ClassVar[str] = "attachment"
    gid: str
    name: str
    task: "Task"
    created_at: str
    host: str
    url: str = ""
    size: int | None = None
    content: bytes = b""
    place: Callable[[], str | None] = _nowhere
    """Makes an address of its content, which is good for a while."""
    trashed: bool = False


@dataclass(slots=True, eq=False)
class Value:
    """What a task says in a custom field."""

    kind: ClassVar[str] = "custom_field"
    definition: CustomField
    value: Held | None

    @property
    def gid(self) -> str:
        """The gid of the field: that is how a task's values are named."""
        return self.definition.gid


@dataclass(slots=True, eq=False)
class Task:
    """A task. In each of its projects it is in one section."""

    kind: ClassVar[str] = "task"
    gid: str
    workspace: Workspace
    created_at: str
    modified_at: str
    created_by: User | None
    name: str = ""
    notes: str = ""
    html_notes: str = "<body></body>"
    subtype: str = "default_task"
    completed: bool = False
    completed_at: str | None = None
    completed_by: User | None = None
    assignee: User | None = None
    due_on: str | None = None
    due_at: str | None = None
    start_on: str | None = None
    start_at: str | None = None
    liked: bool = False
    external: dict[str, str] | None = None
    parent: "Task | None" = None
    minutes: int | None = None
    """The sum of what people entered as time spent."""
    dependents: "list[Task]" = field(default_factory=list)
    """The tasks that wait for this one."""
    dependencies: "list[Task]" = field(default_factory=list)
    trashed: bool = False
    places: dict[Project, Section] = field(default_factory=dict)
    subtasks: "list[Task]" = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    followers: list[User] = field(default_factory=list)
    values: dict[CustomField, Held] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def custom_values(self) -> list[Value]:
        """One value, or none, for each field of each of its projects."""
        fields = {field: None for project in self.places for field in project.custom_fields}
        return [Value(field, self.values.get(field)) for field in fields]


@dataclass(slots=True, eq=False)
class Webhook:
    """A subscription. Deleted once it has failed for a day."""

    kind: ClassVar[str] = "webhook"
    gid: str
    resource: "Project | Task | Section | Tag | Workspace"
    target: str
    secret: str
    owner: User
    created_at: str
    filters: list[dict[str, Any]] = field(default_factory=list)
    active: bool = True
    last_success_at: str | None = None
    last_failure_at: str | None = None
    last_failure_content: str = ""
    deletion_at: str | None = None
    """When it is deleted unless a delivery succeeds before; None while they succeed."""
    retries: int = 0
    next_attempt: str | None = None
    next_heartbeat: str = ""
    trashed: bool = False


Record = (
    User
    | Workspace
    | EnumOption
    | CustomField
    | CustomFieldSetting
    | Section
    | Membership
    | Project
    | Tag
    | Story
    | Attachment
    | Value
    | Task
    | Webhook
)


@dataclass(slots=True, eq=False)
class Event:
    """One change as the event streams and webhooks tell it. `change` only where the action is `changed`."""

    kind: ClassVar[str] = "event"
    user: User | None
    created_at: str
    action: str
    resource: Record
    parent: Record | None
    change: dict[str, Any] | None
    scopes: frozenset[str]
    """The gids of the resources whose streams tell it."""
    visible_at: str = ""
