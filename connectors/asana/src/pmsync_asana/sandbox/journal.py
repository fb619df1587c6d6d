"""What happened: stories on tasks, and the events that streams and webhooks tell of them."""

import secrets
from datetime import timedelta
from typing import Any

from pmsync.sandbox.faults import Faults, Kind
from pmsync_asana.sandbox.problems import STALE_SYNC, Problem
from pmsync_asana.sandbox.records import Attachment, Event, Project, Record, Section, Story, Task, User
from pmsync_asana.sandbox.world import World, instant

PER_TOKEN = 100
"""Events that one sync token brings."""
LIFE = timedelta(hours=24)
"""How long a sync token, and what it leads to, is kept."""


class Journal:
    """The streams. Only resources that someone asked about have one, from then on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.faults = Faults()
        self._streams: dict[str, list[Event]] = {}
        self._dropped: dict[str, int] = {}
        self._tokens: dict[str, tuple[str, int, str]] = {}
        self.fresh: list[Event] = []
        """Events since the webhooks were last served."""

    def story(self, task: Task, actor: User, subtype: str, text: str, /, **details: Any) -> Story:
        """Add an entry to a task's history. `details` are the story's own fields; a comment has `html_text`."""
        html = details.pop("html_text", "")
        world = self._world
        story = Story(world.gid(), task, subtype, text, world.now(), actor, html, details)
        world.keep(story)
        task.stories.append(story)
        self.tell(actor, "added", story, parent=task)
        return story

    def changed(self, actor: User, record: Record, field: str, **values: Any) -> None:
        """Tell that a field of a record changed. `values`: `new_value`, or `added_value`, or `removed_value`."""
        action = {"added_value": "added", "removed_value": "removed"}.get(next(iter(values), ""), "changed")
        self.tell(actor, "changed", record, change={"field": field, "action": action, **values})

    def tell(
        self,
        actor: User,
        action: str,
        record: Record,
        *,
        parent: Record | None = None,
        change: dict[str, Any] | None = None,
    ) -> None:
        """Tell of an action on a record, to its own stream and to those of all that it is in, or was removed from."""
        scopes = _scopes(record) | (_scopes(parent) if parent else frozenset())
        now = self._world.clock()
        late = timedelta(seconds=self.faults.lag) if self.faults.happens(Kind.LAG) else timedelta()
        event = Event(actor, instant(now), action, record, parent, change, scopes, instant(now + late))
        self.fresh.append(event)
        for gid in scopes & self._streams.keys():
            self._streams[gid].append(event)

    def token(self, gid: str) -> str:
        """A token for what happens to a resource from now on."""
        self._streams.setdefault(gid, [])
        return self._issue(gid, self._end(gid))

    def read(self, gid: str, token: str) -> tuple[list[Event], str, bool]:
        """Events since a token, the next token, and whether there are more. Raises `Problem` 412 with a new token."""
        now = self._world.now()
        known = self._tokens.get(token)
        if known is None or known[0] != gid or known[2] <= now:
            raise Problem(412, STALE_SYNC, extra={"sync": self.token(gid)})
        stream, dropped = self._streams[gid], self._dropped.get(gid, 0)
        start = known[1] - dropped
        ready = []
        for event in stream[start : start + PER_TOKEN]:
            # What is late holds back what follows it: a stream is told in order.
            if event.visible_at > now:
                break
            ready.append(event)
        position = known[1] + len(ready)
        waiting = stream[position - dropped :][:1]
        more = bool(waiting) and waiting[0].visible_at <= now
        return ready, self._issue(gid, position), more

    def lose(self, gid: str) -> None:
        """Lose what a resource's stream has not told yet: delivery is at most once."""
        for token, (of, _, dies) in self._tokens.items():
            if of == gid:
                self._tokens[token] = (of, self._end(of), dies)

    def _end(self, gid: str) -> int:
        return self._dropped.get(gid, 0) + len(self._streams[gid])

    def _issue(self, gid: str, position: int) -> str:
        now = self._world.clock()
        self._forget(instant(now), instant(now - LIFE))
        token = secrets.token_hex(16)
        self._tokens[token] = (gid, position, instant(now + LIFE))
        return token

    def _forget(self, now: str, horizon: str) -> None:
        """Drop the tokens that have expired, and the events that no token can reach any more."""
        for token, (_, _, dies) in list(self._tokens.items()):
            if dies > now:
                break
            del self._tokens[token]
        for gid, stream in self._streams.items():
            old = 0
            while old < len(stream) and stream[old].created_at < horizon:
                old += 1
            if old:
                del stream[:old]
                self._dropped[gid] = self._dropped.get(gid, 0) + old


def _scopes(record: Record) -> frozenset[str]:
    """The record, and all that contains it."""
    match record:
        case Task():
            above = _scopes(record.parent) if record.parent else frozenset()
            within = {place.gid for pair in record.places.items() for place in pair}
            return frozenset({record.gid, *within, *(tag.gid for tag in record.tags)}) | above
        case Story() | Attachment():
            return frozenset({record.gid}) | _scopes(record.task)
        case Section():
            return frozenset({record.gid, record.project.gid})
        case Project():
            return frozenset({record.gid, record.workspace.gid})
        case _:
            return frozenset({record.gid})
