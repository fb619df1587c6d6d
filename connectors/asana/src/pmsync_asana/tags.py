"""Tags by name. They belong to the workspace, are put on tasks by gid, and two may have one name."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from pmsync.errors import UnknownOutcomeError
from pmsync_asana import project
from pmsync_asana.client import Client

_REMEMBERED = 2000
"""Tasks whose tags are remembered, for taking the right one of two off again."""


class TagBook:
    """The tags of a workspace, learned from what is read, and made where they are missing."""

    def __init__(self, client: Client, *, create: bool) -> None:
        self._client = client
        self._create = create
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._known: dict[str, list[str]] = {}
        self._listed = False
        self._on_tasks: OrderedDict[str, tuple[Mapping[str, Any], ...]] = OrderedDict()

    def note(self, task: Mapping[str, Any]) -> None:
        """Learn from a task that was read."""
        tags = tuple(task.get("tags") or ())
        with self._lock:
            self._on_tasks[str(task["gid"])] = tags
            self._on_tasks.move_to_end(str(task["gid"]))
            while len(self._on_tasks) > _REMEMBERED:
                self._on_tasks.popitem(last=False)

    def learn(self, tags: Iterable[tuple[str, str]]) -> None:
        """Take over the whole list of the workspace's tags: gid and name, in the workspace's order."""
        known: dict[str, list[str]] = {}
        for gid, name in tags:
            known.setdefault(name, []).append(gid)
        with self._lock:
            self._known, self._listed = known, True

    def gid(self, name: str, workspace: str) -> str | None:
        """The first tag of that name, made if there is none; None if none may be made."""
        with self._making:
            if self._first(name) is None and not self._listed:
                self._list(workspace)
            return self._first(name) or self._made(name, workspace)

    def on(self, task: str, name: str) -> list[str]:
        """The gids of the tags of that name that a task has."""
        with self._lock:
            tags = self._on_tasks.get(task)
        if tags is None:
            tags = tuple(project.pages(self._client, f"/tasks/{task}/tags", fields="name"))
        return [str(tag["gid"]) for tag in tags if tag.get("name") == name]

    def _first(self, name: str) -> str | None:
        with self._lock:
            return next(iter(self._known.get(name, ())), None)

    def _list(self, workspace: str) -> None:
        entries = project.pages(self._client, f"/workspaces/{workspace}/tags", fields="name")
        self.learn((str(tag["gid"]), str(tag.get("name") or "")) for tag in entries)

    def _made(self, name: str, workspace: str) -> str | None:
        if not self._create:
            return None
        try:
            made = self._client.write("POST", f"/workspaces/{workspace}/tags", {"name": name}, fields="name")
        except UnknownOutcomeError:
            # A tag that is made twice does no harm but to people: look before asking again, now or in another pass.
            with self._lock:
                self._listed = False
            self._list(workspace)
            if self._first(name) is None:
                raise
            return self._first(name)
        gid = str(made.data["gid"])
        with self._lock:
            self._known.setdefault(name, []).append(gid)
        return gid
