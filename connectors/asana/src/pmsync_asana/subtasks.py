"""Subtasks as items: those of a project's tasks, which its listing leaves out, and what they hang on."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from pmsync.errors import RejectedError
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import BATCH, Action, Client
from pmsync_asana.convert import Layout, bare
from pmsync_asana.lists import PAGE, whole

Task = Mapping[str, Any]

_HOME = "parent,memberships.project"


class Subtasks:
    """Reads subtasks that are in the project by what they hang on only."""

    def __init__(self, client: Client, pool: Executor) -> None:
        self._client = client
        self._pool = pool

    def below(self, tasks: Sequence[Task], layout: Layout) -> list[Task]:
        """All that hangs below these tasks, level by level, ten tasks to a request, and to none where nothing does.

        What went meanwhile is left out.
        """
        found: dict[str, Task] = {}
        level = [task for task in tasks if task.get("num_subtasks")]
        while level:
            parts = [level[start : start + BATCH] for start in range(0, len(level), BATCH)]
            told = [one for part in self._pool.map(lambda part: self._children(part, layout), parts) for one in part]
            fresh = {str(one["gid"]): one for one in told if str(one["gid"]) not in found}
            found |= fresh
            level = [one for one in fresh.values() if one.get("num_subtasks")]
        return [one for one in found.values() if bare(one, layout)]

    def inside(self, tasks: Sequence[Task], layout: Layout) -> frozenset[str]:
        """Which of these hang below a task of the project, by asking for what they hang on, ten to a request."""
        above = {str(task["gid"]): str(task["parent"]["gid"]) for task in tasks if bare(task, layout)}
        seen: dict[str, Task | None] = {}
        while wanted := list(dict.fromkeys(gid for gid in above.values() if gid not in seen)):
            parts = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
            for part, results in zip(parts, self._pool.map(self._homes, parts), strict=True):
                seen |= dict(zip(part, results, strict=True))
            above = {gid: _top(parent, seen, layout) for gid, parent in above.items()}
        return frozenset(gid for gid, top in above.items() if _in_project(seen.get(top), layout))

    def _children(self, tasks: Sequence[Task], layout: Layout) -> list[Task]:
        actions = [
            Action("get", f"/tasks/{task['gid']}/subtasks", layout.asked, options={"limit": PAGE}) for task in tasks
        ]
        found: list[Task] = []
        for action, result in zip(actions, self._client.read_batch(actions), strict=True):
            if isinstance(result, RefusalError):
                if not result.absent:
                    raise result
                continue
            found += whole(self._client, action, result)
        return found

    def _homes(self, gids: Sequence[str]) -> list[Task | None]:
        results = self._client.read_batch([Action("get", f"/tasks/{gid}", _HOME) for gid in gids])
        for result in results:
            if isinstance(result, RefusalError) and not result.absent:
                raise result
        return [None if isinstance(result, RefusalError) else result["data"] for result in results]


def _top(parent: str, seen: Mapping[str, Task | None], layout: Layout) -> str:
    """The highest task above, as far as it is known what hangs on what."""
    passed: set[str] = set()
    while parent not in passed and (task := seen.get(parent)) is not None and bare(task, layout):
        passed.add(parent)
        parent = str(task["parent"]["gid"])
    return parent


def _in_project(task: Task | None, layout: Layout) -> bool:
    places = (task or {}).get("memberships") or ()
    return any((place.get("project") or {}).get("gid") == layout.project for place in places)


def without_parent(connection: str) -> RejectedError:
    """Why a subtask is not made."""
    return RejectedError("a subtask needs a task of this project that it hangs on", connection=connection)
