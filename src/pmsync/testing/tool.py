"""A work-item tool in memory, with its users, its history and its own opinions about values."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pmsync.connector.pacing import Clock
from pmsync.model.capabilities import Capabilities
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Marker, Native, Ref
from pmsync.model.vocabulary import CustomKind, Term, Vocabulary
from pmsync.testing.builders import RICH, slug, vocabulary
from pmsync.testing.customs import blank_customs, custom_called, with_options
from pmsync.testing.dialects import PlainMarkdown
from pmsync.testing.hanging import Pile, Pinboard
from pmsync.testing.hanging import Refused as Refused
from pmsync.testing.rules import refusal
from pmsync.text.dialect import Dialect

Norm = Callable[[Json], Json]

_EMPTY: Mapping[Field, Json] = {
    Field.DESCRIPTION: "",
    Field.PRIORITY: None,
    Field.TYPE: None,
    Field.ASSIGNEES: [],
    Field.LABELS: [],
    Field.START: None,
    Field.DUE: None,
    Field.ESTIMATE: None,
    Field.PARENT: None,
    Field.RELEASE: [],
    Field.SPRINT: None,
    Field.TIME_SPENT: None,
    Field.LINKS: [],
}


def place(status: Json) -> str:
    """The place in a status's native value; "" where it is none."""
    return str(status.get("place", "")) if isinstance(status, dict) else ""


@dataclass(slots=True)
class _Card:
    """One item: what it showed since when, and who did what to it."""

    versions: list[Native]
    events: list[Event] = field(default_factory=list)
    deleted_at: datetime | None = None
    pile: Pile = field(default_factory=Pile)

    @property
    def now(self) -> Native:
        return self.versions[-1]

    def shown(self, until: datetime) -> Native | None:
        """The item as a listing shows it that knows nothing later than a moment."""
        return next((version for version in reversed(self.versions) if version.updated_at <= until), None)


