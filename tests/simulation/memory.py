"""The quick world: three tools in memory whose vocabularies lose much of one another's."""

import pickle
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.chance import AREAS, SETS, TEAM, Swarm, rewordings
from tests.simulation.ledger import ENDING, Birth, Edit, End, Ledger, nothing_newer
from tests.simulation.talk import Talk
from tests.simulation.world import Refused, Watcher

from pmsync.config.settings import Config, ConnectionConfig, FieldConfig, MemberConfig, Polling, SyncConfig
from pmsync.connector import registry
from pmsync.connector.api import Fetched, Opening, Updated
from pmsync.mapping.parse import parse
from pmsync.mapping.spec import Mapping as Spec
from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field, Json, LinkKind, Role, StatusCategory
from pmsync.model.native import Event, Marker, Native, Ref
from pmsync.model.part import Part, PartKind
from pmsync.model.vocabulary import CustomField, CustomKind, Vocabulary
from pmsync.reconcile.guard import Limit, Limits
from pmsync.testing import tool as tools
from pmsync.testing.builders import terms, vocabulary
from pmsync.testing.clock import VirtualClock
from pmsync.testing.dialects import Unmarked
from pmsync.testing.memory import MemoryConnector, MemoryPlugin, MemorySettings
from pmsync.testing.tool import MemoryTool, place

NAME = "roadmap"
PMSYNC = "u-pmsync"
WRITING = frozenset({"create", "update", "archive", "delete", "comment", "edit_comment", "remove_part"})
_PEOPLE = ("ada", "grace", "linus")
_ONE_OR_NOBODY: Sequence[list[Json]] = ([], ["u-ada"], ["u-grace"], ["u-linus"])

_SEEN = frozenset({Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.ASSIGNEES, Field.LABELS, Field.DUE})

_B, _T, _P, _D = StatusCategory.BACKLOG, StatusCategory.TODO, StatusCategory.IN_PROGRESS, StatusCategory.DONE

_NAMES: Mapping[str, Vocabulary] = {
    "product": vocabulary(
        {"Backlog": _B, "To Do": _T, "Doing": _P, "Done": _D, "Parking": _B}, name="board", fields=_SEEN
    ),
    "engineering": vocabulary(
        {"Backlog": _B, "Selected": _T, "Ready": _T, "In Progress": _P, "In Review": _P, "Done": _D},
        name="eng",
        fields=_SEEN | {Field.PRIORITY},
    ),
    "delivery": vocabulary({"To Do": _T, "In Progress": _P, "Done": _D}, name="launch", fields=_SEEN, completed=True),
}

_WORKFLOW = {
    "backlog": ("selected", "ready"),
    "selected": ("in-progress", "backlog", "ready"),
    "ready": ("in-progress", "backlog"),
    "in-progress": ("in-review", "selected"),
    "in-review": ("done", "in-progress"),
    "done": ("backlog", "in-progress"),
}


_OPTIONS: Mapping[str, Mapping[Field, Sequence[str]]] = {
    "product": {TEAM: ("Core", "Web", "Ops"), AREAS: ("a", "b", "c")},
    "engineering": {TEAM: ("Core", "Web"), AREAS: ("a", "b", "c")},
    "delivery": {TEAM: (), AREAS: ("a", "b")},
}
"""Spelled otherwise, and not all everywhere: engineering makes teams that it lacks, and delivery's are free text."""

_CUSTOM: Mapping[str, Json] = {"Team": {"shows": "Team", "options": {"create": True}}, "Areas": "Areas"}


def _names(connection: str, swarm: Swarm) -> Vocabulary:
    names = _NAMES[connection]
    if not swarm.custom:
        return names
    options = _OPTIONS[connection]
    team = CustomKind.SELECT if options[TEAM] else CustomKind.TEXT
    customs = (
        CustomField(id="team", name="Team", kind=team, options=terms(options[TEAM])),
        CustomField(id="areas", name="Areas", kind=CustomKind.MULTI, options=terms(options[AREAS])),
    )
    return names.model_copy(update={"custom": customs, "fields": names.fields | {Field.LINKS}})


def _mapping(**document: Json) -> Spec:
    read = parse({"connector": "memory", **document})
    assert isinstance(read, Spec), read
    return read


