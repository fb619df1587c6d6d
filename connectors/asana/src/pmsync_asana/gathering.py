"""Reading what hangs on tasks: several tasks in one request, and whole lists only."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from pmsync.connector.pacing import Clock
from pmsync.errors import TransientError
from pmsync.model.fields import Json
from pmsync.model.part import Part
from pmsync_asana import hanging
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import BATCH, Action, Client
from pmsync_asana.convert import Layout
from pmsync_asana.lists import PAGE, whole

_TOGETHER = BATCH // 2
"""Tasks in one request: two lists each."""
_FEW = 50
"""Of so many tasks the stories are read beside the attachments."""
_FRESH = 60.0
"""Seconds for which what was read beside is good."""

Raw = Mapping[str, Any]
_Lists = tuple[list[Raw], list[Raw]]
"""Stories and attachments."""


class Gathering:
    """Reads parts. `opened` gives the layout, `canonical` is that of the comments' dialect.

    What changed on a task is asked for twice in a pass: its links, which are attachments, and then its parts. One
    request serves both: what it brought is kept for the next reading of that task's parts, once, and not for long.
    """

    def __init__(
        self,
        client: Client,
        pool: Executor,
        opened: Callable[[], Layout],
        canonical: Callable[[Json], Json],
        clock: Clock,
    ) -> None:
        self._client = client
        self._pool = pool
        self._opened = opened
        self._canonical = canonical
        self._clock = clock
        self._lock = threading.Lock()
        self._ahead: dict[str, tuple[float, _Lists]] = {}

    def read(self, ids: Sequence[str]) -> dict[str, tuple[Part, ...]]:
        """As `Parts.read`: five tasks to a request, of which each counts as two."""
        layout = self._opened()
        lists = self._taken(ids)
        lists |= self._read([task for task in dict.fromkeys(ids) if task not in lists])
        return {task: self._parts(task, layout, *both) for task, both in lists.items()}

    def attachments(self, tasks: Sequence[str]) -> dict[str, list[Raw]]:
        """What is attached to tasks, without those that are gone: ten tasks to a request, or five with their stories,
        where they are few."""
        if len(tasks) > _FEW:
            parts = [tasks[start : start + BATCH] for start in range(0, len(tasks), BATCH)]
            return {task: found for part in self._pool.map(self._attachments, parts) for task, found in part.items()}
        lists = self._read(tasks)
        until = self._clock.monotonic() + _FRESH
        with self._lock:
            self._ahead |= {task: (until, both) for task, both in lists.items()}
        return {task: attachments for task, (_, attachments) in lists.items()}

    def forget(self, tasks: Collection[str] | None = None) -> None:
        """Keep nothing of what was read beside, of these tasks or of any: something may be different now."""
        with self._lock:
            for task in list(self._ahead if tasks is None else tasks):
                self._ahead.pop(task, None)

    def beside(self, task: str, *others: Action) -> tuple[list[Raw] | None, list[Raw | RefusalError]]:
        """A task's attachments, None where it is gone, and the answers to other questions (nine at the most), in one
        request."""
        action = attached(task)
        first, *told = self._client.read_batch([action, *others])
        return self.listed(action, first), told

    def listed(self, action: Action, first: Raw | RefusalError) -> list[Raw] | None:
        """A list to its end, of which a batch brought the first page; None where its task is gone."""
        try:
            if isinstance(first, RefusalError):
                raise first
            return whole(self._client, action, first)
        except RefusalError as error:
            # That a task in a query is gone is told as a fault of the query.
            if error.absent or error.status == 400:
                return None
            raise

    def _taken(self, tasks: Collection[str]) -> dict[str, _Lists]:
        """What was read beside of these tasks, which is not given out again."""
        now = self._clock.monotonic()
        with self._lock:
            taken = {task: self._ahead.pop(task) for task in set(tasks).intersection(self._ahead)}
        return {task: both for task, (until, both) in taken.items() if now <= until}

    def _read(self, tasks: Sequence[str]) -> dict[str, _Lists]:
        groups = [tasks[start : start + _TOGETHER] for start in range(0, len(tasks), _TOGETHER)]
        return {task: both for group in self._pool.map(self._group, groups) for task, both in group.items()}

    def _group(self, tasks: Sequence[str]) -> dict[str, _Lists]:
        actions = [action for task in tasks for action in (_stories(task), attached(task))]
        results = self._client.read_batch(actions)
        found: dict[str, _Lists] = {}
        for place, task in enumerate(tasks):
            stories, attachments = (self.listed(actions[each], results[each]) for each in (2 * place, 2 * place + 1))
            if stories is not None and attachments is not None:
                found[task] = stories, attachments
        return found

    def _attachments(self, tasks: Sequence[str]) -> dict[str, list[Raw]]:
        actions = [attached(task) for task in tasks]
        lists = map(self.listed, actions, self._client.read_batch(actions))
        return {task: found for task, found in zip(tasks, lists, strict=True) if found is not None}

    def _parts(self, task: str, layout: Layout, stories: Sequence[Raw], attachments: Sequence[Raw]) -> tuple[Part, ...]:
        try:
            parts = [
                hanging.comment(story, task, layout, self._canonical)
                for story in stories
                if story.get("resource_subtype") == hanging.COMMENT
            ]
            parts += [hanging.attachment(one, stories) for one in attachments if hanging.hangs(one)]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"Asana's answer about what hangs on a task makes no sense ({type(error).__name__})"
            raise TransientError(message, connection=self._client.connection) from None
        return tuple(sorted(parts, key=lambda part: (part.created_at, part.kind, len(part.id), part.id)))


def attached(task: str) -> Action:
    """The question what is attached to a task."""
    return Action("get", "/attachments", hanging.ATTACHMENT, data={"parent": task}, options={"limit": PAGE})


def _stories(task: str) -> Action:
    return Action("get", f"/tasks/{task}/stories", hanging.STORY, options={"limit": PAGE})
