"""The reference connector's comments and attachments, over a tool in memory."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from pmsync.connector.parts import Backlink, Content, PartLimits
from pmsync.errors import RejectedError, StaleError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.testing.hanging import Pile, blocks
from pmsync.testing.tool import MemoryTool
from pmsync.testing.wire import Wire
from pmsync.text.dialect import Dialect

_TOGETHER = 50
"""How many lists are read by one call."""


class MemoryParts:
    """Satisfies `pmsync.connector.parts.Parts`. What only insiders see, it shows as hidden; we are insiders."""

    kinds = frozenset(PartKind)
    limits = PartLimits()
    lists_twins = True
    marker_leads = False

    def __init__(self, tool: MemoryTool, user: str, wire: Wire, dialect: Dialect) -> None:
        self._tool = tool
        self._user = user
        self._wire = wire
        self.dialect = dialect
        """How comments are written."""

    def brought(self, known: Mapping[str, datetime]) -> Mapping[str, Sequence[Part]]:
        """Nothing: no list of a tool in memory comes along with its items."""
        return {}

    def read(self, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
        """One call for many lists."""
        found: dict[str, Sequence[Part]] = {}
        for start in range(0, len(ids), _TOGETHER):
            self._wire.read("read_parts")
            for identity in ids[start : start + _TOGETHER]:
                pile = self._tool.pile(identity)
                if pile is not None and identity not in self._tool.hidden:
                    found[identity] = (*pile.parts, *pile.pointers())
        return found

    def comment(self, ref: Ref, document: Json) -> Part:
        """One call."""
        return self._make(ref, "comment", lambda: self._tool.comment(ref.id, str(document), by=self._user))

    def edit(self, ref: Ref, comment: str, document: Json) -> Part:
        """One call."""

        def act() -> Part:
            if self._there(ref).find(PartKind.COMMENT, comment) is None:
                raise StaleError(f"the comment {comment} is not there", item=ref.key)
            return self._tool.edit_comment(ref.id, comment, str(document), by=self._user)

        return self._make(ref, "edit_comment", act)

    def remove(self, ref: Ref, kind: PartKind, part: str) -> None:
        """One call. What is gone already is well."""

        def act() -> None:
            pile = self._tool.pile(ref.id)
            if pile is not None and pile.find(kind, part) is not None:
                self._tool.remove_part(ref.id, kind, part, by=self._user)

        self._wire.write("remove_part", act)

    def link(self, ref: Ref, name: str, url: str) -> Part:
        """One call."""
        return self._make(ref, "link", lambda: self._tool.attach(ref.id, name, url, by=self._user))

    def upload(self, ref: Ref, content: Content) -> Part:
        """One call. Here alone the file is held whole: the tool is in memory."""
        held = b"".join(content.blocks)
        if len(held) > self.limits.attachment:
            raise RejectedError(f"{content.name} is larger than the tool takes", item=ref.key)
        return self._make(
            ref, "upload", lambda: self._tool.attach(ref.id, content.name, "", held, content.type, by=self._user)
        )

    @contextmanager
    def download(self, part: Part) -> Iterator[Content]:
        """One call."""
        self._wire.read("download")
        held = self._tool.content(part)
        if held is None:
            raise StaleError("the file is not there")
        yield Content(str(part.value["name"]), str(part.value.get("type", "")), len(held), blocks(held))

    def point(
        self, ref: Ref, twins: Sequence[Backlink], *, group: str = "", before: Collection[Backlink] | None = None
    ) -> int:
        """One call for each link, and one to see what is there where that is not known or links have to go."""
        wanted = {one.token: one for one in twins}
        known = {one.token: one.url for one in before or ()}
        if before is None or not known.keys() <= wanted.keys():
            self._wire.read("read_parts")
        present = {token: one.url for token, one in self._there(ref).twins.items() if group in ("", one.group)}
        known = present if before is None else known
        away = [token for token in known if token in present and token not in wanted]
        made = [one for token, one in wanted.items() if known.get(token) != one.url]
        for token in away:
            self._wire.write("point", lambda token=token: self._tool.unpoint(ref.id, token))  # type: ignore[misc]
        for one in made:
            self._wire.write("point", lambda one=one: self._lead(ref, one))  # type: ignore[misc]
        return len(away) + len(made)

    def _lead(self, ref: Ref, twin: Backlink) -> None:
        self._there(ref)
        if self._user in self._tool.unpointing:
            raise RejectedError("we may not make links here", item=ref.key)
        self._tool.point(ref.id, twin)

    def _make(self, ref: Ref, call: str, act: Callable[[], Part]) -> Part:
        made: list[Part] = []

        def effect() -> None:
            self._there(ref)
            made.append(act())

        self._wire.write(call, effect)
        return made[0]

    def _there(self, ref: Ref) -> Pile:
        pile = self._tool.pile(ref.id)
        if pile is None or ref.id in self._tool.hidden:
            raise StaleError(f"{ref.key} is not there", item=ref.key)
        return pile
