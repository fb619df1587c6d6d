"""Reading what hangs on tasks: several tasks in one request, and whole lists only."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

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


class Gathering:
    """Reads parts. `opened` gives the layout, `canonical` is that of the comments' dialect."""

    def __init__(
        self, client: Client, pool: Executor, opened: Callable[[], Layout], canonical: Callable[[Json], Json]
    ) -> None:
        self._client = client
        self._pool = pool
        self._opened = opened
        self._canonical = canonical

    def read(self, ids: Sequence[str]) -> dict[str, tuple[Part, ...]]:
        """As `Parts.read`: five tasks to a request, of which each counts as two."""
        wanted = list(dict.fromkeys(ids))
        groups = [wanted[start : start + _TOGETHER] for start in range(0, len(wanted), _TOGETHER)]
        layout = self._opened()
        found: dict[str, tuple[Part, ...]] = {}
        for group in self._pool.map(lambda group: self._group(group, layout), groups):
            found |= group
        return found

    def beside(self, task: str) -> tuple[str, list[Mapping[str, Any]]] | None:
        """A task's notes and attachments, in one request; None where it is gone."""
        actions = [Action("get", f"/tasks/{task}", "html_notes"), _attachments(task)]
        told, first = self._client.read_batch(actions)
        attachments = self._list(actions[1], first)
        if isinstance(told, RefusalError):
            if not told.absent:
                raise told
            return None
        return None if attachments is None else (str(told["data"].get("html_notes") or ""), attachments)

    def _group(self, tasks: Sequence[str], layout: Layout) -> dict[str, tuple[Part, ...]]:
        actions = [action for task in tasks for action in (_stories(task), _attachments(task))]
        results = self._client.read_batch(actions)
        found: dict[str, tuple[Part, ...]] = {}
        for place, task in enumerate(tasks):
            lists = [self._list(actions[each], results[each]) for each in (2 * place, 2 * place + 1)]
            if None not in lists:
                found[task] = self._parts(task, layout, *(one or [] for one in lists))
        return found

    def _list(self, action: Action, first: Mapping[str, Any] | RefusalError) -> list[Mapping[str, Any]] | None:
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

    def _parts(
        self, task: str, layout: Layout, stories: Sequence[Mapping[str, Any]], attachments: Sequence[Mapping[str, Any]]
    ) -> tuple[Part, ...]:
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


def _stories(task: str) -> Action:
    return Action("get", f"/tasks/{task}/stories", hanging.STORY, options={"limit": PAGE})


def _attachments(task: str) -> Action:
    return Action("get", "/attachments", hanging.ATTACHMENT, data={"parent": task}, options={"limit": PAGE})
