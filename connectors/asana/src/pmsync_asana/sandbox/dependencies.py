"""What waits for what: a task's dependencies, and its dependents."""

from pmsync_asana.sandbox.calls import Answer, Call, nothing
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.paging import Pages
from pmsync_asana.sandbox.problems import Problem, bad, missing
from pmsync_asana.sandbox.records import Task
from pmsync_asana.sandbox.world import World

_MOST = 30


class Dependencies:
    """Paid plans only."""

    def __init__(self, world: World, journal: Journal, pages: Pages, *, premium: bool) -> None:
        self._world = world
        self._journal = journal
        self._pages = pages
        self._premium = premium

    def dependencies(self, call: Call) -> Answer:
        """`GET /tasks/{task_gid}/dependencies`."""
        return self._pages.page(call, list(self._task(call).dependencies))

    def dependents(self, call: Call) -> Answer:
        """`GET /tasks/{task_gid}/dependents`."""
        return self._pages.page(call, list(self._task(call).dependents))

    def add_dependencies(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/addDependencies`."""
        task = self._task(call)
        for other in self._others(call, "dependencies"):
            self._add(call, other, task)
        return nothing()

    def add_dependents(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/addDependents`."""
        task = self._task(call)
        for other in self._others(call, "dependents"):
            self._add(call, task, other)
        return nothing()

    def remove_dependencies(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/removeDependencies`."""
        task = self._task(call)
        for other in self._others(call, "dependencies"):
            self._remove(call, other, task)
        return nothing()

    def remove_dependents(self, call: Call) -> Answer:
        """`POST /tasks/{task_gid}/removeDependents`."""
        task = self._task(call)
        for other in self._others(call, "dependents"):
            self._remove(call, task, other)
        return nothing()

    def _task(self, call: Call) -> Task:
        if not self._premium:
            raise Problem(402, "Dependencies are only available to premium users.")
        return self._world.find(Task, call.gid(), call.user)

    def _others(self, call: Call, name: str) -> list[Task]:
        listed = call.data.get(name)
        if not isinstance(listed, list):
            raise missing(name)
        find = self._world.find
        return [find(Task, gid, call.user, field=f"{name}: [{n}]", status=400) for n, gid in enumerate(listed)]

    def _add(self, call: Call, first: Task, then: Task) -> None:
        if then in first.dependents:
            return
        if first is then:
            raise bad("dependents: A task cannot depend on itself")
        if any(len(one.dependents) + len(one.dependencies) >= _MOST for one in (first, then)):
            raise bad(f"dependents: A task can have at most {_MOST} dependents and dependencies combined")
        first.dependents.append(then)
        then.dependencies.append(first)
        self._tell(call, first, then, "added")

    def _remove(self, call: Call, first: Task, then: Task) -> None:
        if then in first.dependents:
            first.dependents.remove(then)
            then.dependencies.remove(first)
            self._tell(call, first, then, "removed")

    def _tell(self, call: Call, first: Task, then: Task, what: str) -> None:
        for task, other, kind in ((first, then, "dependent"), (then, first, "dependency")):
            story = self._journal.story(task, call.user, f"{kind}_{what}", f"{what} a {kind}", dependency=other)
            task.modified_at = story.created_at