_MAPPINGS: Mapping[str, Spec] = {
    "product": _mapping(
        statuses={
            "Backlog": {"status": "Backlog", "category": "BACKLOG"},
            "To Do": {"status": "To Do", "category": "TODO"},
            "Doing": {"status": ["In Progress", "In Review"], "category": "IN_PROGRESS"},
            "Done": {"status": "Done", "category": "DONE"},
        },
        labels={"create": True},
    ),
    "engineering": _mapping(
        statuses={
            "Backlog": {"status": "Backlog", "category": "BACKLOG"},
            "Selected": {"status": "To Do", "category": "TODO"},
            "Ready": {"status": "To Do", "category": "TODO"},
            "In Progress": {"status": "In Progress", "category": "IN_PROGRESS"},
            "In Review": {"status": "In Review", "category": "IN_PROGRESS"},
            "Done": {"status": "Done", "category": "DONE"},
        },
        priorities={"Urgent": "URGENT", "High": "HIGH", "Medium": "MEDIUM", "Low": "LOW"},
        labels={"create": True},
    ),
    "delivery": _mapping(
        statuses={
            "To Do": {"status": ["To Do", "Backlog"], "category": "TODO"},
            "In Progress": {"status": ["In Progress", "In Review"], "category": "IN_PROGRESS"},
            "Done": {"status": "Done", "category": "DONE", "completed": True},
        },
        completed="Done",
        labels={"create": True},
    ),
}


def _capabilities(swarm: Swarm) -> Mapping[str, Capabilities]:
    told = {Field.LINKS, TEAM, AREAS} if swarm.custom else set[Field]()
    every = _SEEN | {Field.PRIORITY} | told
    return {
        "product": Capabilities(
            fields=_SEEN | told,
            due=DateKind.BOTH,
            fetch_batch=10,
            whole_listing=True,
            history=every if swarm.history else (_SEEN | told) - {Field.LABELS, Field.ASSIGNEES},
        ),
        "engineering": Capabilities(
            fields=every,
            single_assignee=True,
            label_forbidden=" ",
            labels_need_creating=False,
            create_batch=5,
            fetch_batch=10,
            history=every,
            consistent_find=swarm.consistent,
            find_lag=0.0 if swarm.consistent else swarm.lag + 1,
        ),
        "delivery": Capabilities(
            fields=_SEEN | told,
            links=frozenset({LinkKind.BLOCKS}),
            single_assignee=True,
            title_limit=60,
            create_batch=2,
            fetch_batch=10,
            archives=False,
            history=every if swarm.history else (_SEEN | told) - {Field.DESCRIPTION},
        ),
    }


