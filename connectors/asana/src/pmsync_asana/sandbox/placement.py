"""Where tasks are: sections and projects, parents, and what hangs on them: tags and followers.

None of it moves a task's `modified_at`, tags apart: who reads by `modified_since` alone does not see it.
"""

from typing import Any

from pmsync_asana.sandbox.calls import Answer, Call, full, nothing
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.problems import bad, missing
from pmsync_asana.sandbox.records import Project, Section, Tag, Task, User
from pmsync_asana.sandbox.world import World

_MOST_PROJECTS = 20
_DEEPEST = 5
"""Levels of subtasks."""


def enter(task: Task, section: Section, position: int | None = None) -> None:
    """Put a task into a section: at the end, or at a position. It must not be in that project yet."""
    section.tasks.insert(len(section.tasks) if position is None else position, task)
    task.places[section.project] = section


def leave(task: Task, project: Project) -> None:
    """Take a task out of a project that it is in."""
    task.places.pop(project).tasks.remove(task)


class Placement:
    """The calls that move things."""

    def __init__(self, world: World, journal: Journal) -> None:
        self._world = world
        self._journal = journal

    def add_to_section(self, call: Call) -> Answer:
        """`POST /sections/{section_gid}/addTask`: to the top, and out of the project's other section."""
        section = self._world.find(Section, call.gid(), call.user)
        task = self._world.find(Task, call.data.get("task"), call.user, field="task", status=400)
        self._move(task, section, call, at_top=True)
        return nothing()

    def add_project(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/addProject`: to the end of the project, or into a section of it."""
        world = self._world
        task = world.find(Task, call.gid(), call.user)
        project = world.find(Project, call.data.get("project"), call.user, status=400)
        section = task.places.get(project, project.sections[-1])
        if call.data.get("section") is not None:
            section = world.find(Section, call.data["section"], call.user, status=400)
            if section.project is not project:
                raise bad(f"section: Not in the project: {section.gid}")
        if project not in task.places and len(task.places) >= _MOST_PROJECTS:
            raise bad(f"project: A task can be in at most {_MOST_PROJECTS} projects")
        at_top = "insert_after" in call.data and call.data["insert_after"] is None
        self._move(task, section, call, at_top=at_top)
        return nothing()

    def remove_project(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/removeProject`."""
        task = self._world.find(Task, call.gid(), call.user)
        project = self._world.find(Project, call.data.get("project"), call.user, status=400)
        section = task.places.get(project)
        if section is not None:
            leave(task, project)
            self._journal.story(
                task, call.user, "removed_from_project", f"removed from {project.name}", project=project
            )
            self._journal.tell(call.user, "removed", task, parent=section)
            self._journal.tell(call.user, "removed", task, parent=project)
        return nothing()

    def set_parent(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/setParent`: null makes it a task of its own."""
        task = self._world.find(Task, call.gid(), call.user)
        if "parent" not in call.data:
            raise missing("parent")
        parent = None
        if call.data["parent"] is not None:
            parent = self._world.find(Task, call.data["parent"], call.user, field="parent", status=400)
            _refuse_circles(task, parent)
        if parent is not task.parent:
            self._adopt(task, parent, call.user)
        return full(task)

    def _adopt(self, task: Task, parent: Task | None, actor: User) -> None:
        if task.parent is not None:
            task.parent.subtasks.remove(task)
            self._journal.tell(actor, "removed", task, parent=task.parent)
        task.parent = parent
        if parent is not None:
            parent.subtasks.append(task)
            self._journal.tell(actor, "added", task, parent=parent)
            self._journal.story(task, actor, "added_to_task", f"added to {parent.name}", task=parent)
        self._journal.changed(actor, task, "parent", new_value=parent)

    def add_tag(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/addTag`."""
        task, tag = self._tagged(call)
        if tag not in task.tags:
            task.tags.append(tag)
            self._journal.story(task, call.user, "added_to_tag", f"added to {tag.name}", tag=tag)
            self._journal.changed(call.user, task, "tags", added_value=tag)
            task.modified_at = self._world.now()
        return nothing()

    def remove_tag(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/removeTag`."""
        task, tag = self._tagged(call)
        if tag in task.tags:
            task.tags.remove(tag)
            self._journal.story(task, call.user, "removed_from_tag", f"removed from {tag.name}", tag=tag)
            self._journal.changed(call.user, task, "tags", removed_value=tag)
            task.modified_at = self._world.now()
        return nothing()

    def add_followers(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/addFollowers`."""
        task, people = self._followed(call)
        for person in people:
            if person not in task.followers:
                task.followers.append(person)
                self._journal.changed(call.user, task, "followers", added_value=person)
        return full(task)

    def remove_followers(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/removeFollowers`."""
        task, people = self._followed(call)
        for person in people:
            if person in task.followers:
                task.followers.remove(person)
                self._journal.changed(call.user, task, "followers", removed_value=person)
        return full(task)

    def _tagged(self, call: Call) -> tuple[Task, Tag]:
        task = self._world.find(Task, call.gid(), call.user)
        return task, self._world.find(Tag, call.data.get("tag"), call.user, status=400)

    def _followed(self, call: Call) -> tuple[Task, list[User]]:
        task = self._world.find(Task, call.gid(), call.user)
        named: Any = call.data.get("followers")
        if not named:
            raise missing("followers")
        names = named.split(",") if isinstance(named, str) else list(named)
        return task, [self._world.person(who, call.user, f"followers: [{n}]") for n, who in enumerate(names)]

    def _move(self, task: Task, section: Section, call: Call, *, at_top: bool) -> None:
        old = task.places.get(section.project)
        anchor = self._anchor(call, section)
        if old is not None:
            leave(task, section.project)
        enter(task, section, _position(section, call, anchor) if anchor else 0 if at_top else None)
        if old is section:
            return
        journal, actor, project = self._journal, call.user, section.project
        if old is None:
            journal.story(task, actor, "added_to_project", f"added to {project.name}", project=project)
            journal.tell(actor, "added", task, parent=project)
            journal.tell(actor, "added", task, parent=section)
            return
        text = f'moved this task from "{old.name}" to "{section.name}" in {project.name}'
        journal.story(task, actor, "section_changed", text, old_section=old, new_section=section)
        journal.tell(actor, "removed", task, parent=old)
        journal.tell(actor, "added", task, parent=section)

    def _anchor(self, call: Call, section: Section) -> Task | None:
        gid = call.data.get("insert_before") or call.data.get("insert_after")
        if call.data.get("insert_before") and call.data.get("insert_after"):
            raise bad("You may only provide one of insert_before or insert_after!")
        if not gid:
            return None
        anchor = self._world.find(Task, gid, call.user, field="insert_before", status=400)
        if anchor not in section.tasks:
            raise bad(f"insert_before: Not in the section: {gid}")
        return anchor


def _position(section: Section, call: Call, anchor: Task) -> int:
    return section.tasks.index(anchor) + (0 if call.data.get("insert_before") else 1)


def _refuse_circles(task: Task, parent: Task) -> None:
    above: Task | None = parent
    for _ in range(_DEEPEST):
        if above is None:
            return
        if above is task:
            raise bad("parent: A task cannot be its own ancestor")
        above = above.parent
    raise bad(f"parent: Subtasks go at most {_DEEPEST} levels deep")
