"""Tasks: made, read, changed and trashed, with the stories and events that each of these leaves."""

from typing import Any

from pmsync_asana.sandbox.calls import Answer, Call, created, full, nothing
from pmsync_asana.sandbox.entry import Entry, Home, Reader
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.placement import enter, leave
from pmsync_asana.sandbox.records import CustomField, Held, Task, User
from pmsync_asana.sandbox.views import dates, number
from pmsync_asana.sandbox.world import World

_TOUCHING = frozenset(
    {
        "name",
        "html_notes",
        "completed",
        "assignee",
        "due_on",
        "due_at",
        "start_on",
        "start_at",
        "custom_fields",
        "resource_subtype",
    }
)
"""Attributes whose change counts as a modification."""
_ATTRIBUTES = {"resource_subtype": "subtype"}
"""What is called otherwise in the records."""


class Tasks:
    """What can be done to tasks as such; where they are is `placement`'s."""

    def __init__(self, world: World, journal: Journal, reader: Reader) -> None:
        self._world = world
        self._journal = journal
        self._reader = reader

    def create(self, call: Call) -> Answer:
        """`POST /tasks`."""
        return created(self.make(call.data, call.user), "tasks")

    def create_subtask(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/subtasks`."""
        parent = self._world.find(Task, call.gid(), call.user)
        return created(self.make({**call.data, "parent": parent.gid}, call.user), "tasks")

    def make(self, data: dict[str, Any], actor: User) -> Task:
        """Make a task from what `POST /tasks` takes."""
        home = self._reader.home(data, actor)
        entry = self._reader.entry(data, actor, home.places)
        world, now = self._world, self._world.now()
        task = world.keep(Task(world.gid(), home.workspace, now, now, actor))
        self._settle(task, home, actor)
        self._apply(task, entry, actor, new=True)
        return task

    def _settle(self, task: Task, home: Home, actor: User) -> None:
        task.followers = list(dict.fromkeys([actor, *home.followers]))
        task.tags = list(dict.fromkeys(home.tags))
        if home.parent is not None:
            task.parent = home.parent
            home.parent.subtasks.append(task)
        for project, section in home.places.items():
            enter(task, section)
            self._journal.tell(actor, "added", task, parent=project)
            self._journal.tell(actor, "added", task, parent=section)
        if home.parent is not None:
            self._journal.tell(actor, "added", task, parent=home.parent)

    def read(self, call: Call) -> Answer:
        """`GET /tasks/{task_gid}`."""
        return full(self._world.find(Task, call.gid(), call.user))

    def update(self, call: Call) -> Answer:
        """`PUT /tasks/{task_gid}`: only what the body names."""
        task = self._world.find(Task, call.gid(), call.user)
        entry = self._reader.entry(call.data, call.user, task.places, task)
        self._apply(task, entry, call.user, new=False)
        return full(task)

    def delete(self, call: Call) -> Answer:
        """`DELETE /tasks/{task_gid}`: into the trash, its subtasks with it."""
        self._trash(self._world.find(Task, call.gid(), call.user), call.user)
        return nothing()

    def _trash(self, task: Task, actor: User) -> None:
        for subtask in list(task.subtasks):
            self._trash(subtask, actor)
        self._journal.tell(actor, "deleted", task)
        for project in list(task.places):
            leave(task, project)
        if task.parent is not None:
            task.parent.subtasks.remove(task)
        for one in task.dependents:
            one.dependencies.remove(task)
        for one in task.dependencies:
            one.dependents.remove(task)
        task.trashed, task.modified_at = True, self._world.now()
        self._world.tasks.pop(task.gid, None)

    def _apply(self, task: Task, entry: Entry, actor: User, *, new: bool) -> None:
        before = {name: getattr(task, _ATTRIBUTES.get(name, name)) for name in entry.attributes}
        old_dates = dates(task.due_on, task.due_at, task.start_on)
        for name, value in entry.attributes.items():
            setattr(task, _ATTRIBUTES.get(name, name), value)
        if "due_on" in entry.attributes and task.due_on is None:
            task.start_on = task.start_at = None
        changed = {name for name, value in before.items() if value != entry.attributes[name]}
        if "completed" in changed:
            task.completed_at = self._world.now() if task.completed else None
            task.completed_by = actor if task.completed else None
        self._tell(task, actor, changed, before, old_dates, new=new)
        for field, value in entry.values.items():
            if self._set_value(task, field, value, actor, new):
                changed.add("custom_fields")
        if changed & _TOUCHING:
            task.modified_at = self._world.now()

    def _tell(
        self,
        task: Task,
        actor: User,
        changed: set[str],
        before: dict[str, Any],
        old_dates: dict[str, Any],
        *,
        new: bool,
    ) -> None:
        journal = self._journal
        if "assignee" in changed:
            _tell_assignee(journal, task, actor)
        if new:
            return
        if "name" in changed:
            text = f'changed the name to "{task.name}"'
            journal.story(task, actor, "name_changed", text, old_name=before["name"], new_name=task.name)
            journal.changed(actor, task, "name")
        if "html_notes" in changed:
            journal.story(task, actor, "notes_changed", "changed the description")
            journal.changed(actor, task, "notes")
        if "completed" in changed:
            subtype, text = ("marked_complete", "completed") if task.completed else ("marked_incomplete", "incomplete")
            journal.story(task, actor, subtype, f"marked this task {text}")
            journal.changed(actor, task, "completed")
        if "resource_subtype" in changed:
            journal.changed(actor, task, "resource_subtype")
        self._tell_dates(task, actor, changed, old_dates)

    def _tell_dates(self, task: Task, actor: User, changed: set[str], old: dict[str, Any]) -> None:
        if not changed & {"due_on", "due_at", "start_on", "start_at"}:
            return
        due = task.due_at or task.due_on
        text = f"changed the due date to {due}" if due else "removed the due date"
        now = dates(task.due_on, task.due_at, task.start_on)
        subtype = "due_date_changed" if due or changed & {"due_on", "due_at"} else "start_date_changed"
        self._journal.story(task, actor, subtype, text, old_dates=old, new_dates=now)
        for name in sorted(changed & {"due_on", "due_at", "start_on", "start_at"}):
            self._journal.changed(actor, task, name)

    def _set_value(self, task: Task, field: CustomField, value: Held | None, actor: User, new: bool) -> bool:
        old = task.values.get(field)
        if old == value:
            return False
        if value is None:
            del task.values[field]
        else:
            task.values[field] = value
        if new:
            return True
        what = f"{field.type}_values" if field.type == "multi_enum" else f"{field.type}_value"
        details = {f"old_{what}": _told(field, old), f"new_{what}": _told(field, value)}
        text = f"changed {field.name}" if value is not None else f"removed {field.name}"
        subtype = f"{field.type}_custom_field_changed"
        self._journal.story(task, actor, subtype, text, custom_field=field, **details)
        self._journal.changed(actor, task, "custom_fields", new_value=field)
        return True


def _told(field: CustomField, value: Held | None) -> Any:
    # Stories write field names with the value's kind: `old_number_value` holds a number, `old_text_value` a string.
    if field.type in ("multi_enum", "people"):
        return value or []
    if isinstance(value, dict):
        return dates(value["date"], value["date_time"], None)
    return number(value) if isinstance(value, float) else value


def _tell_assignee(journal: Journal, task: Task, actor: User) -> None:
    if task.assignee is None:
        journal.story(task, actor, "unassigned", "unassigned this task")
    else:
        journal.story(task, actor, "assigned", f"assigned to {task.assignee.name}", assignee=task.assignee)
        if task.assignee not in task.followers:
            task.followers.append(task.assignee)
    journal.changed(actor, task, "assignee", new_value=task.assignee)
