"""Mentions of people in texts, between a tool's members and the people behind them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pmsync.mapping.people import Roster
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Inline, Mention, Text, lines
from pmsync.text.walk import map_lines

_HANDLE = re.compile(r"(?<![\w@./])@(?P<name>[A-Za-z0-9_]{2,})(?![A-Za-z0-9_]|\.[A-Za-z])")
_JOINER = "\u2060"
"""Between an "@" and a name it is not seen, and nobody is called."""
_SILENT = re.compile(rf"@{_JOINER}(?=[A-Za-z0-9_])")


@dataclass(frozen=True, slots=True)
class Naming:
    """How the members of one connection are called in its texts.

    `handles`: a mention is written as `@username` there, and every `@username` is one.
    """

    roster: Roster
    handles: bool = False

    def people_of(self, markdown: str) -> str:
        """A text of the tool, with people for its members."""
        if "@" not in markdown:
            return markdown
        return _changed(markdown, self._person_cut if self.handles else lambda piece: [self._person(piece)])

    def members_of(self, markdown: str, told: str = "") -> str:
        """A text with the tool's members for people; whoever is not among them is called by their bare name.

        `told` is what the tool has now: a member goes on being called as they are called there.
        """
        if "@" not in markdown:
            return markdown
        names = {} if self.handles else {one.id: one.name for one in _mentions(told)}
        return _changed(markdown, lambda piece: [self._member(piece, names)])

    def _person(self, piece: Inline) -> Inline:
        if not isinstance(piece, Mention):
            return piece
        person = self.roster.person(piece.id)
        if person is None:
            return replace(piece, id=f"{self.roster.connection}:{piece.id}")
        return replace(piece, id=person, name=self.roster.name(person))

    def _person_cut(self, piece: Inline) -> Iterator[Inline]:
        """A text cut at the names of members in it."""
        if not isinstance(piece, Text) or piece.link is not None:
            yield self._person(piece)
            return
        done = 0
        for match in _HANDLE.finditer(piece.text):
            member = self.roster.handles.get(match["name"].casefold())
            if member is not None:
                yield replace(piece, text=_SILENT.sub("@", piece.text[done : match.start()]))
                yield self._person(Mention(member, match["name"], piece.styles))
                done = match.end()
        yield replace(piece, text=_SILENT.sub("@", piece.text[done:]))

    def _member(self, piece: Inline, names: dict[str, str]) -> Inline:
        if isinstance(piece, Text) and self.handles and piece.link is None:
            return replace(piece, text=_HANDLE.sub(self._silenced, piece.text))
        if not isinstance(piece, Mention):
            return piece
        own = f"{self.roster.connection}:"
        if piece.id.startswith(own):
            member, name = piece.id.removeprefix(own), piece.name
        else:
            found = self.roster.members.get(self.roster.canonical(piece.id))
            member, name = (found.id, found.username if self.handles else found.name) if found else ("", piece.name)
        if not member or (self.handles and not name):
            return Text(piece.name, piece.styles)
        if self.handles:
            return Text(f"@{name}", piece.styles)
        return replace(piece, id=member, name=names.get(member, name))

    def _silenced(self, match: re.Match[str]) -> str:
        known = match["name"].casefold() in self.roster.handles
        return f"@{_JOINER}{match['name']}" if known else match[0]


def _changed(markdown: str, change: Callable[[Inline], Iterator[Inline] | list[Inline]]) -> str:
    tree = parse(markdown)
    changed = map_lines(tree, lambda line: tuple(part for piece in line for part in change(piece)))
    return markdown if changed == tree else render(changed)


def _mentions(markdown: str) -> Iterator[Mention]:
    if "@" in markdown:
        for line in lines(parse(markdown).blocks):
            yield from (piece for piece in line if isinstance(piece, Mention))
