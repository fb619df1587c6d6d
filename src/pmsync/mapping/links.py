"""The lens for links between items: what blocks, relates to or duplicates what."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.values import Kinship
from pmsync.model.fields import Json, LinkKind

_OUTSIDE = "@"


@dataclass(frozen=True, slots=True)
class LinksLens:
    """Links as `blocks:<id in this tool>`, against `blocks:<pmsync id>` in the schema.

    What leads to something that is no item (yet) is this tool's own business and stays there. The item remembers it as
    `blocks:@<connection>/<id>`, so that it is shown in the other tools once it does lead to an item.
    """

    kinship: Kinship
    kinds: frozenset[LinkKind]
    connection: str

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`; a set, as in `pmsync.mapping.sets`. What `current` has of it is told as `current` does."""
        present = list(dict.fromkeys(self._meant(one) for one in _texts(native)))
        said: dict[str, list[str]] = {}
        for one in _texts(current):
            said.setdefault(self._resolved(one), []).append(one)
        if said.keys() == set(present):
            return [*_texts(current)]
        return [one for meant in present for one in said.get(meant, [meant])]

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        wanted = {self._resolved(one) for one in _texts(value)}
        present = {one: self._meant(one) for one in _texts(native)}
        shown = {one for one, meant in present.items() if meant in wanted or _outside(meant)}
        missing = sorted(one for one in wanted.difference(present.values()) if not _outside(one))
        ways = {one: self._native(one) for one in missing}
        shown.update(one for one in ways.values() if one is not None)
        note = self._note([one for one, way in ways.items() if way is None])
        same = isinstance(native, list) and shown == set(native)
        return Shown(native if same else [*sorted(shown)], note)

    def unfinished(self, value: Json) -> bool:
        """Whether a link is left out only because the item that it leads to is not in this tool yet."""
        wanted = {self._resolved(one) for one in _texts(value)}
        return any(self._kind(one) in self.kinds and self._native(one) is None for one in wanted if not _outside(one))

    def _meant(self, native: str) -> str:
        """A native link in the schema's words."""
        kind, _, target = native.partition(":")
        item = self.kinship.item_of(target)
        return f"{kind}:{outside(self.connection)}{target}" if item is None else f"{kind}:{item}"

    def _resolved(self, link: str) -> str:
        """A link of the schema, to an item if what it leads to has become one."""
        kind, _, target = link.partition(":")
        if not target.startswith(_OUTSIDE):
            return link
        connection, _, native = target[len(_OUTSIDE) :].partition("/")
        item = self.kinship.elsewhere(connection, native)
        return link if item is None else f"{kind}:{item}"

    def _native(self, link: str) -> str | None:
        kind, _, item = link.partition(":")
        target = self.kinship.native_of(item) if self._kind(link) in self.kinds else None
        return None if target is None else f"{kind}:{target}"

    def _kind(self, link: str) -> str:
        return link.partition(":")[0]

    def _note(self, left: Sequence[str]) -> str:
        if not left:
            return ""
        odd = sorted({self._kind(one) for one in left}.difference(self.kinds))
        told = [f"the tool has no link that says {kind!r}" for kind in odd]
        if any(self._kind(one) in self.kinds for one in left):
            told.append("the item that a link leads to is not in this tool")
        return f"links not shown: {'; '.join(told)}"


def _outside(link: str) -> bool:
    return link.partition(":")[2].startswith(_OUTSIDE)


def outside(connection: str) -> str:
    """What goes before the id of something in a connection that is no item."""
    return f"{_OUTSIDE}{connection}/"


def outside_targets(value: Json, connection: str) -> Sequence[str]:
    """The ids in a connection that an item's links lead to, which were of no item when they were read."""
    prefix = outside(connection)
    targets = [one.partition(":")[2] for one in _texts(value)]
    return [one[len(prefix) :] for one in targets if one.startswith(prefix)]


def _texts(value: Json) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
