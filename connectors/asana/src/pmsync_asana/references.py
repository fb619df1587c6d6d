"""The links of tasks that are attachments: which a task has, with as few requests as that takes, and writing them."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pmsync.errors import RejectedError, StaleError
from pmsync.model.fields import Json, LinkKind
from pmsync.model.native import Ref
from pmsync_asana import referring
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import BATCH, Action, Client
from pmsync_asana.files import Files
from pmsync_asana.gathering import Gathering
from pmsync_asana.moments import instant, moment

_Task = Mapping[str, Any]
_Link = tuple[LinkKind, str]


class References:
    """Knows the links that attachments say. Thread-safe.

    Asana tells of no task whether anything is attached to it: that is a request of its own. Attaching and taking away
    count as modifications, though. So it is remembered what was attached to a task, and when that task had been
    modified last; whoever is unchanged is not asked about again. What is remembered may be older than what the engine
    knows (after a crash), never wrong: a task of which it does not tell is asked about.
    """

    def __init__(self, client: Client, gathering: Gathering, files: Files) -> None:
        self._client = client
        self._gathering = gathering
        self._files = files
        self._lock = threading.Lock()
        self._links: dict[str, tuple[str, ...]] = {}
        """Of tasks that have any."""
        self._recent: dict[str, str] = {}
        """Of which task it is known how it was when modified last."""
        self._until: datetime | None = None
        """All tasks that were not modified after this are known."""

    def of(self, tasks: Iterable[_Task]) -> Mapping[str, tuple[str, ...]]:
        """The links of tasks that were just read, by gid."""
        told = {str(task["gid"]): str(task["modified_at"]) for task in tasks}
        with self._lock:
            unknown = [gid for gid, modified in told.items() if not self._knows(gid, modified)]
        found = self._gathering.attachments(unknown) if unknown else {}
        with self._lock:
            for gid, attachments in found.items():
                self._note(gid, told[gid], attachments)
            return {gid: self._links.get(gid, ()) for gid in told}

    def note(self, task: _Task, attachments: Iterable[_Task]) -> tuple[str, ...]:
        """Take notice of what is attached to a task that was just read; its links."""
        gid = str(task["gid"])
        with self._lock:
            self._note(gid, str(task["modified_at"]), attachments)
            return self._links.get(gid, ())

    def made(self, task: _Task) -> None:
        """Take notice of a task that was just made."""
        self.note(task, ())

    def settled(self, since: datetime | None, until: datetime) -> None:
        """A reading of all tasks that were modified since then (None: of all) is complete; those modified after `until`
        may come again."""
        with self._lock:
            self._recent = {gid: at for gid, at in self._recent.items() if moment(at) > until}
            if since is None or (self._until is not None and since <= self._until):
                self._until = moment(instant(until))

    def begin(self, tasks: Collection[str] | None = None) -> None:
        """A new reading begins, of these tasks or of all."""
        self._gathering.forget(tasks)

    def beside(self, task: str, *others: Action) -> tuple[list[_Task] | None, list[_Task | RefusalError]]:
        """See `Gathering.beside`; for `note`."""
        return self._gathering.beside(task, *others)

    def put(self, ref: Ref, before: Json, after: Json) -> None:
        """Attach and take away what makes the difference, a request for each, and one to see what is there and what
        the other tasks are called. Raises StaleError where the task is gone, RejectedError where another is: nothing
        was written then."""
        had, wants = referring.referred(before), referring.referred(after)
        if had == wants:
            return
        added = sorted(wants - had)
        present, names = self._look(ref, [task for _, task in added])
        self._forget(ref.id)
        for one in present:
            if referring.link(one) in had - wants:
                self._detach(str(one["gid"]))
        there = {referring.link(one) for one in present}
        for kind, task in added:
            if (kind, task) not in there:
                title, url = names[task]
                self._attach(ref, referring.name(kind, title), url)

    # --- what is kept between runs -------------------------------------------------------------------------------

    def memo(self) -> dict[str, Json]:
        """What is known, as JSON."""
        with self._lock:
            return {
                "links": {gid: list[Json](links) for gid, links in self._links.items()},
                "recent": dict[str, Json](self._recent),
                "until": instant(self._until) if self._until else None,
            }

    def recall(self, known: Json) -> None:
        """What `memo` told; what makes no sense is as if nothing were known."""
        try:
            links, recent, until = _remembered(known)
        except (KeyError, TypeError, ValueError, AttributeError):
            return
        with self._lock:
            self._links, self._recent, self._until = links, recent, until

    # --- within --------------------------------------------------------------------------------------------------

    def _forget(self, gid: str) -> None:
        self._gathering.forget([gid])
        with self._lock:
            self._recent.pop(gid, None)

    def _knows(self, gid: str, modified: str) -> bool:
        return self._recent.get(gid) == modified or (self._until is not None and moment(modified) <= self._until)

    def _note(self, gid: str, modified: str, attachments: Iterable[_Task]) -> None:
        self._recent[gid] = modified
        links = referring.links(attachments, gid)
        if links:
            self._links[gid] = links
        else:
            self._links.pop(gid, None)

    def _look(self, ref: Ref, others: Collection[str]) -> tuple[Sequence[_Task], dict[str, tuple[str, str]]]:
        """What is attached to a task, and the names and addresses of others."""
        wanted = list(dict.fromkeys(others))
        present, told = self._gathering.beside(ref.id, *map(_name, wanted[: BATCH - 1]))
        if present is None:
            raise StaleError("the task is gone, or not for us any more", connection=self._client.connection)
        for start in range(BATCH - 1, len(wanted), BATCH):
            told += self._client.read_batch([_name(task) for task in wanted[start : start + BATCH]])
        names = {}
        for task, answer in zip(wanted, told, strict=True):
            if isinstance(answer, RefusalError):
                if not answer.absent:
                    raise answer
                message = "the task that it is to be linked to is not there, or not for us"
                raise RejectedError(message, connection=self._client.connection)
            names[task] = str(answer["data"].get("name") or ""), str(answer["data"]["permalink_url"])
        return present, names

    def _attach(self, ref: Ref, name: str, url: str) -> None:
        try:
            self._files.link(ref, name, url)
        except RefusalError as error:
            if "Unknown object" in error.message:
                raise StaleError("the task is gone", connection=self._client.connection) from None
            raise

    def _detach(self, attachment: str) -> None:
        try:
            self._client.write("DELETE", f"/attachments/{attachment}", None)
        except RefusalError as error:
            if error.status != 404:
                raise


def _name(task: str) -> Action:
    return Action("get", f"/tasks/{task}", "name,permalink_url")


def _remembered(known: Any) -> tuple[dict[str, tuple[str, ...]], dict[str, str], datetime | None]:
    links = {str(gid): tuple(map(str, told)) for gid, told in known["links"].items()}
    recent = {str(gid): instant(moment(at)) for gid, at in known["recent"].items()}
    return links, recent, moment(known["until"]) if known["until"] else None
