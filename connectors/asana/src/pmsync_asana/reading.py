"""Reading a project: what changed, everything, single tasks, and what we ourselves created."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from pmsync.connector.api import Fetched, Inspection, Page
from pmsync.connector.pacing import Clock
from pmsync.errors import FatalError
from pmsync.model.fields import Json
from pmsync.model.native import Marker, Native
from pmsync.text.dialect import Dialect
from pmsync_asana import hanging, history, project
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import BATCH, Action, Answer, Client
from pmsync_asana.convert import Layout, native
from pmsync_asana.lists import PAGE, whole
from pmsync_asana.moments import instant, moment
from pmsync_asana.references import References
from pmsync_asana.subtasks import Subtasks
from pmsync_asana.tags import TagBook

_TEXTS = 2000
"""Texts whose canonical form is remembered."""

_RESTARTS = 3
"""How often a listing whose offset went stale is begun again."""


@dataclass(slots=True)
class _Touched:
    """What the events of a reading hint at: tasks to read again, and tasks that may be gone. The last word counts."""

    tasks: dict[str, bool] = field(default_factory=dict)
    """Task gid to whether it seems to be there still."""
    comments: dict[str, datetime] = field(default_factory=dict)
    """Gids of comments that were edited, and when. That counts as no modification of their tasks, which events of this
    kind do not name."""
    talked: dict[str, datetime] = field(default_factory=dict)
    """Task gid to when a comment of it was edited last."""

    def hear(self, event: Mapping[str, Any], container: str) -> None:
        resource, parent = event.get("resource") or {}, event.get("parent") or {}
        action, kind = event.get("action"), resource.get("resource_type")
        if kind == "task":
            left = action == "removed" and parent.get("gid") == container
            self.tasks[str(resource["gid"])] = action != "deleted" and not left
        elif kind == "story" and resource.get("resource_subtype") == hanging.COMMENT:
            if action == "changed":
                self.comments[str(resource["gid"])] = moment(str(event["created_at"]))
        elif kind == "story" and parent.get("gid"):
            self.tasks.setdefault(str(parent["gid"]), True)

    def talk(self, task: str, at: datetime) -> None:
        """Note that a comment of a task was edited."""
        self.tasks.setdefault(task, True)
        self.talked[task] = max(at, self.talked.get(task, at))

    def dated(self, native: Native) -> Native:
        """A task with the moment of its last change, if that was to one of its comments."""
        talked = self.talked.get(native.ref.id)
        return native if talked is None or talked <= native.updated_at else replace(native, updated_at=talked)


class Reader:
    """Reads tasks as natives. `opened` gives the layout, which may need requests of its own."""

    def __init__(
        self,
        client: Client,
        dialect: Dialect,
        tags: TagBook,
        references: References,
        pool: Executor,
        clock: Clock,
        overlap: float,
    ) -> None:
        self._client = client
        # Most texts are read many times over as they were: in the overlap, after a write, on every deep reading.
        self._canonical = lru_cache(_TEXTS)(dialect.canonical)
        self._tags = tags
        self._references = references
        self._pool = pool
        self._subtasks = Subtasks(client, pool)
        self._clock = clock
        self._overlap = timedelta(seconds=overlap)

    def native(
        self, task: Mapping[str, Any], layout: Layout, *, below: bool = False, references: Iterable[str] = ()
    ) -> Native:
        """A task as it was read with all that is asked. `below`: whether it hangs below one of the project."""
        self._tags.note(task)
        return native(task, layout, self._canonical, below=below, references=references)

    def _natives(self, tasks: Sequence[Mapping[str, Any]], layout: Layout) -> list[Native]:
        """Tasks of the project, and their subtasks where those are items."""
        below = self._below(tasks, layout)
        return self._linked([*tasks, *below], layout, {str(task["gid"]) for task in below})

    def _below(self, tasks: Sequence[Mapping[str, Any]], layout: Layout) -> Sequence[Mapping[str, Any]]:
        return self._subtasks.below(tasks, layout) if layout.nested else ()

    def _linked(self, tasks: Sequence[Mapping[str, Any]], layout: Layout, below: Container[str]) -> list[Native]:
        """Tasks with all their links."""
        links = self._references.of(tasks)
        return [
            self.native(task, layout, below=task["gid"] in below, references=links[str(task["gid"])]) for task in tasks
        ]

    def changes(self, layout: Layout, cursor: Json) -> Iterator[Page]:
        """What changed since a cursor; everything where there is none, or its sync token has died.

        `modified_since` does not see moves between sections, and events come late and at most once: both are read, and
        deep readings repair what slipped through both.
        """
        self._references.begin()
        known = cursor if isinstance(cursor, dict) else {}
        token, modified = known.get("sync"), known.get("modified")
        if not isinstance(token, str) or not isinstance(modified, str):
            yield from self.everything(layout)
            return
        touched = _Touched()
        token, alive = self._listen(layout, token, touched)
        if not alive:
            yield from self._crawl(layout, token)
            return
        yield from self._news(layout, moment(modified), token, touched)

    def everything(self, layout: Layout) -> Iterator[Page]:
        """Every task of the project, in pages. The events that come meanwhile belong to the next reading."""
        self._references.begin()
        token, _ = self._listen(layout, None, _Touched())
        yield from self._crawl(layout, token)

    def fetch(self, layout: Layout, ids: Sequence[str]) -> Fetched:
        """Tasks by gid, ten in one request."""
        parts = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        told: list[Mapping[str, Any]] = []
        self._references.begin(ids)
        missing: set[str] = set()
        for part, results in zip(parts, self._pool.map(partial(self._batch, layout), parts), strict=True):
            for gid, result in zip(part, results, strict=True):
                if isinstance(result, RefusalError):
                    if not result.absent and result.status != 400:
                        raise result
                    missing.add(gid)
                else:
                    told.append(result["data"])
        below = self._subtasks.inside(told, layout)
        return Fetched({one.ref.id: one for one in self._linked(told, layout, below)}, frozenset(missing))

    def find(self, layout: Layout, markers: Collection[Marker], since: datetime, me: str) -> dict[str, Native]:
        """Our own tasks with these markers. The list is read from the database: what was created is in it."""
        wanted = {marker.item for marker in markers}
        found: dict[str, Mapping[str, Any]] = {}
        below: set[str] = set()
        # A subtask that was just made does not touch what it hangs on.
        for answer in self._listing(layout, None if layout.nested else since - self._overlap):
            nested = self._below(answer.data, layout)
            below.update(str(task["gid"]) for task in nested)
            for task in (*answer.data, *nested):
                one = self.native(task, layout)
                # People copy tasks, and with them the marker.
                if one.marker and one.marker.item in wanted and one.creator in (me, None):
                    found.setdefault(one.marker.item, task)
            if len(found) == len(wanted):
                break
        return dict(zip(found, self._linked([*found.values()], layout, below), strict=True))

    def inspect(self, layout: Layout, gid: str, since: datetime) -> Inspection:
        """A task and its stories, in one request unless there are more than a hundred of them."""
        stories = Action("get", f"/tasks/{gid}/stories", history.FIELDS, options={"limit": PAGE})
        attachments, [task, told] = self._references.beside(gid, Action("get", f"/tasks/{gid}", layout.asked), stories)
        for refusal in (task, told):
            if isinstance(refusal, RefusalError) and not refusal.absent:
                raise refusal
        if attachments is None or isinstance(task, RefusalError) or isinstance(told, RefusalError):
            return Inspection(None)
        entries = whole(self._client, stories, told)
        read = Answer(task).data
        links = self._references.note(read, attachments)
        now = self.native(read, layout, below=bool(self._subtasks.inside([read], layout)), references=links)
        return Inspection(now, tuple(history.events(entries, now, layout, since)))

    # --- the parts of a reading ----------------------------------------------------------------------------------

    def _listen(self, layout: Layout, token: str | None, touched: _Touched) -> tuple[str, bool]:
        """Hear all events since a token: the next token, and whether the one given was still good.

        Without a token, and with one that has died, Asana refuses, and gives a new one in its refusal.
        """
        while True:
            try:
                answer = self._client.read("/events", resource=layout.project, sync=token)
            except RefusalError as error:
                if error.status == 412 and isinstance(error.body.get("sync"), str):
                    return str(error.body["sync"]), False
                raise project.gone(error, self._client) from None
            for event in answer.data:
                touched.hear(event, layout.project)
            token = str(answer.body["sync"])
            if not answer.body.get("has_more"):
                return token, True

    def _news(self, layout: Layout, modified: datetime, token: str, touched: _Touched) -> Iterator[Page]:
        began: datetime | None = None
        self._follow(touched)
        since = modified - self._overlap
        for answer in self._listing(layout, since):
            began = began or self._now(answer)
            items = tuple(touched.dated(one) for one in self._natives(answer.data, layout))
            for one in items:
                touched.tasks.pop(one.ref.id, None)
            if items:
                yield Page(items)
        suspects = [gid for gid, there in touched.tasks.items() if not there]
        again = self.fetch(layout, [gid for gid, there in touched.tasks.items() if there])
        began = began or self._clock.now()
        cursor = _cursor(began, token)
        self._references.settled(since, began - self._overlap)
        items = tuple(touched.dated(one) for one in again.found.values())
        yield Page(items, cursor, last=True, suspects=tuple(sorted({*suspects, *again.missing})))

    def _follow(self, touched: _Touched) -> None:
        """Find out on which tasks the comments are that were edited, ten in one request."""
        comments = list(touched.comments)
        parts = [comments[start : start + BATCH] for start in range(0, len(comments), BATCH)]
        asked = ([Action("get", f"/stories/{gid}", "target") for gid in part] for part in parts)
        for part, results in zip(parts, self._pool.map(self._client.read_batch, asked), strict=True):
            for gid, result in zip(part, results, strict=True):
                target = None if isinstance(result, RefusalError) else result["data"].get("target")
                if target and target.get("gid"):
                    touched.talk(str(target["gid"]), touched.comments[gid])

    def _crawl(self, layout: Layout, token: str) -> Iterator[Page]:
        began: datetime | None = None
        for answer in self._listing(layout, None):
            began = began or self._now(answer)
            items = tuple(self._natives(answer.data, layout))
            last = answer.offset is None
            if last:
                self._references.settled(None, began - self._overlap)
            cursor = _cursor(began, token) if last else None
            yield Page(items, cursor, last=last, whole=last)

    def _listing(self, layout: Layout, since: datetime | None) -> Iterator[Answer]:
        """The project's tasks, page by page; from the beginning again where Asana has forgotten how far we were."""
        query: dict[str, str | int | None] = {"project": layout.project}
        if since:
            query["modified_since"] = instant(since)
        offset: str | None = None
        restarts = 0
        while True:
            try:
                answer = self._client.read("/tasks", fields=layout.asked, limit=PAGE, offset=offset, **query)
            except RefusalError as error:
                if offset is None or error.status != 400:
                    raise project.gone(error, self._client) from None
                restarts += 1
                if restarts > _RESTARTS:
                    message = "Asana forgets its own listing before it can be read to its end"
                    raise FatalError(message, connection=self._client.connection) from None
                offset = None
                continue
            yield answer
            offset = answer.offset
            if offset is None:
                return

    def _batch(self, layout: Layout, ids: Sequence[str]) -> list[Mapping[str, Any] | RefusalError]:
        return self._client.read_batch([Action("get", f"/tasks/{gid}", layout.asked) for gid in ids])

    def _now(self, answer: Answer) -> datetime:
        """When a listing began: by Asana's clock or by ours, whichever is behind, so that neither can skip a change."""
        ours = self._clock.now()
        return min(ours, answer.at) if answer.at else ours


def _cursor(modified: datetime, token: str) -> Json:
    return {"modified": instant(modified), "sync": token}