class MemoryTool(Pinboard):
    """The tool itself. Its methods are what users do in it; they cost nothing and never fail by a fault.

    Every user method takes `by`, a member's name, and raises `Refused` where the tool would say no. Values are native
    values. Ids are numbers in the order of creation, keys are the container's name and the id.
    """

    dialect: Dialect = PlainMarkdown()

    def __init__(
        self,
        clock: Clock,
        *,
        names: Vocabulary | None = None,
        capabilities: Capabilities = RICH,
        workflow: Mapping[str, tuple[str, ...]] | None = None,
        norms: Mapping[Field, Norm] | None = None,
        lag: float = 0.0,
        page_size: int = 50,
    ) -> None:
        """`workflow`: the places that each place leads to; None: any to any. `norms`: how the tool rewrites values.

        `lag`: seconds until a write shows in a listing. Fields that the capabilities lack are taken out of `names`.
        """
        names = names or vocabulary()
        self.clock = clock
        self.capabilities = capabilities
        self.names = names.model_copy(update={"fields": names.fields & capabilities.fields})
        self.workflow = workflow
        self.norms = dict(norms or {})
        self.lag = lag
        self.page_size = page_size
        self.hidden: set[str] = set()
        """Ids that answer as if they were not there."""
        self.revoked: set[str] = set()
        """Names of members whose credentials no longer count."""
        self.fences: dict[str, Fence] = {}
        """The fences that were put up here, by sync."""
        self.unfenced: set[str] = set()
        """Names of members who may not put one up."""
        self.unpointing: set[str] = set()
        """Names of members who may not have items lead to their twins."""
        self.lock = threading.RLock()
        self._cards: dict[str, _Card] = {}

    def add(
        self,
        *,
        by: str = "ada",
        marker: Marker | None = None,
        urls: tuple[str, ...] = (),
        **fields: Json,
    ) -> str:
        """Create an item; what is not given is empty, a status is the first place. Answers its id."""
        with self.lock:
            values = {Field(name): value for name, value in fields.items()}
            start = {**_EMPTY, Field.TITLE: "Untitled", Field.STATUS: self._first()}
            made = {name: value for name, value in start.items() if name in self.names.fields}
            made |= blank_customs(self.names)
            for name, value in values.items():
                self._require(name, value, made)
            made |= {name: self.normal(name, value) for name, value in values.items()}
            identity = self.identify(by, marker)
            now = self.clock.now()
            ref = Ref(identity, f"{self.names.container.name.upper()}-{identity}", f"{self.names.url}/{identity}")
            card = Native(ref, made, now, now, creator=f"u-{by}", marker=marker, links=urls)
            self._cards[identity] = _Card([card])
            return identity

    def edit(self, identity: str, *, by: str = "ada", **fields: Json) -> None:
        """Change fields of an item. Each change is in the history, whatever the capabilities say of it."""
        with self.lock:
            card = self._card(identity)
            now = card.now
            for name, value in ((Field(name), value) for name, value in fields.items()):
                self._require(name, value, now.fields, identity)
                after = self.normal(name, value)
                before = now.fields.get(name)
                if after != before:
                    card.events.append(Event(self.clock.now(), f"u-{by}", name, before, after))
                    now = replace(now, fields={**now.fields, name: after})
            self._keep(card, now)

    def archive(self, identity: str, *, by: str = "ada", archived: bool = True) -> None:
        """Put an item away, or take it out again. `by` is not recorded: archiving has no history here."""
        with self.lock:
            card = self._card(identity)
            self._keep(card, replace(card.now, archived=archived))

    def delete(self, identity: str, *, by: str = "ada") -> None:
        """Delete an item for good. `by` is not recorded: what is gone has no history."""
        with self.lock:
            self._card(identity).deleted_at = self.clock.now()

    def move_out(self, identity: str, *, admitted: bool = False) -> None:
        """Take an item out of the connection's filter: it can be read, and is no longer listed."""
        with self.lock:
            card = self._card(identity)
            self._keep(card, replace(card.now, admitted=admitted))

    def copy(self, identity: str, *, by: str = "ada") -> str:
        """Copy an item as a user would: with everything on it, our marker too."""
        with self.lock:
            source = self._card(identity).now
            values = {name.value: value for name, value in source.fields.items()}
            return self.add(by=by, marker=source.marker, urls=source.links, **values)

    def show(self, identity: str) -> Native:
        """The item as it is now. Raises KeyError if it is deleted or never was."""
        with self.lock:
            card = self._cards[identity]
            if card.deleted_at is not None:
                raise KeyError(identity)
            return card.now

    def items(self) -> list[Native]:
        """All items that are not deleted, oldest first."""
        with self.lock:
            return [card.now for card in self._cards.values() if card.deleted_at is None]

    def events(self, identity: str) -> list[Event]:
        """Everything that was done to an item's fields, oldest first."""
        with self.lock:
            return list(self._cards[identity].events)

    def listed(self, since: datetime | None) -> list[Native]:
        """The listing: items updated at or after a moment, as late as the tool's index is. Oldest first."""
        with self.lock:
            until = self.clock.now() - timedelta(seconds=self.lag)
            shown = [
                card.shown(until)
                for identity, card in self._cards.items()
                if identity not in self.hidden and (card.deleted_at is None or card.deleted_at > until)
            ]
            return [one for one in shown if one and one.admitted and (since is None or one.updated_at >= since)]

    def deleted_since(self, moment: datetime) -> Iterator[str]:
        """Ids of what was deleted at or after a moment: for tools that hint at deletions."""
        with self.lock:
            yield from [i for i, card in self._cards.items() if card.deleted_at and card.deleted_at >= moment]

    def pinned(self, identity: str) -> _Card | None:
        """An item that is there."""
        card = self._cards.get(identity)
        return card if card is not None and card.deleted_at is None else None

    def path(self, start: str, goal: str) -> list[str] | None:
        """The places to go through from one place to another, by the workflow; None if there is no way."""
        if start == goal:
            return []
        if self.workflow is None:
            return [goal]
        ways: deque[list[str]] = deque([[start]])
        seen = {start}
        while ways:
            way = ways.popleft()
            for place in self.workflow.get(way[-1], ()):
                if place == goal:
                    return [*way[1:], goal]
                if place not in seen:
                    seen.add(place)
                    ways.append([*way, place])
        return None

    def identify(self, by: str, marker: Marker | None) -> str:
        """The id of an item that is about to be made."""
        return str(len(self._cards) + 1)

    def learn_label(self, name: str) -> None:
        """Create a label."""
        with self.lock:
            if name not in {label.name for label in self.names.labels}:
                labels = (*self.names.labels, Term(id=slug(name), name=name))
                self.names = self.names.model_copy(update={"labels": labels})

    def learn_option(self, name: Field, value: Json) -> None:
        """Create the options of a custom field that a value needs."""
        with self.lock:
            self.names = with_options(self.names, name, value)

    def normal(self, name: Field, value: Json) -> Json:
        """The value as the tool keeps it."""
        if name in self.norms:
            value = self.norms[name](value)
        if isinstance(value, list):
            single = dict.fromkeys(str(one) for one in value)
            custom = custom_called(self.names, name)
            people = name is Field.ASSIGNEES or (custom is not None and custom.kind is CustomKind.PERSON)
            return [*single] if people else [*sorted(single)]
        return value

    def _first(self) -> Json:
        place = self.names.statuses[0].id
        return {"place": place, "completed": False} if self.names.completed else {"place": place}

    def _require(self, name: Field, value: Json, now: Mapping[Field, Json], identity: str | None = None) -> None:
        reason = refusal(self.names, self.capabilities, name, value)
        if name is Field.PARENT and value is not None and (value == identity or value not in self._cards):
            reason = "the parent is not there"
        if name is Field.LINKS and isinstance(value, list):
            lost = [one for one in value if str(one).partition(":")[2] not in self._cards]
            reason = f"{lost[0]} leads nowhere" if lost else reason
        if name is Field.STATUS and identity is not None and reason is None:
            start, goal = place(now[name]), place(value)
            way = self.path(start, goal)
            if way is None or len(way) > 1:
                reason = f"the workflow does not lead from {start} to {goal}"
        if reason is not None:
            raise Refused(reason)

    def _card(self, identity: str) -> _Card:
        card = self._cards.get(identity)
        if card is None or card.deleted_at is not None:
            raise Refused(f"there is no item {identity}")
        return card

    def _keep(self, card: _Card, now: Native) -> None:
        if now != card.now:
            card.versions.append(replace(now, updated_at=self.clock.now()))
