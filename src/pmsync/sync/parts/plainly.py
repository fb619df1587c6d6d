"""Comments and attachments in a few words, for people: what they say, without marks, and whose they are."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from pmsync.config.settings import Config
from pmsync.connector.api import Opening
from pmsync.connector.pacing import Clock
from pmsync.connector.registry import plugin
from pmsync.errors import PmsyncError
from pmsync.model.fields import Json
from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import Kept
from pmsync.store.records import Change
from pmsync.store.store import Store
from pmsync.sync.parts import rows as words
from pmsync.sync.parts.wording import heading
from pmsync.text import parse
from pmsync.text.dialect import Dialect
from pmsync.text.tree import visible


def plainly(markdown: str) -> tuple[str, str]:
    """Whose a comment is, if it is a mirror that tells so; and what it says, without that."""
    blocks = parse(markdown).blocks
    whose, mark = heading(blocks)
    return (whose, visible(blocks[1:]).strip()) if mark is not None else ("", visible(blocks).strip())


@dataclass(frozen=True, slots=True)
class Told:
    """What a line of the history tells of a part. `author` and `origin` are who made it, and where: "" if not known."""

    part: str
    author: str
    origin: str
    before: str
    after: str


def tell(config: Config, store: Store, rows: Sequence[Change], clock: Clock) -> Mapping[int, Told]:
    """What those of these lines tell that are about comments and attachments, by the ids of the lines. Asks no tool for
    more than is needed to read its texts."""
    about = {row.id: part for row in rows if (part := words.about(row)) is not None}
    if not about:
        return {}
    hanging = store.parts.load({row.item for row in rows if row.id in about and row.item})
    kept = {one.id: one for each in hanging.values() for one in each.parts}
    with ExitStack() as stack:
        reader = _Reader(config, store, clock, stack)
        return {row.id: _told(reader, row, about[row.id], kept.get(about[row.id])) for row in rows if row.id in about}


def _told(reader: "_Reader", row: Change, part: str, kept: Kept | None) -> Told:
    before, after = (reader.read(row.connection or "", value) for value in (row.before, row.after))
    if kept is not None and row.before is None and row.after is None:
        # Joined with another: what it says is what both say.
        after = reader.read(kept.connection, dict(kept.value) if kept.value is not None else None)
    author = kept.author_name if kept and kept.author_name else (after[0] or before[0])
    return Told(part, author, kept.connection if kept else "", before[1], after[1])


@dataclass(slots=True)
class _Reader:
    """Reads the texts of connections, each opened when it is first asked for."""

    config: Config
    store: Store
    clock: Clock
    stack: ExitStack
    dialects: dict[str, Dialect | None] = field(default_factory=dict)

    def read(self, connection: str, value: Json) -> tuple[str, str]:
        """Whose it is, as far as it tells, and what it says."""
        if not isinstance(value, dict):
            return "", ""
        if "text" not in value:
            return "", str(value.get("name") or "")
        if connection not in self.dialects:
            self.dialects[connection] = self._dialect(connection)
        dialect = self.dialects[connection]
        return plainly(dialect.read(value["text"]).markdown) if dialect is not None else ("", "…")

    def _dialect(self, name: str) -> Dialect | None:
        connection = self.config.connections.get(name)
        if connection is None:
            return None
        opening = Opening(name, connection.mapping.defaults, self.store.progress.connection(name).memo, self.clock,
                          self.store.instance)  # fmt: skip
        try:
            connector = plugin(connection.connector).open(connection.settings, opening)
            parts = self.stack.enter_context(closing(connector)).parts
            return parts.dialect if parts is not None else None
        except PmsyncError:
            return None


def name_of(kind: PartKind, said: str | None) -> str:
    """How a part reads in a plan: on one line, with whose it is; of an attachment its name."""
    if said is None or kind is PartKind.ATTACHMENT:
        return (said or "").partition("\n")[0]
    whose, text = plainly(said)
    return f"{whose}: {text}" if whose else text