class SimTool(MemoryTool):
    """A tool that tells the ledger of everything."""

    ledger: Ledger
    talk: Talk
    connection: str

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.seen: dict[str, Native] = {}
        self.passed_over: set[str] = set()
        self.stale = 0.0

    def add(self, *, by: str = "ada", marker: Marker | None = None, urls: tuple[str, ...] = (), **fields: Json) -> str:
        """Create an item."""
        identity = super().add(by=by, marker=marker, urls=urls, **fields)
        self.ledger.add(
            Birth(self.ledger.next, self.connection, identity, by == "pmsync", marker.item if marker else "")
        )
        return identity

    def identify(self, by: str, marker: Marker | None) -> str:
        """An id that is the same however often pmsync crashed before, so that runs can be compared."""
        stem = f"p-{marker.item}" if marker is not None and by == "pmsync" else "u"
        return f"{stem}-{1 + sum(one.startswith(stem) for one in self._cards)}"

    def edit(self, identity: str, *, by: str = "ada", **fields: Json) -> None:
        """Change fields."""
        card = self._cards.get(identity)
        known = len(card.events) if card else 0
        super().edit(identity, by=by, **fields)
        for event in self._cards[identity].events[known:]:
            self._tell(identity, event, ours=by == "pmsync")

    def archive(self, identity: str, *, by: str = "ada", archived: bool = True) -> None:
        """Put an item away."""
        before = self.show(identity)
        super().archive(identity, by=by, archived=archived)
        if archived and not before.archived:
            self._end(before, by, deleted=False)

    def delete(self, identity: str, *, by: str = "ada") -> None:
        """Delete an item."""
        before = self.show(identity)
        super().delete(identity, by=by)
        self._end(before, by, deleted=True)

    def comment(self, identity: str, text: str, *, by: str = "ada", hidden: bool = False) -> Part:
        """Comment on an item."""
        if by == "pmsync":
            self.talk.spoke(self.connection, text)
        return super().comment(identity, text, by=by, hidden=hidden)

    def edit_comment(self, identity: str, comment: str, text: str, *, by: str = "ada") -> Part:
        """Give a comment another text."""
        if by == "pmsync":
            self.talk.spoke(self.connection, text)
        return super().edit_comment(identity, comment, text, by=by)

    def attach(
        self, identity: str, name: str, url: str = "", content: bytes | None = None, media: str = "", *, by: str = "ada"
    ) -> Part:
        """Attach an address, or a file."""
        if by == "pmsync":
            self.talk.spoke(self.connection, name)
        return super().attach(identity, name, url, content, media, by=by)

    def remove_part(self, identity: str, kind: PartKind, part: str, *, by: str = "ada") -> None:
        """Take a comment or an attachment away."""
        self.talk.writes += by == "pmsync"
        super().remove_part(identity, kind, part, by=by)

    def identities(self) -> Iterator[str]:
        """All items that are not deleted."""
        yield from (identity for identity, card in self._cards.items() if card.deleted_at is None)

    def listed(self, since: datetime | None) -> list[Native]:
        """The listing, without what it passes over this once."""
        usual = self.lag
        self.lag = max(usual, self.stale)
        found = [one for one in super().listed(since) if one.ref.id not in self.passed_over]
        self.lag, self.stale = usual, 0.0
        self.passed_over.clear()
        return found

    def _tell(self, identity: str, event: Event, *, ours: bool) -> None:
        ledger = self.ledger
        base = ledger.base(self.connection, identity)
        seen = self.seen.get(identity)
        unseen = ours and seen is not None and seen.fields.get(event.field) != event.before
        name = event.field
        if ours and ledger.held(self.connection, identity, name):
            ledger.remarks.append(f"H {self.connection} {identity} {name} was written, though it waits for a person")
        ledger.add(
            Edit(ledger.next, self.connection, identity, name, event.before, event.after, ours, base.get(name),
                 name in base, ledger.audited(), unseen)
        )  # fmt: skip

    def _end(self, before: Native, by: str, *, deleted: bool) -> None:
        ledger, ours = self.ledger, by == "pmsync"
        base = ledger.base(self.connection, before.ref.id)
        # What is in an archive can be looked at once more, and taken out again.
        clean = not ours or nothing_newer(
            before, base, ledger.look.get((self.connection, before.ref.id)) if deleted else None
        )
        ledger.add(End(ledger.next, self.connection, before.ref.id, ours, deleted, clean, stray=ours and not base))


class SimConnector(MemoryConnector):
    """A connection that keeps, while it updates, what pmsync says that it saw just before."""

    tool: SimTool

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """As the reference connector does."""
        fetched = super().fetch(ids)
        ledger = self.tool.ledger
        ledger.look = {(self.tool.connection, identity): native for identity, native in fetched.found.items()}
        if ledger.missed is not None:
            for identity in fetched.missing:
                ledger.missed.setdefault((self.tool.connection, identity), set()).add(ledger.passing)
        return fetched

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """As the reference connector does."""
        ledger = self.tool.ledger
        for name, value in patch.items():
            if value == seen.fields.get(name):
                ledger.remarks.append(f"needless write: {self.tool.connection} {ref.id} {name} is {value!r} already")
        self.tool.seen[ref.id] = seen
        try:
            return super().update(ref, patch, seen)
        finally:
            self.tool.seen.pop(ref.id, None)


class SimPlugin(MemoryPlugin):
    """Opens such connections."""

    def open(self, settings: MemorySettings, opening: Opening) -> MemoryConnector:
        """Open a connection to one of the tools."""
        tool = self.tools[settings.tool]
        return SimConnector(tool, settings.user, opening, before_io=self.before_io, after_io=self.after_io)


