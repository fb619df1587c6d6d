"""Lists of tasks, and the search that may lag behind them."""

from collections.abc import Mapping
from datetime import timedelta

from pmsync.sandbox.faults import Faults, Kind
from pmsync_asana.sandbox.calls import Answer, Call, Shape
from pmsync_asana.sandbox.paging import Pages
from pmsync_asana.sandbox.problems import ONE_FILTER, Problem, bad, missing
from pmsync_asana.sandbox.records import Project, Section, Tag, Task, User, Workspace
from pmsync_asana.sandbox.world import World, instant, moment, sees


class Listing:
    """The ways to list tasks."""

    def __init__(self, world: World, pages: Pages, *, premium: bool) -> None:
        self._world = world
        self._pages = pages
        self._premium = premium
        self.faults = Faults()

    def tasks(self, call: Call) -> Answer:
        """`GET /tasks` with exactly one of its filters."""
        query = call.query
        named = [name for name in ("project", "section", "tag", "user_task_list") if name in query]
        if ("assignee" in query) != ("workspace" in query) and not named:
            raise missing("workspace" if "assignee" in query else "assignee")
        if len(named) + ("assignee" in query) != 1:
            raise bad(ONE_FILTER)
        if self._pages.going_on(call):
            return self._pages.page(call, ())
        world, user = self._world, call.user
        if "project" in query:
            found = _in_project(world.find(Project, query["project"], user, status=400))
        elif "section" in query:
            found = list(world.find(Section, query["section"], user, status=400).tasks)
        elif "tag" in query:
            found = self._tagged(world.find(Tag, query["tag"], user, status=400), user)
        elif "assignee" in query:
            world.find(Workspace, query["workspace"], user, status=400)
            found = self._assigned(world.person(query["assignee"], user, "assignee"), user)
        else:
            raise bad(f"user_task_list: Unknown object: {query['user_task_list']}")
        return self._pages.page(call, self._since(found, call))

    def of_project(self, call: Call) -> Answer:
        """`GET /projects/{project_gid}/tasks`."""
        found = _in_project(self._world.find(Project, call.gid(), call.user))
        return self._pages.page(call, self._since(found, call))

    def of_section(self, call: Call) -> Answer:
        """`GET /sections/{section_gid}/tasks`."""
        found = self._world.find(Section, call.gid(), call.user).tasks
        return self._pages.page(call, self._since(list(found), call))

    def of_tag(self, call: Call) -> Answer:
        """`GET /tags/{tag_gid}/tasks`."""
        tag = self._world.find(Tag, call.gid(), call.user)
        return self._pages.page(call, self._since(self._tagged(tag, call.user), call))

    def subtasks(self, call: Call) -> Answer:
        """`GET /tasks/{task_gid}/subtasks`."""
        return self._pages.page(call, list(self._world.find(Task, call.gid(), call.user).subtasks))

    def search(self, call: Call) -> Answer:
        """`GET /workspaces/{workspace_gid}/tasks/search`: paid plans only, without pages, late where `lag` strikes."""
        self._world.find(Workspace, call.gid(), call.user)
        if not self._premium:
            raise Problem(402, "Search is only available to premium users.")
        query = call.query
        if "offset" in query:
            raise bad("offset: Search results cannot be paged")
        lag = timedelta(seconds=self.faults.lag if self.faults.happens(Kind.LAG) else 0.0)
        horizon = instant(self._world.clock() - lag)
        known = [task for task in self._world.tasks.values() if task.modified_at <= horizon]
        found = [task for task in known if sees(call.user, task) and _matches(task, query)]
        found.sort(key=lambda task: task.created_at if query.get("sort_by") == "created_at" else task.modified_at)
        if query.get("sort_ascending", "false").lower() != "true":
            found.reverse()
        limit = query.get("limit", "20")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise bad("limit: Must be a number between 1 and 100")
        return Answer(found[: int(limit)], Shape.COMPACT)

    def _tagged(self, tag: Tag, user: User) -> list[Task]:
        return [task for task in self._world.tasks.values() if tag in task.tags and sees(user, task)]

    def _assigned(self, person: User, user: User) -> list[Task]:
        return [task for task in self._world.tasks.values() if task.assignee is person and sees(user, task)]

    def _since(self, found: list[Task], call: Call) -> list[Task]:
        modified, completed = call.query.get("modified_since"), call.query.get("completed_since")
        if modified:
            since = self._moment("modified_since", modified)
            found = [task for task in found if task.modified_at >= since]
        if completed:
            since = self._moment("completed_since", completed)
            found = [task for task in found if not task.completed or (task.completed_at or "") >= since]
        return found

    def _moment(self, name: str, text: str) -> str:
        return self._world.now() if text == "now" else _instant(name, text)


def _in_project(project: Project) -> list[Task]:
    return [task for section in project.sections for task in section.tasks]


def _matches(task: Task, query: Mapping[str, str]) -> bool:
    text = query.get("text", "").lower()
    if text and text not in task.name.lower() and text not in task.notes.lower():
        return False
    if "completed" in query and task.completed != (query["completed"].lower() == "true"):
        return False
    related = {
        "projects.any": {project.gid for project in task.places},
        "sections.any": {section.gid for section in task.places.values()},
        "tags.any": {tag.gid for tag in task.tags},
        "assignee.any": {task.assignee.gid} if task.assignee else set(),
        "created_by.any": {task.created_by.gid} if task.created_by else set(),
    }
    if any(name in query and not gids & set(query[name].split(",")) for name, gids in related.items()):
        return False
    return _within(task.modified_at, query, "modified_at") and _within(task.created_at, query, "created_at")


def _within(at: str, query: Mapping[str, str], name: str) -> bool:
    after, before = query.get(f"{name}.after"), query.get(f"{name}.before")
    return not (after and at <= _instant(f"{name}.after", after)) and not (
        before and at >= _instant(f"{name}.before", before)
    )


def _instant(name: str, text: str) -> str:
    try:
        return instant(moment(text))
    except ValueError:
        raise bad(f"{name}: Not a date and time: {text}") from None
