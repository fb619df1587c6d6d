"""The reference connector: the whole protocol over a tool in memory.

It is quick and has no network, and fails only where it is told to: `before_io` is called before each call to the tool
and may act as a user, let time pass, or raise; `after_io` likewise, once the call has taken effect and before its
answer has arrived. A `TransientError` of theirs is what a network's would be: reads are tried again, a write whose
answer is lost has an unknown outcome. Whatever else they raise goes through as it is: a crash, say.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from pmsync.connector.api import Account, Created, Fetched, Inspection, Opening, Page, Place, Updated, Where
from pmsync.connector.parts import Parts
from pmsync.errors import (
    FatalError,
    PmsyncError,
    Problem,
    RejectedError,
    StaleError,
    TransientError,
)
from pmsync.model.capabilities import Capabilities
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.finding import Finding
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.vocabulary import Vocabulary
from pmsync.testing.customs import custom_called, naming
from pmsync.testing.dialects import PlainMarkdown as PlainMarkdown
from pmsync.testing.memory_parts import MemoryParts
from pmsync.testing.tool import MemoryTool as MemoryTool
from pmsync.testing.tool import Refused as Refused
from pmsync.testing.tool import place
from pmsync.testing.walks import walk
from pmsync.testing.wire import Hook as Hook
from pmsync.testing.wire import Wire, nothing
from pmsync.text.dialect import Dialect


class MemoryConnector:
    """One connection to a `MemoryTool`, as one of its members."""

    def __init__(
        self,
        tool: MemoryTool,
        user: str = "pmsync",
        opening: Opening | None = None,
        *,
        before_io: Hook = nothing,
        after_io: Hook = nothing,
    ) -> None:
        """The hooks are given `<connection>.<call>`: `engineering.update`, `engineering.changes`."""
        self.tool = tool
        self._user = user
        self._opening = opening or Opening("memory", clock=tool.clock)
        self._custom = naming(tool.names, self._opening.custom)
        self._wire = Wire(tool, user, self._opening, before_io, after_io)

    @property
    def capabilities(self) -> Capabilities:
        """Those of the tool."""
        return self.tool.capabilities

    @property
    def dialect(self) -> Dialect:
        """That of the tool."""
        return self.tool.dialect

    @property
    def parts(self) -> Parts:
        """Comments and attachments."""
        return MemoryParts(self.tool, self._user, self._wire, self.dialect)

    @property
    def webhooks(self) -> None:
        """None: a tool in memory calls nobody."""

    def check(self) -> Account:
        """Say who we are."""
        self._wire.read("check")
        return Account(f"u-{self._user}", self._user.capitalize(), self.tool.names.url, product="Memory")

    def survey(self) -> Sequence[Finding]:
        """Nothing: the tool's whole workflow is known."""
        return ()

    def vocabulary(self) -> Vocabulary:
        """The tool's names."""
        self._wire.read("vocabulary")
        return self.tool.names

    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        """One call a page; suspects are what was deleted since."""
        began = self.tool.clock.now()
        since = None if deep or self.capabilities.whole_listing else _since(cursor, self._opening)
        items = self._listing(since)
        size = self.tool.page_size
        pages = [items[start : start + size] for start in range(0, len(items), size)] or [[]]
        for number, page in enumerate(pages):
            if number:
                self._wire.read("changes")
            last = number == len(pages) - 1
            gone = () if since is None else tuple(self.tool.deleted_since(since))
            yield Page(
                tuple(page),
                cursor=began.isoformat() if last else None,
                last=last,
                whole=last and since is None,
                suspects=gone if last else (),
                total=len(items),
            )

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """Read by id, as many at once as the capabilities say."""
        found: dict[str, Native] = {}
        size = max(1, self.capabilities.fetch_batch)
        for start in range(0, len(ids), size):
            self._wire.read("fetch")
            for identity in ids[start : start + size]:
                native = self._show(identity)
                if native is not None:
                    found[identity] = native
        return Fetched(found, frozenset(ids) - found.keys())

    def locate(self, reference: str) -> str | None:
        """An id, a key or a URL of an item that is there."""
        self._wire.read("locate")
        wanted = reference.strip()
        for native in self.tool.items():
            if wanted in (native.ref.id, native.ref.key, native.ref.url):
                return native.ref.id if native.ref.id not in self.tool.hidden else None
        return None

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """Look through our own items; through the lagging listing where the capabilities say so."""
        self._wire.read("find")
        wanted = {marker.item for marker in markers}
        everything = self.tool.items() if self.capabilities.consistent_find else self.tool.listed(None)
        mine = [one for one in everything if one.creator == f"u-{self._user}" and one.created_at >= since]
        told = self._custom.native
        return {one.marker.item: told(one) for one in reversed(mine) if one.marker and one.marker.item in wanted}

    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        """One call for as many drafts as the capabilities allow."""
        made: list[Created] = []
        size = max(1, self.capabilities.create_batch)
        for start in range(0, len(drafts), size):
            batch = drafts[start : start + size]
            try:
                self._wire.enter("create")
            except PmsyncError as error:
                made += [Created(error=error) for _ in batch]
                continue
            answers = [self._make(draft) for draft in batch]
            try:
                self._wire.leave("create")
            except TransientError as error:
                answers = [Created(error=self._wire.unknown(error)) for _ in batch]
            made += answers
        return made

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """One call for all fields but the status, and one for each hop of the workflow."""
        plain: dict[Field, Json] = {name: value for name, value in patch.items() if name is not Field.STATUS}
        refused: dict[Field, str] = {}
        if plain:
            self._wire.write("update", lambda: refused.update(self._apply(ref, plain, seen)))
        if Field.STATUS in patch:
            reason = self._move(ref, patch[Field.STATUS])
            refused |= {Field.STATUS: reason} if reason else {}
        applied = frozenset(patch) - refused.keys()
        if refused and not applied:
            name, reason = next(iter(refused.items()))
            raise RejectedError(reason, connection=self._opening.connection, item=ref.key, field=name)
        return Updated(self._show(ref.id), applied, refused)

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """The item and its history, as far as the capabilities let it be told."""
        self._wire.read("inspect")
        native = self._show(ref.id)
        if native is None:
            return Inspection(None)
        telling = self.capabilities.history | set(self._custom.shown)
        known = [one for one in self.tool.events(ref.id) if one.field in telling and one.at >= since]
        return Inspection(native, self._custom.events(tuple(known)))

    def archive(self, ref: Ref) -> None:
        """Put it away."""
        self._wire.write("archive", lambda: self._act(ref, self.tool.archive))

    def restore(self, ref: Ref) -> None:
        """Take it out again."""
        self._wire.write("restore", lambda: self._act(ref, partial(self.tool.archive, archived=False)))

    def delete(self, ref: Ref) -> None:
        """Delete it. What is gone already is well."""
        self._wire.write("delete", lambda: self._act(ref, self.tool.delete))

    def read_fence(self, sync: str) -> Fence | None:
        """One call."""
        self._wire.read("read_fence")
        return self.tool.fences.get(sync)

    def write_fence(self, fence: Fence) -> bool:
        """One call."""
        if self._user in self.tool.unfenced:
            self._wire.read("write_fence")
            return False
        self._wire.write("write_fence", lambda: self.tool.fences.update({fence.sync: fence}))
        return True

    def memo(self) -> Json:
        """Nothing is worth keeping."""
        return None

    def requests(self) -> int:
        """How many calls were made."""
        return self._wire.requests

    def close(self) -> None:
        """Nothing is held."""

    def _listing(self, since: datetime | None) -> list[Native]:
        self._wire.read("changes")
        items = self.tool.listed(since)
        if not items:
            self.check()
        return [self._custom.native(one) for one in items]

    def _show(self, identity: str) -> Native | None:
        if identity in self.tool.hidden:
            return None
        try:
            return self._custom.native(self.tool.show(identity))
        except KeyError:
            return None

    def _make(self, draft: Draft) -> Created:
        notes: dict[Field, str] = {}
        with self.tool.lock:
            identity = _add(self.tool, self._user, draft, notes)
            if identity is None:
                return Created(error=RejectedError(notes[Field.TITLE], connection=self._opening.connection))
            blank = self._custom.native(self.tool.show(identity))
            rest: dict[Field, Json] = {**draft.fields}
            rest.pop(Field.TITLE)
            notes |= self._apply(blank.ref, rest, blank)
            unfinished = frozenset({Field.STATUS} & notes.keys()) if self._leads(blank, rest) else frozenset()
            for name in unfinished:
                del notes[name]
            return Created(self._show(identity), notes=notes, unfinished=unfinished)

    def _leads(self, made: Native, wanted: Mapping[Field, Json]) -> bool:
        """Whether the workflow leads to the status, by however many steps: an update walks them."""
        return self.tool.path(place(made.fields.get(Field.STATUS)), place(wanted.get(Field.STATUS))) is not None

    def _apply(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> dict[Field, str]:
        refused: dict[Field, str] = {}
        for name, value in patch.items():
            now, target = self._now(ref), value
            if _by_delta(name, self.capabilities):
                target = _delta(now.fields.get(name), seen.fields.get(name), value)
            if name is Field.LABELS and self._opening.create_labels and isinstance(value, list):
                _learn_labels(self.tool, value)
            own = self._custom.own.get(name, name)
            self.tool.learn_option(own, target)
            try:
                _writable(self.tool, own)
                self.tool.edit(ref.id, by=self._user, **{own: target})
            except Refused as reason:
                refused[name] = str(reason)
        return refused

    def _move(self, ref: Ref, goal: Json) -> str | None:
        return walk(self.tool, self._user, self._wire, goal, lambda: self._now(ref))

    def _now(self, ref: Ref) -> Native:
        native = self._show(ref.id)
        if native is None:
            raise StaleError(f"{ref.key} is not there", connection=self._opening.connection, item=ref.key)
        return native

    def _act(self, ref: Ref, act: Callable[..., None]) -> None:
        if self._show(ref.id) is not None:
            act(ref.id, by=self._user)


def _add(tool: MemoryTool, user: str, draft: Draft, notes: dict[Field, str]) -> str | None:
    try:
        return tool.add(by=user, marker=draft.marker, title=draft.fields.get(Field.TITLE, ""))
    except Refused as refused:
        notes[Field.TITLE] = str(refused)
        return None


def _writable(tool: MemoryTool, own: Field) -> None:
    custom = custom_called(tool.names, own)
    if own in tool.capabilities.read_only or (custom is not None and not custom.writable):
        raise Refused(f"{own} can only be read")


def _by_delta(name: Field, capabilities: Capabilities) -> bool:
    return not (name is Field.ASSIGNEES and capabilities.single_assignee)


def _since(cursor: Json, opening: Opening) -> datetime | None:
    if cursor is None:
        return None
    if not isinstance(cursor, str):
        raise FatalError(f"{cursor!r} is no cursor", connection=opening.connection)
    return datetime.fromisoformat(cursor) - timedelta(seconds=opening.overlap)


def _learn_labels(tool: MemoryTool, labels: list[Json]) -> None:
    for label in labels:
        if isinstance(label, str) and not set(label) & set(tool.capabilities.label_forbidden):
            tool.learn_label(label)


def _delta(now: Json, seen: Json, wanted: Json) -> Json:
    if not (isinstance(now, list) and isinstance(seen, list) and isinstance(wanted, list)):
        return wanted
    return [one for one in now if one in wanted or one not in seen] + [
        one for one in wanted if one not in seen and one not in now
    ]


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """The section of a connection to a tool in memory."""

    tool: str
    user: str = "pmsync"
    secrets: tuple[str, ...] = ()
    webhook_url: str = ""
    webhook_reinstall: bool = False


@dataclass(slots=True)
class MemoryPlugin:
    """The plugin whose connections lead to these tools, by name: `scope: {tool: roadmap}`."""

    tools: Mapping[str, MemoryTool]
    before_io: Hook = nothing
    after_io: Hook = nothing
    name: str = "memory"
    title: str = "Memory"
    default_mapping: str = "memory"
    place_key: str = "tool"
    credentials: Mapping[str, str] = field(default_factory=lambda: {"user": "a member's name"})

    @property
    def capabilities(self) -> Capabilities:
        """Those of the first tool."""
        return next(iter(self.tools.values())).capabilities

    def parse(self, section: Mapping[str, Json], where: Where) -> MemorySettings | tuple[Problem, ...]:
        """Read `scope.tool` and `credentials.user`."""
        scope, credentials = section.get("scope"), section.get("credentials")
        tool = scope.get("tool") if isinstance(scope, dict) else None
        if not isinstance(tool, str) or tool not in self.tools:
            return (where.problem(("scope", "tool"), f"one of {', '.join(sorted(self.tools))} is needed"),)
        user = credentials.get("user", "pmsync") if isinstance(credentials, dict) else "pmsync"
        return MemorySettings(tool, str(user))

    def open(self, settings: MemorySettings, opening: Opening) -> MemoryConnector:
        """Open a connection to one of the tools."""
        tool = self.tools[settings.tool]
        return MemoryConnector(tool, settings.user, opening, before_io=self.before_io, after_io=self.after_io)

    def receiver(self, settings: MemorySettings) -> None:
        """None: a tool in memory calls nobody."""

    def places(self, settings: MemorySettings, opening: Opening) -> Sequence[Place]:
        """Every tool is a place."""
        return [Place(id=name, name=name.capitalize(), url=tool.names.url) for name, tool in self.tools.items()]