class MemoryWorld:
    """See `World`."""

    def __init__(self, swarm: Swarm, rng: random.Random, folder: Path) -> None:
        self.clock = VirtualClock()
        self.ledger = Ledger(missed={})
        self.connections = tuple(_NAMES)
        self.us = dict.fromkeys(_NAMES, PMSYNC)
        self._rng = rng
        self._swarm = swarm
        self._tokens = 0
        self._watcher: Watcher | None = None
        capabilities = _capabilities(swarm)
        self.history = {name: one.history for name, one in capabilities.items()}
        self.plain = True
        self.talk = Talk({})
        self.tools = {name: self._tool(name, capabilities[name]) for name in _NAMES}
        self.talk.tools = self.tools
        plugin: Any = SimPlugin(self.tools, before_io=self._before, after_io=self._after)
        registry.offer(plugin)
        self.config = _config(swarm, folder)

    def _tool(self, name: str, capabilities: Capabilities) -> SimTool:
        made = SimTool(
            self.clock,
            names=_names(name, self._swarm),
            capabilities=capabilities,
            workflow=_WORKFLOW if name == "engineering" else None,
            lag=self._swarm.lag if name == "engineering" else 0.0,
            page_size=2,
        )
        made.ledger = self.ledger
        made.talk = self.talk
        made.connection = name
        if name == "delivery":
            made.dialect = Unmarked()
        return made

    def watch(self, watcher: Watcher | None) -> None:
        """See `World`."""
        self._watcher = watcher

    def objects(self, connection: str) -> Mapping[str, Native]:
        """See `World`."""
        return {one.ref.id: one for one in self.tools[connection].items()}

    def choices(self, connection: str, identity: str, name: Field) -> Sequence[Json]:
        """See `World`."""
        tool = self.tools[connection]
        now = tool.show(identity).fields
        if name not in now:
            return ()
        return [value for value in self._values(connection, name, now) if value != now[name]]

    def create(self, connection: str, title: str) -> str:
        """See `World`."""
        return self.tools[connection].add(by=self._somebody(), title=title)

    def edit(self, connection: str, identity: str, name: Field, value: Json) -> None:
        """See `World`."""
        self._do(lambda: self.tools[connection].edit(identity, by=self._somebody(), **{name.value: value}))

    def copy(self, connection: str, identity: str) -> None:
        """See `World`."""
        self._do(lambda: self.tools[connection].copy(identity, by=self._somebody()))

    def archive(self, connection: str, identity: str) -> None:
        """See `World`."""
        self._do(lambda: self.tools[connection].archive(identity, by=self._somebody()))

    def delete(self, connection: str, identity: str) -> None:
        """See `World`."""
        self._do(lambda: self.tools[connection].delete(identity, by=self._somebody()))

    def leave(self, connection: str, identity: str) -> None:
        """See `World`."""
        self._do(lambda: self.tools[connection].move_out(identity))

    def hide(self, connection: str, identity: str, *, hidden: bool) -> None:
        """See `World`."""
        (self.tools[connection].hidden.add if hidden else self.tools[connection].hidden.discard)(identity)

    def lock_out(self, connection: str, *, out: bool) -> None:
        """See `World`."""
        revoked = self.tools[connection].revoked
        (revoked.add if out else revoked.discard)("pmsync")

    def skip_a_row(self, connection: str, identity: str) -> None:
        """See `World`."""
        self.tools[connection].passed_over.add(identity)

    def grow_stale(self, connection: str, seconds: float) -> None:
        """See `World`."""
        self.tools[connection].stale = seconds

    def keep(self) -> bytes:
        """See `World`."""
        tools = {name: (tool._cards, tool.fences) for name, tool in self.tools.items()}
        return pickle.dumps((tools, self.ledger.entries, self.clock.monotonic()), pickle.HIGHEST_PROTOCOL)

    def lay(self, kept: bytes) -> None:
        """See `World`."""
        tools, self.ledger.entries, elapsed = pickle.loads(kept)
        for name, (cards, fences) in tools.items():
            self.tools[name]._cards, self.tools[name].fences = cards, fences
        self.clock.advance(elapsed)

    def mend(self) -> None:
        """See `World`."""
        for tool in self.tools.values():
            tool.revoked.clear()
            tool.hidden.clear()
            tool.passed_over.clear()

    def close(self) -> None:
        """See `World`."""
        self.config.audit.unlink(missing_ok=True)

    def _do(self, act: Callable[[], object]) -> None:
        try:
            act()
        except tools.Refused as refused:
            raise Refused(str(refused)) from None

    def _somebody(self) -> str:
        return self._rng.choice(_PEOPLE)

    def _before(self, name: str) -> None:
        if self._watcher is not None:
            connection, _, call = name.partition(".")
            look = self.ledger.look if call in ENDING else {}
            self._watcher.before(connection, call, writes=call in WRITING)
            self.ledger.look = look  # Not what was read beside it.

    def _after(self, name: str) -> None:
        if self._watcher is not None:
            connection, _, call = name.partition(".")
            self._watcher.after(connection, call, writes=call in WRITING)

    def _values(self, connection: str, name: Field, now: Mapping[Field, Json]) -> Sequence[Json]:
        tool, tiny = self.tools[connection], self._swarm.tiny
        match name:
            case Field.TITLE:
                return ("Pay", "Pay by card", "Refund") if tiny else (self._token("title"),)
            case Field.STATUS:
                return self._statuses(tool, now[name])
            case Field.LABELS:
                return self._sets(now[name], ("red", "blue", "two words") if tiny else (self._token("l"), "red"), tool)
            case Field.ASSIGNEES:
                if tool.capabilities.single_assignee:
                    return _ONE_OR_NOBODY
                return self._sets(now[name], tuple(f"u-{one}" for one in _PEOPLE), tool)
            case Field.DUE:
                day = self._rng.randint(1, 2 if tiny else 28)
                return (f"2026-06-{day:02}", None)
            case Field.DESCRIPTION:
                return self._texts(now[name])
            case Field.PRIORITY:
                return (None, "urgent", "low") if tiny else (None, "urgent", "high", "medium", "low")
            case _:
                return self._custom_values(connection, name, now[name])

    def _custom_values(self, connection: str, name: Field, now: Json) -> Sequence[Json]:
        tool, options = self.tools[connection], _OPTIONS[connection]
        if name is TEAM:
            return (*(options[TEAM] or ("Core", "Ops", self._token("team"))), None)
        present = [str(one) for one in now] if isinstance(now, list) else []
        domain = options[AREAS]
        if name is Field.LINKS:
            domain = [f"{kind}:{one.ref.id}" for one in tool.items() for kind in sorted(tool.capabilities.links)]
        more: list[Json] = [[*present, one] for one in domain if one not in present]
        return more + [[other for other in present if other != one] for one in present]

    def _statuses(self, tool: SimTool, now: Json) -> Sequence[Json]:
        start = place(now)
        found: list[Json] = []
        for term in tool.names.statuses:
            way = tool.path(start, term.id)
            if way is not None and len(way) <= 1:
                flags = (False, True) if tool.names.completed else (None,)
                found += [{"place": term.id} | ({} if flag is None else {"completed": flag}) for flag in flags]
        return found

    def _sets(self, now: Json, domain: Sequence[str], tool: SimTool) -> Sequence[Json]:
        present = [str(one) for one in now] if isinstance(now, list) else []
        forbidden = tool.capabilities.label_forbidden
        free = [one for one in domain if one not in present and not set(one) & set(forbidden)]
        for one in free:
            if not one.startswith("u-"):
                tool.learn_label(one)
        more: list[Json] = [[*present, one] for one in free]
        return more + [[other for other in present if other != one] for one in present]

    def _texts(self, now: Json) -> Sequence[Json]:
        token = self._rng.choice(("alpha", "beta")) if self._swarm.tiny else self._token("word")
        return rewordings(str(now or ""), token, self._rng)

    def _token(self, kind: str) -> str:
        self._tokens += 1
        return f"{kind}{self._tokens}"


def _spec(name: str, swarm: Swarm) -> Spec:
    return replace(_MAPPINGS[name], custom=_mapping(custom=dict(_CUSTOM)).custom) if swarm.custom else _MAPPINGS[name]


def _config(swarm: Swarm, folder: Path) -> Config:
    roles = {"product": Role.PRODUCT, "engineering": Role.ENGINEERING, "delivery": Role.DELIVERY}
    many = Limit(100_000)
    rules = {name: FieldConfig(rule=swarm.rule) for name in Field.standard() if name not in SETS} if swarm.rule else {}
    sync = SyncConfig(
        NAME,
        members={name: MemberConfig(role) for name, role in roles.items()},
        create={name: tuple(other for other in roles if other != name) for name in roles},
        backfill=True,
        fields=rules,
        on_delete=swarm.on_delete,
        limits=Limits(many, many, many),
    )
    return Config(
        path=folder / "config.yaml",
        state="sqlite://",
        audit=folder / "audit.jsonl",
        zone=ZoneInfo("UTC"),
        polling=Polling(overlap=timedelta(minutes=10).total_seconds()),
        connections={
            name: ConnectionConfig(name, "memory", {}, MemorySettings(name), _spec(name, swarm), name) for name in roles
        },
        people={},
        syncs={NAME: sync},
    )
